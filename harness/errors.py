"""Errors that a user can mend; the command line shows each as one line, without a traceback.

HarnessError
├── UnknownNameError    no plug-in, model or setting has this name
├── SettingError        a setting has a value that it cannot take
├── MissingDataError    a data set's file is not where it should be
├── BadDataError        a file of a data set is damaged; names file and line
├── DownloadError       a data set cannot be downloaded
├── ModelError          a transformer cannot be found, read or used as asked
├── ScoringError        an encoder's vectors cannot be scored
├── CacheError          vectors cannot be kept between runs
├── TrainingError       an encoder cannot be trained, or its checkpoint not used
├── PluginError         a plug-in cannot be imported or breaks its contract
├── RecordError         a stored record cannot be read or written, or must not be compared
└── RecipeError         a recipe is not what it must be
"""

import errno
import os
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

_FULL = "free some space"
DISK_CURES: Mapping[int | None, str] = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: "allow larger files (ulimit -f)",
}
"""What mends a write that the system refused, by the number of its error."""
_MOST_SHOWN = 500  # characters of a line about data, or of a library's
_RUST_ERROR_NUMBER = re.compile(r"\(os error (\d+)\)")


class HarnessError(Exception):
    """Base of every error the harness raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Be unpickled from the message; an ``__init__`` of its own takes something else."""
        return _as_raised, (type(self), self.args), self.__dict__


class UnknownNameError(HarnessError):
    """Nothing of this kind has this name."""

    def __init__(self, kind: str, name: str, known: Iterable[str], owner: str = "") -> None:
        names = sorted(known)
        what = f"unknown {kind} {name!r}{f' of {owner}' if owner else ''}"
        shown = [
            each for each in names if each.rpartition(":")[0] not in names
        ]  # no task's tracks
        super().__init__(
            f"{what}.{did_you_mean(name, names)} Known: {', '.join(shown) or 'none'}."
        )


class SettingError(HarnessError):
    """A setting has a value that it cannot take."""


class MissingDataError(HarnessError):
    """A data set's file is not where it should be."""


class BadDataError(HarnessError):
    """A file of a data set is damaged."""

    def __init__(self, path: Path, line: int | None, problem: str) -> None:
        where = f"{path}:{line}" if line is not None else str(path)
        super().__init__(f"{where}: {shorten(problem, _MOST_SHOWN)}")


class DownloadError(HarnessError):
    """A data set cannot be downloaded."""


class ModelError(HarnessError):
    """A transformer cannot be found, read or used as asked."""


class ScoringError(HarnessError):
    """An encoder's vectors cannot be scored."""


class CacheError(HarnessError):
    """Vectors cannot be kept between runs."""


class TrainingError(HarnessError):
    """An encoder cannot be trained, or its checkpoint cannot be used."""


class PluginError(HarnessError):
    """A plug-in cannot be imported or breaks its contract."""


class RecordError(HarnessError):
    """A stored record cannot be read or written, or must not be compared."""


class RecipeError(HarnessError):
    """A recipe is not what it must be."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a question that names the likeliest known name; empty if none is close.

    That is one whose words have these initials (``lr``: ``learning_rate``), else the shortest
    close one that begins so, else one of the same letters in another order, else the closest.
    Case and the dashes of an option do not count.
    """
    word = name.lstrip("-").casefold()
    names = {each.lstrip("-").casefold(): each for each in known}
    close = get_close_matches(word, names)
    meant = [each for each in names if len(word) > 1 and _initials(each) == word]
    longer = sorted(each for each in close if each.startswith(word))
    meant += sorted(longer, key=len)
    meant += [each for each in close if sorted(each) == sorted(word)]
    return f" Did you mean {names[[*meant, *close][0]]!r}?" if meant or close else ""


def _initials(name: str) -> str:
    return "".join(word[:1] for word in re.split("[-_]", name))


def unwritable(what: str, error: Exception, *ways: str) -> str:
    """Return one line: what cannot be written, why, and how to mend it.

    Args:
        what: How the line begins: ``records cannot be written to runs``.
        error: What the system raised, or a library that writes.
        ways: Cures whatever the cause, such as ``name another folder with --out``; more space is
            one for a full disk alone, or where a library does not say the cause.
    """
    number, reason = getattr(error, "errno", None), first_line(error)
    if match := _RUST_ERROR_NUMBER.search(reason):
        number = int(match[1])
    if number is not None:
        reason = os.strerror(number)
    is_known = number is not None or isinstance(error, OSError)
    cure = DISK_CURES.get(number) if is_known else _FULL
    cures = [cure, *ways] if cure else ways
    cure_text = ", or ".join(filter(None, (", ".join(cures[:-1]), *cures[-1:])))
    resumes = "; the same command resumes" if cure else ""
    return f"{what} ({reason}){': ' if cure_text else ''}{cure_text}{resumes}"


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message; libraries write whole pages."""
    lines = str(error).strip().splitlines()
    return shorten(lines[0].strip(), _MOST_SHOWN) if lines else type(error).__name__


def quoted(text: str) -> str:
    """Return text of any origin as messages quote it: a long one without its end."""
    return repr(shorten(text))


def shorten(text: str, most: int = 40) -> str:
    """Cut text to so many characters, for a message."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def sendable(error: Exception) -> HarnessError:
    """Return an error that can be sent to other processes, whatever a plug-in raised.

    Returns:
        Its message, as the nearest of this module's classes; of any other error, one line.
    """
    for kind in type(error).__mro__:
        if issubclass(kind, HarnessError) and kind.__module__ == __name__:
            return _as_raised(kind, (str(error),))
    return HarnessError(f"{type(error).__name__}: {first_line(error)}")


def _as_raised(kind: type[HarnessError], args: tuple[object, ...]) -> HarnessError:
    """Make an error without its ``__init__``."""
    return kind.__new__(kind, *args)
