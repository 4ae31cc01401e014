"""Encoders that report the same fingerprint never get each other's vectors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import harness
from harness.corpus import Corpus
from harness.data import open_data
from harness.encoder import Context, Embeddings
from harness.encoding.vector_cache import VectorCache, cache_folder
from harness.evaluation.evaluation import evaluate
from harness.planning.encoder_arguments import EncoderArgument
from harness.planning.planned_tasks import plan_tasks
from harness.trainable import NO_MODEL, Training

PLUGIN = """
import numpy as np
from dataclasses import dataclass
import harness

class Kinds:
    def __init__(self, context, settings): self.settings = settings
    def fingerprint(self): return "kinds 64"

@harness.register_encoder("letters")
class Letters(Kinds):
    "Letters."
    def encode(self, sentences):
        return np.array([[s.count("a") + 1, s.count("e")] for s in sentences], np.float32)

@dataclass(frozen=True)
class Power:
    power: int = harness.setting(1, help="of the length")

@harness.register_encoder("lengths")
class Lengths(Kinds):
    "Lengths."
    Settings = Power
    def encode(self, sentences):
        return np.array([[len(s) ** self.settings.power, 99] for s in sentences], np.float32)
"""


@dataclass(frozen=True)
class Fixed:
    """Vectors that one number decides."""

    number: float

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Return the number beside the length."""
        return np.array([[self.number, len(each)] for each in sentences], np.float32)

    def fingerprint(self) -> str:
        """Be vague."""
        return "fixed"


class Seeded(Fixed):
    """Made once per seed, of which its fingerprint says nothing."""

    seeded = True


class Learned:
    """Learns the seed, of which its fingerprint says nothing."""

    corpus = "stsb"
    number = 0.0

    def base_fingerprint(self) -> str:
        """Start from nothing."""
        return NO_MODEL

    def fit(self, corpus: Corpus, training: Training) -> Mapping[str, Any]:
        """Learn."""
        self.number = 1.0 + 89 * training.seed
        return {}

    def save(self, folder: Path) -> None:
        """Write the number."""
        (folder / "number").write_text(str(self.number))

    def load(self, folder: Path) -> None:
        """Read the number."""
        self.number = float((folder / "number").read_text())

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Return the number beside the length."""
        return Fixed(self.number).encode(sentences)

    def fingerprint(self) -> str:
        """Be vague."""
        return "learned"


def make_fixed(number: float, context: Context, settings: object) -> Fixed:
    return Fixed(number)


def make_seeded(context: Context, settings: object) -> Seeded:
    return Seeded(1.0 + 89 * context.seed)


def make_learned(context: Context, settings: object) -> Learned:
    return Learned()


def score(*arguments: Any, **options: Any) -> list[float | None]:
    report = evaluate(*arguments, tasks="stsb-dev", data="sample", out=None, **options)
    assert report.failures == []
    return [record.score("spearman", "all") for record in report.records]


@pytest.fixture
def plugin(tmp_path: Path) -> None:
    (tmp_path / "kinds.py").write_text(PLUGIN)
    harness.load_plugin(tmp_path / "kinds.py")


@pytest.mark.parametrize(
    "encoders",
    [["letters", "lengths"], ["lengths", "letters"], ["lengths", "lengths:power=3"]],
    ids=str,
)
@pytest.mark.usefixtures("plugin")
def test_two_encoders_of_one_file_have_vectors_of_their_own(encoders: list[str]) -> None:
    alone = [*score(encoders[0], cache=False), *score(encoders[1], cache=False)]

    assert score(encoders) == alone
    assert score(encoders[1]) == alone[1:]
    assert alone[0] != alone[1]


@pytest.mark.parametrize("make", [Fixed, lambda number: partial(make_fixed, number)])
def test_two_objects_or_partial_factories_have_vectors_of_their_own(
    make: Callable[[float], EncoderArgument],
) -> None:
    encoders = {"near": make(1.0), "far": make(90.0)}
    alone = score(encoders, cache=False)

    assert score(encoders) == alone
    assert alone[0] != alone[1]


def test_vectors_that_0_1_0_kept_under_origin_and_fingerprint_alone_are_not_used() -> None:
    (expected,) = evaluate({"it": Fixed(1.0)}, "stsb-dev", data="sample", cache=False).records
    (task,) = plan_tasks(["stsb-dev"], open_data("sample"), {})
    sentences = list(dict.fromkeys(task.sentences))
    cache = VectorCache(cache_folder(), f"{expected.origin}; fixed")
    with cache.locked():
        cache.add(sentences, Fixed(90.0).encode(sentences))

    assert score({"it": Fixed(1.0)}) == [expected.score("spearman", "all")]


def test_a_factory_s_arguments_count_under_one_name() -> None:
    first, other = (score({"fixed": partial(make_fixed, number)}) for number in (1.0, 90.0))

    assert first != other


@pytest.mark.parametrize("make", [make_seeded, make_learned])
def test_seeds_have_vectors_of_their_own(make: EncoderArgument, tmp_path: Path) -> None:
    training = harness.TrainingOptions(tmp_path / "checkpoints")

    first, other = score({"numbers": make}, seeds=(0, 1), training=training)

    assert first != other
