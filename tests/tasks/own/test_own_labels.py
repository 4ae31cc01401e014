from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score

from harness.data import DataFolder, open_data
from harness.errors import BadDataError, SettingError
from harness.plugins import registry
from harness.settings import make_settings
from harness.task import Task, Vectors
from harness.tasks.own.labels import LABELS, LabelsSettings, OwnLabels
from harness.tasks.transfer.data_sets import MR, TREC
from harness.tasks.transfer.files import read_trec, read_two_files
from harness.tasks.transfer.task import TransferSettings

WORDS = ["fine", "poor", "film", "book", "long", "short", "plain", "odd", "new", "old"]


def sentence(seed: int) -> str:
    return " ".join(np.random.default_rng(seed).choice(WORDS, 5)) + f" {seed}"


def write(name: str, rows: list[tuple[str, ...]], header: str = "text\tlabel") -> str:
    Path(name).write_text("\n".join([header, *("\t".join(row) for row in rows), ""]), "utf-8")
    return name


def rows(count: int, *labels: str, start: int = 0) -> list[tuple[str, str]]:
    return [(sentence(start + i), labels[i % len(labels)]) for i in range(count)]


def pairs(count: int) -> list[tuple[str, ...]]:
    return [(sentence(i), sentence(500 + i), str(i % 2)) for i in range(count)]


def read(**settings: Any) -> OwnLabels:
    quick = {"classifier": "sklearn", "device": "cpu", **settings}
    return LABELS(open_data("sample"), make_settings(LabelsSettings, quick, "task 'labels'"))


def vectors(task: Task, dim: int = 4) -> Vectors:
    """Return the same vector for a sentence, whatever the task."""
    found = dict.fromkeys(task.sentences)
    drawn = [np.random.default_rng(crc32(s.encode())).normal(size=dim) for s in found]
    return Vectors({s: row for row, s in enumerate(found)}, np.array(drawn, np.float32))


def test_one_part_is_scored_by_nested_k_fold() -> None:
    task = read(file=write("mood.tsv", rows(60, "sad", "glad")))

    result = task.score(vectors(task))

    assert task.understood == (
        "mood.tsv: 60 sentences, columns text, label, 2 classes (glad 30, sad 30), nested k-fold"
        " (tab-separated)"
    )
    assert result.details["split_protocol"] == "nested_k_fold"
    assert result.details["classes"] == ["glad", "sad"]
    items = result.items["test"]
    assert result.scores["f1"] == f1_score(items["gold"], items["system"])
    assert task.name == "mood"


def test_a_header_of_unusual_names_is_one_if_its_columns_are_asked_for() -> None:
    file = write("mood.tsv", rows(60, "sad", "glad"), header="said\tmood")

    task = read(file=file, columns="said,mood")

    assert "60 sentences, columns said, mood, 2 classes (glad 30, sad 30)" in task.understood


def test_a_column_of_train_and_test_is_found_by_its_name() -> None:
    parted = [
        (*row, "validation" if i % 4 == 0 else "train")
        for i, row in enumerate(rows(90, "a", "b", "c"))
    ]
    parted += [(*row, "test") for row in rows(9, "a", "b", "c", start=90)]

    task = read(file=write("parted.tsv", parted, "text\tlabel\tsplit"))

    assert {name: len(part.labels) for name, part in task.parts.items()} == {
        "train": 67,
        "dev": 23,
        "test": 9,
    }
    assert task.score(vectors(task)).details["split_protocol"] == "train_dev_test"


def test_a_file_for_each_part_is_one_task() -> None:
    task = read(
        train=write("train.tsv", rows(40, "a", "b")),
        test=write("test.tsv", rows(10, "b", "a", start=40)),
    )

    assert task.score(vectors(task)).details["split_protocol"] == "k_fold_then_test"
    assert [file.name for file in task.files] == ["train.tsv", "test.tsv"]
    assert task.understood.startswith("train.tsv, test.tsv: 50 sentences")


@pytest.mark.parametrize("settings", [{}, {"dev": "copy.tsv"}])
def test_a_file_for_two_parts_is_refused_by_its_content(settings: dict[str, str]) -> None:
    train = write("train.tsv", rows(40, "a", "b"))
    copy = write("copy.tsv", rows(40, "a", "b"))
    test = write("test.tsv", rows(10, "a", "b", start=40)) if settings else copy

    with pytest.raises(SettingError, match="must have other rows than train, got the content of "):
        read(train=train, test=test, **settings)


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (("10", "9", "-1"), ("-1", "9", "10")),
        (("b", "10", "9"), ("10", "9", "b")),
        (("yes", "no"), ("no", "yes")),
        (("paraphrase", "not_paraphrase"), ("not_paraphrase", "paraphrase")),
    ],
)
def test_classes_stand_in_a_fixed_order(labels: tuple[str, ...], classes: tuple[str, ...]) -> None:
    assert read(file=write("classes.tsv", rows(36, *labels))).classes == classes


def test_pairs_of_two_classes_have_metrics_of_their_cosine() -> None:
    task = read(file=write("same.tsv", pairs(60), "question1\tquestion2\tis_duplicate"))

    result = task.score(vectors(task))

    items = result.items["test"]
    assert list(result.scores) == [
        "accuracy",
        "f1",
        "average_precision",
        "best_threshold_accuracy",
    ]
    assert result.scores["average_precision"] == pytest.approx(
        average_precision_score(items["gold"], items["similarity"])
    )
    assert len(items["similarity"]) == 60


def test_a_zero_vector_leaves_out_the_metrics_of_the_cosine_alone() -> None:
    task = read(file=write("same.tsv", pairs(60), "text1\ttext2\tlabel"))
    given = vectors(task)
    given.matrix[0] = 0

    result = task.score(given)

    assert list(result.scores) == ["accuracy", "f1"]
    assert result.details["pairs_without_cosine"] == 1


def test_a_test_label_that_training_lacks_is_refused_by_line_and_column() -> None:
    train, test = write("train.tsv", rows(40, "a", "b")), write("test.tsv", rows(6, "a", "x"))

    with pytest.raises(BadDataError) as caught:
        read(train=train, test=test)

    assert str(caught.value) == (
        "test.tsv:3: column 'label' must be one of the labels of the training rows (a, b), got 'x'"
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "labels must have a file, got none: --labels FILE"),
        ({"file": "a", "train": "b", "test": "c"}, "file must be left out"),
        ({"train": "b"}, "train and test must both be given"),
        ({"train": "b", "test": "c", "part": "dev"}, "split and part must be left out"),
    ],
)
def test_files_that_make_no_data_set_are_refused(settings: dict[str, str], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        read(**settings)


def test_parts_that_no_protocol_has_are_refused_and_can_be_scored_alone() -> None:
    parted = [
        (*row, ("train", "dev")[i % 2]) for i, row in enumerate(rows(80, "a", "a", "b", "b"))
    ]
    file = write("parted.tsv", parted, "text\tlabel\tsplit")

    with pytest.raises(SettingError, match=r"got train, dev: choose one with part=NAME"):
        read(file=file)
    assert len(read(file=file, part="validation").parts["all"].labels) == 40


def test_one_class_is_refused() -> None:
    with pytest.raises(BadDataError, match="must have 2 labels or more, got a"):
        read(file=write("one.tsv", rows(20, "a")))


def test_too_few_rows_of_a_class_for_the_folds_are_refused_before_anything_is_encoded() -> None:
    few = [*rows(60, "a", "b"), *rows(11, "c", start=60)]

    with pytest.raises(BadDataError, match=r"at least 12 rows of each label for 10 folds, got 11"):
        read(file=write("few.tsv", few))


def test_mr_as_a_file_of_labels_has_mr_s_own_accuracy(sample: DataFolder) -> None:
    read_mr = read_two_files(sample, "MR/rt-polarity.pos", "MR/rt-polarity.neg")
    named = [
        (text, "positive" if label else "negative")
        for text, label in zip(read_mr.columns[0], read_mr.labels, strict=True)
    ]
    mr = MR(sample, TransferSettings(classifier="sklearn", device="cpu"))

    own = read(file=write("reviews.tsv", named))

    expected, found = mr.score(vectors(mr)), own.score(vectors(own))
    assert found.scores["accuracy"] == expected.scores["accuracy"]
    assert found.details["fold_accuracies"] == expected.details["fold_accuracies"]


def test_trec_as_a_file_of_labels_has_trec_s_own_rows(sample: DataFolder) -> None:
    parted = []
    for part, name in (("train", "train_5500.label"), ("test", "TREC_10.label")):
        questions = read_trec(sample, name)
        parted += [
            (text, str(label), part)
            for text, label in zip(questions.columns[0], questions.labels, strict=True)
        ]

    trec = TREC(sample, TransferSettings())
    own = read(file=write("questions.tsv", parted, "text\tlabel\tsplit"))

    assert list(own.parts) == list(trec.parts) == ["train", "test"]
    for name, part in trec.parts.items():
        assert own.parts[name].columns == part.columns
        assert own.parts[name].labels.tolist() == part.labels.tolist()


def test_labels_are_registered() -> None:
    assert registry.tasks.load("labels").factory is LABELS


def test_the_rows_of_uneven_folds_weigh_so_that_they_give_the_accuracy() -> None:
    task = read(file=write("uneven.tsv", rows(43, "yes", "no")))

    result = task.score(vectors(task))

    items = result.items["test"]
    assert np.average(items["accuracy"], weights=items["weight"]) == pytest.approx(
        result.scores["accuracy"], abs=1e-12
    )
    assert np.mean(items["weight"]) == pytest.approx(1)
    assert len(set(items["weight"])) == 2
