"""Say what an array would lose as numbers of float32: packed bits, imaginary parts, masks."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_BITS = "for bits use 2.0 * np.unpackbits(vectors, axis=1) - 1"
_NUMBERS = "for numbers vectors.astype(np.float32)"


def float32_loss(vectors: NDArray[Any]) -> str | None:
    """Return what an array is, with the cure, unless its numbers can be read as float32.

    Numbers of one byte are taken for no vectors: they may be eight bits each, and nothing says so.
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
    if kind in "iu" and vectors.dtype.itemsize == 1:
        return f"{vectors.dtype}, which may be packed bits: {_BITS}, {_NUMBERS}"
    return None if kind in "fiuO" else f"{vectors.dtype}, which is no kind of number"
