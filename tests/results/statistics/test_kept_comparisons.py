"""Comparisons that are kept on disk."""

from pathlib import Path

import numpy as np
import pytest

from harness.results.notices import Notice
from harness.results.statistics import task_draws
from harness.results.statistics.comparison import TaskSplit, compare_systems
from harness.results.statistics.estimates import Comparison
from harness.results.statistics.kept_comparisons import KeptComparisons
from harness.results.statistics.resampling import Resampling

RESAMPLING = Resampling(draws=20)


def compared(
    kept: KeptComparisons, resampling: Resampling = RESAMPLING, shift: float = 0.0
) -> dict[str, Comparison]:
    rng = np.random.default_rng(0)
    gold = rng.random(25)
    systems = {name: gold + rng.random((2, 25)) for name in "abc"}
    systems["c"][0, 3] += shift
    return compare_systems({"task": [TaskSplit(gold, systems)]}, resampling, kept=kept)


def test_a_kept_comparison_is_found_to_the_bit_and_nothing_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = KeptComparisons(tmp_path / "intervals")
    made = compared(kept)

    monkeypatch.delattr(task_draws, "bootstrap_parts")
    found = compared(kept)

    assert found == made


@pytest.mark.parametrize(
    ("resampling", "shift"),
    [
        (Resampling(draws=21), 0.0),
        (Resampling(draws=20, seed=1), 0.0),
        (Resampling(draws=20, confidence=0.9), 0.0),
        (Resampling("pearson", draws=20), 0.0),
        (RESAMPLING, 1e-9),
    ],
)
def test_whatever_a_number_follows_from_has_a_place_of_its_own(
    tmp_path: Path, resampling: Resampling, shift: float
) -> None:
    kept = KeptComparisons(tmp_path / "kept")
    compared(kept)

    compared(kept, resampling, shift)

    assert len(list((tmp_path / "kept").iterdir())) == 2


@pytest.mark.parametrize("damage", ["shorter", "a space more", "no text", "other key"])
def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: str) -> None:
    kept = KeptComparisons(tmp_path / "kept")
    made = compared(kept)
    (file,) = (tmp_path / "kept").iterdir()
    content = file.read_bytes()
    changed = {
        "shorter": content[:-9],
        "a space more": content[:-1] + b" }",
        "no text": b"\xff\xfe",
        "other key": content.replace(content.split()[2], b"0" * 64),
    }[damage]
    file.write_bytes(changed)

    again = compared(kept)

    assert changed != content
    assert again == made
    assert file.read_bytes() == content


def test_a_folder_that_cannot_be_written_costs_no_result(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    with pytest.warns(Notice, match="intervals are not kept"):
        found = compared(KeptComparisons(tmp_path / "file"))

    assert set(found) == {"task"}
