"""Every metric that is resampled, by its name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from harness.results.statistics.correlation import FloatArray
from harness.results.statistics.exchanged_metrics import (
    Exchanges,
    accuracy_exchange,
    exchange_by,
    pairwise,
    pearson_exchange,
)
from harness.results.statistics.exchanged_spearman import spearman_exchanges
from harness.results.statistics.resampled_binary import (
    average_precision_scorer,
    best_threshold_scorer,
    f1_scorer,
)
from harness.results.statistics.resampled_errors import (
    item_mean_scorer,
    r2_scorer,
    squared_error_scorer,
)
from harness.results.statistics.resampled_kendall import kendall_scorer
from harness.results.statistics.resampled_metrics import (
    Scorer,
    accuracy_scorer,
    pearson_scorer,
)
from harness.results.statistics.resampled_spearman import spearman_scorer


@dataclass(frozen=True, slots=True)
class Metric:
    """How a metric is resampled.

    Attributes:
        scorer: Prepares (systems, gold) for scoring many resamples.
        exchange: Prepares (systems, gold, pairs of rows) for scoring many swaps.
        is_wide: Whether both work on all draws of an item at a time, the more the faster.
        is_binary: Whether gold must be 1 or 0 for every item.
        columns: The columns of items that hold a system's values; the first that is there counts.
    """

    scorer: Callable[[FloatArray, FloatArray], Scorer]
    exchange: Exchanges
    is_wide: bool = False
    is_binary: bool = False
    columns: tuple[str, ...] = ("system",)


ITEM_MEAN: Final = "item mean"
"""The metric of values that need no gold: their mean, for which gold holds the items' weights."""

_SIMILARITIES = ("similarity", "system")

METRICS = {
    "accuracy": Metric(accuracy_scorer, pairwise(accuracy_exchange)),
    "pearson": Metric(pearson_scorer, pairwise(pearson_exchange)),
    "spearman": Metric(spearman_scorer, spearman_exchanges, is_wide=True),
    "kendall": Metric(kendall_scorer, exchange_by(kendall_scorer, ranked=True)),
    "f1": Metric(f1_scorer, exchange_by(f1_scorer), is_binary=True),
    "average_precision": Metric(
        average_precision_scorer,
        exchange_by(average_precision_scorer, ranked=True),
        is_binary=True,
        columns=_SIMILARITIES,
    ),
    "best_threshold_accuracy": Metric(
        best_threshold_scorer,
        exchange_by(best_threshold_scorer, ranked=True),
        is_binary=True,
        columns=_SIMILARITIES,
    ),
    "mse": Metric(squared_error_scorer, exchange_by(squared_error_scorer)),
    "r2": Metric(r2_scorer, exchange_by(r2_scorer)),
    ITEM_MEAN: Metric(item_mean_scorer, exchange_by(item_mean_scorer)),
}
DEFAULT_METRIC: Final = "spearman"
"""What arrays are scored by if nothing else is said."""


def find_metric(name: str | None) -> Metric:
    """Return how a metric is resampled; of arrays, `DEFAULT_METRIC` where none is named.

    Raises:
        ValueError: If it cannot be.
    """
    name = name or DEFAULT_METRIC
    if name not in METRICS:
        raise ValueError(f"metric must be one of {', '.join(METRICS)}, got {name!r}")
    return METRICS[name]
