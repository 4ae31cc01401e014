"""Data sets of the field, written in the forms in which people have them, score the same."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias
from zlib import crc32

import numpy as np
import pytest

from harness.data import DataFolder, open_data
from harness.task import Task, Vectors
from harness.tasks.own.labels import LABELS, LabelsSettings
from harness.tasks.own.pairs import PAIRS, OwnPairs, PairsSettings
from harness.tasks.sts.english import STSB_TEST
from harness.tasks.sts.task import StsSettings
from harness.tasks.transfer.data_sets import MR
from harness.tasks.transfer.files import read_two_files
from harness.tasks.transfer.task import TransferSettings

Write: TypeAlias = Callable[[dict[str, list[list[str]]], Path], OwnPairs]


@pytest.fixture(scope="module")
def raw(shared: Path) -> DataFolder:
    return open_data(shared / "data" / "senteval-raw")


@pytest.fixture(scope="module")
def stsb(raw: DataFolder) -> dict[str, list[list[str]]]:
    """The raw release: genre, file, year, id, score, two sentences; sources in some rows."""
    folder = raw.root / "STS" / "STSBenchmark"
    return {
        part: [line.split("\t")[:7] for line in text.removesuffix("\n").split("\n")]
        for part in ("dev", "test")
        for text in [(folder / f"sts-{part}.csv").read_text("utf-8")]
    }


def vectors(task: Task, dim: int = 8) -> Vectors:
    """Return vectors of the words' sum, the same for a sentence whatever the task."""
    rows = {sentence: row for row, sentence in enumerate(dict.fromkeys(task.sentences))}
    words = {word for sentence in rows for word in sentence.split()}
    drawn = {w: np.random.default_rng(crc32(w.encode())).normal(size=dim) for w in words}
    matrix = [np.sum([drawn[word] for word in sentence.split()], axis=0) for sentence in rows]
    return Vectors(rows, np.array(matrix, np.float32))


def own(place: Path, **settings: Any) -> OwnPairs:
    return PAIRS(open_data("sample"), PairsSettings(file=str(place), **settings))


def glue(rows: dict[str, list[list[str]]], folder: Path) -> OwnPairs:
    header = "index genre filename year old_index source1 source2 sentence1 sentence2 score"
    lines = ["\t".join(header.split())]
    for number, (genre, file, year, old, score, first, second) in enumerate(rows["test"]):
        cells = (str(number), genre, file, year, old, "none", "none", first, second, score)
        lines.append("\t".join(cells))
    (folder / "train.tsv").write_text("\n".join([*lines, ""]), "utf-8")
    return own(folder / "train.tsv")


def sentence_transformers(rows: dict[str, list[list[str]]], folder: Path) -> OwnPairs:
    header = "split genre dataset year sid score sentence1 sentence2"
    lines = ["\t".join(header.split())]
    for part, read in rows.items():
        lines += ["\t".join([part, *row]) for row in read]
    content = "\n".join([*lines, ""]).encode()
    (folder / "stsbenchmark.tsv.gz").write_bytes(gzip.compress(content))
    return own(folder / "stsbenchmark.tsv.gz")


def json_lines(rows: dict[str, list[list[str]]], folder: Path) -> OwnPairs:
    lines = [
        json.dumps({"sentence1": row[5], "sentence2": row[6], "score": float(row[4])})
        for row in rows["test"]
    ]
    (folder / "stsb.jsonl").write_text("\n".join([*lines, ""]), "utf-8")
    return own(folder / "stsb.jsonl")


def parquet(rows: dict[str, list[list[str]]], folder: Path) -> OwnPairs:
    arrow = pytest.importorskip("pyarrow")
    from pyarrow.parquet import write_table

    columns = {
        "sentence1": [row[5] for row in rows["test"]],
        "sentence2": [row[6] for row in rows["test"]],
        "label": [float(row[4]) for row in rows["test"]],
    }
    write_table(arrow.table(columns), folder / "test-00000.parquet")
    return own(folder / "test-00000.parquet")


@pytest.mark.real
@pytest.mark.parametrize("write", [glue, sentence_transformers, json_lines, parquet])
def test_the_benchmark_in_another_form_has_its_scores_to_the_last_digit(
    write: Write, raw: DataFolder, stsb: dict[str, list[list[str]]], tmp_path: Path
) -> None:
    task = write(stsb, tmp_path)
    expected = STSB_TEST(raw, StsSettings())

    found = task.score(vectors(task))

    assert found.scores == expected.score(vectors(expected)).scores
    assert task.sentences == expected.sentences


@pytest.mark.real
def test_the_reviews_as_a_file_of_labels_have_mr_s_own_rows(shared: Path, tmp_path: Path) -> None:
    data = open_data(shared / "data" / "senteval")
    reviews = read_two_files(data, "MR/rt-polarity.pos", "MR/rt-polarity.neg")
    lines = [
        f"{text}\t{label}" for text, label in zip(reviews.columns[0], reviews.labels, strict=True)
    ]
    file = tmp_path / "reviews.tsv"
    file.write_text("\n".join(["sentence\tlabel", *lines, ""]), "utf-8")

    found = LABELS(data, LabelsSettings(file=str(file)))

    expected = MR(data, TransferSettings())
    assert found.parts["all"].columns == expected.parts["all"].columns
    assert found.parts["all"].labels.tolist() == expected.parts["all"].labels.tolist()
