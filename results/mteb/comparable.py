"""Which records are results as mteb has them: tracks each alone, similarities cosines."""

from collections.abc import Iterator, Sequence

from harness.results.mteb.tasks import MTEB_PARTS
from harness.results.records.record import TRACKS, Record


def single_records(records: Sequence[Record]) -> Iterator[Record]:
    """Yield the records; in place of one whose tracks mteb scores alone, a record per track."""
    for record in records:
        tracks = [name for name in record.splits if f"{record.task}:{name}" in MTEB_PARTS]
        if tracks:
            yield from (_track(record, name) for name in tracks)
        else:
            yield record


def _track(record: Record, name: str) -> Record:
    """Return what a record holds of one track."""
    found = record.splits[name]
    details = {key: value for key, value in record.details.items() if key != TRACKS}
    return record.model_copy(
        update={
            "task": f"{record.task}:{name}",
            "title": f"{record.title} {name}",
            "scores": {
                metric: {"all": found[metric]} for metric in record.scores if metric in found
            },
            "splits": {name: found},
            "items": {split: items for split, items in record.items.items() if split == name},
            "details": details,
        }
    )


def is_of_cosine(record: Record) -> bool:
    """Whether similarities were cosines, as those of mteb's main score are."""
    own = record.settings.get("similarity") or record.task_settings.get("similarity", "cosine")
    return bool(own == "cosine")
