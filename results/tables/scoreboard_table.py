"""A board of scores as a table: title, marks, notes."""

from collections.abc import Iterator, Sequence
from statistics import stdev

from harness.results.families import AVERAGE, AVERAGED, FAMILY_TITLES, PROTOCOLS, metric_title
from harness.results.records.record import SCORED_ZERO, WORDS_KNOWN, Record
from harness.results.records.task_heads import task_heads
from harness.results.tables.marks import TIED, mark_notes, score_marks
from harness.results.tables.scoreboard import Scoreboard, ScoreCell, arrange_scores
from harness.results.tables.table import Table


def score_table(records: Sequence[Record], *, metric: str, protocol: str) -> Table:
    """Lay out one family's records: one row per encoder, one column per task, scores x 100.

    Several seeds of an encoder become one row, as `cell_text` writes them. The tasks of `AVERAGED`
    come first, in that order, and if all are there a column "Avg." follows them; an encoder that
    misses one of them has no average. `score_marks` lists the signs after scores.

    Args:
        records: Of one family of tasks.
        metric: Metric to show.
        protocol: ``all``, ``wmean`` or ``mean``.
    """
    return scoreboard_table(arrange_scores(records, metric=metric, protocol=protocol))


def scoreboard_table(board: Scoreboard) -> Table:
    """Lay out a board of scores, with their intervals if it has them."""
    return Table(
        title=scoreboard_title(board),
        columns=("encoder", *board.columns),
        rows=tuple(
            (row, *(_cell_text(board, row, column) for column in board.columns))
            for row in board.rows
        ),
        best={1 + i: board.best(column) for i, column in enumerate(board.columns)},
        notes=scoreboard_notes(board),
    )


def cell_text(cell: ScoreCell) -> str:
    """Write a score x 100, with its marks.

    Several seeds have mean, standard deviation and their number: ``88.53 ± 0.42 (3)``, or
    ``88.53 ± 0.42 (2 of 3 seeds)``.
    """
    if cell.mean is None:
        return "–"
    spread = f" ± {stdev(cell.values):.2f}" if len(cell.values) > 1 else ""
    return f"{cell.mean:.2f}{spread}{cell_marks(cell)}"


def cell_marks(cell: ScoreCell) -> str:
    """Write of how many seeds a mean is, and what marks its score has."""
    return f"{f' ({cell.seeds})' if cell.seeds else ''}{score_marks(cell.records)}"


def _cell_text(board: Scoreboard, row: str, column: str) -> str:
    text = cell_text(board.cell(row, column))
    interval = board.intervals.get((row, column))
    if interval is None:
        return text
    return f"{text} [{interval.low:.2f}, {interval.high:.2f}]{f' {TIED}' if interval.tied else ''}"


def scoreboard_title(board: Scoreboard) -> str:
    """Say what the numbers are: family, metric, protocol, model, data."""
    records = board.records
    family = records[0].family
    parts = [f"{FAMILY_TITLES.get(family, family)}: {metric_title(board.metric)} × 100"]
    if board.track_task:
        parts.append(f"tracks of {board.track_task}")
    elif any(isinstance(record.scores.get(board.metric), dict) for record in records):
        meaning = PROTOCOLS.get(board.protocol)
        parts.append(f"protocol {board.protocol}{f' ({meaning})' if meaning else ''}")
    classifiers = {r.details["protocol"] for r in records if "protocol" in r.details}
    if classifiers:
        parts.append(f"classifier {', '.join(sorted(classifiers))}")
    models = list(dict.fromkeys(record.model for record in records if record.model))
    if len(models) == 1:
        parts.append(f"model {models[0]}")
    if board.label:
        parts.append(board.label)
    if any(record.is_sample for record in records):
        parts.append("SAMPLE DATA, not a benchmark")
    return ", ".join(parts)


def scoreboard_notes(board: Scoreboard) -> tuple[str, ...]:
    """Say what a reader must know besides."""
    records, metric, protocol = board.records, board.metric, board.protocol
    notes = list(board.interval_notes)
    if low := [column for column in board.columns if board.prefers_low(column)]:
        notes.append(f"the lowest score is the best: {', '.join(low)}")
    if AVERAGE in board.columns:
        titles = task_heads(records)
        averaged = AVERAGED[records[0].family]
        notes.append(f"Avg. is the mean of {', '.join(titles[task] for task in averaged)}")
    seeds = {record.seed for record in records if record.seed is not None}
    if len(seeds) > 1:
        notes.append("mean ± standard deviation over seeds (their number)")
    notes += mark_notes(records)
    for record in records:
        for split, counts in record.details.get("unpublished_counts", {}).items():
            (what, found), (_, published) = counts.items()
            notes.append(f"{record.title} {split}: {found} {what} where {published} are published")
    notes += _undefined_notes(records)
    notes += [
        f"{record.label} on {record.title}: {record.details['unconverged']} classifiers of"
        f" {record.details.get('heads', 1)} did not converge"
        for record in records
        if record.details.get("unconverged")
    ]
    notes += [note for record in records for note in _lacking(record)]
    if (
        not board.track_task
        and protocol != "all"
        and any(record.find_score(metric, "mean") is not None for record in records)
    ):
        one_split = [r.title for r in records if len(r.splits) == 1]
        if one_split and any(len(r.splits) > 1 for r in records):
            names = ", ".join(dict.fromkeys(one_split))
            notes.append(f"{names} have one split, so one score whatever the protocol")
    return tuple(dict.fromkeys(notes))


def _undefined_notes(records: Sequence[Record]) -> list[str]:
    """Say which splits have no correlation, and why."""
    return [
        f"{record.label} on {record.title}: all {what} of split {split} are equal, so it has no"
        " correlation, nor have mean and wmean"
        for record in records
        for split, what in record.details.get("undefined_splits", {}).items()
    ]


def _lacking(record: Record) -> Iterator[str]:
    """Yield how many words an encoder knew, and how many pairs scored 0 for want of a vector."""
    if known := record.runtime.get(WORDS_KNOWN):
        yield f"{record.label}: words with a vector, of all in the run's sentences: {known}"
    if counts := record.details.get(SCORED_ZERO):
        total = sum(split["pairs"] for split in record.splits.values())
        yield (
            f"{record.label} on {record.title}: {sum(counts.values())} of {total} pairs"
            " scored 0, since a vector was zero or not finite"
        )
