from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from scipy.stats import spearmanr

import harness
from harness.common_settings import CommonSettings
from harness.data import open_data
from harness.encoder import Embeddings
from harness.errors import SettingError
from harness.evaluation.report import Report
from harness.planning.planned_tasks import plan_tasks
from harness.processed_vectors import Precision, VectorSimilarity, quantise, shorten, stored
from harness.results.records.record import Record
from harness.tasks.sts.similarity import SIMILARITIES
from harness.tasks.sts.task import StsTask

COUNTING = """
import hashlib
import pathlib

import numpy as np

SEEN = pathlib.Path(__file__).with_name("seen.txt")


def embed(sentences):
    with SEEN.open("a", encoding="utf-8") as file:
        file.writelines(f"{sentence!r}\\n" for sentence in sentences)
    return np.stack([vector(sentence) for sentence in sentences])


def vector(sentence):
    seed = int.from_bytes(hashlib.sha256(sentence.encode()).digest()[:4], "little")
    noise = np.random.default_rng(seed).standard_normal(40)
    return (noise + 3 * np.bincount([len(word) % 40 for word in sentence.split()], minlength=40))
"""


@pytest.fixture
def counting(tmp_path: Path) -> str:
    (tmp_path / "counting.py").write_text(COUNTING, encoding="utf-8")
    return f"callable:function={tmp_path / 'counting.py'}:embed"


def seen(folder: Path) -> list[str]:
    return (folder / "seen.txt").read_text(encoding="utf-8").splitlines()


def vectors(rows: int = 30, dim: int = 21) -> Embeddings:
    drawn = np.random.default_rng(3).standard_normal((rows, dim)).astype(np.float32)
    drawn[:, 4] = 0.25  # a dimension without a range
    return drawn


@pytest.mark.parametrize("precision", get_args(Precision))
def test_stored_numbers_are_those_of_sentence_transformers(precision: Precision) -> None:
    quantization = pytest.importorskip("sentence_transformers.util.quantization")

    ours = stored(quantise(vectors(), precision), precision)

    theirs = quantization.quantize_embeddings(vectors(), precision=precision)
    assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
    np.testing.assert_array_equal(ours, theirs)


def test_a_row_that_is_not_finite_stays_so_and_moves_no_range() -> None:
    spoilt = np.concatenate([vectors(), np.full((1, 21), np.inf, dtype=np.float32)])

    rounded = quantise(spoilt, "int8")

    np.testing.assert_array_equal(rounded[:-1], quantise(vectors(), "int8"))
    assert np.isnan(rounded[-1]).all()


def test_shortened_vectors_have_length_one_but_for_zeros() -> None:
    given = vectors()
    given[2, :8] = 0

    short = shorten(given, 8)

    expected = given[:, :8] / np.maximum(np.linalg.norm(given[:, :8], axis=1), 1e-9)[:, None]
    np.testing.assert_allclose(short, expected, rtol=1e-6)
    assert not short[2].any()
    with pytest.raises(SettingError, match="dim must be at most 21, the vectors' own, got 22"):
        shorten(given, 22)


def test_similarities_of_encoders_are_those_that_tasks_have() -> None:
    assert set(get_args(VectorSimilarity)) == set(SIMILARITIES)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [({"dim": 0}, "dim must be 1 or more"), ({"similarity": "hamming"}, "needs precision=binary")],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        CommonSettings(**settings)


def evaluated(specs: list[str], tasks: list[str], **others: Any) -> Report:
    return harness.evaluate(specs, tasks, data="sample", out=None, **others)


@pytest.mark.parametrize("cache", [True, False])
def test_encoders_that_differ_in_the_use_of_vectors_alone_share_one_encoding(
    counting: str, tmp_path: Path, cache: bool
) -> None:
    uses = ["", ",dim=16", ",precision=int8", ",precision=binary", ",similarity=dot"]

    report = evaluated([*(counting + use for use in uses), "bow"], ["stsb-test"], cache=cache)

    asked = seen(tmp_path)
    assert not report.failures
    spot_check = len(asked) - len(set(asked))
    assert spot_check <= 16, "each sentence is embedded once, and few once more"
    specs = [record.encoder.removeprefix(counting) for record in report.records]
    assert specs == ["", ",dim=16", ",precision=int8", ",precision=binary,similarity=hamming",
                     ",similarity=dot", "bow"]  # fmt: skip
    assert [record.dim for record in report.records[:4]] == [40, 16, 40, 40]
    scores = [record.score("spearman", "all") for record in report.records[:5]]
    assert len(set(scores)) == 5


def only(report: Report, task: str) -> Record:
    (record,) = [record for record in report.records if record.task == task]
    return record


def test_a_rounded_score_does_not_depend_on_the_other_tasks_of_a_run(counting: str) -> None:
    spec = f"{counting},precision=int8"

    alone, among = evaluated([spec], ["stsb-test"]), evaluated([spec], ["sts12", "stsb-test"])

    record = only(alone, "stsb-test")
    assert record.scores == only(among, "stsb-test").scores
    assert record.details["ranges"].startswith("of each dimension over the task's ")


def test_rounded_scores_are_those_of_the_rounded_vectors(counting: str) -> None:
    spec = f"{counting},dim=24,precision=int8"
    kept: dict[str, Any] = {}

    report = evaluated(
        [spec, counting],
        ["stsb-test"],
        on_vectors=lambda encoder, found: kept.update({encoder["encoder"]: found}),
    )

    record = report.records[0]
    (planned,) = plan_tasks(["stsb-test"], open_data("sample"), {})
    assert isinstance(planned.task, StsTask)
    first, second, gold = zip(*planned.task.scored_pairs, strict=True)
    sentences = list(dict.fromkeys((*first, *second)))
    rounded = quantise(shorten(kept[counting].of(sentences), 24), "int8")
    rows = dict(zip(sentences, rounded, strict=True))
    cosines = [
        float(rows[a] @ rows[b] / np.linalg.norm(rows[a]) / np.linalg.norm(rows[b]))
        for a, b in zip(first, second, strict=True)
    ]
    expected = spearmanr(cosines, gold).statistic
    assert record.score("spearman", "all") == pytest.approx(expected, abs=1e-6)


def test_too_many_dimensions_fail_that_encoder_alone(counting: str) -> None:
    report = evaluated([f"{counting},dim=41", counting], ["stsb-test"])

    assert [record.encoder for record in report.records] == [counting]
    (failure,) = report.failures
    assert "dim must be at most 40, the vectors' own, got 41" in str(failure)


def test_encode_returns_what_a_vector_store_keeps(counting: str) -> None:
    sentences = ["one sentence", "another one", "and a third"]

    plain = harness.encode(counting, sentences, cache=False)
    whole = harness.encode(f"{counting},precision=int8", sentences, cache=False)
    bits = harness.encode(f"{counting},precision=ubinary", sentences, cache=False)

    assert (whole.dtype, whole.shape) == (np.dtype(np.int8), (3, 40))
    np.testing.assert_array_equal(bits, np.packbits(plain > 0, axis=1))


def test_a_trained_encoder_is_trained_once_for_all_uses(tmp_path: Path) -> None:
    specs = ["whitening:k=12", "whitening:k=12,dim=4"]

    report = harness.evaluate(
        specs,
        ["stsb-test"],
        data="sample",
        context=harness.Context(model="minilm"),
        out=tmp_path / "runs",
    )

    assert [record.dim for record in report.records] == [12, 4]
    assert len({record.training.checkpoint for record in report.records if record.training}) == 1
    assert len(list((tmp_path / "runs" / "checkpoints").glob("*/training.json"))) == 1
