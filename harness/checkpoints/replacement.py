"""Put a whole folder in the place of an old one, which is lost only then."""

import shutil
from pathlib import Path


def put_in_place(new: Path, place: Path, aside: Path) -> None:
    """Rename a whole checkpoint into its place; an old one is lost only then.

    Args:
        new: The checkpoint's folder.
        place: Where it belongs.
        aside: Where the old one lies for the moment that two renames take.

    Raises:
        OSError: If the disk refuses; the old one is in its place then.
    """
    shutil.rmtree(aside, ignore_errors=True)
    if place.exists():
        place.rename(aside)
    try:
        new.rename(place)
    finally:
        clear_aside(place, aside)


def clear_aside(place: Path, aside: Path) -> None:
    """Put back the old checkpoint if no new one came into its place, else drop it."""
    if aside.is_dir() and not place.exists():
        aside.rename(place)
    shutil.rmtree(aside, ignore_errors=True)
