"""Comparisons of several kinds of tasks, each with its own metric, verdict, tables and plot."""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.results.comparisons.comparison_data import comparison_json, difference_rows
from harness.results.comparisons.outcome import RecordComparison
from harness.results.display.csv_rows import csv_rows
from harness.results.records.record import Record
from harness.results.statistics.estimates import Comparison
from harness.results.statistics.resampling import Resampling
from harness.results.tables.table import Table


@dataclass(frozen=True)
class GroupedComparison:
    """What a comparison of stored results found, a group per kind of tasks.

    Attributes:
        groups: One per family and metric; at least one.
        left_out: What was not compared, and why, a line each.
    """

    groups: tuple[RecordComparison, ...]
    left_out: tuple[str, ...] = ()

    @property
    def columns(self) -> dict[str, Comparison]:
        """What was found by column, the name of its group before it where two have one head."""
        heads = [head for group in self.groups for head in group.columns]
        return {
            head if heads.count(head) == 1 else f"{group.title}: {head}": found
            for group in self.groups
            for head, found in group.columns.items()
        }

    @property
    def encoders(self) -> list[str]:
        """The encoders, in the order of the first group that each is in."""
        return list(dict.fromkeys(name for group in self.groups for name in group.encoders))

    @property
    def records(self) -> dict[str, list[Record]]:
        """The records compared, by encoder."""
        return {
            name: [record for group in self.groups for record in group.records.get(name, ())]
            for name in self.encoders
        }

    @property
    def resampling(self) -> Resampling:
        """Confidence, draws and seed of all groups, metric and protocol of the first."""
        return self.groups[0].resampling

    def verdict(self) -> list[str]:
        """Say in sentences who is ahead, by how much, and whether that is real."""
        return [f"{start}{each}" for start, group in self.titled() for each in group.verdict()]

    def plots(self, width: int) -> list[list[str]]:
        """Draw how far each encoder is behind the best, in lines of so many characters."""
        return [
            [f"{start}{title}", *lines]
            for start, group in self.titled()
            for title, *lines in group.plots(width)
        ]

    def tables(self, *, all_pairs: bool = False) -> list[Table]:
        """Return the tables of every group.

        Args:
            all_pairs: Whether to show who beats whom, and the difference of every pair, too.
        """
        return [
            dataclasses.replace(table, title=f"{start}{table.title}")
            for start, group in self.titled()
            for table in group.tables(all_pairs=all_pairs)
        ]

    def titled(self) -> Iterator[tuple[str, RecordComparison]]:
        """Yield the groups with what is put before their titles: nothing for a single one."""
        for group in self.groups:
            yield (f"{group.title}: " if len(self.groups) > 1 else ""), group

    def as_json(self) -> dict[str, Any]:
        """Return all there is to know, as JSON values; scores are fractions, and nan is null."""
        first, *others = [comparison_json(group) for group in self.groups]
        shared = {name: first[name] for name in ("confidence", "draws")}
        encoders = {**{k: v for other in others for k, v in other["encoders"].items()}}
        return {
            **shared,
            "verdict": self.verdict(),
            "left_out": list(self.left_out),
            "encoders": first["encoders"] | encoders,
            "groups": [first, *others],
        }

    def as_csv(self) -> str:
        """Return every difference, a row each, as fractions."""
        heads, *_ = difference_rows(self.groups[0])
        rows: list[Sequence[object]] = [[*heads, "group", "metric"]]
        for group in self.groups:
            rows += [[*row, group.title, group.metric] for row in difference_rows(group)[1:]]
        return csv_rows(rows)
