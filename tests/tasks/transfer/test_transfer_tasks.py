import dataclasses
import hashlib
from collections.abc import Sequence

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from harness.data import open_data
from harness.errors import ScoringError
from harness.planning.asked_tasks import expand_suites
from harness.planning.planned_tasks import plan_tasks
from harness.task import Vectors
from harness.tasks.transfer.data_sets import MRPC
from harness.tasks.transfer.files import LabelledSentences
from harness.tasks.transfer.task import TransferSettings, TransferTask

DIM = 12


def vectors_of(sentences: Sequence[str]) -> Vectors:
    """Random vectors that tell words apart: the sum of one random vector a word."""
    distinct = list(dict.fromkeys(sentences))
    matrix = np.zeros((len(distinct), DIM), dtype=np.float32)
    for row, sentence in enumerate(distinct):
        for word in sentence.split():
            seed = int(hashlib.sha256(word.encode()).hexdigest()[:8], 16)
            matrix[row] += np.random.default_rng(seed).normal(size=DIM).astype(np.float32)
    return Vectors({sentence: row for row, sentence in enumerate(distinct)}, matrix)


@pytest.mark.parametrize("name", [*expand_suites(["transfer"]), "sst5", "sick-e"])
def test_every_transfer_task_scores_the_sample(name: str) -> None:
    (planned,) = plan_tasks([name], open_data("sample"), {"classifier": "senteval-fast"})
    reported: list[tuple[int, int]] = []

    result = planned.task.score(
        vectors_of(planned.task.sentences), on_progress=lambda _, *done: reported.append(done)
    )

    items = result.items["test"]
    assert set(result.scores) == ({"accuracy", "f1"} if name == "mrpc" else {"accuracy"})
    assert 0 <= result.scores["accuracy"] <= 1
    assert 0 <= result.dev_scores["accuracy"] <= 1
    assert len(items["system"]) == len(items["gold"])
    assert reported[-1][0] == reported[-1][1]
    if result.details["split_protocol"] != "nested_k_fold":
        agreement = np.mean(np.array(items["system"]) == np.array(items["gold"]))
        assert result.scores["accuracy"] == pytest.approx(agreement)


def test_sklearn_protocol_on_sst2_is_scikit_learns_best_on_dev() -> None:
    (planned,) = plan_tasks(["sst2"], open_data("sample"), {"classifier": "sklearn"})
    task = planned.task
    assert isinstance(task, TransferTask)
    vectors = vectors_of(task.sentences)
    parts = {name: (vectors.of(p.columns[0]), p.labels) for name, p in task.parts.items()}

    result = task.score(vectors)

    fits = {
        c: LogisticRegression(C=c, tol=1e-10, max_iter=10000).fit(*parts["train"])
        for c in [2.0**power for power in range(-2, 4)]
    }
    best = max(fits, key=lambda c: fits[c].score(*parts["dev"]))
    assert result.details["chosen_strengths"] == [best]
    assert result.scores["accuracy"] == pytest.approx(fits[best].score(*parts["test"]))


@pytest.mark.parametrize("name", ["sickr-trained", "stsb-trained"])
def test_trained_relatedness_scores_the_sample(name: str) -> None:
    (planned,) = plan_tasks([name], open_data("sample"), {})

    result = planned.task.score(vectors_of(planned.task.sentences))

    system, gold = (np.array(result.items["test"][column]) for column in ("system", "gold"))
    assert result.scores["pearson"] == pytest.approx(np.corrcoef(system, gold)[0, 1], abs=1e-6)
    assert result.scores["mse"] == pytest.approx(np.mean((system - gold) ** 2))
    assert 1 <= system.min() <= system.max() <= 5


def test_non_finite_vectors_are_named() -> None:
    (planned,) = plan_tasks(["trec"], open_data("sample"), {})
    vectors = vectors_of(planned.task.sentences)
    vectors.matrix[3] = np.nan

    with pytest.raises(ScoringError, match="TREC: features must be finite"):
        planned.task.score(vectors)


def test_a_class_with_fewer_rows_than_folds_is_named() -> None:
    texts = tuple(f"word{row} more" for row in range(30))
    part = LabelledSentences((texts, texts[::-1]), np.array([1] * 3 + [0] * 27), ())
    task = TransferTask(MRPC, {"train": part, "test": part}, TransferSettings())

    with pytest.raises(ScoringError, match=r"MRPC: .*(fold|class)"):
        task.score(vectors_of(texts))


def test_a_single_class_is_named() -> None:
    texts = tuple(f"word{row} more" for row in range(30))
    part = LabelledSentences((texts, texts[::-1]), np.ones(30, dtype=np.int64), ())
    definition = dataclasses.replace(MRPC, split_protocol="k_fold_then_test")
    task = TransferTask(definition, {"train": part, "test": part}, TransferSettings())

    with pytest.raises(ScoringError, match=r"MRPC: .*class"):
        task.score(vectors_of(texts))
