from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from transformers import AutoModel, AutoTokenizer

from harness.corpus import Corpus
from harness.encoder import Context, Encoder
from harness.encoders.fine_tuning.fine_tuned_encoder import LossInputs
from harness.encoders.fine_tuning.losses import guided_loss, nt_xent
from harness.encoders.methods.sg import (
    Objective,
    SelfGuidedEncoder,
    SgEncoder,
    SgLoss,
    SgOptEncoder,
    SgOptSettings,
    SgSettings,
)
from harness.encoders.transformer.backbone import Backbone, open_backbone
from harness.encoders.transformer.loading import load_transformer
from harness.encoders.transformer.pooling import first_token, masked_max, masked_mean
from harness.errors import SettingError, TrainingError
from harness.trainable import Training

TEXT = (
    "a man is playing a guitar",
    "two dogs run on the grass",
    "the committee will meet in march",
    "stocks fell on friday after the report",
    "a woman is slicing an onion",
    "the train to the city was late again",
)
CORPUS = Corpus("text", TEXT)
SETTINGS = SgOptSettings(
    batch_size=3, epochs=4, learning_rate=1e-3, head_width=8, temperature=0.1, pool="mean"
)


def make(context: Context, **changed: Any) -> SgOptEncoder:
    return SgOptEncoder(context, replace(SETTINGS, **changed))


def train(encoder: SelfGuidedEncoder, folder: Path, corpus: Corpus = CORPUS) -> dict[str, Any]:
    history = encoder.fit(corpus, Training(seed=0, folder=folder / "work"))
    encoder.save(folder / "checkpoint")
    encoder.load(folder / "checkpoint")
    return dict(history)


def one_batch(encoder: SelfGuidedEncoder, backbone: Backbone) -> tuple[SgLoss, dict[str, Tensor]]:
    model = load_transformer(backbone.folder, "tiny")
    order = np.arange(6).reshape(1, 6)
    module, collate = encoder.objective(LossInputs(model, backbone, CORPUS, order, seed=0))
    assert isinstance(module, SgLoss)
    return module.eval(), collate(order[0])


@torch.no_grad()
def layer_views(backbone: Backbone, pool: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    states = backbone.forward(backbone.tokenize(TEXT))
    return torch.stack([pool(layer, states.mask) for layer in states.layers], dim=1)


@pytest.mark.parametrize("head", [True, False])
def test_sg_opt_s_loss_is_opt3_of_cls_and_the_fixed_copy_s_layers(
    context: Context, *, head: bool
) -> None:
    backbone = open_backbone(context)
    module, batch = one_batch(make(context, head=head), backbone)
    views = layer_views(backbone, masked_mean)
    cls = layer_views(backbone, first_token)[:, -1]
    expected = guided_loss(module.head(cls), module.head(views), temperature=0.1, objective="opt3")

    found = module(**batch)

    torch.testing.assert_close(batch["targets"], views, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found["loss"], expected, rtol=1e-4, atol=1e-5)
    assert float(found["regulariser"].detach()) == 0


def test_sg_s_loss_is_nt_xent_with_the_one_layer_asked_for(context: Context) -> None:
    settings = SgSettings(head_width=8, temperature=0.1, target_layers="2")
    backbone = open_backbone(context)
    module, batch = one_batch(SgEncoder(context, settings), backbone)
    views = layer_views(backbone, masked_max)[:, 2]
    cls = layer_views(backbone, first_token)[:, -1]
    expected = nt_xent(module.head(cls), module.head(views), temperature=0.1)

    torch.testing.assert_close(module(**batch)["loss"], expected, rtol=1e-4, atol=1e-5)


def test_sg_draws_a_layer_for_each_sentence_from_all_of_them(context: Context) -> None:
    module, _ = one_batch(SgEncoder(context, SgSettings(head_width=8)), open_backbone(context))
    layers = torch.arange(4.0).expand(400, 4).unsqueeze(-1)  # a view says which layer it is

    drawn = module._chosen(layers).squeeze()

    assert torch.bincount(drawn.int()).min() > 60


def test_the_regulariser_is_lambda_times_the_distance_to_the_base_weights(
    context: Context,
) -> None:
    module, batch = one_batch(make(context, regularizer=0.5), open_backbone(context))
    with torch.no_grad():
        dict(module.transformer.named_parameters())["encoder.layer.1.output.dense.bias"].add_(0.5)

    found = module(**batch)

    torch.testing.assert_close(found["regulariser"], torch.tensor(32 * 0.25))
    torch.testing.assert_close(found["loss"], found["contrast"] + 0.5 * found["regulariser"])


def test_training_moves_the_layers_but_not_the_embeddings(
    context: Context, tmp_path: Path
) -> None:
    encoder = make(context)
    train(encoder, tmp_path)
    before = load_transformer(Path(context.model), "tiny").state_dict()
    after = load_transformer(tmp_path / "checkpoint", "tuned").state_dict()

    moved = {name for name in before if not torch.equal(before[name], after[name])}

    assert all(name.startswith("encoder.layer") for name in moved)
    assert any(name.startswith("encoder.layer.0") for name in moved)


def test_training_lowers_the_loss(context: Context, tmp_path: Path) -> None:
    losses: list[float] = []
    encoder = make(context, epochs=30)

    encoder.fit(
        CORPUS,
        Training(0, tmp_path, on_step=lambda step, total, values: losses.append(values["loss"])),
    )

    assert np.mean(losses[-10:]) < 0.8 * np.mean(losses[:10])


def test_a_larger_lambda_keeps_the_weights_nearer(context: Context, tmp_path: Path) -> None:
    distances: dict[float, float] = {}
    for weight in (0.01, 10.0):

        def keep(
            step: int, total: int, values: Mapping[str, float], weight: float = weight
        ) -> None:
            distances[weight] = values["regulariser"]

        encoder = make(context, regularizer=weight)
        encoder.fit(CORPUS, Training(0, tmp_path / str(weight), on_step=keep))

    assert distances[10.0] < 0.5 * distances[0.01]


@pytest.mark.parametrize("objective", ["base", "opt1", "opt2", "opt3"])
def test_training_again_with_the_same_seed_gives_the_same_vectors(
    context: Context, tmp_path: Path, objective: Objective
) -> None:
    one, two = (
        SelfGuidedEncoder(context, replace(SETTINGS, epochs=1), objective) for _ in range(2)
    )
    train(one, tmp_path / "one")
    train(two, tmp_path / "two")

    np.testing.assert_array_equal(one.encode(TEXT), two.encode(TEXT))


def test_the_checkpoint_is_a_model_folder_whose_cls_is_the_embedding(
    context: Context, tmp_path: Path
) -> None:
    encoder = make(context)
    train(encoder, tmp_path)
    model = AutoModel.from_pretrained(tmp_path / "checkpoint")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "checkpoint")

    states = model(**tokenizer(list(TEXT), padding=True, return_tensors="pt"))

    np.testing.assert_allclose(
        encoder.encode(TEXT), states.last_hidden_state[:, 0].detach(), atol=1e-5
    )


def test_the_dev_score_is_of_the_weights_in_training(context: Context, tmp_path: Path) -> None:
    scored: list[Any] = []

    def dev_score(encoder: Encoder) -> float:
        scored.append(encoder.encode(TEXT))
        return len(scored) / 10

    encoder = make(context, eval_steps=4)
    history = encoder.fit(CORPUS, Training(0, tmp_path / "work", dev_score=dev_score))
    encoder.save(tmp_path / "checkpoint")
    encoder.load(tmp_path / "checkpoint")
    base = layer_views(open_backbone(context), first_token)[:, -1]

    assert history["best_step"] == 8
    np.testing.assert_allclose(scored[0], base, atol=1e-5)
    np.testing.assert_allclose(scored[-1], encoder.encode(TEXT), atol=1e-5)
    assert not np.allclose(scored[0], scored[-1], atol=1e-2)


def test_an_untrained_encoder_refuses_to_encode_and_to_save(
    context: Context, tmp_path: Path
) -> None:
    with pytest.raises(TrainingError, match="must be trained before it encodes"):
        make(context).encode(TEXT)
    with pytest.raises(TrainingError, match="train first"):
        make(context).save(tmp_path)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_little_text_is_refused_by_name(context: Context, tmp_path: Path, count: int) -> None:
    corpus = Corpus("my.txt", TEXT[:count])

    with pytest.raises(TrainingError, match=r"training text 'my\.txt'"):
        make(context).fit(corpus, Training(0, tmp_path))


def test_a_target_layer_that_the_model_lacks_is_refused(context: Context) -> None:
    with pytest.raises(SettingError, match="target_layers: layer must be 0 to 3"):
        make(context, target_layers="1,4")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"temperature": 0.0}, "temperature must be above 0, got 0.0"),
        ({"regularizer": -0.1}, "regularizer must be 0 or more"),
        ({"target_layers": "some"}, "layers must be an index"),
    ],
)
def test_settings_out_of_range_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(SETTINGS, **values)
