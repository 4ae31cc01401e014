import os
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from harness.results.plots.heatmap import draw_heatmap
from harness.results.tables.layer_grid import ScoreGrid

SCORES = ((0.5,), (0.6,))
GRID = ScoreGrid("t", "T: Spearman × 100", "a", "b", ("x", "y"), ("c",), SCORES, (("",),) * 2)


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_no_name_breaks_a_figure_or_acts_in_it(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    text = "$x_$\x1b\u202e /home/ann/m"
    grid = replace(GRID, title=text, rows=(text, "y"))
    grid = replace(
        grid, columns=(text, "d", "e"), values=((0.5,) * 3,) * 2, marks=(("",) * 3,) * 2
    )

    draw_heatmap(grid, tmp_path / f"map.{suffix}")

    content = (tmp_path / f"map.{suffix}").read_bytes()
    assert b"/home" not in content
    if suffix == "svg":
        drawn = "".join(ET.fromstring(content).itertext())  # noqa: S314 - our own
        assert drawn.count(r"$x_$\x1b\u202e ~/m") >= 3


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes")
def test_a_figure_never_waits_for_the_reader_of_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "map.svg")

    with pytest.raises(OSError, match="Not a plain file"):
        draw_heatmap(GRID, tmp_path / "map.svg")
