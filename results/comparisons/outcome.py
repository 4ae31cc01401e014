"""What a comparison of stored results found, as tables and as data."""

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from harness.results.comparisons.cells import (
    csv_number,
    interval,
    letters,
    p_value,
    without_nan,
)
from harness.results.display.csv_rows import csv_rows
from harness.results.families import AVERAGE, AVERAGED, PROTOCOLS, metric_title
from harness.results.records.record import Record
from harness.results.records.task_heads import task_heads
from harness.results.statistics.estimates import Comparison, Difference, EncoderScore
from harness.results.statistics.metrics import DEFAULT_METRIC
from harness.results.statistics.resampling import Resampling
from harness.results.tables.marks import LEAKY, MARKS, Mark, leakage_note, marks_of
from harness.results.tables.scoreboard import seed_count
from harness.results.tables.table import Table


@dataclass(frozen=True)
class RecordComparison:
    """What a comparison of stored results found.

    Attributes:
        columns: By task title, and "Avg." where every averaged task is there; two tasks of one
            title have their names behind it.
        records: The records compared, by encoder.
        resampling: Metric, protocol, confidence and draws.
        missing: Why columns have no intervals and tests, by their head.
    """

    columns: Mapping[str, Comparison]
    records: Mapping[str, Sequence[Record]]
    resampling: Resampling
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def encoders(self) -> list[str]:
        """The encoders, best average over the columns first."""
        totals = dict.fromkeys(self.records, 0.0)
        for head, comparison in self.columns.items():
            for score in comparison.scores:
                totals[score.encoder] += score.score.value * (-1 if head in self._low else 1)
        return sorted(totals, key=lambda name: -totals[name])

    @property
    def metric(self) -> str:
        """What is compared."""
        return self.resampling.metric or DEFAULT_METRIC

    @cached_property
    def _every(self) -> list[Record]:
        return [record for records in self.records.values() for record in records]

    @cached_property
    def _heads(self) -> dict[str, str]:
        return task_heads(self._every)

    @cached_property
    def _low(self) -> set[str]:
        """The heads of the columns whose lowest score is the best."""
        low = {self._heads[r.task] for r in self._every if r.prefers_low(self.metric)}
        return low | ({AVERAGE} if low.issuperset(self._heads.values()) else set())

    @property
    def _tested(self) -> list[str]:
        """The heads of the tasks whose differences were tested."""
        return [head for head in self.columns if head != AVERAGE and head not in self.missing]

    def tables(self) -> list[Table]:
        """Scores with intervals and tie groups, who beats whom, and every difference."""
        tables = [self.score_table(), self.difference_table()]
        if len(self.encoders) < 3 or not self._tested:  # noqa: PLR2004
            return tables
        return [tables[0], self.beats_table(), tables[1]]

    def score_table(self) -> Table:
        """Lay out the scores: one row per encoder, one column per task."""
        columns = [self._score_column(title, found) for title, found in self.columns.items()]
        seeds = any(len(s.seed_scores) > 1 for c in self.columns.values() for s in c.scores)
        kind = f"{self.resampling.confidence:.0%} bootstrap interval over test items"
        notes = [f"[..]: {kind} ({self.resampling.draws:,} draws), seeds held fixed"]
        notes += ["±: standard deviation over seeds (their number)"] if seeds else []
        notes.append(f"encoders that share a letter cannot be distinguished ({self._test()})")
        notes = notes if self._tested else notes[1:-1]
        notes += ["the lowest score is the best"] if self._low else []
        return Table(
            title=f"{self._title('× 100')}{self._where()}",
            columns=("encoder", *self.columns),
            rows=tuple((name, *(cells[name] for cells in columns)) for name in self.encoders),
            best={
                1 + place: tuple(
                    row
                    for row, name in enumerate(self.encoders)
                    if name == comparison.scores[0].encoder
                )
                for place, comparison in enumerate(self.columns.values())
                if len(self.encoders) > 1
            },
            notes=(*notes, *self._missing_notes(), *self._warnings()),
        )

    def beats_table(self) -> Table:
        """Lay out who beats whom: on how many tasks the row is significantly better."""
        tasks = self._tested
        rows = [
            (
                f"{place} {winner}",
                *(self._beaten(winner, loser, tasks) for loser in self.encoders),
            )
            for place, winner in enumerate(self.encoders, start=1)
        ]
        many = f"{len(tasks)} tasks" if len(tasks) > 1 else "1 task"
        average = f", * on {AVERAGE} too" if AVERAGE in self.columns else ""
        return Table(
            title=f"Who beats whom: on how many of {many}{average}",
            columns=("is better than", *(str(1 + place) for place in range(len(rows)))),
            rows=tuple(rows),
            notes=(f"significantly better: {self._test()}",),
        )

    def difference_table(self) -> Table:
        """Lay out every difference: one row per task and pair of encoders."""
        draws, confidence = self.resampling.draws, self.resampling.confidence
        drawn = [
            f"paired bootstrap and paired permutation test, {draws:,} draws each",
            f"* and bold: {self._test()}",
        ]
        rows: list[tuple[str, ...]] = []
        bold: list[int] = []
        for title, difference in self._differences():
            bold += [len(rows)] if difference.significant else []
            estimate = difference.difference
            rows.append(
                (
                    " − ".join(
                        name + "".join(mark.sign for mark in self._marks(title, name))
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
        return Table(
            title=f"Differences of {self._title('in points')}",
            columns=("encoders", "task", "difference", f"{confidence:.0%}", "p", "p (Holm)"),
            rows=tuple(rows),
            best=dict.fromkeys((2, 3, 4, 5), tuple(bold)),
            notes=(
                *(drawn if self._tested else []),
                *self._missing_notes(),
                *self._warnings(),
            ),
            names=2,
        )

    def as_json(self) -> dict[str, Any]:
        """Return all there is to know, as JSON values; scores are fractions, and nan is null."""
        return {
            "metric": self.metric,
            "protocol": self.resampling.protocol,
            "confidence": self.resampling.confidence,
            "draws": self.resampling.draws,
            "encoders": {
                name: {
                    "model": records[0].model,
                    "seeds": sorted({r.seed for r in records if r.seed is not None}),
                    "data": records[0].data,
                    "marks": {
                        title: [mark.name for mark in marks]
                        for title in self.columns
                        if (marks := self._marks(title, name))
                    },
                }
                for name, records in self.records.items()
            },
            "lower_is_better": sorted(self._low),
            "without_intervals": dict(self.missing),
            "columns": {
                title: without_nan(dataclasses.asdict(comparison))
                for title, comparison in self.columns.items()
            },
        }

    def as_csv(self) -> str:
        """Return every difference, a row each, as fractions."""
        estimate = ["difference", "low", "high", "standard_error"]
        heads = ["task", "first", "second", *estimate, "p", "p_holm", "significant", "marks"]
        return csv_rows([heads, *self._csv_rows(["value", *estimate[1:]])])

    def _csv_rows(self, estimate: Sequence[str]) -> Iterator[Sequence[object]]:
        for title, found in self._differences():
            values = [csv_number(getattr(found.difference, name)) for name in estimate]
            p_values = [
                *map(csv_number, (found.p_value, found.adjusted_p_value)),
                "" if math.isnan(found.p_value) else int(found.significant),
            ]
            marks = dict.fromkeys(
                mark.name
                for encoder in (found.first, found.second)
                for mark in self._marks(title, encoder)
            )
            yield [title, found.first, found.second, *values, *p_values, " ".join(marks)]

    def _differences(self) -> Iterator[tuple[str, Difference]]:
        for title, comparison in self.columns.items():
            for difference in comparison.differences:
                yield title, difference

    def _score_column(self, title: str, comparison: Comparison) -> dict[str, str]:
        shared = letters(comparison)
        return {
            score.encoder: f"{self._score_cell(title, score)} {shared[score.encoder]}".rstrip()
            for score in comparison.scores
        }

    def _score_cell(self, title: str, score: EncoderScore) -> str:
        estimate, asked = score.score, {record.seed for record in self.records[score.encoder]}
        several = len(score.seed_scores) > 1
        spread = f" ± {100 * score.seed_deviation:.2f}" if several else ""
        count = seed_count(len(score.seed_scores), len(asked))
        seeds = f" ({count})" if count else ""
        signs = "".join(mark.sign for mark in self._marks(title, score.encoder))
        ends = interval(estimate, ".2f")
        return f"{100 * estimate.value:.2f}{spread}{seeds}{signs} {ends}".rstrip()

    def _marks(self, title: str, encoder: str) -> tuple[Mark, ...]:
        """Return the marks of an encoder's score in one column."""
        own = self.records[encoder]
        averaged = AVERAGED.get(own[0].family, ()) if title == AVERAGE else ()
        return marks_of(r for r in own if title == self._heads[r.task] or r.task in averaged)

    def _beaten(self, winner: str, loser: str, tasks: Sequence[str]) -> str:
        if winner == loser:
            return ""
        count = sum(loser in self.columns[title].beats(winner) for title in tasks)
        star = AVERAGE in self.columns and loser in self.columns[AVERAGE].beats(winner)
        return f"{count}{'*' if star else ''}"

    def _title(self, unit: str) -> str:
        protocol = self.resampling.protocol
        has_protocols = any(isinstance(r.scores[self.metric], Mapping) for r in self._every)
        how = f", protocol {protocol} ({PROTOCOLS[protocol]})" if has_protocols else ""
        return f"{metric_title(self.metric)} {unit}{how}"

    def _where(self) -> str:
        models = {r.model for records in self.records.values() for r in records if r.model}
        parts = [f", model {models.pop()}"] if len(models) == 1 else []
        if any(r.is_sample for records in self.records.values() for r in records):
            parts.append(", SAMPLE DATA, not a benchmark")
        return "".join(parts)

    def _missing_notes(self) -> list[str]:
        return [f"no intervals for {head}: {reason}" for head, reason in self.missing.items()]

    def _test(self) -> str:
        return f"permutation test, p after Holm at most {1 - self.resampling.confidence:.2g}"

    def _warnings(self) -> list[str]:
        trained = {
            name: list(
                dict.fromkeys(self._heads[r.task] for r in records if r.trained_on_this_task)
            )
            for name, records in self.records.items()
        }
        marked = {
            mark: dict.fromkeys(self._heads[r.task] for r in self._every if mark.holds(r))
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
