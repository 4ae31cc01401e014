import pickle
from pathlib import Path

import pytest

from harness.errors import BadDataError, HarnessError, SettingError, UnknownNameError, sendable


class OwnError(SettingError):
    """As a plug-in may define it."""

    def __init__(self, layer: int, *, most: int) -> None:
        super().__init__(f"layer must be at most {most}, got {layer}")
        self.layer = layer


@pytest.mark.parametrize(
    "error",
    [
        HarnessError("plain"),
        BadDataError(Path("x.txt"), 1, "y"),
        UnknownNameError("encoder", "meam", ["mean", "max"]),
        OwnError(9, most=4),
    ],
)
def test_an_error_is_unpickled_as_it_was(error: HarnessError) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own

    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


def test_what_is_sent_of_an_error_needs_no_class_of_a_plug_in() -> None:
    class HiddenError(OwnError):
        """That no other process can import."""

    with pytest.raises((AttributeError, pickle.PicklingError)):
        pickle.dumps(HiddenError(9, most=4))
    sent = pickle.loads(pickle.dumps(sendable(HiddenError(9, most=4))))  # noqa: S301 - our own

    assert type(sent) is SettingError
    assert str(sent) == "layer must be at most 4, got 9"


def test_of_a_foreign_error_one_line_is_sent() -> None:
    sent = sendable(RuntimeError("out of memory\nat 0x1"))

    assert type(sent) is HarnessError
    assert str(sent) == "RuntimeError: out of memory"
