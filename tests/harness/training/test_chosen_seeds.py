"""Seeds that a Python caller names are refused if a run would do nothing, or a thing twice."""

from collections.abc import Callable, Sequence

import pytest

import harness
from harness.encoder import Context
from harness.errors import SettingError

CONTEXT = Context(model="nosuch", offline=True)


def evaluate(seeds: Sequence[int]) -> object:
    return harness.evaluate("bow", "stsb-dev", data="sample", out=None, seeds=seeds)


def evaluate_by_spec(seeds: Sequence[int]) -> object:
    return harness.evaluate("bow", "stsb-dev", data="sample", out=None, seeds={"bow": seeds})


def train(seeds: Sequence[int]) -> object:
    return harness.train("sg", data="sample", context=CONTEXT, seeds=seeds)


@pytest.mark.parametrize("run", [evaluate, evaluate_by_spec, train])
@pytest.mark.parametrize(
    ("seeds", "error", "problem"),
    [
        ((), SettingError, "seeds must be at least one, got none"),
        ((3, 0, 3), SettingError, "seeds must differ, got 3 2 times"),
        ((0, -1), SettingError, "seeds must be 0 or more, got -1"),
        ((0.5,), TypeError, "seed must be of type int, got 0.5 of type float"),
        ("01", TypeError, "seed must be of type int, got '0' of type str"),
    ],
)
def test_seeds_that_make_no_run_are_refused(
    run: Callable[[Sequence[int]], object],
    seeds: Sequence[int],
    error: type[Exception],
    problem: str,
) -> None:
    with pytest.raises(error, match=problem):
        run(seeds)
