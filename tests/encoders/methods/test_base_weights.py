"""Training loads the base transformer a second time only for what reads it, and then frees it."""

import gc
import inspect
import weakref
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from transformers import AutoModel, AutoTokenizer, BertModel

from harness.corpus import Corpus
from harness.encoder import Context
from harness.encoders.fine_tuning.fine_tuned_encoder import FineTunedEncoder
from harness.encoders.methods.sg import SgEncoder, SgOptSettings
from harness.encoders.methods.simcse import SimcseEncoder, SimcseSettings
from harness.encoders.transformer import backbone
from harness.encoders.transformer.backbone import open_backbone
from harness.trainable import Training

CORPUS = Corpus("text", ("a man is playing", "two dogs run", "the committee", "an onion"))
SIMCSE = SimcseSettings(batch_size=2, max_steps=2)
SG = SgOptSettings(batch_size=2, max_steps=3, head_width=8, learning_rate=1e-3)


@pytest.fixture
def context(tiny_bert: Path, tmp_path: Path) -> Context:
    """A model without a pooler, which each loading draws at random."""
    folder = tmp_path / "model"
    BertModel.from_pretrained(tiny_bert, add_pooling_layer=False).save_pretrained(folder)
    AutoTokenizer.from_pretrained(tiny_bert).save_pretrained(folder)
    return Context(model=str(folder), device="cpu")


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[weakref.ref[nn.Module]]:
    """Every transformer that a backbone loads."""
    found: list[weakref.ref[nn.Module]] = []
    load = backbone.load_transformer

    def noted(*arguments: Any) -> nn.Module:
        model = load(*arguments)
        found.append(weakref.ref(model))
        return model

    monkeypatch.setattr(backbone, "load_transformer", noted)
    return found


def fit(encoder: FineTunedEncoder, folder: Path) -> dict[str, torch.Tensor]:
    encoder.fit(CORPUS, Training(seed=0, folder=folder / "work"))
    encoder.save(folder)
    return AutoModel.from_pretrained(folder).state_dict()


def test_a_method_that_does_not_read_the_base_does_not_load_it(
    context: Context, loaded: list[weakref.ref[nn.Module]], tmp_path: Path
) -> None:
    fit(SimcseEncoder(context, SIMCSE), tmp_path / "simcse")

    assert loaded == []
    assert "model" not in vars(open_backbone(context))


def test_a_method_that_reads_the_base_loads_it_once_and_frees_it(
    context: Context, loaded: list[weakref.ref[nn.Module]], tmp_path: Path
) -> None:
    fit(SgEncoder(context, SG), tmp_path / "sg")
    gc.collect()

    assert [model() for model in loaded] == [None]
    assert "model" not in vars(open_backbone(context))


def test_a_base_that_others_have_loaded_is_shared_and_left_to_them(
    context: Context, loaded: list[weakref.ref[nn.Module]], tmp_path: Path
) -> None:
    model = open_backbone(context).model

    fit(SgEncoder(context, SG), tmp_path / "sg")

    assert len(loaded) == 1
    assert open_backbone(context).model is model


def test_training_ends_alike_whether_the_base_was_loaded_before_or_not(
    context: Context, tmp_path: Path
) -> None:
    before = fit(SgEncoder(context, SG), tmp_path / "before")
    _ = open_backbone(context).model
    after = fit(SgEncoder(context, SG), tmp_path / "after")

    assert [name for name in before if not torch.equal(before[name], after[name])] == []


def test_a_fine_tuned_encoder_without_a_loss_cannot_be_made(context: Context) -> None:
    assert inspect.isabstract(FineTunedEncoder)
    with pytest.raises(TypeError, match="objective"):
        FineTunedEncoder(context, SIMCSE)
