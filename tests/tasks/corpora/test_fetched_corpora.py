"""Corpora that lie in the data folder: NLI pairs and plain text."""

import gzip
import json
from pathlib import Path

import pytest

from harness.corpus import LabelledPair
from harness.data import open_data
from harness.errors import MissingDataError
from harness.plugins import registry


def test_sample_has_labelled_pairs() -> None:
    corpus = registry.corpora.load("nli").factory(open_data("sample"))

    assert len(corpus.pairs) == 60
    assert corpus.sentences == ()


def test_gzipped_file_comes_first(tmp_path: Path) -> None:
    row = "neutral\t{}\tb\n"
    header = "gold_label\tsentence1\tsentence2\n"
    (tmp_path / "nli").mkdir()
    (tmp_path / "nli/nli_train.tsv").write_text(header + row.format("plain"))
    (tmp_path / "nli/nli_train.tsv.gz").write_bytes(
        gzip.compress((header + row.format("packed")).encode())
    )

    corpus = registry.corpora.load("nli").factory(open_data(tmp_path))

    assert corpus.pairs == (LabelledPair("packed", "b", 1),)


@pytest.mark.parametrize("corpus_name", ["nli", "nli-full"])
def test_fetched_sets_are_read_snli_and_then_multinli(corpus_name: str, tmp_path: Path) -> None:
    for name in ("snli_1.0", "multinli_1.0"):
        (tmp_path / name).mkdir()
        row = {"gold_label": "entailment", "sentence1": name, "sentence2": "b"}
        (tmp_path / name / f"{name}_train.jsonl").write_text(json.dumps(row) + "\n")

    corpus = registry.corpora.load(corpus_name).factory(open_data(tmp_path))

    assert [pair.premise for pair in corpus.pairs] == ["snli_1.0", "multinli_1.0"]


def test_plain_text_is_one_sentence_a_line(tmp_path: Path) -> None:
    (tmp_path / "text").mkdir()
    (tmp_path / "text/wiki1m_for_simcse.txt").write_text("One  here .\n\nTwo .\n")

    corpus = registry.corpora.load("wiki1m").factory(open_data(tmp_path))

    assert corpus.sentences == ("One here .", "Two .")


def test_absent_corpus_names_a_file_that_can_be_fetched(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match=r"snli_1\.0_train\.jsonl not found below"):
        registry.corpora.load("nli").factory(open_data(tmp_path))
