import math
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from harness.results.records.record import Record

MakeRecord = Callable[..., Record]

SCORES = {
    "spearman": {"mean": 0.5, "wmean": 0.6, "all": 0.7},
    "pearson": {"all": 0.4},
    "accuracy": 0.9,
}


@pytest.mark.parametrize(
    ("metric", "protocol", "score"),
    [
        ("spearman", "wmean", 0.6),
        ("pearson", "all", 0.4),
        ("pearson", "mean", 0.4),
        ("accuracy", "mean", 0.9),
        ("kendall", "all", None),
    ],
    ids=["several-splits", "one-split", "one-split-any-protocol", "no-protocols", "unmeasured"],
)
def test_a_score_is_looked_up_by_metric_and_protocol(
    make_record: MakeRecord, metric: str, protocol: str, score: float | None
) -> None:
    assert make_record(scores=SCORES).score(metric, protocol) == score


def test_a_protocol_that_several_splits_lack_is_no_score(make_record: MakeRecord) -> None:
    record = make_record(scores={"spearman": {"mean": 0.5, "wmean": 0.6}})

    assert record.score("spearman", "all") is None


@pytest.mark.parametrize(
    ("metric", "protocol", "message"),
    [
        ("spearmann", "all", "metric must be one of spearman, pearson, accuracy, .*'spearmann'"),
        ("spearman", "al", "protocol must be one of all, wmean, mean, got 'al'"),
    ],
)
def test_a_mistyped_metric_or_protocol_is_refused(
    make_record: MakeRecord, metric: str, protocol: str, message: str
) -> None:
    record = make_record(scores=SCORES)

    with pytest.raises(ValueError, match=message):
        record.score(metric, protocol)
    assert make_record(scores={"ndcg": 0.5}).score("ndcg", "all") == 0.5


def test_a_record_survives_json(make_record: MakeRecord) -> None:
    record = make_record(items={"MSRpar": {"system": [0.1, math.pi], "gold": [1.0, 2.0]}})

    assert Record.model_validate_json(record.model_dump_json()) == record


def test_the_summary_leaves_out_the_items_alone(make_record: MakeRecord) -> None:
    record = make_record()

    assert set(record.model_dump()) - set(record.summary()) == {"items"}


def test_a_record_cannot_be_changed(make_record: MakeRecord) -> None:
    with pytest.raises(ValidationError):
        make_record().encoder = "cls"  # type: ignore[misc]


def test_an_unknown_field_is_refused(make_record: MakeRecord) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        make_record(colour="blue")


@pytest.mark.parametrize(("tasks", "trained"), [(("sts12",), True), (("sts13",), False)])
def test_a_record_knows_whether_its_encoder_saw_its_text(
    make_record: MakeRecord, tasks: tuple[str, ...], trained: bool
) -> None:
    record = make_record("mean", "sts12", trained_on=tasks)

    assert record.trained_on_this_task is trained


def test_only_sample_data_is_a_sample(make_record: MakeRecord) -> None:
    assert make_record(data="sample").is_sample
    assert not make_record(data="/data/senteval").is_sample
