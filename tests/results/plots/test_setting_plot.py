from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from harness.results.plots import setting_plot
from harness.results.plots.setting_plot import draw_settings
from harness.results.records.record import Record
from harness.results.tables.colour_range import colour_range, interval_width
from harness.results.tables.layer_grid import score_grid
from harness.results.tables.sweep_scores import SweepPoint, SweepScores

MakeRecord = Callable[..., Record]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    figures: list[Figure] = []
    monkeypatch.setattr(setting_plot, "save_figure", lambda figure, _path: figures.append(figure))
    return figures


def swept(make_record: MakeRecord, axis: str, *values: str, seeds: int = 0) -> SweepScores:
    points = []
    for place, value in enumerate(values):
        records = [
            make_record(f"m:{axis}={value}", noise=1 + place, seed=seed if seeds else None)
            for seed in range(max(1, seeds))
        ]
        points.append(SweepPoint({axis: value}, tuple(records)))
    return SweepScores((axis,), tuple(points))


def draw(scores: SweepScores) -> None:
    path = Path("plot.svg")
    draw_settings(scores, "stsb-test", path, title="T", metric=None, protocol="all")


def test_settings_without_numbers_are_dots_with_intervals_not_bars(
    make_record: MakeRecord, drawn: list[Figure]
) -> None:
    draw(swept(make_record, "layers", "last2", "none"))

    (axes,) = drawn[0].axes
    assert list(axes.patches) == []
    assert [line.get_marker() for line in axes.lines] == ["|", "o"] * 2
    assert [text.get_text() for text in axes.get_yticklabels()] == ["layers=last2", "layers=none"]
    assert "bars: 95% bootstrap intervals" in drawn[0].texts[-1].get_text()


def test_training_sentences_are_named_in_words_and_with_thousands(
    make_record: MakeRecord, drawn: list[Figure]
) -> None:
    draw(swept(make_record, "limit", "100", "1000", "10000", seeds=2))

    (axes,) = drawn[0].axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("training sentences", "Spearman × 100")
    ticks = [text.get_text() for text in axes.get_xticklabels()]
    assert ticks == ["100", "1,000", "10,000"]
    assert "bars: standard deviation over seeds" in drawn[0].texts[-1].get_text()


def test_colours_never_span_less_than_an_interval(make_record: MakeRecord) -> None:
    points = [
        SweepPoint({"a": a, "b": "1"}, (make_record(f"m:a={a}", noise=1, random_state=3),))
        for a in ("1", "2")
    ]
    scores = SweepScores(("a", "b"), tuple(points))
    grid = score_grid(scores, "stsb-test", title="T", metric="spearman", protocol="all")

    low, high = colour_range(grid)

    assert high - low == pytest.approx(interval_width(grid))
    assert high - low > 0.05
