import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from torch import Tensor

from harness.encoders.fine_tuning.losses import (
    GuidedObjective,
    guided_loss,
    info_nce,
    nt_xent,
    tension_loss,
)

SHARED = Path(os.environ.get("HARNESS_SHARED", Path(__file__).resolve().parents[4] / "shared"))
GOLDEN = SHARED / "golden" / "contrastive_losses.json"


def phi(u: Tensor, v: Tensor, temperature: float) -> float:
    cosine = float(u @ v) / math.sqrt(float(u @ u) * float(v @ v))
    return math.exp(cosine / temperature)


def naive_nt_xent(first: Tensor, second: Tensor, temperature: float) -> float:
    views = [*first, *second]
    losses = []
    for m, view in enumerate(views):
        other = (m + len(first)) % len(views)
        total = sum(phi(view, views[n], temperature) for n in range(len(views)) if n != m)
        losses.append(-math.log(phi(view, views[other], temperature) / total))
    return sum(losses) / len(losses)


def naive_guided(c: Tensor, h: Tensor, temperature: float, objective: str) -> float:
    losses = []
    for i in range(len(c)):
        others = [j for j in range(len(c)) if j != i]
        negatives = sum(phi(c[i], view, temperature) for j in others for view in h[j])
        if objective == "opt1":
            negatives += sum(phi(c[i], c[j], temperature) for j in others)
        for view in h[i]:
            positive = phi(c[i], view, temperature)
            losses.append(-math.log(positive / (positive + negatives)))
    return sum(losses) / len(losses)


def random_views(batch: int, layers: int, dim: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return (
        torch.randn(batch, dim, dtype=torch.float64, generator=generator),
        torch.randn(batch, layers, dim, dtype=torch.float64, generator=generator),
    )


def golden_cases() -> list[dict[str, Any]]:
    if not GOLDEN.is_file():
        pytest.skip(f"no golden file {GOLDEN}")
    return cast("list[dict[str, Any]]", json.loads(GOLDEN.read_bytes())["cases"])


def test_losses_equal_the_golden_file() -> None:
    for case in golden_cases():
        tau = case["tau"]
        c, h = (torch.tensor(case[key], dtype=torch.float64) for key in "ch")
        found = {
            "sg_base_layer0": nt_xent(c, h[:, 0], temperature=tau),
            "opt1_layer0": guided_loss(c, h[:, :1], temperature=tau, objective="opt1"),
            "opt2_layer0": guided_loss(c, h[:, :1], temperature=tau, objective="opt2"),
            "opt3": guided_loss(c, h, temperature=tau, objective="opt3"),
            "consert_ntxent_released_sum": 2 * nt_xent(c, h[:, 0], temperature=tau),
        }

        assert {key: float(value) for key, value in found.items()} == pytest.approx(
            {key: case[key] for key in found}, abs=1e-6
        )


@pytest.mark.parametrize("shape", [(2, 1, 3), (5, 1, 4), (7, 1, 16)])
@pytest.mark.parametrize("temperature", [0.05, 1.0])
def test_nt_xent_equals_the_formula_written_out(
    shape: tuple[int, int, int], temperature: float
) -> None:
    c, h = random_views(*shape)

    found = float(nt_xent(c, h[:, 0], temperature=temperature))

    assert found == pytest.approx(naive_nt_xent(c, h[:, 0], temperature), abs=1e-10)


@pytest.mark.parametrize("objective", ["opt1", "opt2", "opt3"])
@pytest.mark.parametrize("shape", [(2, 1, 3), (3, 4, 5), (6, 13, 8)])
@pytest.mark.parametrize("temperature", [0.05, 1.0])
def test_guided_loss_equals_the_formula_written_out(
    objective: GuidedObjective, shape: tuple[int, int, int], temperature: float
) -> None:
    c, h = random_views(*shape)
    if objective != "opt3":
        h = h[:, :1]

    found = float(guided_loss(c, h, temperature=temperature, objective=objective))

    assert found == pytest.approx(naive_guided(c, h, temperature, objective), abs=1e-10)


def test_opt3_of_one_layer_is_opt2() -> None:
    c, h = random_views(4, 1, 6)

    opt2, opt3 = (
        guided_loss(c, h, temperature=0.1, objective=objective) for objective in ("opt2", "opt3")
    )

    assert torch.equal(opt2, opt3)


@pytest.mark.parametrize(
    ("layers", "loss"),
    [
        (1, lambda c, h: nt_xent(c, h[:, 0], temperature=0.3)),
        (1, lambda c, h: guided_loss(c, h, temperature=0.3, objective="opt1")),
        (1, lambda c, h: guided_loss(c, h, temperature=0.3, objective="opt2")),
        (3, lambda c, h: guided_loss(c, h, temperature=0.3, objective="opt3")),
    ],
)
def test_gradients_equal_finite_differences(
    layers: int, loss: Callable[[Tensor, Tensor], Tensor]
) -> None:
    inputs = [views.requires_grad_() for views in random_views(4, layers, 5)]

    assert torch.autograd.gradcheck(loss, inputs)


def test_losses_stay_finite_where_the_naive_formula_overflows() -> None:
    c, h = (views.float() for views in random_views(8, 3, 4))

    losses = [
        nt_xent(c, h[:, 0], temperature=1e-3),
        guided_loss(c, h, temperature=1e-3, objective="opt3"),
    ]

    assert all(torch.isfinite(loss) for loss in losses)


@pytest.mark.parametrize(
    ("sentences", "targets", "objective", "message"),
    [
        ((4, 5), (4, 5), "opt3", r"must be \(batch, dim\) and \(batch, layers, dim\)"),
        ((4, 5), (3, 2, 5), "opt3", r"targets must be \(4, layers, 5\), got \(3, 2, 5\)"),
        ((4, 5), (4, 2, 5), "opt1", "targets must be of one layer for opt1, got 2"),
        ((4, 5), (4, 2, 5), "opt4", "objective must be opt1, opt2 or opt3, got 'opt4'"),
    ],
)
def test_guided_loss_refuses_shapes_that_do_not_fit(
    sentences: tuple[int, ...], targets: tuple[int, ...], objective: GuidedObjective, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        guided_loss(
            torch.ones(sentences), torch.ones(targets), temperature=1.0, objective=objective
        )


def test_nt_xent_refuses_views_of_different_shape_and_no_temperature() -> None:
    with pytest.raises(ValueError, match=r"must both be \(batch, dim\)"):
        nt_xent(torch.ones(4, 5), torch.ones(3, 5), temperature=1.0)
    with pytest.raises(ValueError, match="temperature must be above 0, got 0"):
        nt_xent(torch.ones(4, 5), torch.ones(4, 5), temperature=0.0)


def test_info_nce_equals_its_formula_written_out() -> None:
    first, second = torch.randn(4, 3).double(), torch.randn(4, 3).double()

    loss = info_nce(first, second, temperature=0.05)

    total = 0.0
    for i in range(4):
        scores = [
            math.exp(float(torch.cosine_similarity(first[i], second[j], dim=0)) / 0.05)
            for j in range(4)
        ]
        total -= math.log(scores[i] / sum(scores))
    assert loss.item() == pytest.approx(total / 4)


def test_tension_is_the_binary_cross_entropy_of_dot_products() -> None:
    anchors, sentences = torch.randn(2, 3).double(), torch.randn(2, 8, 3).double()

    losses = tension_loss(anchors, sentences)

    def negative_log_sigmoid(x: float) -> float:
        return math.log1p(math.exp(-x))

    dots = [[float(anchors[g] @ sentences[g, k]) for k in range(8)] for g in range(2)]
    positive = [negative_log_sigmoid(group[0]) for group in dots]
    negative = [negative_log_sigmoid(-dot) for group in dots for dot in group[1:]]
    assert losses["loss"].item() == pytest.approx(sum(positive + negative) / 16)
    assert losses["positive"].item() == pytest.approx(sum(positive) / 2)
    assert losses["negative"].item() == pytest.approx(sum(negative) / 14)
