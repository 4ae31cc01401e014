import torch
from torch import nn

from harness.encoders.fine_tuning.weight_distance import WeightDistance


def moved_model() -> tuple[nn.Module, WeightDistance, list[torch.Tensor]]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2)).double()
    origin = [parameter.detach().clone() for parameter in model.parameters()]
    distance = WeightDistance(list(model.parameters()))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter))
    return model, distance, origin


def test_drift_is_the_sum_of_squared_differences() -> None:
    model, distance, origin = moved_model()

    expected = sum(
        float((now - before).detach().square().sum())
        for now, before in zip(model.parameters(), origin, strict=True)
    )

    assert abs(distance().item() - expected) < 1e-12


def test_drift_s_gradient_is_autograd_s_of_the_plain_sum() -> None:
    model, distance, origin = moved_model()
    plain = torch.stack(
        [
            (now - before).square().sum()
            for now, before in zip(model.parameters(), origin, strict=True)
        ]
    ).sum()
    expected = torch.autograd.grad(0.3 * plain, list(model.parameters()))

    (0.3 * distance()).backward()

    for parameter, gradient in zip(model.parameters(), expected, strict=True):
        torch.testing.assert_close(parameter.grad, gradient, rtol=1e-12, atol=1e-12)


def test_drift_of_an_unmoved_model_is_zero() -> None:
    assert WeightDistance([nn.Parameter(torch.ones(3, 2))])().item() == 0
