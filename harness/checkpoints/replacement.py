"""Put a whole folder in the place of an old one, which is lost only then."""

import shutil
from pathlib import Path

from harness.results.files import is_there


def put_in_place(new: Path, place: Path, aside: Path) -> None:
    """Rename a whole checkpoint into its place; an old one is lost only then.

    Args:
        new: The checkpoint's folder.
        place: Where it belongs.
        aside: Where the old one lies for the moment that two renames take.

    Raises:
        OSError: If the disk refuses; the old one is in its place then.
    """
    clear_aside(place, aside)
    if is_there(place):
        place.rename(aside)
    try:
        new.rename(place)
    finally:
        clear_aside(place, aside)


def clear_aside(place: Path, aside: Path) -> None:
    """Put back the old checkpoint if no new one came into its place, else drop it.

    Raises:
        OSError: If that cannot be seen, or the disk refuses; the old one is left.
    """
    if not is_there(aside):
        return
    if is_there(place):
        shutil.rmtree(aside, ignore_errors=True)
    else:
        aside.rename(place)
