"""What the contract asks of every registered encoder that needs no training."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from harness.encoder import Context, Encoder
from harness.planning.planned_encoders import plan_encoders
from harness.plugins import registry
from harness.settings import setting_fields

if TYPE_CHECKING:
    from tests.encoders.conftest import Served

SENTENCES = [
    "a man is playing a guitar",
    "stocks fell on friday after the report",
    "yes",
    "the committee will meet again in march to discuss the plan for the bridge " * 8,
    "café — naïve ﬁsh 東京 \U0001f600",
]
CODE = """
def letters(sentences): return [[s.count(x) for x in "abcdefghij"] for s in sentences]
def batcher(params, batch): return letters([" ".join(words) for words in batch])
class Model:
    def encode(self, sentences, **kwargs): return letters(sentences)
"""
READY = [
    name
    for name in registry.encoders.names()
    if not hasattr(registry.encoders.load(name).factory, "fit")  # trainable: another contract
]
each_encoder = pytest.mark.parametrize("name", READY)

MakeEncoder = Callable[[str], Encoder]


@pytest.fixture
def word_vectors(tmp_path: Path) -> Path:
    """A file with a random vector for each word."""
    words = sorted({word for sentence in SENTENCES for word in sentence.split()})
    rows = np.random.default_rng(0).normal(size=(len(words), 8)).round(3)
    lines = [f"{word} {' '.join(map(str, row))}" for word, row in zip(words, rows, strict=True)]
    path = tmp_path / "vectors.txt"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture
def needed(word_vectors: Path, tmp_path: Path, served: "Served") -> dict[str, str]:
    """Specs of the encoders that need something of the user's."""
    code = tmp_path / "code.py"
    code.write_text(CODE, "utf-8")
    letters: dict[str, Any] = {}
    exec(CODE, letters)  # noqa: S102 - the text above
    np.save(tmp_path / "rows.npy", letters["letters"](SENTENCES))
    (tmp_path / "sentences.txt").write_text("\n".join(SENTENCES), "utf-8")
    return {
        "callable": f"callable:function={code}:letters,files={code}",
        "endpoint": served.spec(),
        "glove": f"glove:vectors={word_vectors}",
        "mteb": f"mteb:object={code}:Model,files={code}",
        "precomputed": f"precomputed:vectors={tmp_path}/rows.npy,"
        f"sentences={tmp_path}/sentences.txt",
        "senteval": f"senteval:module={code}",
    }


@pytest.fixture
def make(tiny_bert: Path, needed: dict[str, str], request: pytest.FixtureRequest) -> MakeEncoder:

    def make(name: str) -> Encoder:
        if name == "sentence-transformers":
            pytest.importorskip("sentence_transformers", reason="the extra is not installed")
        if name == "onnx":
            needed[name] = f"onnx:model={request.getfixturevalue('exported_onnx')},pooling=mean"
        (planned,) = plan_encoders([needed.get(name, name)], {})
        return planned.make(Context(model=str(tiny_bert), device="cpu"))

    return make


@each_encoder
def test_encoder_returns_a_finite_float32_row_for_each_sentence(
    name: str, make: MakeEncoder
) -> None:
    vectors = make(name).encode(SENTENCES)

    assert vectors.dtype == np.float32
    assert vectors.shape == (len(SENTENCES), vectors.shape[1])
    assert np.isfinite(vectors).all()


@each_encoder
def test_encoder_keeps_the_order_and_each_row_is_its_sentence_s_alone(
    name: str, make: MakeEncoder
) -> None:
    encoder = make(name)
    together = encoder.encode(SENTENCES)

    np.testing.assert_allclose(encoder.encode(SENTENCES[::-1])[::-1], together, atol=1e-5)
    for sentence, row in zip(SENTENCES, together, strict=True):
        np.testing.assert_allclose(encoder.encode([sentence])[0], row, atol=1e-5)


@each_encoder
def test_encoder_distinguishes_sentences_and_repeats_alike(name: str, make: MakeEncoder) -> None:
    first, other, again = make(name).encode([SENTENCES[0], SENTENCES[1], SENTENCES[0]])

    assert not np.allclose(first, other, atol=1e-3)
    np.testing.assert_array_equal(first, again)


@each_encoder
def test_two_encoders_made_alike_agree_and_have_one_fingerprint(
    name: str, make: MakeEncoder
) -> None:
    one, two = make(name), make(name)

    np.testing.assert_array_equal(one.encode(SENTENCES), two.encode(SENTENCES))
    assert getattr(one, "fingerprint", str)() == getattr(two, "fingerprint", str)()


@each_encoder
def test_encoder_is_documented_and_so_is_each_of_its_settings(name: str) -> None:
    plugin = registry.encoders.load(name)

    assert plugin.summary.endswith(".")
    assert all(field.help for field in setting_fields(plugin.settings_type))
    assert dataclasses.is_dataclass(plugin.settings({}))
