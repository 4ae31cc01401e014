"""Tables of scores, built once and rendered in any format."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean, stdev

from results.records import Record

PROTOCOLS = {
    "all": "all pairs of a task at once",
    "wmean": "mean over splits, weighted by pairs",
    "mean": "mean over splits",
}
AVERAGED = {
    "sts": ("sts12", "sts13", "sts14", "sts15", "sts16", "stsb-test", "sickr-test"),
    "transfer": ("mr", "cr", "subj", "mpqa", "sst2", "trec", "mrpc"),
}
"""Tasks of a family whose unweighted mean is the papers' "Avg."; shown only if all are there."""

FAMILY_METRICS = {
    "sts": ("spearman", "pearson", "kendall"),
    "sts-multilingual": ("pearson", "spearman", "kendall"),
    "transfer": ("accuracy", "f1"),
    "relatedness": ("pearson", "spearman"),
}
FAMILY_HEADLINES = {
    "sts-multilingual": ("pearson", "spearman"),
    "transfer": ("accuracy", "f1"),
}
"""Metrics shown when none is asked for, where not only the family's first: the shared tasks
report Pearson's r, papers on sentence encoders Spearman's rho."""
TRACK_TASKS = ("sts17",)
"""Tasks whose splits are reported one by one, in a table of their own."""
_MARK = "†"
FAMILY_TITLES = {
    "sts": "STS",
    "sts-multilingual": "Multilingual STS",
    "transfer": "Transfer",
    "relatedness": "Trained relatedness",
}


@dataclass(frozen=True)
class Table:
    """A table of text cells.

    Attributes:
        title: What the numbers are: metric, protocol, data.
        columns: Column heads; the first names the row.
        rows: One text a column.
        best: Row indices of the best score in each column, by column index.
        notes: What a reader must know besides.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    best: dict[int, tuple[int, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def score_table(records: Sequence[Record], *, metric: str, protocol: str) -> Table:
    """Lay out one family's records: a row an encoder, a column a task, scores x 100.

    Several seeds of an encoder become one row, mean ± standard deviation. The tasks of `AVERAGED`
    come first, in that order, and if all are there a column "Avg." follows them; an encoder that
    lacks one of them has no average. † marks a score whose encoder was trained on the task's text.

    Args:
        records: Of one family of tasks.
        metric: Metric to show.
        protocol: ``all``, ``wmean`` or ``mean``.
    """
    titles = {record.task: record.title for record in records}
    runs: dict[str, dict[str, dict[int | None, float]]] = {}
    marked: dict[str, set[str]] = {}
    for record in records:
        value = record.score(metric, protocol)
        if value is not None:
            row = _row_name(record, records)
            runs.setdefault(row, {}).setdefault(record.task, {})[record.seed] = 100 * value
            if record.trained_on_this_task:
                marked.setdefault(row, set()).update([record.title, "Avg."])
    headline = AVERAGED.get(records[0].family, ())
    averaged = [task for task in headline if task in titles]
    columns = [
        (titles[task], [list(runs[run].get(task, {}).values()) for run in runs])
        for task in dict.fromkeys((*averaged, *titles))
    ]
    if averaged and metric != "f1" and len(averaged) == len(headline):
        averages = [_average(scores, headline) for scores in runs.values()]
        columns.insert(len(averaged), ("Avg.", averages))
    cells = [
        [
            _cell(values) + (_MARK if title in marked.get(run, ()) else "")
            for run, values in zip(runs, column, strict=True)
        ]
        for title, column in columns
    ]
    return Table(
        title=_title(records, metric, _protocol_title(records, metric, protocol)),
        columns=("encoder", *(title for title, _ in columns)),
        rows=tuple((run, *(column[i] for column in cells)) for i, run in enumerate(runs)),
        best={1 + i: _best(column) for i, (_, column) in enumerate(columns)},
        notes=_notes(records, metric, protocol),
    )


def track_table(records: Sequence[Record], *, metric: str) -> Table:
    """Lay out one task whose splits are tracks: a row an encoder, a column a track and the mean.

    Several seeds of an encoder become one row, mean ± standard deviation.

    Args:
        records: Of one task.
        metric: Metric to show.
    """
    tracks = tuple(records[0].splits)
    runs: dict[str, list[list[float]]] = {}
    for record in records:
        values = [record.splits[track][metric] for track in tracks]
        values.append(record.scores[metric]["mean"])
        columns = runs.setdefault(_row_name(record, records), [[] for _ in values])
        for column, value in zip(columns, values, strict=True):
            column.append(100 * value)
    cells = {run: tuple(map(_cell, columns)) for run, columns in runs.items()}
    return Table(
        title=_title(records, metric, f"tracks of {records[0].title}"),
        columns=("encoder", *tracks, "mean"),
        rows=tuple((run, *row) for run, row in cells.items()),
        best={
            1 + i: _best(list(column)) for i, column in enumerate(zip(*runs.values(), strict=True))
        },
        notes=_notes(records, metric, "all"),
    )


def _row_name(record: Record, records: Sequence[Record]) -> str:
    several = len({other.model for other in records if other.model}) > 1
    return f"{record.encoder} ({record.model})" if several and record.model else record.encoder


def _average(
    scores: Mapping[str, Mapping[int | None, float]], headline: Sequence[str]
) -> list[float]:
    """Average over tasks, seed by seed; a seed that lacks a task has no average."""
    tasks = [scores.get(task, {}) for task in headline]
    return [
        mean(task[seed] for task in tasks)
        for seed in tasks[0]
        if all(seed in task for task in tasks)
    ]


def _cell(values: list[float]) -> str:
    if not values:
        return "–"
    spread = f" ± {stdev(values):.2f}" if len(values) > 1 else ""
    return f"{mean(values):.2f}{spread}"


def _best(column: list[list[float]]) -> tuple[int, ...]:
    """Return the rows whose shown score is the highest; none where there is nothing to beat."""
    shown = [round(mean(values), 2) if values else float("-inf") for values in column]
    if sum(bool(values) for values in column) < 2:  # noqa: PLR2004
        return ()
    return tuple(row for row, value in enumerate(shown) if value == max(shown))


def _protocol_title(records: Sequence[Record], metric: str, protocol: str) -> str:
    if not any(isinstance(record.scores.get(metric), dict) for record in records):
        return ""
    return f"protocol {protocol} ({PROTOCOLS[protocol]})"


def _title(records: Sequence[Record], metric: str, shown: str) -> str:
    family = records[0].family
    parts = [f"{FAMILY_TITLES.get(family, family)}: {metric.capitalize()} × 100"]
    if shown:
        parts.append(shown)
    classifiers = {r.details["protocol"] for r in records if "protocol" in r.details}
    if classifiers:
        parts.append(f"classifier {', '.join(sorted(classifiers))}")
    models = list(dict.fromkeys(record.model for record in records if record.model))
    if len(models) == 1:
        parts.append(f"model {models[0]}")
    if any(record.is_sample for record in records):
        parts.append("SAMPLE DATA, not a benchmark")
    return ", ".join(parts)


def _notes(records: Sequence[Record], metric: str, protocol: str) -> tuple[str, ...]:
    notes = []
    headline = AVERAGED.get(records[0].family, ())
    titles = {record.task: record.title for record in records}
    if headline and set(headline) <= set(titles):
        notes.append(f"Avg. is the mean of {', '.join(titles[task] for task in headline)}")
    seeds = {record.seed for record in records if record.seed is not None}
    if len(seeds) > 1:
        notes.append("mean ± standard deviation over seeds")
    if any(record.trained_on_this_task for record in records):
        notes.append(f"{_MARK} the encoder was trained on (unlabelled) text of this task")
    for record in records:
        for split, counts in record.details.get("unpublished_counts", {}).items():
            pairs, published = counts["pairs"], counts["published"]
            notes.append(f"{record.title} {split}: {pairs} pairs where {published} are published")
    notes += [
        f"{record.encoder} on {record.title}: {record.details['unconverged']} classifiers of"
        f" {record.details.get('heads', 1)} did not converge"
        for record in records
        if record.details.get("unconverged")
    ]
    if protocol != "all" and any(record.score(metric, "mean") is not None for record in records):
        one_split = [r.title for r in records if len(r.splits) == 1]
        if one_split and any(len(r.splits) > 1 for r in records):
            names = ", ".join(dict.fromkeys(one_split))
            notes.append(f"{names} have one split, so one score whatever the protocol")
    return tuple(dict.fromkeys(notes))
