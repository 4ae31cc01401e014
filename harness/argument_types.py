"""Refuse arguments of a wrong type where Python callers come in, in one line that names them."""

from collections.abc import Iterable

_SHOWN = 40  # characters


def check_type(kind: type[object], **given: object) -> None:
    """Make sure that each argument is None or of one type.

    Raises:
        TypeError: If one is not.
    """
    for name, value in given.items():
        if value is not None and not isinstance(value, kind):
            raise TypeError(f"{name} must be of type {kind.__name__}, got {_type_name(value)}")


def take_texts(name: str, given: Iterable[str]) -> tuple[str, ...]:
    """Return an argument's strings.

    Args:
        name: The argument's.
        given: What was given for it.

    Raises:
        TypeError: If it is one string, or has anything but strings.
    """
    if isinstance(given, str):
        raise TypeError(f"{name} must be a list of strings, got one string")
    if not isinstance(given, Iterable):
        raise TypeError(f"{name} must be a list of strings, got {_type_name(given)}")
    texts = tuple(given)
    for place, text in enumerate(texts, 1):
        if not isinstance(text, str):
            raise TypeError(f"{name} must be strings, number {place} is {_type_name(text)}")
    return texts


def _type_name(value: object) -> str:
    text = repr(value)
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    return f"{shown} of type {type(value).__name__}"
