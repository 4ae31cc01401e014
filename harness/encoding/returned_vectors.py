"""Take what a user's own code returns for vectors."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.encoder import EmbeddedPart, Embeddings
from harness.encoding.float32_loss import float32_loss
from harness.errors import PluginError


def as_embeddings(
    returned: Any,  # noqa: ANN401 - anything may come
    count: int,
    maker: str,
    *,
    one_row: bool = False,
) -> Embeddings:
    """Make float32 rows of an array, dense or sparse, a tensor on any device, or a list of rows.

    Args:
        returned: What the code returned.
        count: How many sentences it was given.
        maker: What messages call the code.
        one_row: Whether the vector of a single sentence may come as it is, in no matrix.

    Returns:
        Shape: (count, dim).

    Raises:
        PluginError: If it is no matrix of numbers with one row per sentence.
    """
    returned = _on_cpu(returned)
    try:
        array = _as_array(returned)
        if loss := float32_loss(array):
            raise PluginError(f"{maker} must return numbers of vectors, got {loss}")
        vectors: Embeddings = np.asarray(array, dtype=np.float32)
    except (TypeError, ValueError) as error:
        got = type(returned).__name__
        raise PluginError(f"{maker} must return rows of numbers, got {got}: {error}") from error
    if one_row and count == 1 and vectors.ndim == 1:
        vectors = vectors[None]
    if vectors.ndim != 2 or len(vectors) != count or vectors.shape[1] == 0:  # noqa: PLR2004
        raise PluginError(f"{maker} must return shape ({count}, dim), got {vectors.shape}")
    return vectors


def _on_cpu(returned: Any) -> Any:  # noqa: ANN401 - anything may come
    """Return sparse matrices, iterators and tensors, and lists of these, as what numpy reads."""
    import torch  # deferred: reading a file of one's own needs none of it

    if hasattr(returned, "toarray"):  # a sparse matrix, of small counts perhaps but never of bits
        returned = returned.toarray()
        returned = returned.astype(np.float32) if returned.dtype.kind in "biu" else returned
    if isinstance(returned, Iterator):
        returned = list(returned)
    if isinstance(returned, list | tuple) and any(torch.is_tensor(row) for row in returned):
        returned = torch.stack([torch.as_tensor(row) for row in returned])
    if torch.is_tensor(returned):
        returned = returned.detach().to_dense().cpu()
        returned = (returned.float() if returned.is_floating_point() else returned).numpy()
    return returned


def _as_array(returned: Any) -> NDArray[Any]:  # noqa: ANN401 - anything may come
    """Return an array of any numbers, masked if rows of a list are."""
    is_list = isinstance(returned, list | tuple)
    stack = np.ma.stack if is_list and any(map(np.ma.is_masked, returned)) else np.asanyarray
    array: NDArray[Any] = stack(returned)
    return array


def stack_parts(parts: Sequence[Embeddings]) -> Embeddings:
    """Join the rows of several batches.

    Raises:
        PluginError: If the batches differ in their dimension.
    """
    dims = list(dict.fromkeys(part.shape[1] for part in parts))
    if len(dims) > 1:
        raise PluginError(f"batches must have one dimension, got {dims[0]}, then {dims[1]}")
    return np.concatenate(parts) if parts else np.zeros((0, 1), np.float32)


def place_parts(parts: Iterable[EmbeddedPart]) -> Embeddings:
    """Put rows that came in any order where they belong.

    Args:
        parts: Together one row for each place from 0 on.

    Returns:
        Shape: (n_places, dim).

    Raises:
        PluginError: If the parts differ in their dimension.
    """
    places: list[int] = []
    rows: list[Embeddings] = []
    for part, vectors in parts:
        places.extend(part.tolist())
        rows.append(vectors)
    return stack_parts(rows)[np.argsort(places)]
