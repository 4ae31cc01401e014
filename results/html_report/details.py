"""What the page shows of a result once its score is clicked."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.results.records.record import Record, drawing_step, pair_scores

_SCATTERED = ("sts", "pairs")


def details(records: Sequence[Record], numbers: Mapping[int, str]) -> dict[str, Any]:
    """Return what the script shows of each result; equal gold scores are kept once."""
    golds: dict[tuple[float, ...], int] = {}
    results: list[dict[str, Any]] = []
    for record in records:
        result: dict[str, Any] = {
            "id": numbers[id(record)],
            "title": record.title,
            "seed": record.seed,
            "record": record.summary(),
        }
        if record.family in _SCATTERED and _has_pairs(record):
            gold, system = pair_scores(record, "gold"), pair_scores(record, "system")
            step = drawing_step(len(gold))
            result |= {
                "gold": golds.setdefault(gold[::step], len(golds)),
                "points": [round(1000 * value) for value in system[::step]],
                "sampled": step if step > 1 else 0,
            }
        results.append(result)
    return {"results": results, "golds": [list(gold) for gold in golds]}


def _has_pairs(record: Record) -> bool:
    """Whether a record has the gold and the similarity of every pair."""
    sizes = [[len(c.get(name, ())) for name in ("gold", "system")] for c in record.items.values()]
    return bool(sizes) and all(gold == system > 0 for gold, system in sizes)
