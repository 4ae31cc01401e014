import math

import pytest
from pydantic import ValidationError

from results.records import Record, TrainingRecord

SCORES = {
    "spearman": {"mean": 0.5, "wmean": 0.6, "all": 0.7},
    "pearson": {"all": 0.4},
    "accuracy": 0.9,
}


def make(**values: object) -> Record:
    base: dict[str, object] = {
        "encoder": "mean",
        "model": "minilm",
        "seed": None,
        "task": "sts12",
        "title": "STS12",
        "family": "sts",
        "data": "sample",
        "scores": SCORES,
        "dim": 4,
    }
    return Record.model_validate({**base, **values})


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
    metric: str, protocol: str, score: float | None
) -> None:
    assert make().score(metric, protocol) == score


def test_a_protocol_that_several_splits_lack_is_no_score() -> None:
    assert make(scores={"spearman": {"mean": 0.5, "wmean": 0.6}}).score("spearman", "all") is None


def test_a_record_survives_json() -> None:
    record = make(items={"MSRpar": {"system": [0.1, math.pi], "gold": [1.0, 2.0]}})

    assert Record.model_validate_json(record.model_dump_json()) == record


def test_the_summary_leaves_out_the_items_alone() -> None:
    record = make(items={"MSRpar": {"system": [0.1], "gold": [1.0]}})

    assert set(record.model_dump()) - set(record.summary()) == {"items"}


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        make().encoder = "cls"  # type: ignore[misc]


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        make(colour="blue")


@pytest.mark.parametrize(("tasks", "trained"), [(("sts12",), True), (("sts13",), False)])
def test_a_record_knows_whether_its_encoder_saw_its_text(
    tasks: tuple[str, ...], trained: bool
) -> None:
    training = TrainingRecord(corpus="x", corpus_sha256="0", sentences=2, tasks=tasks)

    assert make(training=training).trained_on_this_task is trained


def test_only_sample_data_is_a_sample() -> None:
    assert make().is_sample
    assert not make(data="/data/senteval").is_sample
