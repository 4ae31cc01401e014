"""What tables call the encoders of records: by names of the user's own, where they have some."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from harness.results.records.record import Record
from harness.results.records.selection import find_named, listed


def encoder_namer(records: Iterable[Record]) -> Callable[[Record], tuple[str, str]]:
    """Return what names an encoder: by its label, and by its spec too where several have it.

    Args:
        records: All results that are named together.

    Returns:
        Returns the label, and the spec; empty where the label is that of one spec.
    """
    specs: dict[str, set[str]] = {}
    for record in records:
        specs.setdefault(record.label, set()).add(record.encoder)

    def name(record: Record) -> tuple[str, str]:
        is_alone = len(specs[record.label]) == 1 or record.label == record.encoder
        return record.label, "" if is_alone else record.encoder

    return name


def with_words(name: str, words: Iterable[str]) -> str:
    """Return a name, and in brackets the words, if any, that distinguish it."""
    joined = ", ".join(filter(None, words))
    return f"{name} ({joined})" if joined else name


def rename(records: Sequence[Record], names: Mapping[str, str]) -> list[Record]:
    """Return the records, those of some encoders under names of the user's own.

    Args:
        records: All there are.
        names: New name by the old one, as `find_named` takes it.

    Raises:
        ValueError: If an old name means no record, a new one is none or another encoder's.
    """
    found: dict[int, str] = {}
    for old, new in names.items():
        meant = find_named(records, old)
        if not meant:
            there = listed(record.label for record in records)
            raise ValueError(f"no record of encoder {old!r} to rename. There are: {there}")
        found |= {id(record): new for record in meant}
    renamed = [
        record.model_copy(update={"name": found[id(record)]}) if id(record) in found else record
        for record in records
    ]
    for new in names.values():
        specs = dict.fromkeys(r.encoder for r in renamed if new in (r.label, r.encoder))
        if len(specs) > 1:
            both = " and ".join(map(repr, specs))
            raise ValueError(f"name {new!r} must be that of one encoder, got {both}: rename one")
    return renamed
