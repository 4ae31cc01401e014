import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.results.comparisons.record_comparison import compare_records
from harness.results.display.encodable_text import encodable_text
from harness.results.formats.data import to_csv, to_json
from harness.results.formats.latex import to_latex
from harness.results.formats.markdown import to_markdown
from harness.results.formats.terminal import to_text
from harness.results.html_report.page import html_report
from harness.results.plots.heatmap import draw_heatmap
from harness.results.plots.setting_plot import draw_settings
from harness.results.published.beside_measured import MARKS as PUBLISHED_MARKS
from harness.results.published.beside_measured import published_tables
from harness.results.records.record import Record
from harness.results.statistics.resampling import Resampling
from harness.results.tables.layer_grid import grid_table, layer_grids
from harness.results.tables.marks import MARKS, ROUNDING, TIED
from harness.results.tables.scoreboard_table import score_table
from harness.results.tables.scoreboards import scoreboards
from harness.results.tables.sweep_scores import SweepPoint, SweepScores

MakeRecord = Callable[..., Record]
DETAILS = {"rounding": {"test": {"spread": 2e-6, "rounding": 2e-5}}}
NOTE = f"ε {ROUNDING.note}"


@pytest.fixture
def rounded(make_record: MakeRecord) -> list[Record]:
    """The two layers of an encoder, the first of which has no more than rounding."""
    layers = [{"encoder": f"cls:layers={n}", "settings": {"layers": str(n)}} for n in range(2)]
    return [make_record(**layers[0], details=DETAILS), make_record(**layers[1], noise=2.0)]


def test_the_mark_stands_in_every_table(rounded: list[Record]) -> None:
    table = score_table(rounded, metric="spearman", protocol="all")

    assert [("ε" in row[1]) for row in table.rows] == [True, False]
    assert NOTE in table.notes
    for text in (to_text(table), to_markdown(table)):
        assert "ε" in text
        assert ROUNDING.note in text
    assert r"$^\varepsilon$" in to_latex(table)


def test_the_mark_stands_in_data_and_in_the_page(rounded: list[Record]) -> None:
    rows = csv.DictReader(io.StringIO(to_csv(rounded)))
    page = html_report(scoreboards(rounded), title="")

    assert {row["encoder"]: row["marks"] for row in rows} == {
        "cls:layers=0": "rounding",
        "cls:layers=1": "",
    }
    assert json.loads(to_json(rounded))["records"][0]["details"] == DETAILS
    assert page.count(f"<li>{NOTE.replace(chr(39), '&#39;')}</li>") >= 2  # scores, layers
    heat = page.partition('class="heat"')[2]
    assert heat.partition("</table>")[0].count("ε") == 1


def test_the_mark_stands_in_comparisons(rounded: list[Record]) -> None:
    found = compare_records({r.encoder: [r] for r in rounded}, Resampling(draws=50))

    scores, differences = found.tables()
    assert sum("ε" in row[1] for row in scores.rows) == 1
    assert "cls:layers=0ε" in differences.rows[0][0]
    assert all(any(n.startswith("ε STS-B: ") for n in t.notes) for t in (scores, differences))
    assert next(csv.DictReader(io.StringIO(found.as_csv())))["marks"] == "rounding"
    assert found.as_json()["encoders"]["cls:layers=0"]["marks"] == {"STS-B": ["rounding"]}


def test_the_mark_stands_in_grids_and_plots(rounded: list[Record], tmp_path: Path) -> None:
    axes = [{"layers": str(n), "encoder": "cls"} for n in range(2)]
    points = (SweepPoint(at, (r,)) for at, r in zip(axes, rounded, strict=True))
    swept = SweepScores(("layers", "encoder"), tuple(points))

    (grid,) = layer_grids(swept, metric=None, protocol="all")
    draw_heatmap(grid, tmp_path / "map.svg")
    named = tuple(SweepPoint({"k": name}, (r,)) for name, r in zip("ab", rounded, strict=True))
    bars = SweepScores(("k",), named)
    draw_settings(bars, "stsb-test", tmp_path / "b.svg", title="", metric=None, protocol="all")

    table = grid_table(grid)
    assert [row[1].endswith("ε") for row in table.rows] == [True, False]
    assert NOTE in table.notes
    for name in ("map.svg", "b.svg"):
        drawn = (tmp_path / name).read_text("utf-8")
        assert drawn.count("ε<") == 1
        assert "ε similarities of a split" in drawn


def test_the_mark_stands_beside_published_figures(make_record: MakeRecord) -> None:
    record = make_record("mean", model="bert-base-uncased", details=DETAILS)

    tables = published_tables([record], ["sg-bert"])

    assert any("(measured) ε" in row[0] for table in tables for row in table.rows)


def test_every_sign_has_an_ascii_form_of_its_own() -> None:
    signs = dict.fromkeys([TIED, *(mark.sign for mark in MARKS), *PUBLISHED_MARKS])

    forms = [encodable_text(sign, "ascii") for sign in signs]

    assert len(set(forms)) == len(signs)
    assert not any(form.startswith("\\") for form in forms)
