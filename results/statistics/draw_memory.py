"""Draws of scores kept in memory, so that columns with the same items share them."""

import hashlib
from collections.abc import Callable, Sequence

import numpy as np

from harness.results.statistics.correlation import FloatArray


class DrawMemory:
    """Draws that were made already, by what they follow from.

    An average needs those of its tasks once more, and protocols differ only in how they weight
    the same splits.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, ...], FloatArray] = {}

    def has_all(self, source: str, rows: Sequence[tuple[str, ...]]) -> bool:
        """Whether the draws of all these rows are there."""
        return all((source, *row) in self._kept for row in rows)

    def draws(
        self,
        source: str,
        rows: Sequence[tuple[str, ...]],
        make: Callable[[Sequence[int]], FloatArray],
    ) -> FloatArray:
        """Return the draws of some rows, only those made that were not before.

        Args:
            source: What the draws of all rows follow from.
            rows: What those of a row follow from besides.
            make: Returns the draws of the rows at some places. Shape: (places, parts, draws).

        Returns:
            Shape: (rows, parts, draws).
        """
        keys = [(source, *row) for row in rows]
        missing = [place for place, key in enumerate(keys) if key not in self._kept]
        if missing:
            self._kept |= zip((keys[place] for place in missing), make(missing), strict=True)
        return np.stack([self._kept[key] for key in keys])


def digest(*values: object) -> str:
    """Return what differs wherever texts, numbers or the content of arrays do."""
    found = hashlib.sha256()
    for value in values:
        content = value.tobytes() if isinstance(value, np.ndarray) else str(value).encode()
        found.update(b"%d:" % len(content) + content)
    return found.hexdigest()
