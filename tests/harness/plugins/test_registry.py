from collections.abc import Callable

import pytest

from harness.errors import PluginError, UnknownNameError
from harness.plugins import registry

ENCODER = '''
class Letters:
    """Count letters.

    And no more.
    """

    def __init__(self, context, settings): ...
    def encode(self, sentences): ...
'''


def test_an_installed_plug_in_is_listed_and_loaded(install_plugin: Callable[..., None]) -> None:
    install_plugin(
        "letters-dist", ENCODER, module="letters", encoders={"letters": "letters:Letters"}
    )

    plugin = registry.encoders.load("letters")

    assert "letters" in registry.encoders.names()
    assert (plugin.name, plugin.summary) == ("letters", "Count letters.")
    assert plugin.origin == "letters-dist 1.0"


def test_code_in_a_docstring_is_quoted_for_people(install_plugin: Callable[..., None]) -> None:
    marked = ENCODER.replace("Count letters.", "Count ``a`` to ``z``.")
    install_plugin("marked-dist", marked, module="marked", encoders={"marked": "marked:Letters"})

    plugin = registry.encoders.load("marked")

    assert plugin.summary == "Count 'a' to 'z'."
    assert plugin.description.startswith(plugin.summary)


def test_a_name_that_two_distributions_have_is_refused_with_both(
    install_plugin: Callable[..., None],
) -> None:
    for letter in "ab":
        module = f"twice_{letter}"
        install_plugin(
            f"dist-{letter}", ENCODER, module=module, encoders={"twice": f"{module}:Letters"}
        )

    with pytest.raises(PluginError) as caught:
        registry.encoders.load("twice")

    assert str(caught.value) == (
        "encoder 'twice' is registered twice, by dist-a 1.0 and dist-b 1.0: remove one"
    )


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise SyntaxError('one\\ntwo')", "SyntaxError: one"),
        ("", "AttributeError: module 'failing' has no attribute 'Letters'"),
    ],
)
def test_a_plug_in_that_fails_at_import_is_named_in_one_line(
    install_plugin: Callable[..., None], source: str, cause: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_plugin("failing-dist", source, module="failing", encoders={"bad": "failing:Letters"})

    with pytest.raises(PluginError) as caught:
        registry.encoders.load("bad")

    assert str(caught.value) == f"encoder 'bad' of failing-dist 1.0 cannot be imported: {cause}"


def test_an_unknown_name_is_answered_with_the_nearest_and_all() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown encoder 'meam'\. Did you mean 'mean'\?"):
        registry.encoders.load("meam")


def test_listing_names_imports_no_plug_in(install_plugin: Callable[..., None]) -> None:
    install_plugin("bomb", "1 / 0", module="bomb", encoders={"bomb": "bomb:Encoder"})

    assert "bomb" in registry.encoders.names()
