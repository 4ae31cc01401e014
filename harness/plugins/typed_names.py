"""Registered names as people type them: any case, with ``-``, ``_``, ``:`` or spaces."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

_SEPARATORS = str.maketrans("", "", "-_: ")


def find_name(
    typed: str, names: Iterable[str], titles: Mapping[str, str] = MappingProxyType({})
) -> str | None:
    """Return the one of the names that is meant; None if none is.

    The name itself comes first, then the name in other case, then a title, then the name with
    other separators.

    Args:
        typed: What was typed.
        names: What there is.
        titles: What else the names are called: title to name.
    """
    known = list(names)
    if typed in known:
        return typed
    written = {name.casefold(): name for name in known}
    called = {fold(title): name for title, name in titles.items() if name in known}
    folded = {fold(name): name for name in known}
    ways = (written.get(typed.casefold()), called.get(fold(typed)), folded.get(fold(typed)))
    return next(filter(None, ways), None)


def fold(name: str) -> str:
    """Return a name without case and separators."""
    return name.casefold().translate(_SEPARATORS)
