"""What a comparison of stored results found, as tables and as data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from harness.results.comparisons.cells import interval, letters, p_value
from harness.results.comparisons.comparison_data import comparison_csv, comparison_json
from harness.results.comparisons.forest import forest_lines
from harness.results.comparisons.verdict import verdict
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
        reference: The encoder whose differences to each other one are shown; empty for the best
            of each column.
    """

    columns: Mapping[str, Comparison]
    records: Mapping[str, Sequence[Record]]
    resampling: Resampling
    missing: Mapping[str, str] = field(default_factory=dict)
    reference: str = ""

    @property
    def encoders(self) -> list[str]:
        """The encoders, best average over the columns first."""
        totals = dict.fromkeys(self.records, 0.0)
        for head, comparison in self.columns.items():
            for score in comparison.scores:
                totals[score.encoder] += score.score.value * (-1 if head in self.low else 1)
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
    def low(self) -> set[str]:
        """The heads of the columns whose lowest score is the best."""
        low = {self._heads[r.task] for r in self._every if r.prefers_low(self.metric)}
        return low | ({AVERAGE} if low.issuperset(self._heads.values()) else set())

    @property
    def _tested(self) -> list[str]:
        """The heads of the tasks whose differences were tested."""
        return [head for head in self.columns if head != AVERAGE and head not in self.missing]

    def verdict(self) -> list[str]:
        """Say in sentences who is ahead, by how much, and whether that is real."""
        sentences = verdict(self.columns, self.resampling.draws, self.reference)
        if sentences and any(record.is_sample for record in self._every):
            sentences.append("This is the sample data, which is no benchmark.")
        return sentences

    def plots(self, width: int) -> list[list[str]]:
        """Draw how far each encoder is behind the best, in lines of characters.

        Args:
            width: Characters in a line.

        Returns:
            A plot of the average, where there is one, else of each task.
        """
        heads = [AVERAGE] if AVERAGE in self.columns else list(self.columns)
        return [
            forest_lines(
                head, self.columns[head], self.resampling.confidence, width, self.reference
            )
            for head in heads
            if len(self.columns[head].scores) > 1
        ]

    def tables(self, *, all_pairs: bool = False) -> list[Table]:
        """Return the scores with intervals and tie groups, and the differences to the best.

        Args:
            all_pairs: Whether to show who beats whom, and the difference of every pair, too.
        """
        tables = [self.score_table(), self.difference_table(all_pairs=all_pairs)]
        if not all_pairs or len(self.encoders) < 3 or not self._tested:  # noqa: PLR2004
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
        notes += ["the lowest score is the best"] if self.low else []
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

    def difference_table(self, *, all_pairs: bool = False) -> Table:
        """Lay out the differences to the best of each task, or those of all pairs of encoders."""
        draws, confidence = self.resampling.draws, self.resampling.confidence
        other_pairs = not all_pairs and len(self.encoders) > 2  # noqa: PLR2004
        drawn = [
            f"paired bootstrap and paired permutation test, {draws:,} draws each",
            f"* and bold: {self._test()}",
        ]
        rows: list[tuple[str, ...]] = []
        bold: list[int] = []
        for title, difference in self.differences(all_pairs=all_pairs):
            bold += [len(rows)] if difference.significant else []
            estimate = difference.difference
            rows.append(
                (
                    " − ".join(
                        name + "".join(mark.sign for mark in self.marks(title, name))
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
        to_best = f" to {self.reference or 'the best'}" if other_pairs else ""
        return Table(
            title=f"Differences{to_best} of {self._title('in points')}",
            columns=("encoders", "task", "difference", f"{confidence:.0%}", "p", "p (Holm)"),
            rows=tuple(rows),
            best=dict.fromkeys((2, 3, 4, 5), tuple(bold)),
            notes=(
                *(drawn if self._tested else []),
                *(["--all-pairs shows the others too"] if other_pairs else []),
                *self._missing_notes(),
                *self._warnings(),
            ),
            names=2,
        )

    def as_json(self) -> dict[str, Any]:
        """Return all there is to know, as JSON values; scores are fractions, and nan is null."""
        return comparison_json(self)

    def as_csv(self) -> str:
        """Return every difference, a row each, as fractions."""
        return comparison_csv(self)

    def differences(self, *, all_pairs: bool = True) -> Iterator[tuple[str, Difference]]:
        """Yield the differences of all columns: of all pairs, or those to the reference."""
        for title, comparison in self.columns.items():
            reference = self.reference or comparison.scores[0].encoder
            for difference in comparison.differences:
                if all_pairs or reference in (difference.first, difference.second):
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
        signs = "".join(mark.sign for mark in self.marks(title, score.encoder))
        ends = interval(estimate, ".2f")
        return f"{100 * estimate.value:.2f}{spread}{seeds}{signs} {ends}".rstrip()

    def marks(self, title: str, encoder: str) -> tuple[Mark, ...]:
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
