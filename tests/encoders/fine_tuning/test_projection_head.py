import math

import torch

from harness.encoders.fine_tuning.projection_head import project, projection_head


def gelu(x: torch.Tensor) -> torch.Tensor:
    return x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))


def test_head_is_two_layers_each_with_a_gelu() -> None:
    head = projection_head(3, 5, torch.Generator().manual_seed(0))
    x = torch.randn(4, 3)
    first, second = [part for part in head if isinstance(part, torch.nn.Linear)]

    hidden = gelu(x @ first.weight.T + first.bias)

    torch.testing.assert_close(head(x), gelu(hidden @ second.weight.T + second.bias))


def test_head_starts_from_small_normal_weights_and_no_bias() -> None:
    head = projection_head(300, 400, torch.Generator().manual_seed(0))
    weights = [p for p in head.parameters() if p.ndim == 2]
    biases = [p for p in head.parameters() if p.ndim == 1]

    assert all(abs(float(weight.detach().std()) - 0.02) < 2e-4 for weight in weights)
    assert all(abs(float(weight.detach().mean())) < 3e-4 for weight in weights)
    assert all(bool((bias == 0).all()) for bias in biases)


def test_heads_of_one_seed_are_equal_whatever_was_drawn_before() -> None:
    one = projection_head(3, 5, torch.Generator().manual_seed(7))
    torch.manual_seed(1)
    two = projection_head(3, 5, torch.Generator().manual_seed(7))

    assert all(map(torch.equal, one.parameters(), two.parameters()))


def test_projecting_together_equals_projecting_apart() -> None:
    head = projection_head(3, 5, torch.Generator().manual_seed(0))
    sentences, targets = torch.randn(4, 3), torch.randn(4, 2, 3)

    c, h = project(head, sentences, targets)

    torch.testing.assert_close(c, head(sentences))
    torch.testing.assert_close(h, head(targets))
