"""How much of the text a file of word vectors covers stands with the scores."""

from pathlib import Path

import pytest

from harness import evaluate
from harness.encoder import Context
from harness.encoders.methods.glove import GloveEncoder, GloveSettings
from harness.results.records.store import ResultStore


@pytest.fixture
def few_words(tmp_path: Path) -> Path:
    path = tmp_path / "few.txt"
    path.write_text("a 1 0\nis 0 2\nthe 3 1\nman 1 3\n")
    return path


def test_known_words_are_counted_once_each_in_either_case(few_words: Path) -> None:
    encoder = GloveEncoder(Context(), GloveSettings(vectors=str(few_words)))
    encoder.prepare(["A man is a man .", "The xyzzy"])

    assert encoder.describe() == {"words_known": "5 of 7"}


def test_words_known_and_pairs_scored_zero_stand_in_records_and_below_the_table(
    few_words: Path,
) -> None:
    few_words.write_text("man 1 3\ntwo 0 2\nplaying 1 1\n")
    spec = f"glove:vectors={few_words}"
    common = {"tasks": ["stsb-test"], "data": "sample", "task_settings": {"nan": "zero"}}

    first, again = (evaluate(spec, out=Path("runs"), **common) for _ in range(2))  # type: ignore[arg-type]

    (record,) = first.records
    (stored,) = ResultStore(Path("runs")).read()
    known, _, words = record.runtime["words_known"].partition(" of ")
    zero = sum(record.details["scored_zero"].values())
    assert 0 < int(known) <= 6 < int(words)
    assert zero > 0
    assert zero == record.items["test"]["system"].count(0.0)
    for one in (stored, *again.records):  # the second run's vectors are kept ones
        assert one.runtime["words_known"] == record.runtime["words_known"]
        assert one.details["scored_zero"] == record.details["scored_zero"]
    notes = again.to_markdown()
    assert f"words with a vector, of all in the run's sentences: {known} of {words}" in notes
    assert f"{zero} of {len(record.items['test']['gold'])} pairs scored 0" in notes
