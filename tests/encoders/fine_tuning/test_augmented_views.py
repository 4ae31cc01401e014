from collections.abc import Sequence
from typing import Any

import pytest
import torch
from torch import Generator, Tensor, nn
from transformers import (
    BertConfig,
    BertModel,
    DebertaV2Config,
    DebertaV2Model,
    DistilBertConfig,
    DistilBertModel,
    ElectraConfig,
    ElectraModel,
    MPNetConfig,
    MPNetModel,
    RobertaConfig,
    RobertaModel,
    RoFormerConfig,
    RoFormerModel,
)

from harness.encoders.fine_tuning.augmentations import Augmentation, shuffled_order
from harness.encoders.fine_tuning.augmented_contrast import AugmentedContrast
from harness.encoders.fine_tuning.augmented_views import Rates, embed_views
from harness.encoders.methods.consert import ConsertSettings
from harness.errors import ModelError

RATES = Rates(token_cutoff=0.15, feature_cutoff=0.2, dropout=0.2)

SIZES: dict[str, Any] = {
    "vocab_size": 40,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "max_position_embeddings": 24,
}
ROBERTA_LIKE: dict[str, Any] = {**SIZES, "pad_token_id": 1}
DISTILLED: dict[str, Any] = {
    "vocab_size": 40,
    "dim": 16,
    "n_layers": 2,
    "n_heads": 2,
    "hidden_dim": 24,
    "max_position_embeddings": 24,
}
MODELS: dict[str, Any] = {
    "bert": lambda: BertModel(BertConfig(**SIZES)),
    "roberta": lambda: RobertaModel(RobertaConfig(**ROBERTA_LIKE)),
    "mpnet": lambda: MPNetModel(MPNetConfig(**ROBERTA_LIKE)),
    "distilbert": lambda: DistilBertModel(DistilBertConfig(**DISTILLED)),
    "electra": lambda: ElectraModel(ElectraConfig(**SIZES, embedding_size=8)),
}
LENGTHS = (12, 8, 3)
PADDING = 1
PLACES = "embeddings.position_embeddings.weight"


@pytest.fixture(params=MODELS)
def model(request: pytest.FixtureRequest) -> nn.Module:
    torch.manual_seed(0)
    made: nn.Module = MODELS[request.param]().eval()
    nn.init.normal_(made.get_parameter(PLACES))  # so that places weigh
    return made


@pytest.fixture
def mask() -> Tensor:
    return (torch.arange(12) < torch.tensor(LENGTHS)[:, None]).long()


@pytest.fixture
def input_ids(mask: Tensor) -> Tensor:
    ids = torch.randint(4, 40, mask.shape, generator=Generator().manual_seed(1))
    return ids.masked_fill(mask == 0, PADDING)


def _views(
    model: nn.Module,
    ids: Tensor,
    mask: Tensor,
    names: Sequence[Augmentation],
    shift: Tensor | None = None,
) -> tuple[Tensor, ...]:
    generator = Generator().manual_seed(3)
    with torch.no_grad():
        return embed_views(model, ids, mask, names, rates=RATES, generator=generator, shift=shift)


def _plain(model: nn.Module, ids: Tensor, mask: Tensor, **more: Tensor) -> Tensor:
    with torch.no_grad():
        states: Tensor = model(input_ids=ids, attention_mask=mask, **more).last_hidden_state
    return states


def test_two_plain_views_are_identical_and_what_the_model_says_unaided(
    model: nn.Module, input_ids: Tensor, mask: Tensor
) -> None:
    first, second = _views(model, input_ids, mask, ["none", "none"])

    real = mask.bool()
    assert torch.equal(first, second)
    assert torch.allclose(first[real], _plain(model, input_ids, mask)[real], atol=1e-6)


@pytest.mark.parametrize("name", ["shuffle", "token-cutoff", "feature-cutoff", "dropout"])
def test_an_augmentation_changes_its_own_view_alone(
    model: nn.Module, input_ids: Tensor, mask: Tensor, name: Augmentation
) -> None:
    augmented, plain = _views(model, input_ids, mask, [name, "none"])

    real = mask.bool()
    assert not torch.allclose(augmented[0], plain[0], atol=1e-3)
    assert torch.allclose(plain[real], _plain(model, input_ids, mask)[real], atol=1e-6)


@pytest.mark.parametrize("name", ["shuffle", "token-cutoff", "feature-cutoff", "dropout"])
def test_a_view_does_not_depend_on_what_stands_in_the_padding(
    model: nn.Module, input_ids: Tensor, mask: Tensor, name: Augmentation
) -> None:
    other = torch.where(mask.bool(), input_ids, 7)

    (view,) = _views(model, input_ids, mask, [name])
    (changed,) = _views(model, other, mask, [name])

    real = mask.bool()
    assert torch.allclose(view[real], changed[real], atol=1e-6)


def test_shuffle_gives_tokens_each_others_places(input_ids: Tensor, mask: Tensor) -> None:
    torch.manual_seed(0)
    bert = MODELS["bert"]().eval()
    nn.init.normal_(bert.get_parameter(PLACES))
    order = shuffled_order(mask, Generator().manual_seed(3))

    (view,) = _views(bert, input_ids, mask, ["shuffle"])

    expected = _plain(bert, input_ids, mask, position_ids=order)
    assert torch.allclose(view, expected, atol=1e-6)


def test_an_adversarial_view_is_the_model_on_shifted_embeddings(
    model: nn.Module, input_ids: Tensor, mask: Tensor
) -> None:
    dim = model.get_parameter("embeddings.LayerNorm.weight").shape[0]
    shift = torch.full((*mask.shape, dim), 0.5)

    shifted, plain = _views(model, input_ids, mask, ["adversarial", "none"], shift)

    assert not torch.allclose(shifted, plain, atol=1e-3)


def test_hooks_are_gone_after_a_failure(input_ids: Tensor, mask: Tensor) -> None:
    bert = MODELS["bert"]().eval()

    with pytest.raises(ValueError, match="adversarial view needs the shift"):
        _views(bert, input_ids, mask, ["adversarial"])

    assert not bert.embeddings._forward_hooks


def test_a_model_without_an_embedding_module_is_refused(input_ids: Tensor, mask: Tensor) -> None:
    with pytest.raises(ModelError, match="must have a module 'embeddings', Linear has none"):
        _views(nn.Linear(2, 2), input_ids, mask, ["shuffle"])


RELATIVE: dict[str, Any] = {
    "DebertaV2Model": lambda: DebertaV2Model(
        DebertaV2Config(
            **SIZES,
            relative_attention=True,
            position_biased_input=False,
            pos_att_type=["p2c", "c2p"],
        )
    ),
    "RoFormerModel": lambda: RoFormerModel(RoFormerConfig(**SIZES)),
}


@pytest.mark.parametrize("name", RELATIVE)
def test_shuffling_a_model_that_heeds_no_position_ids_is_refused(name: str) -> None:
    relative = RELATIVE[name]()

    with pytest.raises(ModelError, match=f"must use position ids, {name} ignores them"):
        AugmentedContrast(relative, ConsertSettings(first_view="shuffle", second_view="none"))

    AugmentedContrast(relative, ConsertSettings(first_view="dropout", second_view="none"))


def test_any_other_model_may_be_shuffled(model: nn.Module) -> None:
    AugmentedContrast(model, ConsertSettings())


def test_the_loss_of_both_views_reaches_the_word_embeddings(
    input_ids: Tensor, mask: Tensor
) -> None:
    torch.manual_seed(0)
    bert = MODELS["bert"]()

    views = embed_views(
        bert,
        input_ids,
        mask,
        ["feature-cutoff", "shuffle"],
        rates=RATES,
        generator=Generator().manual_seed(0),
    )
    torch.cat(views).square().sum().backward()

    assert bert.embeddings.word_embeddings.weight.grad[input_ids[mask == 1]].abs().sum() > 0
