from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.data import open_data
from harness.evaluation.run_options import RunOptions
from harness.studies.spaces import analyse
from harness.studies.sweeps import run_sweep
from harness.studies.timing import benchmark
from harness.testing import check_encoder

CONTEXT: Any = "minilm"
ONE: Any = "mean"


@pytest.mark.parametrize(
    "call",
    [
        lambda: harness.encode("bow", ["a"], context=CONTEXT),
        lambda: harness.evaluate("bow", "stsb", data="sample", context=CONTEXT),
        lambda: harness.train("whitening", data="sample", context=CONTEXT),
        lambda: analyse(["bow"], ["stsb"], RunOptions(open_data("sample"), CONTEXT)),
        lambda: run_sweep(
            {"encoder": ["cls"]}, ["stsb"], RunOptions(open_data("sample"), CONTEXT)
        ),
        lambda: benchmark(["bow"], data="sample", context=CONTEXT),
        lambda: check_encoder("bow", context=CONTEXT),
    ],
)
def test_a_context_that_is_none_is_refused_wherever_one_is_taken(
    call: Callable[[], object],
) -> None:
    with pytest.raises(TypeError) as caught:
        call()

    assert str(caught.value) == "context must be of type Context, got 'minilm' of type str"
    assert not list(Path().iterdir())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: harness.encode("bow", "a sentence"),
            "sentences must be a list of strings, got one string",
        ),
        (
            lambda: harness.encode("bow", ["a", 2]),  # type: ignore[list-item]
            "sentences must be strings, number 2 is 2 of type int",
        ),
        (
            lambda: harness.encode("bow", None),  # type: ignore[arg-type]
            "sentences must be a list of strings, got None of type NoneType",
        ),
        (
            lambda: harness.encode("bow", ["a"], settings=ONE),
            "settings must be of type Mapping, got 'mean' of type str",
        ),
        (
            lambda: harness.evaluate("bow", [1], data="sample"),  # type: ignore[list-item]
            "tasks must be strings, number 1 is 1 of type int",
        ),
        (
            lambda: harness.evaluate("bow", "stsb", data="sample", seeds=3),  # type: ignore[arg-type]
            "seeds must be of type Iterable, got 3 of type int",
        ),
        (
            lambda: harness.evaluate("bow", "stsb", data="sample", training={"limit": 3}),  # type: ignore[arg-type]
            "training must be of type TrainingOptions, got {'limit': 3} of type dict",
        ),
        (
            lambda: harness.train("whitening", data="sample", seeds=3),  # type: ignore[arg-type]
            "seeds must be of type Iterable, got 3 of type int",
        ),
        (
            lambda: harness.compare(ONE, records=[]),
            "encoders must be a list of strings, got one string",
        ),
        (
            lambda: harness.compare(["mean", "cls"], tasks="sts", records=[]),
            "tasks must be a list of strings, got one string",
        ),
        (
            lambda: harness.compare(records=["runs"]),  # type: ignore[list-item]
            "record 1 must be of type Record, got 'runs' of type str",
        ),
        (
            lambda: harness.Context(model=Path("m")),  # type: ignore[arg-type]
            f"model must be of type str, got {Path('m')!r} of type {type(Path()).__name__}",
        ),
        (
            lambda: harness.Context(max_length="20"),  # type: ignore[arg-type]
            "max_length must be of type int, got '20' of type str",
        ),
        (
            lambda: analyse(["bow"], "stsb-test", RunOptions(open_data("sample"))),
            "tasks must be a list of strings, got one string",
        ),
    ],
)
def test_an_argument_of_a_wrong_type_is_reported_in_one_line(
    call: Callable[[], object], message: str
) -> None:
    with pytest.raises(TypeError) as caught:
        call()

    assert str(caught.value) == message


def test_a_number_format_that_is_none_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="dtype must be fp32, bf16, fp16, got 'fp8'"):
        harness.Context(dtype="fp8")  # type: ignore[arg-type]


def test_sentences_may_come_from_anything_that_yields_them() -> None:
    vectors = harness.encode("bow", (word for word in ["a", "b", "a"]))  # type: ignore[arg-type]

    assert len(vectors) == 3
    assert vectors[0].tolist() == vectors[2].tolist()
