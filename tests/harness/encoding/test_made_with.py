"""A record says what its vectors were made with, whichever run made them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from harness.encoder import Context, Embeddings
from harness.encoders.transformer.backbone import NOT_GUARANTEED
from harness.encoding.made_with import describe_vectors, to_keep
from harness.evaluation.evaluation import evaluate
from harness.results.records.record import Record


class Named:
    """Counts letters, and says on what device."""

    def __init__(self, device_name: str) -> None:
        self._device_name = device_name

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        """Return each sentence's length, and how many e it has."""
        return np.array([[len(each), each.count("e")] for each in sentences], np.float32)

    def fingerprint(self) -> str:
        """Have one."""
        return "counts"

    def describe(self) -> dict[str, str]:
        """Return a model and a device."""
        return {"model": "theirs", "device_name": self._device_name}


def score(context: Context, tasks: str = "stsb-dev", **options: Any) -> Record:
    *_, record = evaluate("mean", tasks, data="sample", context=context, **options).records
    return record


def test_a_model_s_name_and_a_text_of_the_code_are_not_kept() -> None:
    described = {"model": "/home/me", "not_guaranteed": "much", "threads": 2}

    assert to_keep(described) == {"threads": 2}


def test_values_that_vary_are_one_text_and_what_nothing_is_known_of_stays() -> None:
    made_with = [{"threads": 1, "budget": 5}, {"threads": 4, "budget": 5}]

    found = describe_vectors({"threads": 2, "budget": 9, "device": "cpu"}, made_with)

    assert found == {"threads": "1 and 4", "budget": 5, "device": "cpu"}


def test_kept_vectors_are_recorded_with_the_budget_and_threads_that_made_them(
    context: Context,
) -> None:
    threads = torch.get_num_threads()
    score(replace(context, token_budget=90), out=None)
    torch.set_num_threads(threads + 1)
    try:
        found = score(replace(context, token_budget=300), out=None)
    finally:
        torch.set_num_threads(threads)

    assert found.times["sentences_encoded"] == 0
    assert (found.runtime["token_budget"], found.runtime["threads"]) == (90, threads)


def test_of_vectors_of_two_runs_both_budgets_are_recorded(context: Context) -> None:
    score(replace(context, token_budget=90), out=None)

    found = score(replace(context, token_budget=300), ["stsb-dev", "stsb-test"])

    assert found.times["sentences_encoded"] > 0
    assert set(found.runtime.items()) > {("token_budget", "90 and 300")}


def test_without_a_cache_this_run_s_budget_is_recorded(context: Context) -> None:
    score(replace(context, token_budget=90), out=None)

    found = score(replace(context, token_budget=300), cache=False)

    assert found.runtime["token_budget"] == 300


def test_what_a_plug_in_describes_is_recorded_as_it_was_when_it_encoded() -> None:
    evaluate({"named": Named("old")}, "stsb-dev", data="sample", out=None)

    (found,) = evaluate({"named": Named("new")}, "stsb-dev", data="sample", out=None).records

    assert (found.model, found.runtime) == ("theirs", {"device_name": "old"})


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_what_is_not_guaranteed_names_all_that_varies(device: str) -> None:
    for cause in ("batch budget", "set of tasks in the run", "vectors kept by another run"):
        assert cause in NOT_GUARANTEED[device]
