from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from harness.corpus import Corpus
from harness.data import DataFolder, open_data
from harness.encoder import Context
from harness.encoders.methods.bow import BOW, BowEncoder
from harness.encoders.methods.tfidf import TfidfEncoder
from harness.encoders.words.word_counts import WordSettings
from harness.errors import SettingError, TrainingError
from harness.evaluation.evaluation import evaluate
from harness.planning.planned_encoders import plan_encoders
from harness.tasks.corpora.task_text import STSB_TEXT
from harness.trainable import Training

CONTEXT = Context()
PLENTY = WordSettings(buckets=1 << 16)  # so many that no two words of a test share one


@pytest.fixture
def corpus(sample: DataFolder) -> Corpus:
    return STSB_TEXT(sample)


def cosines(vectors: np.ndarray) -> np.ndarray:
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(unit @ unit.T)


def test_bow_counts_words_between_spaces_whatever_their_case() -> None:
    first, second, third = BowEncoder(CONTEXT, PLENTY).encode(["A man saw a man .", "a", "."])

    assert sorted(first[first > 0]) == [1, 1, 2, 2]
    assert first @ second == 2
    assert first @ third == 1
    assert second @ third == 0


def test_bow_distinguishes_case_when_asked() -> None:
    upper, lower = BowEncoder(CONTEXT, WordSettings(lowercase=False)).encode(["Man", "man"])

    assert upper @ lower == 0


def test_tfidf_has_the_cosines_of_scikit_learns_own_on_the_text_it_learned_from(
    corpus: Corpus, tmp_path: Path
) -> None:
    sentences = tuple(dict.fromkeys(corpus.sentences[:30]))
    reference = TfidfVectorizer(token_pattern=r"\S+").fit_transform(sentences)  # noqa: S106
    encoder = TfidfEncoder(CONTEXT, PLENTY)
    encoder.fit(Corpus("thirty", sentences), Training(seed=0, folder=tmp_path))

    np.testing.assert_allclose(
        cosines(encoder.encode(sentences)), cosines(reference.toarray()), atol=1e-5
    )


def test_tfidf_loads_what_it_saved(corpus: Corpus, tmp_path: Path) -> None:
    settings = WordSettings(svd=5)
    trained, loaded = TfidfEncoder(CONTEXT, settings), TfidfEncoder(CONTEXT, settings)
    trained.fit(corpus, Training(seed=0, folder=tmp_path))
    trained.save(tmp_path)
    loaded.load(tmp_path)

    np.testing.assert_array_equal(
        loaded.encode(corpus.sentences), trained.encode(corpus.sentences)
    )
    assert loaded.fingerprint() == trained.fingerprint()


@pytest.mark.parametrize("weighted", [True, False])
def test_svd_of_as_many_dimensions_as_the_text_has_keeps_its_cosines(
    weighted: bool, tmp_path: Path
) -> None:
    sentences = ("a man runs", "a dog runs", "a man saw a dog", "the cat sleeps")
    full = TfidfEncoder(CONTEXT, PLENTY, weighted=weighted)
    reduced = TfidfEncoder(CONTEXT, WordSettings(1 << 16, svd=4), weighted=weighted)
    for encoder in (full, reduced):
        encoder.fit(Corpus("four", sentences), Training(seed=0, folder=tmp_path))

    assert reduced.encode(sentences).shape == (4, 4)
    np.testing.assert_allclose(
        cosines(reduced.encode(sentences)), cosines(full.encode(sentences)), atol=1e-5
    )


def test_bow_needs_training_only_for_an_svd() -> None:
    assert isinstance(BOW(CONTEXT, WordSettings()), BowEncoder)
    assert isinstance(BOW(CONTEXT, WordSettings(svd=2)), TfidfEncoder)


def test_an_svd_of_more_dimensions_than_buckets_is_refused() -> None:
    with pytest.raises(SettingError, match=r"svd must be none or 1 to 8 \(buckets\), got 9"):
        plan_encoders(["tfidf:buckets=8,svd=9"], {})


def test_tfidf_refuses_to_encode_untrained() -> None:
    with pytest.raises(TrainingError, match="must be trained or loaded"):
        TfidfEncoder(CONTEXT, PLENTY).encode(["a"])


@pytest.mark.real
def test_bow_has_the_published_figures_of_a_bag_of_words(shared: Path) -> None:
    data = open_data(shared / "data")

    report = evaluate(["bow"], ["sts12", "sts13"], data=data, out=None, cache=False)
    by_task = {record.task: record.scores["spearman"] for record in report.records}

    published = {"sts12": (0.469, 0.466, 0.352), "sts13": (0.388, 0.471, 0.473)}
    for task, expected in published.items():
        measured = [by_task[task][protocol] for protocol in ("mean", "wmean", "all")]
        assert measured == pytest.approx(expected, abs=0.003)
