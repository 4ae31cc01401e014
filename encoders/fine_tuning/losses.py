"""The losses of the fine-tuned methods, as functions of sentence vectors.

In the contrastive ones a sentence's two views are alike, and unlike every other sentence's;
throughout, phi(u, v) = exp(cos(u, v) / temperature).
"""

from typing import Literal, TypeAlias

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, normalize

GuidedObjective: TypeAlias = Literal["opt1", "opt2", "opt3"]


def nt_xent(first: Tensor, second: Tensor, *, temperature: float) -> Tensor:
    """Average NT-Xent over all 2N views: each one's positive is the other view of its sentence.

    With X the 2N views and mu(x) the other view of the same sentence::

        1/2N  sum_x  -log( phi(x, mu(x)) / sum over x' not x of phi(x, x') )

    Args:
        first: One view of each sentence. Shape: (batch, dim).
        second: The other view. Shape: (batch, dim).
        temperature: Above 0; the smaller, the more the hardest negatives count.

    Returns:
        Loss in nats. Shape: ().

    Raises:
        ValueError: If the views differ in shape, or the temperature is not above 0.

    Source: Chen et al. (2020), Equation 1; Kim et al. (2021), Section 4.1, L_base.
    """
    _check_temperature(temperature)
    if first.ndim != 2 or first.shape != second.shape:  # noqa: PLR2004 - a matrix
        shapes = f"{tuple(first.shape)} and {tuple(second.shape)}"
        raise ValueError(f"views must both be (batch, dim), got {shapes}")
    views = normalize(torch.cat([first, second]), dim=-1)
    logits = (views @ views.T / temperature).fill_diagonal_(-torch.inf)  # (2 batch, 2 batch)
    batch = len(first)
    positives = torch.arange(2 * batch, device=views.device).roll(batch)
    return cross_entropy(logits, positives)


def info_nce(first: Tensor, second: Tensor, *, temperature: float) -> Tensor:
    """Average over sentences how badly the first view finds its second among all second views.

    With x_i and y_i the two views of sentence i::

        1/N  sum_i  -log( phi(x_i, y_i) / sum over j of phi(x_i, y_j) )

    Args:
        first: One view of each sentence. Shape: (batch, dim).
        second: The other view. Shape: (batch, dim).
        temperature: Above 0.

    Returns:
        Loss in nats. Shape: ().

    Source: Gao et al. (2021), Equation 4.
    """
    logits = normalize(first, dim=1) @ normalize(second, dim=1).T / temperature
    return cross_entropy(logits, torch.arange(len(logits), device=logits.device))


def guided_loss(
    sentences: Tensor, targets: Tensor, *, temperature: float, objective: GuidedObjective
) -> Tensor:
    """Average over sentences and layers how badly each sentence finds its own target.

    The anchors are the sentences c_i alone; h_ik is sentence i's target from layer k::

        -log( phi(c_i, h_ik) / (phi(c_i, h_ik) + N_i) )

        opt1   N_i = sum over j not i of phi(c_i, c_j) + phi(c_i, h_j)
        opt2   N_i = sum over j not i of phi(c_i, h_j)
        opt3   N_i = sum over j not i and all layers n of phi(c_i, h_jn)

    Args:
        sentences: Sentence vectors after the projection head. Shape: (batch, dim).
        targets: Targets after the projection head, of one layer for ``opt1`` and ``opt2``.
            Shape: (batch, layers, dim).
        temperature: Above 0.
        objective: Which negatives.

    Returns:
        Loss in nats. Shape: ().

    Raises:
        ValueError: If the shapes do not fit each other or the objective.

    Source: Kim et al. (2021), Section 4.2, L_opt1 to L_opt3.
    """
    _check_temperature(temperature)
    _check_targets(sentences, targets, objective)
    anchors, views = normalize(sentences, dim=-1), normalize(targets, dim=-1)
    logits = torch.einsum("id,jkd->ijk", anchors, views) / temperature  # (batch, batch, layers)
    positives = logits.diagonal().T  # (batch, layers)
    own = torch.eye(len(anchors), dtype=torch.bool, device=anchors.device)
    negatives = logits.masked_fill(own.unsqueeze(-1), -torch.inf).flatten(1)
    if objective == "opt1":
        among = (anchors @ anchors.T / temperature).masked_fill(own, -torch.inf)
        negatives = torch.cat([negatives, among], dim=1)
    others = negatives.logsumexp(dim=1, keepdim=True)  # log N_i. Shape: (batch, 1)
    return (torch.logaddexp(positives, others) - positives).mean()


def tension_loss(anchors: Tensor, sentences: Tensor) -> dict[str, Tensor]:
    """Return how badly dot products separate each anchor's own sentence from the others.

    With a_g the anchor of group g and s_gk the group's sentences, s_g0 the anchor's own, over all
    pairs::

        mean of  -log sigmoid(a_g . s_g0)  and, for k > 0,  -log sigmoid(-a_g . s_gk)

    Args:
        anchors: One copy's vector of the first sentence of each group. Shape: (groups, dim).
        sentences: The other copy's vectors of all its sentences. Shape: (groups, group, dim).

    Returns:
        ``loss``, the mean binary cross entropy over all pairs, and that of the ``positive`` and
        of the ``negative`` pairs; in nats, each of shape ().

    Source: Carlsson et al. (2021), Section 3.
    """
    with torch.autocast(anchors.device.type, enabled=False):
        logits = torch.einsum("gd,gnd->gn", anchors, sentences)
    same = torch.zeros_like(logits)
    same[:, 0] = 1
    losses = binary_cross_entropy_with_logits(logits, same, reduction="none")
    return {
        "loss": losses.mean(),
        "positive": losses[:, 0].mean(),
        "negative": losses[:, 1:].mean(),
    }


def _check_temperature(temperature: float) -> None:
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0, got {temperature}")


def _check_targets(sentences: Tensor, targets: Tensor, objective: str) -> None:
    if sentences.ndim != 2 or targets.ndim != 3:  # noqa: PLR2004 - axes
        shapes = f"{tuple(sentences.shape)} and {tuple(targets.shape)}"
        msg = f"sentences and targets must be (batch, dim) and (batch, layers, dim), got {shapes}"
        raise ValueError(msg)
    batch, layers, dim = targets.shape
    if (batch, dim) != tuple(sentences.shape):
        expected = f"({len(sentences)}, layers, {sentences.shape[1]})"
        raise ValueError(f"targets must be {expected}, got {tuple(targets.shape)}")
    if objective not in {"opt1", "opt2", "opt3"}:
        raise ValueError(f"objective must be opt1, opt2 or opt3, got {objective!r}")
    if objective != "opt3" and layers != 1:
        raise ValueError(f"targets must be of one layer for {objective}, got {layers}")
