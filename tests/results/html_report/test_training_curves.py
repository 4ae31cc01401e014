from collections.abc import Mapping
from typing import Any

import pytest

from harness.results.html_report.training_curves import Chart, training_charts

CHECKPOINT = {
    "spec": "sg-opt",
    "model": "/models/tiny",
    "corpus": "stsb",
    "seed": 3,
    "history": {
        "best_step": 9,
        "dev_curve": [{"step": 0, "dev": 0.5}, {"step": 9, "dev": 0.75}],
    },
}


def charts(*histories: Mapping[str, Any]) -> tuple[Chart, ...]:
    """The charts of runs that differ in seed and history alone."""
    runs = [{**CHECKPOINT, "seed": seed, "history": each} for seed, each in enumerate(histories)]
    (trained,) = training_charts(runs)
    return trained.charts


def test_curves_of_all_seeds_share_a_chart_and_its_scale() -> None:
    runs = [{**CHECKPOINT, "seed": seed} for seed in range(2)]

    (trained,) = training_charts([*runs, {**CHECKPOINT, "history": {"steps": 9}}])

    (chart,) = trained.charts
    assert trained.title == "sg-opt, tiny, trained on stsb"
    assert [line.name for line in chart.lines] == ["seed 0", "seed 1"]
    assert {line.points for line in chart.lines} == {"48.0,170.0 316.0,26.0"}


def test_a_dev_score_is_shown_times_100_and_named_by_metric_and_task() -> None:
    (chart,) = charts(CHECKPOINT["history"])

    assert chart.title == "Spearman on STS-B dev × 100"
    assert chart.lines[0].values == {0: 50.0, 9: 75.0}
    assert "from 50 to 75 over 9 steps, 1 runs" in chart.description


def test_the_checkpoint_that_was_kept_is_marked_where_it_lies_on_the_curve() -> None:
    curve = [{"step": step, "dev": step / 10, "loss": 1 - step / 10} for step in range(4)]

    dev, loss = charts({"dev_curve": curve, "best_step": 2})

    assert f"{dev.lines[0].kept[0]},{dev.lines[0].kept[1]}" == dev.lines[0].points.split()[2]
    assert loss.lines[0].kept[0] == dev.lines[0].kept[0]


def test_no_checkpoint_is_marked_where_none_was_picked() -> None:
    (chart,) = charts({"loss_curve": [{"step": step, "loss": step} for step in range(3)]})

    assert not chart.has_kept


def test_charts_of_one_encoder_share_the_axis_of_steps() -> None:
    short = [{"step": step, "loss": 1.0 - step} for step in range(3)]

    dev, loss = charts({"dev_curve": CHECKPOINT["history"]["dev_curve"], "loss_curve": short})

    assert (dev.last, loss.last) == (9, 9)


def test_no_two_of_sixteen_seeds_look_alike() -> None:
    (chart,) = charts(*[CHECKPOINT["history"]] * 16)

    assert len({(line.colour, line.dash) for line in chart.lines}) == 16


def test_runs_that_were_picked_by_other_scores_have_charts_of_their_own() -> None:
    usual = {"task": "stsb-dev", "sha256": "d", "metric": "spearman"}
    picked = [{**CHECKPOINT, "dev": dev} for dev in (usual, {**usual, "task": "own"})]

    first, second = training_charts(picked)

    assert second.title == f"{first.title}, picked by spearman on own"
    assert second.charts[0].title == "Spearman on own × 100"


def test_models_with_the_same_last_name_keep_their_whole_names() -> None:
    models = ("/a/tiny", "/b/tiny")

    found = training_charts([{**CHECKPOINT, "model": model} for model in models])

    assert [trained.title for trained in found] == [
        f"sg-opt, {model}, trained on stsb" for model in models
    ]


@pytest.mark.parametrize(
    ("last", "texts"), [(9, ["0", "2", "4", "6", "8"]), (2500, ["0", "500", "1,000"])]
)
def test_rules_of_a_chart_stand_at_round_numbers(last: int, texts: list[str]) -> None:
    (chart,) = charts({"dev_curve": [{"step": 0, "dev": 0.5}, {"step": last, "dev": 0.75}]})

    shown = [tick["text"] for tick in chart.ticks]
    assert shown[:6] == ["50", "55", "60", "65", "70", "75"]
    assert shown[6 : 6 + len(texts)] == texts


def test_tiny_values_are_written_with_an_exponent() -> None:
    curve = [{"step": step, "loss": step / 1e6} for step in range(3)]

    (chart,) = charts({"loss_curve": curve})

    assert chart.ticks[1]["text"] == "5e−07"
    assert chart.form % chart.lines[0].values[2] == "2e-06"


def test_quantities_are_charts_of_one_encoder_and_the_epoch_is_none() -> None:
    entries = [{"step": s, "epoch": s, "loss": 1 - s, "drift": s} for s in range(2)]

    found = charts({"losses": entries})

    assert [chart.title for chart in found] == ["loss", "drift"]


def test_values_that_are_no_numbers_are_left_out_of_curves() -> None:
    entries = [{"step": s, "dev": v} for s, v in enumerate([0.1, None, float("nan"), 0.2])]

    (chart,) = charts({"dev_curve": entries})

    assert chart.lines[0].values == {0: 10.0, 3: 20.0}
