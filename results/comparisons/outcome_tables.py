"""What a comparison found, as tables: scores, differences, and who beats whom."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from harness.results.comparisons.cells import interval, letters, p_value
from harness.results.families import AVERAGE, PROTOCOLS, metric_title
from harness.results.statistics.estimates import Comparison, EncoderScore
from harness.results.tables.marks import LEAKY, MARKS, leakage_note
from harness.results.tables.scoreboard import seed_count
from harness.results.tables.table import Table

if TYPE_CHECKING:
    from harness.results.comparisons.outcome import RecordComparison


def score_table(found: "RecordComparison") -> Table:
    """Lay out the scores: one row per encoder, one column per task."""
    columns = [_score_column(found, title, each) for title, each in found.columns.items()]
    seeds = any(len(s.seed_scores) > 1 for c in found.columns.values() for s in c.scores)
    kind = f"{found.resampling.confidence:.0%} bootstrap interval over test items"
    notes = [f"[..]: {kind} ({found.resampling.draws:,} draws), seeds held fixed"]
    notes += ["±: standard deviation over seeds (their number)"] if seeds else []
    notes.append(f"encoders that share a letter cannot be distinguished ({_test(found)})")
    notes = notes if found.tested else notes[1:-1]
    notes += ["the lowest score is the best"] if found.low else []
    notes += [_average_note(found)] if found.average and found.average != AVERAGE else []
    return Table(
        title=f"{_title(found, '× 100')}{_where(found)}",
        columns=("encoder", *found.columns),
        rows=tuple((name, *(cells[name] for cells in columns)) for name in found.encoders),
        best={
            1 + place: tuple(
                row
                for row, name in enumerate(found.encoders)
                if name == comparison.scores[0].encoder
            )
            for place, comparison in enumerate(found.columns.values())
            if len(found.encoders) > 1
        },
        notes=(*notes, *_missing_notes(found), *_warnings(found)),
    )


def _average_note(found: "RecordComparison") -> str:
    """Say which tasks an average is of that is not the papers'."""
    return f"{found.average}: of {', '.join(found.heads[task] for task in found.averaged)}"


def beats_table(found: "RecordComparison") -> Table:
    """Lay out who beats whom: on how many tasks the row is significantly better."""
    tasks = found.tested
    rows = [
        (
            f"{place} {winner}",
            *(_beaten(found, winner, loser, tasks) for loser in found.encoders),
        )
        for place, winner in enumerate(found.encoders, start=1)
    ]
    many = f"{len(tasks)} tasks" if len(tasks) > 1 else "1 task"
    average = f", * on {found.average} too" if found.average else ""
    return Table(
        title=f"Who beats whom: on how many of {many}{average}",
        columns=("is better than", *(str(1 + place) for place in range(len(rows)))),
        rows=tuple(rows),
        notes=(f"significantly better: {_test(found)}",),
    )


def difference_table(found: "RecordComparison", *, all_pairs: bool = False) -> Table:
    """Lay out the differences to the best of each task, or those of all pairs of encoders."""
    draws, confidence = found.resampling.draws, found.resampling.confidence
    other_pairs = not all_pairs and len(found.encoders) > 2  # noqa: PLR2004
    drawn = [
        f"paired bootstrap and paired permutation test, {draws:,} draws each",
        f"* and bold: {_test(found)}",
    ]
    rows: list[tuple[str, ...]] = []
    bold: list[int] = []
    for title, difference in found.differences(all_pairs=all_pairs):
        bold += [len(rows)] if difference.significant else []
        estimate = difference.difference
        rows.append(
            (
                " − ".join(
                    name + "".join(mark.sign for mark in found.marks(title, name))
                    for name in (difference.first, difference.second)
                ),
                title,
                f"{100 * estimate.value:+.2f}",
                interval(estimate, "+.2f") or "–",
                p_value(difference.p_value, draws),
                p_value(difference.adjusted_p_value, draws)
                + ("*" if difference.significant else ""),
            )
        )
    to_best = f" to {found.reference or 'the best'}" if other_pairs else ""
    return Table(
        title=f"Differences{to_best} of {_title(found, 'in points')}",
        columns=("encoders", "task", "difference", f"{confidence:.0%}", "p", "p (Holm)"),
        rows=tuple(rows),
        best=dict.fromkeys((2, 3, 4, 5), tuple(bold)),
        notes=(
            *(drawn if found.tested else []),
            *(["--all-pairs shows the others too"] if other_pairs else []),
            *_missing_notes(found),
            *_warnings(found),
        ),
        names=2,
    )


def _score_column(found: "RecordComparison", title: str, comparison: Comparison) -> dict[str, str]:
    shared = letters(comparison)
    return {
        score.encoder: f"{_score_cell(found, title, score)} {shared[score.encoder]}".rstrip()
        for score in comparison.scores
    }


def _score_cell(found: "RecordComparison", title: str, score: EncoderScore) -> str:
    estimate, asked = score.score, {record.seed for record in found.records[score.encoder]}
    several = len(score.seed_scores) > 1
    spread = f" ± {100 * score.seed_deviation:.2f}" if several else ""
    count = seed_count(len(score.seed_scores), len(asked))
    seeds = f" ({count})" if count else ""
    signs = "".join(mark.sign for mark in found.marks(title, score.encoder))
    ends = interval(estimate, ".2f")
    return f"{100 * estimate.value:.2f}{spread}{seeds}{signs} {ends}".rstrip()


def _beaten(found: "RecordComparison", winner: str, loser: str, tasks: Sequence[str]) -> str:
    if winner == loser:
        return ""
    count = sum(loser in found.columns[title].beats(winner) for title in tasks)
    star = found.average and loser in found.columns[found.average].beats(winner)
    return f"{count}{'*' if star else ''}"


def _title(found: "RecordComparison", unit: str) -> str:
    protocol = found.resampling.protocol
    has_protocols = any(isinstance(r.scores[found.metric], Mapping) for r in found.every)
    how = f", protocol {protocol} ({PROTOCOLS[protocol]})" if has_protocols else ""
    return f"{metric_title(found.metric)} {unit}{how}"


def _where(found: "RecordComparison") -> str:
    models = {r.model for records in found.records.values() for r in records if r.model}
    parts = [f", model {models.pop()}"] if len(models) == 1 else []
    if any(r.is_sample for records in found.records.values() for r in records):
        parts.append(", SAMPLE DATA, not a benchmark")
    return "".join(parts)


def _missing_notes(found: "RecordComparison") -> list[str]:
    return [f"no intervals for {head}: {reason}" for head, reason in found.missing.items()]


def _test(found: "RecordComparison") -> str:
    return f"permutation test, p after Holm at most {1 - found.resampling.confidence:.2g}"


def _warnings(found: "RecordComparison") -> list[str]:
    trained = {
        name: list(dict.fromkeys(found.heads[r.task] for r in records if r.trained_on_this_task))
        for name, records in found.records.items()
    }
    marked = {
        mark: dict.fromkeys(found.heads[r.task] for r in found.every if mark.holds(r))
        for mark in MARKS
        if mark is not LEAKY
    }
    return [
        *(
            f"{LEAKY.sign} {leakage_note(name, ', '.join(seen))}"
            for name, seen in trained.items()
            if seen
        ),
        *(
            f"{mark.sign} {', '.join(titles)}: {mark.note}"
            for mark, titles in marked.items()
            if titles
        ),
    ]
