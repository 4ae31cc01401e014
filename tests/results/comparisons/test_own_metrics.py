"""Metrics of plug-ins' tasks, from the records alone: compared, shown, exported."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from harness.evaluation.report import Report
from harness.results.comparisons.record_comparison import compare_records
from harness.results.formats.data import to_csv
from harness.results.records.matching import UnlikeRecordsError
from harness.results.records.record import Record
from harness.results.statistics.resampling import Resampling
from harness.results.tables.intervals import with_intervals
from harness.results.tables.score_intervals import score_intervals
from harness.results.tables.scoreboard_table import scoreboard_table
from harness.results.tables.scoreboards import scoreboards

MakeRecord = Callable[..., Record]
VALUES = {"good": np.linspace(0.5, 1, 30), "bad": np.linspace(0.1, 0.8, 30)}


def retrieval(make_record: MakeRecord, encoder: str, **fields: Any) -> Record:
    """Return a record of a task with a family and metrics of its own."""
    values = VALUES[encoder]
    own = {
        "task": "retrieval",
        "title": "Retrieval",
        "family": "retrieval",
        "scores": {"ndcg": values.mean(), "loss": 1 - values.mean(), "mrr": values.mean() / 2},
        "lower_is_better": ("loss",),
        "items": {"test": {"ndcg": values.tolist(), "loss": (1 - values).tolist()}},
    }
    return make_record(encoder, **{**own, **fields})


@pytest.fixture
def matched(make_record: MakeRecord) -> dict[str, list[Record]]:
    return {encoder: [retrieval(make_record, encoder)] for encoder in VALUES}


def test_a_metric_with_a_value_per_item_is_resampled(matched: dict[str, list[Record]]) -> None:
    comparison = compare_records(matched, Resampling(draws=400))

    first, second = comparison.columns["Retrieval"].scores
    assert comparison.metric == "ndcg"
    assert (first.encoder, second.encoder) == ("good", "bad")
    assert first.score.value == pytest.approx(VALUES["good"].mean())
    assert first.score.low < first.score.value < first.score.high
    assert comparison.columns["Retrieval"].beats("good") == ("bad",)


def test_the_lowest_score_wins_where_it_is_the_best(matched: dict[str, list[Record]]) -> None:
    comparison = compare_records(matched, Resampling("loss", draws=400))

    (board,) = scoreboards([r for found in matched.values() for r in found], metrics=["loss"])
    column = comparison.columns["Retrieval"]
    assert comparison.encoders == ["good", "bad"]
    assert column.beats("good") == ("bad",)
    assert column.differences[0].difference.value < 0
    assert "the lowest score is the best" in comparison.score_table().notes
    assert [board.rows[place] for place in board.best("Retrieval")] == ["good"]


def test_a_metric_without_items_is_compared_without_interval(
    matched: dict[str, list[Record]],
) -> None:
    comparison = compare_records(matched, Resampling("mrr", draws=50))

    scores, differences = comparison.tables()
    reason = "no intervals for Retrieval: mrr cannot be resampled, no column mrr holds it by item"
    assert scores.rows[0] == ("good", "37.50")
    assert differences.rows[0][2:] == ("+15.00", "–", "–", "–")
    assert reason in scores.notes
    assert reason in differences.notes
    assert "permutation" not in str(scores.notes + differences.notes)
    json.dumps(comparison.as_json(), allow_nan=False)
    row = comparison.as_csv().splitlines()[1].split(",")
    assert (row[:3], row[4:]) == (["Retrieval", "good", "bad"], [""] * 7)
    assert float(row[3]) == pytest.approx(0.15)


def test_a_score_that_is_not_the_mean_of_its_items_has_no_interval(
    make_record: MakeRecord,
) -> None:
    scores = {"ndcg": 0.9}
    matched = {e: [retrieval(make_record, e, scores=scores)] for e in VALUES}

    comparison = compare_records(matched, Resampling(draws=50))

    assert "says 0.9000, but its items give" in comparison.missing["Retrieval"]
    assert score_intervals(matched["good"], draws=20) == [None]


def test_weights_of_items_count(make_record: MakeRecord) -> None:
    weights = np.arange(1.0, 31.0)
    items = {
        e: {"test": {"ndcg": v.tolist(), "weight": weights.tolist()}} for e, v in VALUES.items()
    }
    scores = {e: {"ndcg": float(np.average(v, weights=weights))} for e, v in VALUES.items()}
    matched = {e: [retrieval(make_record, e, items=items[e], scores=scores[e])] for e in VALUES}

    comparison = compare_records(matched, Resampling(draws=50))

    assert not comparison.missing


def test_two_tasks_of_one_title_stay_apart(make_record: MakeRecord) -> None:
    records = [
        retrieval(make_record, encoder, task=task) for encoder in VALUES for task in ("one", "two")
    ]
    records[0].scores["ndcg"] = 0.1

    (board,) = scoreboards(records)

    assert board.columns == ("Retrieval (one)", "Retrieval (two)")
    assert board.cell("good", "Retrieval (one)").mean == pytest.approx(10)
    assert board.cell("good", "Retrieval (two)").mean == pytest.approx(75)


def test_every_metric_of_the_records_is_on_the_page(matched: dict[str, list[Record]]) -> None:
    records = [record for found in matched.values() for record in found]

    page = Report(records).render("html")

    for metric in ("ndcg", "loss", "mrr"):
        assert f'name="metric" value="{metric}"' in page
        assert f'data-metric="{metric}"' in page
        assert f"retrieval,/data,retrieval111,,{metric},," in to_csv(records)


def test_a_task_of_a_known_family_shows_its_own_metric(make_record: MakeRecord) -> None:
    records = [make_record("good"), retrieval(make_record, "good", family="sts")]

    boards = [with_intervals(board, draws=50) for board in scoreboards(records)]

    assert [board.metric for board in boards] == ["spearman", "ndcg"]
    assert all(board.intervals for board in boards)


def test_scores_by_names_that_are_no_protocol_have_tables_of_their_own(
    make_record: MakeRecord,
) -> None:
    scores = {"ndcg": {"en": 0.5, "de": 0.25}}
    records = [retrieval(make_record, e, scores=scores) for e in VALUES]

    tables = [scoreboard_table(with_intervals(board)) for board in scoreboards(records)]

    assert [table.title for table in tables] == [
        "retrieval: ndcg × 100, protocol en, model tiny",
        "retrieval: ndcg × 100, protocol de, model tiny",
    ]
    assert [table.rows[0][1] for table in tables] == ["50.00", "25.00"]


def test_a_metric_that_no_record_has_is_refused_with_those_there_are(
    matched: dict[str, list[Record]],
) -> None:
    with pytest.raises(UnlikeRecordsError, match="no map, only ndcg, loss, mrr"):
        compare_records(matched, Resampling("map"))


@pytest.mark.parametrize("metric", ["kendall", "mse", "r2"])
def test_metrics_of_gold_and_system_follow_from_their_columns(
    make_record: MakeRecord, metric: str
) -> None:
    records = {e: [make_record(e, noise=n)] for e, n in (("a", 0.1), ("b", 1))}
    for record in (found[0] for found in records.values()):
        system, gold = (np.array(record.items["test"][name]) for name in ("system", "gold"))
        error = float(np.mean((system - gold) ** 2))
        signs = [np.sign(x[:, None] - x) for x in (system, gold)]
        squares = [float((s * s).sum()) for s in signs]
        tau = float((signs[0] * signs[1]).sum()) / np.sqrt(squares[0] * squares[1])
        found = {"kendall": tau, "mse": error, "r2": 1 - error / float(np.var(gold))}
        record.scores[metric] = found[metric]

    comparison = compare_records(records, Resampling(metric, draws=50))

    assert not comparison.missing
    assert all(s.score.low < s.score.high for s in comparison.columns["STS-B"].scores)


def test_a_task_without_any_defined_score_gets_no_interval(
    matched: dict[str, list[Record]], make_record: MakeRecord
) -> None:
    (good,), (bad,) = matched.values()
    undefined = {"task": "odd", "title": "Odd", "scores": {"ndcg": None}, "items": {}}
    (board,) = scoreboards([good, bad, retrieval(make_record, "good", **undefined)])

    found = with_intervals(board, draws=50)

    assert {column for _, column in found.intervals} == {"Retrieval"}
