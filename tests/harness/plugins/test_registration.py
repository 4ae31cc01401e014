from pathlib import Path

import numpy as np
import pytest

import harness
from harness.errors import PluginError, UnknownNameError
from harness.plugins import registry
from harness.plugins.registration import source_of


class Letters:
    """Count letters."""

    def __init__(self, context: object, settings: object) -> None: ...

    def encode(self, sentences: list[str]) -> np.ndarray:
        return np.ones((len(sentences), 1), np.float32)


class Headlines:
    """A task."""

    title, family, summary, citation = "Headlines", "sts", "headlines", ""


def test_an_encoder_registered_from_python_is_known_by_its_name() -> None:
    returned = harness.register_encoder("letters", Letters)

    plugin = registry.encoders.load("letters")

    assert returned is Letters
    assert plugin.factory is Letters
    assert "letters" in registry.encoders.names()
    assert plugin.place == str(Path(__file__))
    assert plugin.origin.startswith("test_registration.py sha256:")


def test_a_class_is_registered_by_a_decorator() -> None:
    decorated = harness.register_encoder("letters")(Letters)

    assert decorated is Letters
    assert registry.encoders.load("letters").factory is Letters


def test_a_task_registered_from_python_is_known_by_its_name() -> None:
    harness.register_task("news:headlines")(Headlines)

    assert "news:headlines" in registry.tasks.names()
    assert registry.tasks.load("news:headlines").summary == "headlines"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mean", "encoder 'mean' is registered twice, by sentence-harness 0.1.0 and "),
        ("letters", "encoder 'letters' is registered twice, by "),
        ("a b", "name of an encoder must be letters, digits and '_.+-', got 'a b'"),
        ("a:b", "name of an encoder must have no colon, got 'a:b'"),
        ("", "name of an encoder must be letters, digits and '_.+-', got ''"),
    ],
)
def test_a_name_that_is_taken_or_none_is_refused(name: str, message: str) -> None:
    harness.register_encoder("letters", Letters)

    with pytest.raises(PluginError) as caught:
        harness.register_encoder(name, Letters)

    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("name", ["sts12", "sts"])
def test_a_task_may_not_take_the_name_of_a_task_or_suite(name: str) -> None:
    with pytest.raises(PluginError, match=f"task '{name}' is registered twice, by sentence-harn"):
        harness.register_task(name, Headlines)


def test_a_notebook_s_cell_may_replace_what_it_registered_but_nothing_installed() -> None:
    harness.register_encoder("letters", Headlines)

    harness.register_encoder("letters", Letters, replace=True)

    assert registry.encoders.load("letters").factory is Letters
    with pytest.raises(PluginError, match="registered twice"):
        harness.register_encoder("mean", Letters, replace=True)


def test_what_cannot_be_called_is_refused_at_once() -> None:
    with pytest.raises(PluginError, match="with something that can be called, got int"):
        harness.register_encoder("letters", 3)  # type: ignore[type-var]


def test_a_task_without_title_is_refused_when_it_is_asked_for() -> None:
    harness.register_task("letters", Letters)

    with pytest.raises(PluginError, match="must have __call__, title, family, title is missing"):
        registry.tasks.load("letters")


def test_settings_that_are_no_dataclass_are_refused() -> None:
    harness.register_encoder("odd", type("Odd", (Letters,), {"Settings": dict}))

    with pytest.raises(PluginError, match=r"Settings of encoder 'odd' of .* dataclass, got dict"):
        registry.encoders.load("odd")


def test_code_of_which_there_is_no_text_is_another_each_time() -> None:
    made: dict[str, type] = {}
    exec("class Typed: ...", {"__name__": "nowhere"}, made)  # noqa: S102 - as a console does

    assert source_of(made["Typed"]).origin.startswith("module nowhere sha256:")
    assert source_of(made["Typed"]) != source_of(made["Typed"])


def test_what_a_test_registers_is_gone_in_the_next() -> None:
    with pytest.raises(UnknownNameError):
        registry.encoders.load("letters")
