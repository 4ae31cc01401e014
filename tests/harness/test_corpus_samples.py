import pytest

from harness.corpus import Corpus, LabelledPair

CORPUS = Corpus("text", tuple(f"sentence {i}" for i in range(100)), tasks=("stsb-dev",))


def test_a_sample_is_part_of_the_text_in_its_order() -> None:
    part = CORPUS.sample(10, seed=0)

    rows = [CORPUS.sentences.index(sentence) for sentence in part.sentences]
    assert len(set(rows)) == 10
    assert rows == sorted(rows)
    assert part.name == "text[10]"
    assert part.tasks == ("stsb-dev",)


def test_each_seed_draws_a_sample_of_its_own() -> None:
    samples = [CORPUS.sample(10, seed).checksum for seed in (0, 0, 1)]

    assert samples[0] == samples[1]
    assert samples[0] != samples[2]


def test_a_limit_beyond_the_text_takes_all_of_it() -> None:
    assert CORPUS.sample(1000, seed=0) is CORPUS
    assert CORPUS.sample(100, seed=0) is CORPUS
    assert CORPUS.sample(99, seed=0).name == "text[99]"


@pytest.mark.parametrize(
    "changed",
    [
        Corpus("text", paraphrases=(("a", "b"),)),
        Corpus("text", pairs=(LabelledPair("a", "b", 0),)),
        Corpus("text", ("a", "b")),
    ],
)
def test_pairs_and_sentences_count_in_the_checksum(changed: Corpus) -> None:
    assert changed.sentence_count == 2
    assert changed.checksum != Corpus("text").checksum
