"""The WK sentence embedding: layers weighted by novelty, tokens by how much they change.

Source: Wang & Kuo (2020), SBERT-WK, https://arxiv.org/abs/2002.06652

The paper runs one QR factorisation per token and layer, in Python. The weights only need inner
products between a token's layers, so here each token gets one small Gram matrix and every
window of layers is eliminated in it (a Cholesky factorisation without square roots), for all
tokens at once.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import pad

DEPENDENT = 1e-13
"""Squared sine of an angle below which a layer counts as lying in the span of others."""

CONSTANT = 1e-24
"""Variance of a token's cosine similarities below which its layers count as equally spaced."""

CPU_BYTES, DEVICE_BYTES = 8 << 20, 512 << 20
"""Float64 hidden states worked on at once: what a CPU's cache holds, what keeps a GPU busy."""


def wk_embedding(
    hidden_states: Tensor | Sequence[Tensor],
    mask: Tensor,
    *,
    first_layer: int = 4,
    window: int = 2,
    drop_last: bool = True,
) -> Tensor:
    """Combine all layers of all tokens into one vector per sentence.

    A token's layers k = first_layer..l get weights alpha_k = (a_k + b_k) / 2, where the alignment
    a_k and the novelty b_k, each divided by its sum over the layers, measure h^k against the
    layers in its window: b_k is the sine of the angle between h^k and their span, and
    a_k = sqrt(1 - b_k^2) / (2 n c_k), with n the number of layers in the window, k included, and
    c_k the mean cosine between h^k and the others. (In terms of the paper's R = QR(C):
    b_k = |r[-1]| / |r|, and c_k |r| / |r[:-1]| is its mean normalised column times r[:-1].) A
    token's own weight is the variance of the cosines between its adjacent layers, divided by the
    sum over the sentence.

    As in the released code the window of layer k, counted from first_layer, is k - window to
    k + window, without layers above the top, and without any layer below k where k < window.

    Where the formulas have no value: a layer with an empty window has b_k = 1 and a_k = 0;
    alignments, novelties or variances that sum to 0 weigh equally (layers all alike, fewer than
    three layers); a model of fewer than first_layer layers is read at its last layer alone; a
    sentence of one token keeps it; one of no token has the zero vector. A layer in the span of
    its window has b_k = 0, also where others in that window depend on each other.

    All sums are in float64, so layers a cosine of 0.999999 apart do not hurt; a layer within an
    angle of about 3e-7 of its window's span, the rounding of float32, counts as inside.

    Args:
        hidden_states: Embedding output and every layer's output, as one tensor or one per layer.
            Shape: (layers + 1, batch, length, dim).
        mask: 1 for a token, 0 for padding; what stands in the padding is never read.
            Shape: (batch, length).
        first_layer: Lowest layer used; 0 is the embedding output.
        window: Layers on either side that a layer is measured against.
        drop_last: Leave each sentence's last token, [SEP], out of everything, as the released
            code does.

    Returns:
        Sentence vectors, not normalised, in the hidden states' dtype. Shape: (batch, dim).

    Raises:
        ValueError: If there are no hidden states, the mask does not fit them, first_layer is
            negative or window is not positive.
    """
    _check(hidden_states, mask, first_layer, window)
    layers = list(hidden_states[min(first_layer, len(hidden_states) - 1) :])
    kept = _kept_tokens(mask, drop_last=drop_last)
    batch, length, dim = layers[0].shape
    most = CPU_BYTES if mask.device.type == "cpu" else DEVICE_BYTES
    size = max(1, most // max(1, 8 * length * len(layers) * dim))  # whole sentences
    room = layers[0].new_empty(min(size, batch) * length, len(layers), dim, dtype=torch.float64)
    groups = zip(*(layer.split(size) for layer in layers), strict=True)
    embeddings = [
        _embed(group, part, window, room)
        for group, part in zip(groups, kept.split(size), strict=True)
    ]
    return torch.cat(embeddings).to(layers[0].dtype)


def _check(
    hidden_states: Tensor | Sequence[Tensor], mask: Tensor, first_layer: int, window: int
) -> None:
    if len(hidden_states) == 0:
        raise ValueError("hidden_states must be one layer or more, got none")
    for layer in hidden_states:
        if layer.ndim != 3 or layer.shape[:2] != mask.shape:  # noqa: PLR2004 - the axes
            expected = "(batch, length, dim) and (batch, length)"
            actual = f"{tuple(layer.shape)} and {tuple(mask.shape)}"
            raise ValueError(f"a layer and the mask must be {expected}, got {actual}")
    if first_layer < 0:
        raise ValueError(f"first_layer must be 0 or more, got {first_layer}")
    if window < 1:
        raise ValueError(f"window must be 1 or more, got {window}")


def _kept_tokens(mask: Tensor, *, drop_last: bool) -> Tensor:
    """Return which positions count, as booleans. Shape: (batch, length)."""
    real = mask.bool()
    if not drop_last:
        return real
    from_here = real.flip(1).cumsum(1).flip(1)  # real tokens at or after each position
    return real & ((from_here > 1) | (real.sum(1, keepdim=True) == 1))


def _embed(layers: Sequence[Tensor], kept: Tensor, window: int, room: Tensor) -> Tensor:
    """Embed a few sentences: layers of (batch, length, dim) to float64 (batch, dim).

    The float64 states are built in ``room``, (tokens, layers, dim): fresh memory costs more.
    """
    batch, length, dim = layers[0].shape
    where = kept.flatten().nonzero().squeeze(1)  # (tokens,)
    states = room[: len(where)]
    for k, layer in enumerate(layers):
        states[:, k] = layer.reshape(-1, dim).index_select(0, where)
    gram = _inner_products(states, 2 * window)
    norms = gram.diagonal(dim1=1, dim2=2).sqrt().clamp(min=torch.finfo(gram.dtype).tiny)
    cosines = gram / norms.unsqueeze(1) / norms.unsqueeze(2)
    layer_weights = _layer_weights(cosines, window).contiguous()  # else torch loops over tokens
    vectors = layer_weights.unsqueeze(1) @ states  # (tokens, 1, dim)
    padded = vectors.new_zeros(batch * length, dim).index_copy_(0, where, vectors.squeeze(1))
    weights = vectors.new_zeros(batch * length).index_copy_(0, where, _variances(cosines))
    weights = _shares(weights.view(batch, 1, length), kept.unsqueeze(1), CONSTANT)
    return (weights @ padded.view(batch, length, dim)).squeeze(1)


def _inner_products(states: Tensor, reach: int) -> Tensor:
    """Multiply each token's layers that can share a window: those at most ``reach`` apart.

    Half of the symmetric matrix is computed, a row at a time, which small matrices like best.

    Args:
        states: Shape: (tokens, layers, dim).
        reach: Products of layers further apart are left 0.

    Returns:
        Shape: (tokens, layers, layers).
    """
    layers = states.shape[1]
    gram = states.new_zeros(len(states), layers, layers)
    for k in range(layers):
        row = states[:, k : k + 1] @ states[:, k : k + reach + 1].mT  # (tokens, 1, <= reach + 1)
        gram[:, k, k : k + reach + 1] = row.squeeze(1)
        gram[:, k : k + reach + 1, k] = row.squeeze(1)
    return gram


def _layer_weights(cosines: Tensor, window: int) -> Tensor:
    """Weigh each token's layers. Shapes: (tokens, layers, layers) to (tokens, layers)."""
    layers = cosines.shape[1]
    columns = torch.tensor(_windows(layers, window), device=cosines.device)
    others = (columns[:, :-1] < layers).sum(1, keepdim=True)  # (layers, 1)
    table = pad(cosines.permute(1, 2, 0), (0, 0, 0, 1, 0, 1))  # tokens last: fast elementwise
    block = table[columns.unsqueeze(2), columns.unsqueeze(1)]  # (layers, width, width, tokens)
    length, similarity = block[:, -1, -1], block[:, -1, :-1].sum(1)  # (layers, tokens)
    for _ in range(2 * window):
        pivot, column = block[:, :1, :1], block[:, 1:, :1]
        inverse = torch.where(pivot > DEPENDENT, pivot.reciprocal(), 0)
        block = block[:, 1:, 1:] - column * inverse * column.transpose(1, 2)
    residual = torch.where(block[:, 0, 0] > DEPENDENT, block[:, 0, 0], 0)
    aligned = (length - residual).clamp(min=0).sqrt() * others / (2 * (others + 1) * similarity)
    alignment = torch.where(similarity.abs() > DEPENDENT, aligned, 0)
    every = cosines.new_ones(layers)
    return (_shares(alignment.T, every, DEPENDENT) + _shares(residual.sqrt().T, every, 0)) / 2


def _windows(layers: int, window: int) -> list[list[int]]:
    """List each layer's window, itself last; ``layers`` stands for a missing neighbour."""
    windows = []
    for k in range(layers):
        lower = range(k - window, k) if k >= window else range(0)
        neighbours = [*lower, *range(k + 1, min(k + 1 + window, layers))]
        windows.append([layers] * (2 * window - len(neighbours)) + [*neighbours, k])
    return windows


def _variances(cosines: Tensor) -> Tensor:
    """Measure how unevenly each token moves from layer to layer. Shape: (tokens,)."""
    adjacent = cosines.diagonal(1, dim1=1, dim2=2)  # (tokens, layers - 1)
    if adjacent.shape[1] < 2:  # noqa: PLR2004 - one value does not vary
        return cosines.new_zeros(len(cosines))
    return adjacent.var(dim=1, correction=0)


def _shares(values: Tensor, counted: Tensor, least: float) -> Tensor:
    """Divide by the sum over the last axis; shares are equal where that is at most ``least``."""
    total = values.sum(-1, keepdim=True)
    equal = counted / counted.sum(-1, keepdim=True).clamp(min=1)
    return torch.where(total.abs() > least, values / total, equal)
