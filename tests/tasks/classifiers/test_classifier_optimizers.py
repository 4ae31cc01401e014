import pytest
import torch

from harness.tasks.classifiers.optimizers import Adam, RmsProp


@pytest.mark.parametrize(
    ("ours", "theirs"), [(Adam(), torch.optim.Adam), (RmsProp(), torch.optim.RMSprop)]
)
def test_update_is_that_of_torch_with_coupled_decay(
    ours: Adam | RmsProp, theirs: type[torch.optim.Optimizer]
) -> None:
    generator = torch.Generator().manual_seed(0)
    weights = torch.randn(4, 7, generator=generator)
    parameter = torch.nn.Parameter(weights.clone())
    optimizer = theirs([parameter], weight_decay=1e-2)
    state = [torch.zeros_like(weights) for _ in range(ours.moments)]

    for step in range(1, 60):
        gradient = torch.randn(4, 7, generator=generator) * 10.0 ** (step % 5 - 4)
        parameter.grad = gradient.clone()
        optimizer.step()
        ours.update(weights, gradient.add(weights, alpha=1e-2), state, step)

    torch.testing.assert_close(weights, parameter.detach(), rtol=1e-5, atol=1e-6)
