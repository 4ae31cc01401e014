"""What no number format holds, and what a device cannot compute in one, is said in one line."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoTokenizer, FNetConfig

from harness.data import DataFolder
from harness.encoder import Context, Dtype
from harness.encoders.adapters.sentence_transformers import (
    SentenceTransformerEncoder,
    SentenceTransformerSettings,
)
from harness.encoders.methods.mean import MeanEncoder
from harness.encoders.transformer.number_formats import number_format
from harness.encoders.transformer.pooled_encoder import PoolingSettings
from harness.errors import ModelError
from harness.evaluation.evaluation import evaluate

SENTENCES = ["a man is playing a guitar", "stocks fell"]
OVERFLOW = r"must be within 65504 for fp16, got larger ones .*: use --dtype bf16"


def mean(model: Path, dtype: Dtype) -> Callable[[Sequence[str]], np.ndarray]:
    context = Context(model=str(model), device="cpu", dtype=dtype)
    return MeanEncoder(context, PoolingSettings()).encode


def modules(model: Path, dtype: Dtype) -> Callable[[Sequence[str]], np.ndarray]:
    pytest.importorskip("sentence_transformers", reason="the extra is not installed")
    context = Context(model=str(model), device="cpu", dtype=dtype)
    return SentenceTransformerEncoder(context, SentenceTransformerSettings()).encode


@pytest.fixture
def scaled(tiny_bert: Path, tmp_path: Path) -> Callable[[float], Path]:
    """Write the tiny BERT with one matrix multiplied."""

    def scale(factor: float) -> Path:
        folder = Path(shutil.copytree(tiny_bert, tmp_path / "scaled"))
        weights = load_file(folder / "model.safetensors")
        weights["encoder.layer.1.intermediate.dense.weight"] *= factor
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
        return folder

    return scale


@pytest.mark.parametrize("factor", [3e4, 1e6], ids=["hidden-states", "weights"])
@pytest.mark.parametrize("encoder", [mean, modules])
def test_what_overflows_in_fp16_is_named_with_bf16_as_the_cure(
    encoder: Callable[[Path, Dtype], Callable[[Sequence[str]], np.ndarray]],
    factor: float,
    scaled: Callable[[float], Path],
) -> None:
    model = scaled(factor)

    with pytest.raises(ModelError, match=OVERFLOW):
        encoder(model, "fp16")(SENTENCES)
    assert np.isfinite(encoder(model, "bf16")(SENTENCES)).all()


def test_an_overflow_is_no_score_of_zero_with_nan_zero(
    scaled: Callable[[float], Path], sample: DataFolder
) -> None:
    report = evaluate(
        ["mean"],
        ["stsb-test"],
        data=sample,
        context=Context(model=str(scaled(3e4)), device="cpu", dtype="fp16"),
        task_settings={"nan": "zero"},
        out=None,
    )

    assert report.records == []
    assert "use --dtype bf16" in report.failures[0].reason
    assert "--nan" not in report.failures[0].reason


@pytest.mark.parametrize("encoder", [mean, modules])
def test_weights_that_are_not_finite_are_named(
    encoder: Callable[[Path, Dtype], Callable[[Sequence[str]], np.ndarray]],
    scaled: Callable[[float], Path],
) -> None:
    message = r"weights .*encoder.layer.1.intermediate.dense.weight of .* must be finite, got nan"

    with pytest.raises(ModelError, match=message):
        encoder(scaled(float("nan")), "fp32")(SENTENCES)


@pytest.mark.parametrize("dtype", ["bf16", "fp16"])
@pytest.mark.parametrize("encoder", [mean, modules])
def test_a_model_that_cannot_compute_in_half_precision_is_refused_with_the_cure(
    encoder: Callable[[Path, Dtype], Callable[[Sequence[str]], np.ndarray]],
    dtype: Dtype,
    tiny_bert: Path,
    tmp_path: Path,
) -> None:
    AutoTokenizer.from_pretrained(tiny_bert).save_pretrained(tmp_path)
    size = {"hidden_size": 32, "num_hidden_layers": 1, "intermediate_size": 32}
    AutoModel.from_config(FNetConfig(**size, vocab_size=700)).save_pretrained(tmp_path)

    with pytest.raises(
        ModelError, match=rf"cannot compute in {dtype} on cpu .*: use --dtype fp32"
    ):
        encoder(tmp_path, dtype)(SENTENCES)


@pytest.mark.parametrize(
    ("dtype", "message"),
    [("fp32", '"erfinv" not implemented for "Half"'), ("bf16", "shapes cannot be multiplied")],
)
def test_other_errors_are_not_taken_for_ones_of_the_number_format(
    dtype: str, message: str
) -> None:
    with (
        pytest.raises(RuntimeError, match=message),
        number_format(dtype, torch.device("cpu"), "x"),
    ):
        raise RuntimeError(message)


def test_a_format_that_the_device_lacks_is_reported() -> None:
    message = "BFloat16 is not supported on MPS"

    with (
        pytest.raises(ModelError, match=r"cannot compute in bf16 on mps \(BFloat16 is not"),
        number_format("bf16", torch.device("mps"), "x"),
    ):
        raise TypeError(message)
