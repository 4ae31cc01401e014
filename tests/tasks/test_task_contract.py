"""What the contract asks of every registered task, on the sample data."""

import json
import math
from collections.abc import Iterator, Mapping

import numpy as np
import pytest

from harness.data import DataFolder
from harness.errors import ScoringError
from harness.planning.asked_tasks import expand_suites
from harness.planning.planned_tasks import PlannedTask, plan_tasks
from harness.plugins import registry
from harness.results.families import AVERAGED, TITLES
from harness.settings import Spec, setting_fields
from harness.task import Vectors, task_identity

OUTSIDE_SAMPLE = {*expand_suites(["sts-languages"]), "korsts-dev"}
each_task = pytest.mark.parametrize(
    "name",
    [
        name
        for name in registry.tasks.names()
        if name not in OUTSIDE_SAMPLE and not name.startswith("sts22")
    ],
)


OWN_FILES = {  # of the sample, for the tasks that read any file
    "pairs": {"file": "STS/STSBenchmark/sts-test.csv", "columns": "6,7,5"},
    "labels": {"file": "MRPC/msr_paraphrase_train.txt"},
}


def plan(name: str, sample: DataFolder) -> PlannedTask:
    own = dict(OWN_FILES.get(name, {}))
    if own:
        own["file"] = str(sample.find("senteval", own["file"]))
    (planned,) = plan_tasks([Spec(name, own)], sample, {})
    return planned


def random_vectors(planned: PlannedTask) -> Vectors:
    """Vectors of each side: a second sentence that is looked up as a first one is not found."""
    distinct = list(dict.fromkeys(planned.task.sentences))
    matrix = np.random.default_rng(0).normal(size=(len(distinct), 12)).astype(np.float32)
    rows = {sentence: row for row, sentence in enumerate(distinct)}
    assert planned.sides is not None
    first, second = ({each: rows[each] for each in side} for side in planned.sides)
    return Vectors(first, matrix, second)


def fractions(scores: object) -> Iterator[float]:
    """Every score but an error, which has the gold's scale."""
    if isinstance(scores, Mapping):
        for metric, part in scores.items():
            if metric != "mse":
                yield from fractions(part)
    elif isinstance(scores, int | float):
        yield scores


@each_task
def test_task_names_its_files_and_sentences(name: str, sample: DataFolder) -> None:
    task = plan(name, sample).task

    assert task.files
    assert all(file.rows > 0 and len(file.sha256) == 64 for file in task.files)
    assert all(sentence.strip() for sentence in task.sentences)


@each_task
def test_task_scores_random_vectors_with_finite_fractions(name: str, sample: DataFolder) -> None:
    planned = plan(name, sample)

    scores = list(fractions(planned.task.score(random_vectors(planned)).scores))

    assert scores
    assert all(math.isfinite(score) and -1 <= score <= 1 for score in scores)


@each_task
def test_task_scores_the_same_vectors_the_same_way_twice(name: str, sample: DataFolder) -> None:
    planned, again = plan(name, sample), plan(name, sample)
    vectors = random_vectors(planned)

    assert planned.task.score(vectors).scores == again.task.score(vectors).scores
    assert planned.data_checksum == again.data_checksum


@each_task
def test_task_s_result_is_json_and_its_items_have_texts(name: str, sample: DataFolder) -> None:
    planned = plan(name, sample)

    result = planned.task.score(random_vectors(planned))
    text = json.dumps([result.scores, result.splits, result.items, result.details], default=dict)

    assert json.loads(text)[0]
    texts = task_identity(planned.task).item_texts
    assert texts is not None
    assert list(texts) == list(result.items)
    for split, columns in result.items.items():
        assert {len(values) for values in columns.values()} == {len(texts[split])}


@each_task
def test_task_refuses_vectors_that_are_not_finite(name: str, sample: DataFolder) -> None:
    planned = plan(name, sample)
    vectors = random_vectors(planned)
    vectors.matrix[0] = np.nan

    with pytest.raises(ScoringError):
        planned.task.score(vectors)


@each_task
def test_task_is_documented_and_so_is_each_of_its_settings(name: str) -> None:
    definition = registry.tasks.load(name).factory

    assert definition.title
    assert definition.family
    assert definition.summary
    assert "(" in definition.citation
    assert all(field.help for field in setting_fields(definition.Settings))


@pytest.mark.parametrize("suite", registry.suites.names())
def test_suite_is_made_of_registered_tasks(suite: str) -> None:
    assert set(expand_suites([suite])) <= set(registry.tasks.names())
    assert len(expand_suites([suite])) > 1


@pytest.mark.parametrize("family", AVERAGED)
def test_averaged_tasks_are_registered_with_their_family_and_title(family: str) -> None:
    definitions = {name: registry.tasks.load(name).factory for name in AVERAGED[family]}

    assert {name: each.title for name, each in definitions.items()} == {
        name: TITLES[name] for name in AVERAGED[family]
    }
    assert {each.family for each in definitions.values()} == {family}
