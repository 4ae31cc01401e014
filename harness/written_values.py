"""How the values of settings are written: ``name=value,name="a, b"``."""

import re
from collections.abc import Iterable
from typing import Any

from harness.errors import SettingError

NEXT_SETTING = re.compile(r",(?=[A-Za-z_]\w*=)")
"""Separates settings from one another; other commas belong to a value."""
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_LISTED = re.compile(rf"\s*({_QUOTED.pattern}\s*|[^,]*),")
_QUOTED_PART = re.compile(rf"[^=]*=\s*{_QUOTED.pattern}\s*(?={NEXT_SETTING.pattern}|$)")


class QuotedText(str):
    """The value of a setting that stood in double quotes: that very text, spaces and all."""

    __slots__ = ()


class WrittenText(str):
    """The value of a setting without the spaces around it.

    Attributes:
        written: The value with them, for a setting that is taken as it is written.
    """

    written: str

    @classmethod
    def read(cls, text: str) -> str:
        """Return a value as it is meant: what stands in double quotes as `QuotedText`."""
        bare = text.strip()
        if _QUOTED.fullmatch(bare):
            return QuotedText(bare[1:-1].replace('""', '"'))
        if bare == text:
            return text
        value = cls(bare)
        value.written = text
        return value


def parse_assignments(texts: Iterable[str]) -> dict[str, str]:
    """Split ``name=value`` texts, as ``--set`` takes them.

    A value in double quotes, in which ``""`` stands for one, is a `QuotedText`; one with spaces
    around it a `WrittenText`.

    Raises:
        SettingError: If a text has no name or no equals sign, or a name has two values.
    """
    values: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise SettingError(f"a setting must be name=value, got {text!r}")
        name, value = name.strip().replace("-", "_"), WrittenText.read(value)
        if values.setdefault(name, value) != value:
            got = f"{values[name]!r} and {value!r}"
            raise SettingError(f"setting {name} must be given one value, got {got}")
    return values


def split_settings(text: str) -> list[str]:
    """Split ``name=value,name=value``; a comma in double quotes separates nothing."""
    parts = []
    while text:
        quoted, comma = _QUOTED_PART.match(text), NEXT_SETTING.search(text)
        end = quoted.end() if quoted else comma.start() if comma else len(text)
        parts.append(text[:end])
        text = text[end + 1 :]
    return parts


def read_list(text: str) -> list[str]:
    """Split ``value,value``: values as `parse_assignments` reads them, without spaces before."""
    return [WrittenText.read(part) for part in _LISTED.findall(text + ",")]


def shown_value(value: Any) -> str:  # noqa: ANN401 - any setting's type
    """Return a value as a table shows it: as it is typed, such as ``none`` and ``true``.

    Text that nobody would see is in double quotes.
    """
    text = as_written(to_text(value) if value is None or isinstance(value, bool) else value)
    is_seen = text and text == text.strip()
    return text if is_seen else quoted_value(QuotedText(text))


def as_written(value: Any) -> str:  # noqa: ANN401 - any setting's type
    """Return a value as text, with the spaces around it."""
    return str(getattr(value, "written", value))


def quoted_value(value: Any) -> str:  # noqa: ANN401 - any setting's type
    """Return a value as a spec has it, in double quotes where it must be."""
    if isinstance(value, WrittenText):
        return value.written
    text = str(value)
    is_plain = text == text.strip() and not NEXT_SETTING.search(text) and not text.startswith('"')
    if is_plain and not isinstance(value, QuotedText):
        return text
    return '"' + text.replace('"', '""') + '"'


def to_text(value: Any) -> str:  # noqa: ANN401 - any setting's type
    """Return a value as a person types it: lists with commas, ``true``, ``none``."""
    if isinstance(value, tuple):
        return ",".join(str(part) for part in value)
    return str(value).lower() if isinstance(value, bool) or value is None else str(value)
