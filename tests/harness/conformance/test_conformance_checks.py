import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from harness.conformance.checks import CHECKS
from harness.corpus import Corpus
from harness.encoder import Context, Embeddings
from harness.plugins import registry
from harness.settings import NoSettings, setting
from harness.testing import CheckResult, assert_encoder, check_encoder
from harness.trainable import Training

NEED_A_SETTING = {  # what to wrap or read
    "callable",
    "endpoint",
    "onnx",
    "glove",
    "mteb",
    "precomputed",
    "sentence-transformers",
    "senteval",
}
ALL = [check.name for check in CHECKS]


class Good:
    """Counts of letters."""

    def __init__(self, context: Context, settings: object) -> None: ...

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        rows = [[1 + s.lower().count(x) for x in "aeiounstr"] + [len(s)] for s in sentences]
        return np.array(rows, dtype=np.float32)


class Raises(Good):
    def encode(self, sentences: Sequence[str]) -> Embeddings:
        raise IndexError("off by\none")


class Unmade(Good):
    def __init__(self, context: Context, settings: object) -> None:
        raise OSError("no licence")


class Lists(Good):
    def encode(self, sentences: Sequence[str]) -> list[object]:  # type: ignore[override]
        return super().encode(sentences).tolist()


class LosesRows(Good):
    def encode(self, sentences: Sequence[str]) -> Embeddings:
        return super().encode(sentences)[:-1]


class Widens(Good):
    def encode(self, sentences: Sequence[str]) -> Embeddings:
        return np.ones((len(sentences), len(sentences)), np.float32)


class Doubles(Good):
    def encode(self, sentences: Sequence[str]) -> np.ndarray:
        return super().encode(sentences).astype(np.float64)


class Nan(Good):
    def encode(self, sentences: Sequence[str]) -> Embeddings:
        vectors = super().encode(sentences)
        vectors[:, 2] = np.nan
        return vectors


class Dropout(Good):
    rng = np.random.default_rng(0)

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        vectors = super().encode(sentences)
        return vectors * self.rng.integers(0, 2, vectors.shape).astype(np.float32)


class Unseeded(Good):
    rng = np.random.default_rng(0)

    def __init__(self, context: Context, settings: object) -> None:
        self.weights = self.rng.normal(size=10).astype(np.float32)

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        return super().encode(sentences) * self.weights


class Sorts(Good):
    def encode(self, sentences: Sequence[str]) -> Embeddings:
        return super().encode(sorted(sentences, key=len))


class Centres(Good):
    def encode(self, sentences: Sequence[str]) -> Embeddings:
        vectors = super().encode(sentences)
        return vectors - 0.05 * vectors.mean(axis=0)


class NeedsWords(Good):
    def encode(self, sentences: Sequence[str]) -> Embeddings:
        lengths = [len(s) / len(s.split()) for s in sentences]
        return super().encode(sentences) * np.array(lengths, np.float32)[:, None]


class Short(Good):
    def encode(self, sentences: Sequence[str]) -> Embeddings:
        if max(map(len, sentences)) > 1000:
            raise ValueError("sequence of 10000 is longer than 512")
        return super().encode(sentences)


class Restless(Good):
    def fingerprint(self) -> str:
        return f"at {id(self)}"


@dataclasses.dataclass(frozen=True)
class Unclear:
    layer: int = 3


@dataclasses.dataclass
class Thawed:
    layer: int = setting(3, help="which layer")


@dataclasses.dataclass(frozen=True)
class Lossy:
    steps: int = setting(1, help="steps")

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", self.steps + 1)


class Learns(Good):
    corpus: ClassVar[str] = "sts"
    weights = np.zeros(10, np.float32)

    def base_fingerprint(self) -> str:
        return "nothing"

    def fit(self, corpus: Corpus, training: Training) -> Mapping[str, Any]:
        self.weights = np.arange(1, 11, dtype=np.float32) * len(corpus.text)
        return {}

    def save(self, folder: Path) -> None:
        np.save(folder / "weights.npy", self.weights)

    def load(self, folder: Path) -> None:
        self.weights = np.load(folder / "weights.npy")

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        return super().encode(sentences) * self.weights


class Forgets(Learns):
    def load(self, folder: Path) -> None: ...


class NeverSaves:
    corpus = "sts"

    def __init__(self, context: Context, settings: object) -> None: ...

    def fit(self, corpus: Corpus, training: Training) -> Mapping[str, Any]:
        return {}

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        return Good.encode(self, sentences)  # type: ignore[arg-type]


def faults(results: Sequence[CheckResult]) -> dict[str, str]:
    return {each.name: each.explanation for each in results if each.passed is False}


def test_an_encoder_that_keeps_the_contract_passes_every_check_that_applies() -> None:
    results = check_encoder(Good)

    assert [each.name for each in results] == ALL
    assert [each.name for each in results if each.passed is None] == [
        "save and load",
        "fingerprint",
    ]
    assert not faults(results)
    assert_encoder(Good(Context(), NoSettings()))


def test_a_fingerprint_of_none_means_that_there_is_none() -> None:
    class Unnamed(Good):
        def fingerprint(self) -> None:
            return None

    (found,) = (each for each in check_encoder(Unnamed) if each.name == "fingerprint")

    assert found.passed is None


@pytest.mark.parametrize(
    ("kind", "check", "explanation"),
    [
        (Unmade, "made", "encoder 'Unmade' cannot be made: OSError: no licence"),
        (Raises, "row count", "IndexError: off by"),
        (Lists, "row count", "encoder 'Lists' must return a NumPy array, got list: return np.as"),
        (LosesRows, "row count", "encoder 'LosesRows' must return shape (7, dim), got (6, 10)"),
        (Widens, "row count", "vectors must keep one dimension, got 7, then 1"),
        (Doubles, "dtype", "encoder 'Doubles' must return float32, got float64: return vectors."),
        (Nan, "finite", "vectors must be finite, got nan for 'A man is playing a guitar.'"),
        (Dropout, "determinism", "switch dropout off, call model.eval()"),
        (Unseeded, "determinism", "seed what is random from context.seed"),
        (Sorts, "order", "the row of 'A man is playing a guitar.' is that of 'yes': undo what"),
        (Centres, "batch independence", "alone it has another vector than among others; mask"),
        (NeedsWords, "empty sentence", "ZeroDivisionError: division by zero"),
        (Short, "very long sentence", "ValueError: sequence of 10000 is longer than 512"),
        (Restless, "fingerprint", "two encoders made alike must have one fingerprint, got 'at "),
        (Forgets, "save and load", "save or load leaves out what fit learned"),
        (NeverSaves, "save and load", "base_fingerprint is missing"),
    ],
)
def test_a_fault_fails_its_own_check_with_one_line(
    kind: type, check: str, explanation: str
) -> None:
    found = faults(check_encoder(kind))

    assert list(found) == [check]
    assert explanation in found[check]
    assert "\n" not in found[check]


@pytest.mark.parametrize(
    ("settings", "explanation"),
    [
        (Unclear, "setting 'layer' must have help: declare it with setting()"),
        (Thawed, "Settings must be a frozen dataclass: @dataclass(frozen=True)"),
        (Lossy, "'steps=2' must give Lossy(steps=2) again"),
    ],
)
def test_settings_that_a_spec_cannot_tell_fail_the_round_trip(
    settings: type, explanation: str
) -> None:
    kind = type("Set", (Good,), {"Settings": settings})

    found = faults(check_encoder(kind))

    assert found == {"settings round trip": explanation}


def test_an_encoder_that_learns_is_trained_saved_and_loaded() -> None:
    results = {each.name: each for each in check_encoder(Learns)}

    assert results["save and load"].passed
    assert results["batch independence"].passed


def test_a_check_that_another_s_failure_makes_pointless_is_not_run() -> None:
    results = {each.name: each for each in check_encoder(Raises)}

    assert str(results["order"]) == "order: not run, mend what failed above first"


def test_a_failure_is_an_assertion_with_a_line_a_check() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_encoder(NeedsWords)

    assert str(caught.value) == ("empty sentence: FAILED, ZeroDivisionError: division by zero")


def test_a_wide_tolerance_lets_rounding_pass() -> None:
    class Rounds(Good):
        def encode(self, sentences: Sequence[str]) -> Embeddings:
            return super().encode(sentences) * np.float32(1 + 1e-3 * (len(sentences) > 1))

    assert "batch independence" in faults(check_encoder(Rounds))
    assert not faults(check_encoder(Rounds, tolerance=0.01))


READY = [
    name
    for name in registry.encoders.names()
    if not hasattr(registry.encoders.load(name).factory, "fit") and name not in NEED_A_SETTING
]


@pytest.mark.parametrize("name", [*READY, "bow:svd=8", "tfidf:buckets=64"])
def test_a_built_in_encoder_passes(name: str, tiny_bert: Path) -> None:
    assert_encoder(name, context=Context(model=str(tiny_bert), device="cpu"))
