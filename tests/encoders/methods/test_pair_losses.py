import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Generator, Tensor
from transformers import BertConfig, BertModel

from harness.encoders.fine_tuning.augmentations import adversarial_shift
from harness.encoders.fine_tuning.augmented_contrast import (
    AugmentedContrast,
    AugmentedSettings,
    draw_seed,
)
from harness.encoders.fine_tuning.augmented_views import edited_embeddings
from harness.encoders.fine_tuning.relation_classifier import RelationClassifier
from harness.encoders.methods.consert_joint import JointLoss, JointSettings
from harness.encoders.methods.ct import CtEncoder, CtSettings, TensionLoss
from harness.encoders.transformer.pooling import masked_mean

LENGTHS = (9, 5, 7, 3)
WORDS = "embeddings.word_embeddings.weight"


@pytest.fixture
def bert() -> BertModel:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=50,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=24,
        max_position_embeddings=16,
        initializer_range=0.3,
    )
    return BertModel(config)


@pytest.fixture
def batch() -> dict[str, Tensor]:
    """Two premises above their two hypotheses."""
    mask = (torch.arange(9) < torch.tensor(LENGTHS)[:, None]).long()
    ids = torch.randint(4, 50, mask.shape, generator=Generator().manual_seed(1)) * mask
    return {"input_ids": ids, "attention_mask": mask}


@pytest.fixture
def labels() -> Tensor:
    return torch.tensor([2, 0])


def _joint(bert: BertModel, **settings: Any) -> JointLoss:
    return JointLoss(bert, JointSettings(**settings), seed=0).train()


def test_the_classifier_reads_both_vectors_and_their_distance() -> None:
    classifier = RelationClassifier(2, seed=0)
    first, second = torch.tensor([[1.0, 2.0]]), torch.tensor([[4.0, 0.0]])

    logits = classifier(first, second)

    features = torch.tensor([1.0, 2.0, 4.0, 0.0, 3.0, 2.0])
    expected = classifier.linear.weight @ features + classifier.linear.bias
    assert torch.allclose(logits[0], expected)


def test_the_supervised_loss_is_the_cross_entropy_of_premise_with_its_hypothesis() -> None:
    classifier = RelationClassifier(2, seed=0)
    premises, hypotheses = torch.randn(3, 2), torch.randn(3, 2)
    labels = torch.tensor([0, 2, 1])

    loss = classifier.loss(torch.cat([premises, hypotheses]), labels)

    logits = classifier(premises, hypotheses).double().detach().numpy()
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert loss.item() == pytest.approx(-np.log(shares[range(3), labels]).mean())


def test_tension_trains_two_copies_apart(bert: BertModel, batch: dict[str, Tensor]) -> None:
    module = TensionLoss(bert, negatives=1).train()

    module(**batch)["loss"].backward()

    own, other = bert.get_parameter(WORDS), module.other.get_parameter(WORDS)
    assert torch.equal(own, other)
    assert own.grad is not None
    assert other.grad is not None
    assert not torch.equal(own.grad, other.grad)


def test_ct_lowers_the_learning_rate_in_the_published_steps() -> None:
    rates = [CtEncoder.pace(None, step, 5000) for step in (0, 499, 500, 1000, 1999, 2000, 4999)]  # type: ignore[arg-type]

    assert [1e-5 * rate for rate in rates] == pytest.approx(
        [1e-5, 1e-5, 8e-6, 6e-6, 4e-6, 2e-6, 2e-6]
    )


def test_a_ct_batch_of_broken_groups_is_refused() -> None:
    with pytest.raises(ValueError, match=r"batch_size must be a multiple of negatives \+ 1"):
        CtSettings(batch_size=12)


def test_a_warm_up_that_ct_would_not_heed_is_refused() -> None:
    with pytest.raises(ValueError, match=r"warmup must be 0 for ct.*, got 0\.1"):
        CtSettings(warmup=0.1)


def test_two_plain_views_leave_nothing_but_the_push_between_sentences(
    bert: BertModel, batch: dict[str, Tensor]
) -> None:
    module = AugmentedContrast(
        bert, AugmentedSettings(first_view="none", second_view="none")
    ).train()

    loss = module(**batch, draw=torch.tensor([5]))["loss"]

    with torch.no_grad():
        states = bert(**batch).last_hidden_state
    vectors = torch.nn.functional.normalize(masked_mean(states, batch["attention_mask"]), dim=1)
    phi = torch.exp(vectors @ vectors.T / 0.1)
    others = phi.sum(dim=1) - phi.diagonal()
    own = math.exp(1 / 0.1)
    assert loss.item() == pytest.approx(
        -torch.log(own / (own + 2 * others)).mean().item(), rel=1e-4
    )


def test_the_transformer_s_own_dropout_is_off_in_training(
    bert: BertModel, batch: dict[str, Tensor]
) -> None:
    module = AugmentedContrast(bert, AugmentedSettings())

    module.train()

    first, second = (module(**batch, draw=torch.tensor([5]))["loss"] for _ in range(2))
    assert first == second
    assert module.training


def test_each_draw_augments_in_its_own_way(bert: BertModel, batch: dict[str, Tensor]) -> None:
    module = AugmentedContrast(bert, AugmentedSettings()).train()

    losses = {module(**batch, draw=torch.tensor([draw]))["loss"].item() for draw in (1, 2, 1)}

    assert len(losses) == 2


def test_a_step_s_draw_depends_on_its_examples_and_the_seed_alone() -> None:
    rows = np.array([3, 1, 2])

    draws = [draw_seed(rows, 0), draw_seed(rows, 0), draw_seed(rows, 1), draw_seed(rows[::-1], 0)]

    assert draws[0] == draws[1]
    assert len({int(draw) for draw in draws}) == 3


def test_the_joint_loss_is_the_weighted_sum_of_its_parts(
    bert: BertModel, batch: dict[str, Tensor], labels: Tensor
) -> None:
    parts = _joint(bert, contrast_weight=0.15)(**batch, labels=labels, draw=torch.tensor([1]))

    assert parts["loss"].item() == pytest.approx(
        parts["relation"].item() + 0.15 * parts["contrast"].item()
    )


def test_the_joint_contrast_is_averaged_over_both_sides(
    bert: BertModel, batch: dict[str, Tensor], labels: Tensor
) -> None:
    plain: dict[str, Any] = {"first_view": "none", "second_view": "none"}
    whole = _joint(bert, **plain)(**batch, labels=labels, draw=torch.tensor([1]))["contrast"]

    sides = [
        AugmentedContrast(bert, AugmentedSettings(**plain))
        .train()(batch["input_ids"][half], batch["attention_mask"][half], torch.tensor([1]))[
            "loss"
        ]
        .item()
        for half in (slice(0, 2), slice(2, 4))
    ]
    assert whole.item() == pytest.approx(sum(sides) / 2, rel=1e-5)


def test_a_small_adversarial_step_raises_the_supervised_loss(
    bert: BertModel, batch: dict[str, Tensor], labels: Tensor
) -> None:
    module = _joint(bert, first_view="adversarial", adversarial_step=0.01)

    loss, shift = module._relation(**_named(batch), labels=labels)

    assert shift is not None
    for direction in (1, -1):
        step = direction * shift
        with edited_embeddings(bert, step.add):
            changed, _ = module._relation(**_named(batch), labels=labels)
        assert (changed > loss) == (direction > 0)


def _named(batch: dict[str, Tensor]) -> dict[str, Tensor]:
    return {"input_ids": batch["input_ids"], "mask": batch["attention_mask"]}


def test_the_adversarial_step_leaves_no_gradient_behind(
    bert: BertModel, batch: dict[str, Tensor], labels: Tensor
) -> None:
    gradients = []
    for view in ("adversarial", "shuffle"):
        module = _joint(bert, first_view=view)
        module(**batch, labels=labels, draw=torch.tensor([1]))["relation"].backward()
        gradient = bert.get_parameter(WORDS).grad
        assert gradient is not None
        gradients.append(gradient.clone())
        bert.zero_grad()

    assert torch.allclose(gradients[0], gradients[1], atol=1e-5)


def test_an_adversarial_step_is_no_part_of_the_graph(
    bert: BertModel, batch: dict[str, Tensor], labels: Tensor
) -> None:
    loss, shift = _joint(bert, second_view="adversarial")._relation(**_named(batch), labels=labels)

    assert shift is not None
    assert not shift.requires_grad
    assert loss.requires_grad
    assert torch.allclose(shift.norm(dim=2), batch["attention_mask"].float())
    assert not adversarial_shift(torch.zeros(1, 2, 3), torch.ones(1, 2), 1.0).any()
