"""What a task of the user's own files is called."""

import re
from pathlib import Path

from harness.bounded_files import unpacked_name
from harness.plugins import registry
from harness.plugins.typed_names import find_name
from harness.results.display.shown_text import shown_line
from harness.results.families import TASKS_BY_TITLE
from harness.table_files.data_sets import PREFIX


def own_title(place: str, part: str) -> str:
    """Return the title of what was read: the file's name without endings, and the part.

    The ending stays where a registered task or suite has the name.

    Args:
        place: A file, or ``hf:...``.
        part: The part, where it is not the one that is meant anyway; or empty.
    """
    if place.startswith(PREFIX) and not Path(place.removeprefix(PREFIX)).is_dir():
        owner, *names = place.removeprefix(PREFIX).partition("@")[0].split("/")
        whole = stem = "-".join(filter(None, names)) or owner
    else:
        whole = Path(place.removeprefix(PREFIX)).resolve().name
        unpacked = unpacked_name(Path(whole))
        stem = unpacked.name if place.startswith(PREFIX) else unpacked.stem
    whole, stem = shown_line(whole), shown_line(stem)
    suffix = f"-{part}" if part else ""
    return f"{whole if _is_registered(stem + suffix) else stem}{suffix}"


def own_name(title: str) -> str:
    """Return the name by which records know a task of this title: no spaces, commas or colons."""
    return re.sub(r"[^\w.+-]+", "-", title).strip("-") or "own"


def _is_registered(name: str) -> bool:
    known = (*registry.tasks.names(), *registry.suites.names())
    return find_name(own_name(name), known, TASKS_BY_TITLE) is not None
