import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from harness.data import DataFolder, open_data
from harness.evaluation.evaluation import evaluate
from harness.task import Task, Vectors
from harness.tasks.sts.english import (
    SICKR_DEV,
    SICKR_TEST,
    STS12,
    STS13,
    STS14,
    STS15,
    STS16,
    STSB_DEV,
    STSB_TEST,
)
from harness.tasks.sts.multilingual import STS17
from harness.tasks.sts.task import StsDefinition, StsSettings
from harness.tasks.text_form import text_form

ENGLISH = [STS12, STS13, STS14, STS15, STS16, STSB_DEV, STSB_TEST, SICKR_DEV, SICKR_TEST]
each_english_task = pytest.mark.parametrize("task", ENGLISH, ids=lambda task: task.title)


def text_of_task(task: Task) -> object:
    """What a result of the task says of its text."""
    rows = {sentence: row for row, sentence in enumerate(dict.fromkeys(task.sentences))}
    matrix = np.random.default_rng(0).normal(size=(len(rows), 5)).astype(np.float32)
    return task.score(Vectors(rows, matrix)).details.get("text")


@pytest.mark.parametrize(
    ("sentence", "cased", "expected"),
    [
        ("a man , who sings , plays .", False, "tokenised"),
        ("a man sings at 4 p.m. for $ 1,000", False, "tokenised"),
        ("A man , who sings , plays .", True, "tokenised"),
        ("A man , who sings , plays .", False, "raw"),
        ("a man, who sings , plays .", False, "raw"),
        ("A man is playing.", True, "raw"),
        ("a man (or two) plays", True, "raw"),
    ],
)
def test_capitals_and_joined_punctuation_make_a_text_raw(
    sentence: str, expected: str, *, cased: bool
) -> None:
    assert text_form([sentence], cased=cased) == expected


def test_a_stray_sentence_does_not_make_a_text_raw() -> None:
    assert text_form(["a man , a dog ."] * 99 + ["A man, a dog."], cased=False) == "tokenised"


@each_english_task
def test_the_sample_s_text_counts_as_tokenised(task: StsDefinition, sample: DataFolder) -> None:
    assert text_of_task(task(sample, StsSettings())) == "tokenised"


def test_text_in_other_languages_has_no_form_of_senteval_s(sample: DataFolder) -> None:
    assert text_of_task(STS17(sample, StsSettings())) is None


@pytest.mark.real
@each_english_task
def test_the_real_files_are_reported_from_the_raw_ones(
    task: StsDefinition, shared: Path, tmp_path: Path
) -> None:
    raw = tmp_path / "raw"
    shutil.copytree(shared / "data/senteval/downstream", raw)
    shutil.copytree(shared / "data/senteval-raw", raw, dirs_exist_ok=True)

    assert text_of_task(task(open_data(shared / "data/senteval"), StsSettings())) == "tokenised"
    assert text_of_task(task(open_data(raw), StsSettings())) == "raw"


@pytest.mark.parametrize("name", ["stsb-test", "stsb-trained"])
def test_a_record_says_that_its_text_was_raw(
    name: str, sample: DataFolder, tmp_path: Path
) -> None:
    place = "STS/STSBenchmark"
    source = sample.root / "senteval/downstream" / place
    (tmp_path / place).mkdir(parents=True)
    for file in source.iterdir():
        raw = re.sub(r" ([.,])", r"\1", file.read_text("utf-8"))
        (tmp_path / place / file.name).write_text(raw, "utf-8")

    (tokenised,) = evaluate(["bow"], [name], data=sample, out=None).records
    (raw_record,) = evaluate(["bow"], [name], data=tmp_path, out=None).records

    assert (tokenised.details["text"], raw_record.details["text"]) == ("tokenised", "raw")
    assert not tokenised.is_of_raw_text
    assert raw_record.is_of_raw_text
