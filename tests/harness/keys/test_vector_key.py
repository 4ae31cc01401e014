"""The key of kept vectors, byte for byte: another key would lose every vector that is kept."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from harness.encoder import EmbeddedPart, Embeddings
from harness.errors import PluginError
from harness.keys.vectors import drawn_weights, learned_weights, vector_key
from harness.planning.planned_encoders import PlannedEncoder
from harness.settings import NoSettings


class Letters:
    """An encoder that says nothing of its settings."""

    def __init__(self, fingerprint: object = "weights 7") -> None:
        self._fingerprint = fingerprint

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        raise NotImplementedError

    def fingerprint(self) -> object:
        """Return what the test wants."""
        return self._fingerprint


class Lengths(Letters):
    """Another one."""


@dataclass(frozen=True)
class Salted:
    """Settings."""

    salt: int = 0
    words: tuple[str, ...] = ()
    file: Path | None = None


@dataclass(frozen=True)
class SaltedLater(Salted):
    """The same, of a later version that has one more."""

    pepper: int = 0


def planned(spec: str = "letters", settings: object = None, **given: Any) -> PlannedEncoder:
    factory = given.pop("factory", Letters)
    return PlannedEncoder(spec, factory, settings or NoSettings(), "dist 1.0", **given)


def key(
    spec: str = "letters", settings: object = None, learned: str = "", **given: Any
) -> str | None:
    return vector_key(Letters(), planned(spec, settings, **given), learned)


def test_the_key_names_all_it_holds() -> None:
    settings = hashlib.sha256(b'[{"salt":3},[]]').hexdigest()[:16]

    assert key(code="ab12") == (
        "vectors 2; encoder 'letters' of class Letters; code dist 1.0 ab12; weights 7"
    )
    assert key("letters:salt=3", Salted(3), code="ab12", learned="seed 3") == (
        f"vectors 2; encoder 'letters' of class Letters; settings {settings};"
        " code dist 1.0 ab12; seed 3; weights 7"
    )


@pytest.mark.parametrize(
    "other",
    [
        {"spec": "lengths"},
        {"settings": Salted(1)},
        {"code": "edited"},
        {"learned": drawn_weights(1)},
        {"learned": learned_weights({"weights": "12"})},
        {"factory": partial(Letters, "weights 7")},
        {"factory": partial(partial(Letters, "weights 7"), salt=1)},
    ],
    ids=str,
)
def test_what_one_file_s_encoders_differ_in_is_in_the_key(other: dict[str, Any]) -> None:
    assert key(**other) != key()


def test_two_classes_under_one_name_have_two_keys() -> None:
    assert vector_key(Lengths(), planned()) != vector_key(Letters(), planned())


def test_settings_whose_texts_are_alike_have_two_keys() -> None:
    assert key(settings=Salted(words=("a", "b"))) != key(settings=Salted(words=("a,b",)))


def test_a_setting_that_has_its_default_is_not_in_the_key() -> None:
    assert key(settings=SaltedLater(3)) == key(settings=Salted(3)) != key(settings=Salted())


def test_no_path_is_in_the_key() -> None:
    assert "/home" not in str(key("letters:file=/home/me", Salted(file=Path("/home/me"))))


def test_vectors_made_with_what_has_no_json_form_are_not_kept() -> None:
    @dataclass(frozen=True)
    class Odd:
        thing: object = field(default_factory=object)

    assert key(settings=Odd()) is None
    assert key(factory=partial(Letters, object())) is None


def test_of_an_encoder_that_is_part_of_another_the_fingerprint_alone_counts() -> None:
    assert vector_key(Letters(), None) == "vectors 2; weights 7"


def test_of_a_served_encoder_neither_settings_nor_code_count() -> None:
    class Served(Letters):
        def encode_parts(self, sentences: Sequence[str]) -> Iterator[EmbeddedPart]:
            raise NotImplementedError

    one = vector_key(Served(), planned(settings=Salted(3), code="ab12"))

    assert one == vector_key(Served(), planned(settings=Salted(), code="edited"))
    assert one is not None
    assert one.startswith("vectors 2; encoder 'letters' of class ")
    assert one.endswith(".Served; weights 7")


def test_the_files_of_learned_weights_count_in_any_order() -> None:
    assert learned_weights({"a": "1", "b": "2"}) == learned_weights({"b": "2", "a": "1"})
    assert learned_weights({"a": "1", "b": "2"}) != learned_weights({"a": "2", "b": "1"})


@pytest.mark.parametrize("encoder", [Mock(spec=["encode"]), Letters(None)])
def test_an_encoder_without_fingerprint_has_no_key(encoder: Letters) -> None:
    assert vector_key(encoder, None) is None


@pytest.mark.parametrize("fingerprint", [7, b"weights", ["weights"], {}])
def test_a_fingerprint_that_is_no_text_is_refused(fingerprint: object) -> None:
    with pytest.raises(PluginError, match=r"^fingerprint must be text or None, got "):
        vector_key(Letters(fingerprint), None)
