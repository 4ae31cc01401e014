import pytest

from harness.encoder import encoder_hooks
from harness.task import task_hooks
from harness.tasks.sts.english import STSB_DEV


class Bare:
    """Has no hook."""


class Full:
    seeded = True
    learns_with = "svd"

    def __init__(self) -> None:
        self.seen: list[str] = []

    def fingerprint(self) -> str:
        return "letters"

    def prepare(self, sentences: list[str]) -> None:
        self.seen += sentences


class Reluctant(Full):
    fingerprint = None  # type: ignore[assignment]

    @property
    def describe(self) -> None:
        raise KeyError("boom")


def test_an_encoder_without_hooks_has_their_defaults() -> None:
    hooks = encoder_hooks(Bare())

    hooks.prepare(["a"])
    hooks.release()
    assert (hooks.fingerprint(), hooks.describe()) == (None, {})
    assert (hooks.seeded, hooks.learns_with) == (False, None)


def test_an_encoder_s_own_hooks_come_before_the_defaults() -> None:
    encoder = Full()
    hooks = encoder_hooks(encoder)

    hooks.prepare(["a"])
    assert encoder.seen == ["a"]
    assert hooks.fingerprint() == "letters"
    assert (hooks.seeded, encoder_hooks(Full).learns_with) == (True, "svd")


def test_a_hook_that_is_none_counts_as_missing() -> None:
    assert encoder_hooks(Reluctant()).fingerprint() is None


def test_a_hook_is_read_when_it_is_asked_for_and_not_before() -> None:
    hooks = encoder_hooks(Reluctant())

    assert hooks.seeded
    with pytest.raises(KeyError, match="boom"):
        hooks.describe()


def test_a_task_s_definition_has_its_own_hooks_and_defaults_for_the_others() -> None:
    hooks = task_hooks(STSB_DEV)

    assert hooks.description.startswith("Pairs: dev 1500")
    assert not hooks.slow
