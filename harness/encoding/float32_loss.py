"""Say what an array would lose as numbers of float32: packed bits, imaginary parts, masks."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_BITS = "for bits use 2.0 * np.unpackbits(vectors.view(np.uint8), axis=1) - 1"
_LARGEST = 2**24  # up to here float32 holds every whole number
_NUMBERS = "for numbers vectors.astype(np.float32)"


def float32_loss(vectors: NDArray[Any]) -> str | None:
    """Return what an array is, with the cure, unless its numbers can be read as float32.

    Whole numbers of one byte, without a sign, or so large that float32 would round them are taken
    for no vectors: they may be packed bits, and nothing says so.
    """
    kind = vectors.dtype.kind
    if np.ma.is_masked(vectors):
        return "masked values, which would count: use vectors.filled(0)"
    if kind == "c":
        return (
            f"{vectors.dtype}, whose imaginary part would be lost:"
            " use np.hstack([vectors.real, vectors.imag])"
        )
    if kind == "b":
        return f"{vectors.dtype}: for signs use 2.0 * vectors - 1, {_NUMBERS}"
    if kind == "u" or (kind == "i" and (vectors.dtype.itemsize == 1 or _is_rounded(vectors))):
        return f"{vectors.dtype}, which may be packed bits: {_BITS}, {_NUMBERS}"
    return None if kind in "fiuO" else f"{vectors.dtype}, which is no kind of number"


def _is_rounded(vectors: NDArray[Any]) -> bool:
    return bool(np.any(np.abs(vectors.astype(np.float64)) > _LARGEST))
