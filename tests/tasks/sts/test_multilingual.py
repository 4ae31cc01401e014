"""Multilingual STS: tracks, their order, their scores, and text that keeps its code points."""

import hashlib
import os
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from harness.data import DataFolder, open_data
from harness.encoding.vector_cache import VectorCache
from harness.errors import ScoringError
from harness.planning.planned_tasks import plan_tasks
from harness.plugins import registry
from harness.task import Task, TaskResult, Vectors

CHECKOUT = Path(__file__).resolve().parents[3]
SHARED = Path(os.environ.get("HARNESS_SHARED", CHECKOUT.parent / "shared")) / "data"
OFFICIAL = {
    "ar-ar": "track1.ar-ar",
    "ar-en": "track2.ar-en",
    "es-es": "track3.es-es",
    "es-en-a": "track4a.es-en",
    "es-en-b": "track4b.es-en",
    "en-en": "track5.en-en",
    "tr-en": "track6.tr-en",
}


@pytest.fixture(scope="session")
def real_data() -> DataFolder:
    if not (SHARED / "sts-multilingual").is_dir():
        pytest.skip("real multilingual STS not beside the checkout")
    return open_data(SHARED)


def pseudo_vector(sentence: str) -> np.ndarray:
    """A vector that depends on nothing but the sentence."""
    seed = int.from_bytes(hashlib.sha256(sentence.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).normal(size=8).astype(np.float32)


def read_task(name: str, data: DataFolder) -> Task:
    (planned,) = plan_tasks([name], data, {})
    return planned.task


def score(task: Task) -> TaskResult:
    sentences = list(dict.fromkeys(task.sentences))
    rows = {sentence: row for row, sentence in enumerate(sentences)}
    return task.score(Vectors(rows, np.stack([pseudo_vector(s) for s in sentences])))


def naive_pearson(folder: Path, split: str) -> float:
    """Pearson's r with the files read again, by other code."""
    lines = (folder / f"STS.input.{split}.txt").read_bytes().decode("utf-8").rstrip("\n")
    gold = np.loadtxt(folder / f"STS.gs.{split}.txt")
    system = []
    for line in lines.split("\n"):
        u, v = (
            pseudo_vector(" ".join(side.split())).astype(np.float64) for side in line.split("\t")
        )
        system.append(u @ v / np.sqrt((u @ u) * (v @ v)))
    return float(stats.pearsonr(system, gold).statistic)


def test_suite_holds_the_three_shared_tasks() -> None:
    assert registry.suites.load("sts-multilingual").factory == ("sts14-es", "sts15-es", "sts17")


def test_each_track_is_a_task_of_its_own_with_the_score_it_has_within_sts17() -> None:
    data = open_data("sample")
    whole = score(read_task("sts17", data))

    alone = {track: score(read_task(f"sts17:{track}", data)).scores for track in OFFICIAL}

    assert list(whole.splits) == list(OFFICIAL)
    for track, scores in alone.items():
        for metric in ("pearson", "spearman"):
            assert scores[metric] == {"all": whole.splits[track][metric]}


def test_primary_score_of_sts17_is_the_mean_over_tracks() -> None:
    result = score(read_task("sts17", open_data("sample")))

    tracks = [split["pearson"] for split in result.splits.values()]

    assert result.scores["pearson"]["mean"] == pytest.approx(np.mean(tracks), abs=1e-12)


@pytest.mark.parametrize("name", ["sts14-es", "sts15-es", "sts17"])
def test_task_of_several_files_has_every_protocol(name: str) -> None:
    scores = score(read_task(name, open_data("sample"))).scores

    assert {metric: set(scores[metric]) for metric in ("pearson", "spearman")} == {
        "pearson": {"mean", "wmean", "all"},
        "spearman": {"mean", "wmean", "all"},
    }


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "folder", "splits"),
    [
        ("sts14-es", "STS14-es-test", {"news": "news", "wikipedia": "wikipedia"}),
        ("sts15-es", "STS15-es-test", {"newswire": "newswire", "wikipedia": "wikipedia"}),
        ("sts17", "STS17-test", OFFICIAL),
    ],
)
def test_pearson_of_every_track_is_scipys_on_files_read_again(
    name: str, folder: str, splits: dict[str, str], real_data: DataFolder
) -> None:
    result = score(read_task(name, real_data))

    expected = {
        split: naive_pearson(SHARED / "sts-multilingual" / folder, official)
        for split, official in splits.items()
    }

    assert {split: result.splits[split]["pearson"] for split in splits} == pytest.approx(
        expected,
        abs=1e-6,  # the task compares vectors in float32, as SentEval does
    )
    assert "unpublished_counts" not in result.details


def scripts(sentences: list[str]) -> set[str]:
    letters = {char for sentence in sentences for char in sentence if char.isalpha()}
    return {unicodedata.name(char).split()[0] for char in letters}


def test_cross_lingual_tracks_keep_their_column_order() -> None:
    sentences = read_task("sts17:ar-en", open_data("sample")).sentences
    half = len(sentences) // 2

    assert scripts(list(sentences[:half])) == {"LATIN"}
    assert scripts(list(sentences[half:])) == {"ARABIC"}


HARD_TEXT = {
    "vowel marks": "قَرَأَ الطِّفْلُ كِتَابًا",
    "direction marks": "\u200fالسعر 20\u200e دولار",
    "joiners": "نمی\u200cخواهم",
    "decomposed": unicodedata.normalize("NFD", "El niño pidió piñones"),
    "composed": unicodedata.normalize("NFC", "El niño pidió piñones"),
    "line separator inside": "uno\u2028dos",
}


def write_track(folder: Path, pairs: list[tuple[str, str]]) -> DataFolder:
    track = folder / "sts-multilingual/STS17-test"
    track.mkdir(parents=True)
    text = "".join(f"{first}\t{second}\n" for first, second in pairs)
    gold = "".join(f"{row % 6}\n" for row in range(len(pairs)))
    (track / "STS.input.track1.ar-ar.txt").write_bytes(text.encode("utf-8"))
    (track / "STS.gs.track1.ar-ar.txt").write_bytes(gold.encode("utf-8"))
    return open_data(folder)


def test_reading_keeps_every_code_point_but_white_space(tmp_path: Path) -> None:
    data = write_track(tmp_path, [(text, "x") for text in HARD_TEXT.values()])

    read = read_task("sts17:ar-ar", data).sentences[: len(HARD_TEXT)]

    assert read == (*list(HARD_TEXT.values())[:-1], "uno dos")


def test_cache_keeps_texts_apart_that_look_alike(tmp_path: Path) -> None:
    texts = list(HARD_TEXT.values())
    vectors = np.stack([pseudo_vector(text) for text in texts])
    cache = VectorCache(tmp_path, "any encoder")
    with cache.locked():
        cache.add(texts, vectors)

    known, kept = cache.load(texts[::-1])

    assert known.all()
    np.testing.assert_array_equal(kept, vectors[::-1])


def test_message_prints_arabic_as_it_stands(tmp_path: Path) -> None:
    task = read_task("sts17:ar-ar", write_track(tmp_path, [(HARD_TEXT["vowel marks"], "x")] * 2))
    rows = {sentence: row for row, sentence in enumerate(dict.fromkeys(task.sentences))}

    with pytest.raises(ScoringError, match=HARD_TEXT["vowel marks"]):
        task.score(Vectors(rows, np.zeros((len(rows), 8), dtype=np.float32)))
