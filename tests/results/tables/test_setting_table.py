from collections.abc import Sequence
from itertools import product
from pathlib import Path

import pytest

from harness.results.families import AVERAGE, AVERAGED
from harness.results.plots.setting_plot import draw_settings
from harness.results.records.record import Record
from harness.results.records.training import TrainingRecord
from harness.results.tables.setting_table import setting_table
from harness.results.tables.sweep_scores import SweepPoint, SweepScores


def _point(scores: list[float], **settings: str) -> SweepPoint:
    records = tuple(
        Record(
            encoder="consert",
            model="minilm",
            seed=seed,
            task="stsb-dev",
            title="STS-B dev",
            family="sts",
            data="real",
            scores={"spearman": {"all": score}},
            dim=2,
        )
        for seed, score in enumerate(scores)
    )
    return SweepPoint(settings, records)


def _sweep(points: Sequence[SweepPoint], *axes: str) -> SweepScores:
    return SweepScores(axes, tuple(points))


def test_a_row_says_the_values_and_the_mean_and_spread_over_seeds() -> None:
    points = [_point([0.5, 0.6], temperature="0.1"), _point([0.7, 0.7], temperature="0.2")]

    table = setting_table(_sweep(points, "temperature"), metric="spearman", protocol="all")

    assert table.columns == ("temperature", "STS-B dev")
    assert table.rows == (("0.1", "55.00 ± 7.07 (2)"), ("0.2", "70.00 ± 0.00 (2)"))
    assert table.best == {1: (1,)}


def test_every_value_that_varies_names_the_row() -> None:
    points = [_point([0.5], a="1", b="2")]

    table = setting_table(_sweep(points, "a", "b"), metric="spearman", protocol="all")

    assert table.columns[: table.names] == ("a", "b")


def test_a_score_on_the_text_of_its_training_is_marked_and_so_is_its_average() -> None:
    training = TrainingRecord(corpus="x", corpus_sha256="", sentences=2, tasks=("stsb-test",))
    (record,) = _point([0.5]).records
    records = [
        record.model_copy(update={"task": task, "title": task, "training": training})
        for task in AVERAGED["sts"]
    ]

    points = [SweepPoint({"a": "1"}, tuple(records))]
    table = setting_table(_sweep(points, "a"), metric="spearman", protocol="all")

    shown = dict(zip(table.columns, table.rows[0], strict=True))
    assert (shown["sts12"], shown["stsb-test"], shown[AVERAGE]) == ("50.00", "50.00†", "50.00†")
    assert any(note.startswith("†") for note in table.notes)


def test_a_point_without_a_score_has_a_row_all_the_same() -> None:
    points = [_point([], a="1"), _point([0.7], a="2"), _point([0.7])]

    table = setting_table(_sweep(points, "a"), metric="spearman", protocol="all")

    assert table.rows == (("1", "–"), ("2", "70.00"), ("–", "70.00"))
    assert table.best == {1: (1, 2)}


def test_the_average_stands_behind_all_its_tasks_and_needs_them_of_a_seed() -> None:
    records = [
        _point([score, score + 0.1]).records[seed].model_copy(update={"task": task, "title": task})
        for task, score in zip(AVERAGED["sts"], (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7), strict=True)
        for seed in ((0, 1) if task != "sts12" else (0,))
    ]
    point = SweepPoint({"a": "1"}, tuple(records))

    table = setting_table(_sweep([point], "a"), metric="spearman", protocol="all")

    assert table.columns[-1] == AVERAGE
    assert table.rows[0][-1] == "40.00 (1 of 2 seeds)"  # of seed 0; seed 1 lacks a task
    assert point.cell(AVERAGE, "spearman", "all").scores == (pytest.approx(0.4),)


CURVE = [_point([0.7, 0.71], t="0.1"), _point([0.6, 0.62], t="0.05"), _point([0.5, 0.5], t="10")]
CROSSED = [_point([0.5], a=a, b=b) for a, b in product("xy", "uv")]
ONE_OFF = [_point([0.5]), _point([0.6], a="1"), _point([0.4], b="off")]


@pytest.mark.parametrize(
    ("points", "axes", "shown"),
    [
        (CURVE, ["t"], [">t<", ">Spearman × 100<"]),
        (CROSSED, ["a", "b"], [">x<", ">v<", ">50.0<"]),
        (ONE_OFF, ["a", "b"], [">as it is<", ">b=off<", ">60.00<"]),
    ],
)
def test_a_plot_shows_its_points(
    points: list[SweepPoint], axes: list[str], shown: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "plot.svg"

    draw_settings(
        _sweep(points, *axes),
        "stsb-dev",
        path,
        title="T",
        metric="spearman",
        protocol="all",
    )

    text = path.read_text("utf-8")
    assert all(f"{word}" in text for word in shown)
