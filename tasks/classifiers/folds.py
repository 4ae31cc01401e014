"""Which rows train a head and which rows judge it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.tasks.classifiers.settings import SEED

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Fold:
    """One training set and the rows held out of it, as rows of the shared feature matrix.

    Attributes:
        train: Rows to train on. Shape: (train rows,).
        held_out: Rows for the early stop and the choice of the L2. Shape: (held-out rows,).
        drawn: Length of the permutation that the seed's stream has already given, 0 for none.
    """

    train: Rows
    held_out: Rows
    drawn: int = 0


def check_classes(labels: Rows) -> None:
    """Refuse training labels that are all alike.

    Raises:
        ValueError: They are all the same, or there are none.
    """
    classes = np.unique(labels)
    if len(classes) < 2:  # noqa: PLR2004
        raise ValueError(f"labels must be of at least 2 classes, got only {classes.tolist()}")


def stratified_folds(rows: Rows, labels: Rows, folds: int) -> list[Fold]:
    """Cut rows into stratified folds, each held out once, as SentEval does with its fixed seed.

    Args:
        rows: Rows of the shared matrix, in SentEval's order. Shape: (rows,).
        labels: Class of each of them. Shape: (rows,).
        folds: How many.

    Raises:
        ValueError: There is one class only, or one with fewer rows than folds.
    """
    from sklearn.model_selection import StratifiedKFold  # deferred: 1 s that --help need not pay

    check_classes(labels)
    classes, counts = np.unique(labels, return_counts=True)
    if counts.min() < folds:
        rare = classes[counts.argmin()]
        raise ValueError(
            f"each class must have at least {folds} rows to be cut into {folds} folds,"
            f" got {counts.min()} of class {rare}"
        )
    splitter = StratifiedKFold(folds, shuffle=True, random_state=SEED)
    return [Fold(rows[train], rows[test]) for train, test in splitter.split(rows, labels)]


def refit_fold(rows: Rows) -> Fold:
    """Hold out the random 5 % on which SentEval stops a refit."""
    order = np.random.RandomState(SEED).permutation(len(rows))
    cut = int(0.05 * len(rows))
    if cut == 0:
        raise ValueError(f"a refit must have at least 20 rows to hold out 5 %, got {len(rows)}")
    return Fold(rows[order[cut:]], rows[order[:cut]], drawn=len(rows))
