import math

import numpy as np
import pytest

from harness.results.statistics.comparison import TaskSplit, compare_systems
from harness.results.statistics.estimates import Comparison
from harness.results.statistics.protocols import protocol_scores
from harness.results.statistics.resampling import Resampling

NOISE = {"good": 0.3, "fair": 0.9, "also-fair": 0.9}


def task(seed: int, sizes: tuple[int, ...] = (60, 40), seeds: int = 1) -> list[TaskSplit]:
    rng = np.random.default_rng(seed)
    splits = []
    for size in sizes:
        gold = rng.random(size).round(1)
        noise = rng.normal(size=(seeds, size))
        systems = {name: gold + scale * noise for name, scale in NOISE.items()}
        systems["also-fair"] = systems["also-fair"] + 0.02 * rng.normal(size=(seeds, size))
        splits.append(TaskSplit(gold, systems))
    return splits


@pytest.fixture(scope="module")
def columns() -> dict[str, Comparison]:
    return compare_systems({"one": task(1), "two": task(2)}, Resampling(draws=500), average="Avg.")


def test_scores_are_the_protocol_scores_best_first(columns: dict[str, Comparison]) -> None:
    scores = {score.encoder: score.score.value for score in columns["one"].scores}

    expected = {
        name: protocol_scores([(split.systems[name][0], split.gold) for split in task(1)])["all"]
        for name in NOISE
    }
    assert scores == pytest.approx(expected, abs=1e-12)
    assert list(scores.values()) == sorted(scores.values(), reverse=True)


def test_every_interval_holds_its_value(columns: dict[str, Comparison]) -> None:
    for column in columns.values():
        estimates = [score.score for score in column.scores]
        estimates += [difference.difference for difference in column.differences]

        assert all(e.low < e.value < e.high and e.standard_error > 0 for e in estimates)


def test_clear_differences_are_significant_and_near_ones_tie(
    columns: dict[str, Comparison],
) -> None:
    average = columns["Avg."]
    fair = {"fair", "also-fair"}

    assert average.groups[0] == ("good",)
    assert set(average.groups[1]) == fair
    assert set(average.beats("good")) == fair
    assert average.beats("fair") == average.beats("also-fair") == ()


def test_differences_name_the_better_encoder_first(columns: dict[str, Comparison]) -> None:
    for column in columns.values():
        value = {score.encoder: score.score.value for score in column.scores}

        assert len(column.differences) == 3
        for d in column.differences:
            assert d.difference.value == pytest.approx(value[d.first] - value[d.second])
            assert d.difference.value >= 0
            assert 1 / 501 <= d.p_value <= d.adjusted_p_value <= 1
            assert d.significant == (d.adjusted_p_value <= 0.05)


def test_the_average_is_narrower_than_its_tasks(columns: dict[str, Comparison]) -> None:
    best = {name: column.scores[0].score for name, column in columns.items()}

    assert best["Avg."].value == pytest.approx((best["one"].value + best["two"].value) / 2)
    # independent tasks: variances add, then a quarter of the sum
    expected = math.hypot(best["one"].standard_error, best["two"].standard_error) / 2
    assert best["Avg."].standard_error == pytest.approx(expected, rel=0.1)


def test_a_tasks_figures_do_not_depend_on_its_company(columns: dict[str, Comparison]) -> None:
    alone = compare_systems({"two": task(2)}, Resampling(draws=500))

    assert repr(alone) == repr({"two": columns["two"]})


def test_another_seed_gives_other_draws(columns: dict[str, Comparison]) -> None:
    other = compare_systems({"one": task(1)}, Resampling(draws=500, seed=1))["one"].scores[0].score

    assert other.value == columns["one"].scores[0].score.value
    assert other.low != columns["one"].scores[0].score.low


def test_seed_spread_and_test_set_spread_are_kept_apart() -> None:
    splits = task(3, sizes=(400,), seeds=5)
    same = [TaskSplit(s.gold, {name: x[[0] * 5] for name, x in s.systems.items()}) for s in splits]
    first = [TaskSplit(s.gold, {name: x[0] for name, x in s.systems.items()}) for s in splits]

    varied, repeated, single = (
        compare_systems({"task": task_splits}, Resampling(draws=200))["task"].scores[0]
        for task_splits in (splits, same, first)
    )

    assert varied.seed_deviation == pytest.approx(np.std(varied.seed_scores, ddof=1))
    assert varied.score.value == pytest.approx(np.mean(varied.seed_scores))
    assert varied.seed_deviation > 0
    assert repeated.seed_deviation == pytest.approx(0, abs=1e-12)
    assert math.isnan(single.seed_deviation)
    assert repeated.score.standard_error == pytest.approx(single.score.standard_error)


def test_encoders_with_unequal_numbers_of_seeds_are_compared() -> None:
    rng = np.random.default_rng(4)
    gold = rng.random(200)
    systems = {"one": gold + 0.1 * rng.normal(size=200), "two": rng.normal(size=(3, 200))}

    column = compare_systems({"task": [TaskSplit(gold, systems)]}, Resampling(draws=200))["task"]

    assert [len(score.seed_scores) for score in column.scores] == [1, 3]
    assert column.differences[0].p_value == 1 / 201


def test_an_encoder_against_itself_is_never_different() -> None:
    gold = np.random.default_rng(5).random(50)
    noisy = gold + np.random.default_rng(6).normal(size=50)

    tasks = {"task": [TaskSplit(gold, {"a": noisy, "b": 2 * noisy})]}
    column = compare_systems(tasks, Resampling(draws=100))["task"]

    (difference,) = column.differences
    assert difference.difference.value == difference.difference.high == 0
    assert difference.p_value == 1
    assert column.groups == (("a", "b"),)


def test_a_constant_encoder_comes_last_and_is_nan_throughout() -> None:
    gold = np.random.default_rng(7).random(30)
    systems = {"broken": np.ones(30), "works": gold**2}

    column = compare_systems({"task": [TaskSplit(gold, systems)]}, Resampling(draws=50))["task"]

    assert [score.encoder for score in column.scores] == ["works", "broken"]
    assert math.isnan(column.scores[1].score.low)
    assert math.isnan(column.differences[0].p_value)
    assert not column.differences[0].significant


def test_one_encoder_alone_has_scores_and_no_differences() -> None:
    gold = np.random.default_rng(8).random(30)

    tasks = {"task": [TaskSplit(gold, {"only": gold**2})]}
    column = compare_systems(tasks, Resampling(draws=50))["task"]

    assert column.scores[0].score.value == pytest.approx(1)
    assert column.differences == ()
    assert column.groups == (("only",),)


def test_tasks_with_different_encoders_are_refused() -> None:
    gold = np.arange(5.0)
    tasks = {"one": [TaskSplit(gold, {"a": gold})], "two": [TaskSplit(gold, {"b": gold})]}

    with pytest.raises(ValueError, match="the same encoders with the same numbers of seeds"):
        compare_systems(tasks, Resampling())


def test_only_the_wanted_pairs_are_tested_and_corrected_for() -> None:
    tasks = {"one": task(1)}
    resampling = Resampling(draws=200)
    every = compare_systems(tasks, resampling)["one"]

    (wanted,) = compare_systems(tasks, resampling, pairs=[("fair", "good")])["one"].differences

    (same,) = (d for d in every.differences if {d.first, d.second} == {"good", "fair"})
    assert (wanted.first, wanted.second) == ("good", "fair")
    assert wanted.difference == same.difference
    assert wanted.adjusted_p_value == wanted.p_value == same.p_value
