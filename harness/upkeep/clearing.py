"""Clear what is kept: under its locks, through no link, and nothing that is not the harness's."""

import time
from collections.abc import Sequence
from contextlib import nullcontext

from harness.results.locks import LockError, locked
from harness.results.notices import notify
from harness.upkeep.kept_item import KeptItem

_DAY_SECONDS = 86_400.0


def older_than(items: Sequence[KeptItem], days: float) -> list[KeptItem]:
    """Return the items of which no file was written in so many days."""
    limit = time.time() - days * _DAY_SECONDS
    return [item for item in items if item.written < limit]


def clear(items: Sequence[KeptItem]) -> list[KeptItem]:
    """Remove items, and return those that are gone.

    A notice names each that is left: another run uses it, it has changed since it was found, or
    somebody put something of their own beside it.

    Raises:
        OSError: If the disk refuses; what was removed before is gone.
    """
    return [item for item in items if _clear(item)]


def _clear(item: KeptItem) -> bool:
    if item.extra:
        notify(f"left: {item.name}: {item.extra[0]} beside it is not the harness's")
        return False
    try:
        if item.lock is not None:
            item.lock.parent.mkdir(parents=True, exist_ok=True)
        with nullcontext() if item.lock is None else locked(item.lock, wait=False):
            if not item.is_as_found():
                notify(f"left: {item.name} has changed meanwhile")
                return False
            item.remove()
    except LockError as error:
        notify(f"left: {error}")
        return False
    return True
