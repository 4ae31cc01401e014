"""The key of kept vectors, byte for byte: another key would lose every vector that is kept."""

from unittest.mock import Mock

import pytest

from harness.keys.vectors import vector_key
from harness.planning.planned_encoders import PlannedEncoder


@pytest.mark.parametrize(
    ("origin", "code", "key"),
    [
        ("dist 1.0", "ab12", "dist 1.0 ab12; weights 7"),
        ("own.py sha256:ab12", "", "own.py sha256:ab12; weights 7"),
    ],
)
def test_the_key_is_origin_code_and_fingerprint(origin: str, code: str, key: str) -> None:
    planned = PlannedEncoder("letters", None, None, origin, code=code)

    assert vector_key(Mock(fingerprint=lambda: "weights 7"), planned) == key


def test_of_an_encoder_that_is_part_of_another_the_fingerprint_alone_counts() -> None:
    assert vector_key(Mock(fingerprint=lambda: "weights 7"), None) == "; weights 7"


@pytest.mark.parametrize("encoder", [Mock(spec=["encode"]), Mock(fingerprint=lambda: None)])
def test_an_encoder_without_fingerprint_has_no_key(encoder: Mock) -> None:
    assert vector_key(encoder, None) is None
