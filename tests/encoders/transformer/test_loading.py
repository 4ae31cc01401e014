import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import LEDConfig, LEDModel

from harness.encoder import Context
from harness.encoders.transformer.backbone import open_backbone
from harness.encoders.transformer.loading import load_config, load_tokenizer, load_transformer
from harness.errors import ModelError

Damage = Callable[[Path], object]


@pytest.fixture
def folder(tiny_bert: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "model"
    shutil.copytree(tiny_bert, copy)
    return copy


def rewrite_config(folder: Path, **values: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **values}))


def drop_weights(folder: Path, word: str) -> None:
    weights = load_file(folder / "model.safetensors")
    kept = {name: tensor for name, tensor in weights.items() if word not in name}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])


def drop_tokenizer(folder: Path) -> None:
    for path in folder.glob("*token*"):
        path.unlink()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "config.json").unlink(), "must hold config.json, found none"),
        (
            lambda folder: (folder / "model.safetensors").unlink(),
            "must have its weights as safetensors, found none",
        ),
        (lambda folder: (folder / "config.json").write_text("{"), "is not a valid JSON file"),
        (lambda folder: (folder / "config.json").write_text("{}"), "has no usable config"),
        (lambda folder: rewrite_config(folder, model_type="none"), "has no usable config"),
        (lambda folder: truncate(folder / "model.safetensors"), "cannot be loaded"),
        (
            lambda folder: drop_weights(folder, "layer.1.output.dense"),
            "has no weights for 2 parameters, first encoder.layer.1.output.dense.bias: it is not",
        ),
        (
            lambda folder: rewrite_config(folder, intermediate_size=128),
            "encoder.layer.0.intermediate.dense.bias of model",
        ),
        (
            lambda folder: rewrite_config(folder, num_hidden_layers=2),
            "must name all layers of its weights, got fewer: encoder.layer.2.attention",
        ),
        (drop_tokenizer, "must have its tokenizer's vocabulary, found none"),
        (lambda folder: (folder / "tokenizer.json").write_text("{"), "has no usable tokenizer"),
    ],
    ids=[
        "no-config",
        "no-weights",
        "config-cut",
        "config-empty",
        "config-of-no-model",
        "weights-cut",
        "weights-missing",
        "weights-of-other-shape",
        "config-of-fewer-layers",
        "no-tokenizer",
        "tokenizer-cut",
    ],
)
def test_a_damaged_model_folder_is_refused_in_one_line(
    folder: Path, damage: Damage, message: str
) -> None:
    damage(folder)

    with pytest.raises(ModelError) as caught:
        next(open_backbone(Context(model=str(folder), device="cpu")).read(["a man"], []))

    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_an_encoder_decoder_whose_encoder_is_not_read_is_refused(tmp_path: Path) -> None:
    config = LEDConfig(
        vocab_size=9,
        d_model=8,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=1,
        decoder_attention_heads=1,
        attention_window=4,
        max_encoder_position_embeddings=16,
    )
    LEDModel(config).save_pretrained(tmp_path)

    with pytest.raises(ModelError, match=r"have one that is read alone \(bart, .*\), got 'led'"):
        load_config(tmp_path, "x")


def test_a_missing_pooler_is_no_fault(folder: Path) -> None:
    drop_weights(folder, "pooler")

    assert load_transformer(folder, "x").config.num_hidden_layers == 3


def test_heads_that_the_encoder_does_not_have_are_no_fault(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    headed = {f"bert.{name}": tensor for name, tensor in weights.items()}
    headed["cls.predictions.transform.0.dense.weight"] = torch.zeros(2, 2)
    save_file(headed, folder / "model.safetensors", metadata={"format": "pt"})

    assert load_transformer(folder, "x").config.num_hidden_layers == 3


def test_loading_prints_nothing(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    drop_weights(folder, "pooler")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_config(folder, "x")
        load_tokenizer(folder, "x")
        load_transformer(folder, "x")

    assert capfd.readouterr() == ("", "")


def test_weights_are_loaded_in_the_number_format_asked_for(folder: Path) -> None:
    assert load_transformer(folder, "x", "bf16").dtype == torch.bfloat16


def test_a_sentence_without_any_token_pools_to_zeros(folder: Path) -> None:
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    tokenizer["post_processor"] = None  # no [CLS] and [SEP]
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    backbone = open_backbone(Context(model=str(folder), device="cpu"))

    states = backbone.forward([[], []])

    assert states.mask.tolist() == [[0], [0]]
