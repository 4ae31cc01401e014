"""Text that may be shown: no character in it acts on a terminal, no path in it names a home.

Names, titles, messages and paths come from records, models, plug-ins, servers and the environment.
A terminal obeys the control characters in them, and a reader does not see the invisible ones.
Whatever shows or exports such text passes it through here; what is kept on disk stays as it is.
"""

import os
import re
from collections.abc import Callable
from functools import lru_cache

ACTING = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but for tab and newline, DEL, C1
    r"\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufeff\uffa0\ufff9-\ufffb"
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # of no width, line ends, directions
    r"\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"  # lone surrogates, tags
)
"""What acts on a terminal, or on a reader without being seen."""

_LINE_BREAK = re.compile(r"[ \t]*(?:\r\n|[\n\t\x85\u2028\u2029])[ \t]*")


def shown_text(text: str) -> str:
    r"""Return text with controls and invisible characters as Python writes them, homes as ``~``.

    Tabs and newlines stay. An escape becomes ``\x1b``, a carriage return ``\r``, and a mark that
    turns the reading direction ``\u202e``. Text that was shown before stays as it is.
    """
    return ACTING.sub(_escaped, homeless(text))


def homeless(text: str) -> str:
    """Return text with ``~`` for the home folder where a path begins with it."""
    if os.sep not in text:
        return text
    return _home(os.path.expanduser("~")).sub("~", text)  # noqa: PTH111 - no home is no error


def shown_line(text: str) -> str:
    """Return text as `shown_text` does, in one line: tabs and line breaks become spaces."""
    return shown_text(_LINE_BREAK.sub(" ", text))


def with_texts(value: object, change: Callable[[str], str]) -> object:
    """Return JSON values with every text in them changed, names included."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {with_texts(name, change): with_texts(part, change) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [with_texts(part, change) for part in value]
    return value


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")


@lru_cache(maxsize=8)
def _home(home: str) -> re.Pattern[str]:
    """Match a home folder, its links followed or not, where a path begins with it."""
    folders = {folder.rstrip(os.sep) for folder in (home, os.path.realpath(home))} - {"", "~"}
    names = "|".join(re.escape(folder) for folder in sorted(folders, key=len, reverse=True))
    return re.compile(rf"(?:(?<=file://)|(?<![\w.~/-]))(?:{names or '(?!)'})(?![\w-]|\.\w)")
