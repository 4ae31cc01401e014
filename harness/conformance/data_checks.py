"""What a person should know of a task's data before scoring on it."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from harness.errors import quoted

Texts = tuple[str, ...]
"""The sentence or sentences of a row."""

_LOPSIDED = 0.9  # a guess of the commonest label is right so often


@dataclass(frozen=True)
class DataFinding:
    """One thing that was looked at.

    Attributes:
        what: Such as ``counts`` or ``duplicates``.
        found: What was found; one line.
        is_warning: Whether it may make scores say less than they seem to.
    """

    what: str
    found: str
    is_warning: bool = False


class _Pairs(Protocol):
    first: Texts
    second: Texts
    gold: NDArray[np.float64]


class _Rows(Protocol):
    columns: tuple[Texts, ...]
    labels: NDArray[np.generic]


@runtime_checkable
class PairsTask(Protocol):
    """A task of scored pairs."""

    splits: Mapping[str, _Pairs]


@runtime_checkable
class LabelsTask(Protocol):
    """A task of labelled rows."""

    parts: Mapping[str, _Rows]


def check_data(task: object, classes: Sequence[str] = ()) -> list[DataFinding]:
    """Look at the rows of a task.

    Args:
        task: A task that was read.
        classes: The names of its labels, if they have names.

    Returns:
        Nothing for a task of neither pairs nor labelled rows.
    """
    if isinstance(task, PairsTask):
        return list(_check_pairs(task.splits))
    return list(_check_labels(task.parts, classes)) if isinstance(task, LabelsTask) else []


def _check_pairs(splits: Mapping[str, _Pairs]) -> Iterator[DataFinding]:
    rows = [
        ((first, second), float(gold))
        for pairs in splits.values()
        for first, second, gold in zip(pairs.first, pairs.second, pairs.gold, strict=True)
    ]
    scores = np.array([gold for _, gold in rows])
    yield _counts("pairs", {name: len(pairs.gold) for name, pairs in splits.items()})
    shown = f"{scores.min():g} to {scores.max():g}, mean {scores.mean():.3g}"
    yield DataFinding("scores", f"{shown}, {len(set(scores)):,} different")
    flat = [name for name, pairs in splits.items() if np.ptp(pairs.gold) == 0]
    if flat:
        found = f"all equal in {', '.join(flat)}, which has no correlation"
        yield DataFinding("equal scores", found, is_warning=True)
    yield _empty(rows)
    yield _identical([texts for texts, _ in rows])
    yield from _repeated([(tuple(sorted(texts)), gold) for texts, gold in rows], "scores", "{:g}")


def _check_labels(parts: Mapping[str, _Rows], classes: Sequence[str]) -> Iterator[DataFinding]:
    by_part = {name: list(zip(*part.columns, strict=True)) for name, part in parts.items()}
    texts = list(chain.from_iterable(by_part.values()))
    numbers = [int(label) for part in parts.values() for label in part.labels.tolist()]
    labels = [classes[number] if classes else str(number) for number in numbers]
    yield _counts("rows", {name: len(rows) for name, rows in by_part.items()})
    yield _balance(labels)
    rows = list(zip(texts, labels, strict=True))
    yield _empty(rows)
    if len(texts[0]) > 1:
        yield _identical(texts)
    yield from _repeated(rows, "labels", "{}")
    if "train" in by_part:
        yield _shared(by_part)


def _counts(unit: str, sizes: Mapping[str, int]) -> DataFinding:
    each = ", ".join(f"{name} {size:,}" for name, size in sizes.items())
    total = f"{sum(sizes.values()):,} {unit}"
    return DataFinding("counts", f"{total}: {each}" if len(sizes) > 1 else total)


def _balance(labels: Sequence[str]) -> DataFinding:
    counts = Counter(labels).most_common()
    each = ", ".join(f"{label} {count:,} ({count / len(labels):.0%})" for label, count in counts)
    is_lopsided = counts[0][1] >= _LOPSIDED * len(labels)
    return DataFinding("label balance", each, is_warning=is_lopsided)


def _empty(rows: Iterable[tuple[Texts, object]]) -> DataFinding:
    return _number("empty sentences", [texts for texts, _ in rows if not all(texts)])


def _identical(rows: Iterable[Texts]) -> DataFinding:
    found = [texts for texts in rows if texts[0] == texts[1]]
    return _number("identical sentences", found)


def _repeated(
    rows: Iterable[tuple[Texts, Hashable]], what: str, shown: str
) -> Iterator[DataFinding]:
    """Yield what stands more than once: with one score or label, and with different ones."""
    values: dict[Texts, list[Hashable]] = {}
    for texts, value in rows:
        values.setdefault(texts, []).append(value)
    same = [texts for texts, found in values.items() if len(found) > len(set(found))]
    yield _number("duplicates", same)
    differ = {texts: set(found) for texts, found in values.items() if len(set(found)) > 1}
    example = next(iter(differ), None)
    found = _number(f"different {what}", list(differ))
    if example is not None:
        several = " and ".join(sorted(shown.format(value) for value in differ[example]))
        found = DataFinding(found.what, f"{found.found} as {several}", is_warning=True)
    yield found


def _shared(by_part: Mapping[str, Sequence[Texts]]) -> DataFinding:
    """Return how many rows outside the training rows have sentences that are in those too."""
    known = set(chain.from_iterable(by_part["train"]))
    others = [rows for name, rows in by_part.items() if name != "train"]
    shared = [texts for texts in chain.from_iterable(others) if known.intersection(texts)]
    return _number("in train and test", shared)


def _number(what: str, rows: Sequence[Texts]) -> DataFinding:
    """Return how many there are, and the first; a warning if there are any."""
    if not rows:
        return DataFinding(what, "none")
    first = " | ".join(quoted(text) for text in rows[0])
    return DataFinding(what, f"{len(rows):,}, the first {first}", is_warning=True)
