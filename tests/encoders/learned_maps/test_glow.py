import math

import pytest
import torch

from harness.encoders.learned_maps.glow import ActNorm, Glow, GlowSize, parse_glow_size


def perturbed(dim: int, size: GlowSize) -> Glow:
    """A Glow in float64 whose every parameter, the zero-initialised ones too, does something."""
    torch.manual_seed(0)
    glow = Glow(dim, size).double()
    with torch.no_grad():
        for parameter in glow.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return glow


@pytest.mark.parametrize("dim", [5, 6, 7, 8, 9, 33])
def test_inverse_recovers_the_vectors(dim: int) -> None:
    glow = perturbed(dim, GlowSize(levels=3, depth=3, width=8))
    x = torch.randn(20, dim, dtype=torch.float64)

    z, _ = glow(x)

    assert not torch.allclose(z, x, atol=0.1)
    torch.testing.assert_close(glow.inverse(z), x)


@pytest.mark.parametrize("dim", [5, 6, 7, 8])
def test_log_determinant_is_that_of_the_jacobian(dim: int) -> None:
    glow = perturbed(dim, GlowSize(levels=3, depth=2, width=8))
    x = torch.randn(3, dim, dtype=torch.float64)

    _, log_determinant = glow(x)

    for row, value in zip(x, log_determinant, strict=True):
        jacobian = torch.autograd.functional.jacobian(lambda v: glow(v[None])[0][0], row)
        torch.testing.assert_close(torch.linalg.slogdet(jacobian).logabsdet, value)


def test_initialise_gives_every_actnorm_zero_mean_and_unit_variance() -> None:
    torch.manual_seed(0)
    glow = Glow(10, GlowSize(levels=2, depth=2, width=16))
    x = torch.randn(500, 10) @ torch.randn(10, 10) + 3
    outputs: list[torch.Tensor] = []

    glow.initialise(x)

    norms = [module for module in glow.modules() if isinstance(module, ActNorm)]
    for norm in norms:
        norm.register_forward_hook(lambda *call: outputs.append(call[2]))
    glow(x)
    assert len(outputs) == 2 * 2 * 3
    for output in outputs:
        width = output.shape[1]
        torch.testing.assert_close(output.mean(dim=0), torch.zeros(width), atol=1e-4, rtol=0)
        torch.testing.assert_close(
            output.var(dim=0, correction=0), torch.ones(width), atol=1e-3, rtol=0
        )


def test_actnorm_log_scale_is_stored_divided_by_three() -> None:
    norm = ActNorm(1)

    norm.initialise(torch.tensor([[-2.0], [6.0]]))  # mean 2, standard deviation 4

    assert norm.bias.item() == -2
    assert norm.log_scale.item() == pytest.approx(-math.log(4) / 3)


def test_a_constant_channel_is_shifted_but_not_scaled() -> None:
    norm = ActNorm(2)

    norm.initialise(torch.tensor([[7.0, 0.0], [7.0, 2.0]]))

    assert norm(torch.tensor([[7.5, 2.0]])).tolist() == [[0.5, 1.0]]


def test_an_initialised_step_only_normalises_and_reverses() -> None:
    glow = Glow(2, GlowSize(levels=1, depth=1, width=4))

    glow.initialise(torch.tensor([[1.0, 10.0], [3.0, 20.0]]))  # means 2, 15; deviations 1, 5

    z, log_determinant = glow(torch.tensor([[1.0, 25.0]]))
    torch.testing.assert_close(z, torch.tensor([[2.0, -1.0]]))
    torch.testing.assert_close(log_determinant, torch.tensor([-math.log(5.0)]))


def test_bits_per_dim_of_an_untouched_glow_are_those_of_the_standard_normal() -> None:
    x = torch.randn(4, 6, dtype=torch.float64)
    log_density = torch.distributions.Normal(0, 1).log_prob(x).mean(dim=1)

    bits = Glow(6).double().bits_per_dim(x)

    torch.testing.assert_close(bits, -log_density / math.log(2))


def test_training_lowers_bits_per_dim_below_a_gaussian_fit() -> None:
    torch.manual_seed(0)
    centres = torch.tensor([[4.0, 0, 0, 0, 0], [-4, 2, 0, 0, 0]])
    x = centres[torch.randint(2, (512,))] + torch.randn(512, 5) * torch.tensor([0.3, 0.5, 1, 2, 4])
    x = x.double()  # rounding that differs by machine would lead training elsewhere
    gaussian = torch.distributions.MultivariateNormal(x.mean(dim=0), torch.cov(x.T))
    glow = Glow(5, GlowSize(levels=2, depth=3, width=16)).double()
    glow.initialise(x)
    start = glow.bits_per_dim(x).mean().item()
    optimizer = torch.optim.AdamW(glow.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=200)

    for _ in range(200):
        optimizer.zero_grad()
        glow.bits_per_dim(x).mean().backward()
        optimizer.step()
        schedule.step()

    full_gaussian = -gaussian.log_prob(x).mean().item() / (5 * math.log(2))
    assert start > full_gaussian  # actnorm alone fits a diagonal one
    assert glow.bits_per_dim(x).mean() < full_gaussian - 0.05


def test_first_levels_channels_leave_first_and_unchanged_by_later_levels() -> None:
    glow = perturbed(8, GlowSize(levels=2, depth=1, width=4))
    x = torch.randn(3, 8, dtype=torch.float64)
    before, _ = glow(x)

    with torch.no_grad():
        for parameter in glow.levels[1].parameters():
            parameter.add_(1)

    after, _ = glow(x)
    assert torch.equal(after[:, :4], before[:, :4])
    assert not torch.isclose(after[:, 4:], before[:, 4:]).any()


def test_state_round_trips() -> None:
    glow = perturbed(9, GlowSize())
    other = Glow(9).double()
    x = torch.randn(3, 9, dtype=torch.float64)

    other.load_state_dict(glow.state_dict())

    assert torch.equal(other(x)[0], glow(x)[0])


def test_size_text_is_levels_depth_and_width() -> None:
    assert parse_glow_size("l3-d3-w32") == GlowSize(levels=3, depth=3, width=32) == GlowSize()
    assert parse_glow_size("l2-d12-w512") == GlowSize(levels=2, depth=12, width=512)


@pytest.mark.parametrize("text", ["", "3-3-32", "l3-d3", "l3-d3-w32-x", "l0-d3-w32", "l3-d-1-w2"])
def test_other_size_text_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=rf"such as l3-d3-w32, got '{text}'"):
        parse_glow_size(text)


def test_the_least_dim_of_three_levels_is_five() -> None:
    Glow(5)

    with pytest.raises(ValueError, match="dim must be 5 or more for 3 levels, got 4"):
        Glow(4)


def test_initialise_refuses_a_single_vector() -> None:
    with pytest.raises(ValueError, match="batch must be two vectors or more, got 1"):
        Glow(5).initialise(torch.zeros(1, 5))
