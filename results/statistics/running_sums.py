"""Running sums of many columns at once, and arrays to make them in."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

_STEP = 16  # rows whose sums are made together, one operation for all such lots


def sum_up(rows: npt.NDArray[Any]) -> None:
    """Replace each row by the sum of itself and all above it, several times as fast as cumsum.

    Numpy's own running sum goes down one column after the other. This adds whole rows: first
    within lots of 16 rows, then the lots' totals to the lots behind them.

    Args:
        rows: Shape: (rows, columns), contiguous.
    """
    whole = len(rows) - len(rows) % _STEP
    if whole > _STEP:
        lots = rows[:whole].reshape(-1, _STEP, rows.shape[1])
        for place in range(1, _STEP):
            lots[:, place] += lots[:, place - 1]
        totals = lots[:-1, -1].copy()
        sum_up(totals)
        lots[1:] += totals[:, None]
    else:
        whole = 1
    for place in range(whole, len(rows)):
        rows[place] += rows[place - 1]


class Scratch:
    """Arrays that are used again for the next chunk: fresh ones cost more than the arithmetic."""

    def __init__(self) -> None:
        self._flat: dict[str, npt.NDArray[Any]] = {}

    def array(self, name: str, shape: tuple[int, ...], dtype: Any) -> npt.NDArray[Any]:  # noqa: ANN401 - numpy's own type of it is private
        """Return an array of this shape, its content left over from the last use of the name."""
        size = math.prod(shape)
        known = self._flat.get(name)
        if known is None or len(known) < size or known.dtype != dtype:
            known = self._flat[name] = np.empty(size, dtype=dtype)
        return known[:size].reshape(shape)
