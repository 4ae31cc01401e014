"""What a comparison of stored results of one kind found."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from harness.results.comparisons.comparison_data import comparison_csv, comparison_json
from harness.results.comparisons.forest import forest_lines
from harness.results.comparisons.outcome_tables import (
    beats_table,
    difference_table,
    score_table,
)
from harness.results.comparisons.verdict import verdict
from harness.results.families import FAMILY_TITLES
from harness.results.records.record import Record
from harness.results.records.task_heads import task_heads
from harness.results.statistics.estimates import Comparison, Difference
from harness.results.statistics.metrics import DEFAULT_METRIC
from harness.results.statistics.resampling import Resampling
from harness.results.tables.marks import Mark, marks_of
from harness.results.tables.table import Table


@dataclass(frozen=True)
class RecordComparison:
    """What a comparison of stored results found.

    Attributes:
        columns: By task title, and the average where there is one; two tasks of one title have
            their names behind it.
        records: The records compared, by encoder.
        resampling: Metric, protocol, confidence and draws.
        missing: Why columns have no intervals and tests, by their head.
        reference: The encoder whose differences to each other one are shown; empty for the best
            of each column.
        average: The head of the column of the average; empty if there is none.
        averaged: The tasks that it is of.
    """

    columns: Mapping[str, Comparison]
    records: Mapping[str, Sequence[Record]]
    resampling: Resampling
    missing: Mapping[str, str] = field(default_factory=dict)
    reference: str = ""
    average: str = ""
    averaged: Sequence[str] = ()

    @property
    def encoders(self) -> list[str]:
        """The encoders, best average over the columns first."""
        totals = dict.fromkeys(self.records, 0.0)
        for head, comparison in self.columns.items():
            for score in comparison.scores:
                totals[score.encoder] += score.score.value * (-1 if head in self.low else 1)
        return sorted(totals, key=lambda name: -totals[name])

    @property
    def title(self) -> str:
        """What the tasks are called together."""
        families = dict.fromkeys(record.family for record in self.every)
        return ", ".join(FAMILY_TITLES.get(family, family) for family in families)

    @property
    def metric(self) -> str:
        """What is compared."""
        return self.resampling.metric or DEFAULT_METRIC

    @cached_property
    def every(self) -> list[Record]:
        """All records compared."""
        return [record for records in self.records.values() for record in records]

    @cached_property
    def heads(self) -> dict[str, str]:
        """The head of each task's column."""
        return task_heads(self.every)

    @cached_property
    def low(self) -> set[str]:
        """The heads of the columns whose lowest score is the best."""
        low = {self.heads[r.task] for r in self.every if r.prefers_low(self.metric)}
        return low | ({self.average} if low.issuperset(self.heads.values()) else set())

    @property
    def tested(self) -> list[str]:
        """The heads of the tasks whose differences were tested."""
        return [head for head in self.columns if head != self.average and head not in self.missing]

    def verdict(self) -> list[str]:
        """Say in sentences who is ahead, by how much, and whether that is real."""
        sentences = verdict(
            self.columns, self.resampling.draws, self.reference, average=self.average
        )
        if sentences and any(record.is_sample for record in self.every):
            sentences.append("This is the sample data, which is no benchmark.")
        return sentences

    def plots(self, width: int) -> list[list[str]]:
        """Draw how far each encoder is behind the best, in lines of characters.

        Args:
            width: Characters in a line.

        Returns:
            A plot of the average, where there is one, else of each task.
        """
        heads = [self.average] if self.average else list(self.columns)
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
        tables = [score_table(self), difference_table(self, all_pairs=all_pairs)]
        if not all_pairs or len(self.encoders) < 3 or not self.tested:  # noqa: PLR2004
            return tables
        return [tables[0], beats_table(self), tables[1]]

    def score_table(self) -> Table:
        """Lay out the scores: one row per encoder, one column per task."""
        return score_table(self)

    def beats_table(self) -> Table:
        """Lay out who beats whom: on how many tasks the row is significantly better."""
        return beats_table(self)

    def difference_table(self, *, all_pairs: bool = False) -> Table:
        """Lay out the differences to the best of each task, or those of all pairs of encoders."""
        return difference_table(self, all_pairs=all_pairs)

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

    def marks(self, title: str, encoder: str) -> tuple[Mark, ...]:
        """Return the marks of an encoder's score in one column."""
        averaged = self.averaged if title == self.average else ()
        return marks_of(
            r for r in self.records[encoder] if title == self.heads[r.task] or r.task in averaged
        )
