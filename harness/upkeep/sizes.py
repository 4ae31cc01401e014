"""How much is kept: files, bytes, oldest and newest, by store and by encoder."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from harness.results.notices import notify
from harness.results.tables.table import Table
from harness.upkeep.kept_item import KeptItem
from harness.upkeep.stores import STORES, Places

_UNITS = ("B", "kB", "MB", "GB", "TB")
_STEP = 1000


@dataclass(frozen=True)
class Size:
    """How much some items come to.

    Attributes:
        store: Its name.
        folder: Where it lies.
        encoder: What the items are of; empty where they do not say, or for all of a store.
        model: The transformer that was read; empty likewise.
        items: How many shards, checkpoints and so on.
        files: How many files.
        size_bytes: Their sizes together.
        oldest: When the oldest was written, in seconds since 1970; None if there is none.
        newest: When the newest was.
    """

    store: str
    folder: str
    encoder: str
    model: str
    items: int
    files: int
    size_bytes: int
    oldest: float | None
    newest: float | None


def kept_items(places: Places, store: str) -> list[KeptItem]:
    """Return what a store holds.

    A notice names a store that cannot be read, or whose folder is a link.
    """
    folder = STORES[store].folder(places)
    if folder.is_symlink():
        notify(f"left out: {store}, since {folder} is a link")
        return []
    try:
        return list(STORES[store].find(folder))
    except OSError as error:
        notify(f"left out: {store} in {folder}, which cannot be read ({error.strerror or error})")
        return []


def store_sizes(places: Places) -> list[Size]:
    """Return how much each store holds."""
    return [
        _size(name, store.folder(places), kept_items(places, name))
        for name, store in STORES.items()
    ]


def encoder_sizes(places: Places) -> list[Size]:
    """Return how much each store holds of each encoder and model that it knows; largest first."""
    found = []
    for name, store in STORES.items():
        by_encoder: dict[tuple[str, str], list[KeptItem]] = {}
        for item in kept_items(places, name):
            by_encoder.setdefault((item.encoder, item.model), []).append(item)
        for (encoder, model), items in by_encoder.items():
            if encoder or model:
                found.append(_size(name, store.folder(places), items, encoder, model))
    return sorted(found, key=lambda size: -size.size_bytes)


def _size(
    store: str, folder: Path, items: Sequence[KeptItem], encoder: str = "", model: str = ""
) -> Size:
    files = [file for item in items for file in item.files]
    times = [file.written for file in files]
    return Size(
        store=store,
        folder=str(folder),
        encoder=encoder,
        model=model,
        items=len(items),
        files=len(files),
        size_bytes=sum(file.size_bytes for file in files),
        oldest=min(times, default=None),
        newest=max(times, default=None),
    )


def store_table(sizes: Sequence[Size]) -> Table:
    """Lay out what each store holds, and where the stores lie."""
    total = sum(size.size_bytes for size in sizes)
    rows = [(size.store, *_numbers(size)) for size in sizes]
    places: dict[str, list[str]] = {}
    for size in sizes:
        places.setdefault(size.folder, []).append(size.store)
    return Table(
        title=f"Kept by harness: {shown_bytes(total)}",
        columns=("store", "items", "files", "size", "oldest", "newest"),
        rows=tuple(rows),
        notes=tuple(f"{', '.join(names)}: {folder}" for folder, names in places.items()),
    )


def encoder_table(sizes: Iterable[Size]) -> Table:
    """Lay out what is held of each encoder."""
    return Table(
        title="By encoder, as far as it is known",
        columns=("encoder", "store", "files", "size", "newest"),
        rows=tuple(
            (
                f"{size.encoder} ({Path(size.model).name})" if size.model else size.encoder,
                size.store,
                f"{size.files:,}",
                shown_bytes(size.size_bytes),
                _day(size.newest),
            )
            for size in sizes
        ),
        names=2,
    )


def _numbers(size: Size) -> Iterator[str]:
    yield f"{size.items:,}"
    yield f"{size.files:,}"
    yield shown_bytes(size.size_bytes)
    yield _day(size.oldest)
    yield _day(size.newest)


def shown_bytes(number: float) -> str:
    """Write a number of bytes with the unit that suits it, such as ``1.2 GB``."""
    unit = 0
    while number >= _STEP and unit < len(_UNITS) - 1:
        number, unit = number / _STEP, unit + 1
    return f"{number:.0f} {_UNITS[0]}" if unit == 0 else f"{number:.1f} {_UNITS[unit]}"


def _day(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d")
