"""Families of tasks: what is shown of each, and under which names."""

from typing import Final

_METRIC_TITLES = {
    "mse": "MSE",
    "rmse": "RMSE",
    "mae": "MAE",
    "r2": "R²",
    "average_precision": "Average precision",
    "best_threshold_accuracy": "Best-threshold accuracy",
}
PROTOCOLS = {
    "all": "all pairs of a task at once",
    "wmean": "mean over splits, weighted by pairs",
    "mean": "mean over splits",
}
DEFAULT_PROTOCOL: Final = "all"
AVERAGE = "Avg."
_AVERAGED_TITLES = {
    "sts": {
        "sts12": "STS12",
        "sts13": "STS13",
        "sts14": "STS14",
        "sts15": "STS15",
        "sts16": "STS16",
        "stsb-test": "STS-B",
        "sickr-test": "SICK-R",
    },
    "transfer": {
        "mr": "MR",
        "cr": "CR",
        "subj": "SUBJ",
        "mpqa": "MPQA",
        "sst2": "SST2",
        "trec": "TREC",
        "mrpc": "MRPC",
    },
}
AVERAGED = {family: tuple(titles) for family, titles in _AVERAGED_TITLES.items()}
"""Tasks of a family whose unweighted mean is the papers' "Avg."; shown only if all are there."""
TITLES = {task: title for titles in _AVERAGED_TITLES.values() for task, title in titles.items()}
"""How papers head the columns of these tasks."""
TASKS_BY_TITLE = {title: task for task, title in TITLES.items()}

FAMILY_METRICS = {
    "sts": ("spearman", "pearson", "kendall"),
    "sts-multilingual": ("pearson", "spearman", "kendall"),
    "transfer": ("accuracy", "f1"),
    "relatedness": ("pearson", "spearman", "mse"),
    "pairs": ("spearman", "pearson", "kendall", "average_precision", "best_threshold_accuracy"),
    "labels": ("accuracy", "f1", "average_precision", "best_threshold_accuracy"),
}
SPLIT_FAMILIES = ("sts", "sts-multilingual", "pairs")
"""Families whose scores depend on the protocol."""
OWN_FAMILIES = ("pairs", "labels")
"""Families of the user's own files, each named as the option of ``harness eval`` for a file."""
LOWER_IS_BETTER = ("mse", "rmse", "mae")
"""Metrics of which the lowest score is the best, whatever task measures them."""
OPTIONAL_METRICS = ("kendall",)
"""Metrics that a task measures only if its setting of that name is on; no other score changes."""
FAMILY_HEADLINES = {
    "sts-multilingual": ("pearson", "spearman"),
    "transfer": ("accuracy", "f1"),
    "pairs": ("spearman", "average_precision", "best_threshold_accuracy"),
    "labels": FAMILY_METRICS["labels"],
}
"""Metrics shown when none is asked for, where not only the family's first: the shared tasks
report Pearson's r, papers on sentence encoders Spearman's rho."""
FAMILY_TITLES = {
    "sts": "STS",
    "sts-multilingual": "Multilingual STS",
    "transfer": "Transfer",
    "relatedness": "Trained relatedness",
    "pairs": "Own pairs",
    "labels": "Own labels",
}


def metric_title(metric: str) -> str:
    """Return what tables call a metric: Spearman, F1, MSE; a plug-in's as it is named."""
    known = metric in {name for metrics in FAMILY_METRICS.values() for name in metrics}
    return _METRIC_TITLES.get(metric, metric.capitalize() if known else metric)
