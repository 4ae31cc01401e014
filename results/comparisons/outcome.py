"""What a comparison of stored results found, as tables and as data."""

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

from harness.results.display.csv_rows import csv_rows
from harness.results.families import AVERAGE, AVERAGED, PROTOCOLS
from harness.results.records.record import Record
from harness.results.statistics.estimates import Comparison, Difference, EncoderScore
from harness.results.statistics.resampling import Resampling
from harness.results.tables.marks import LEAKY, MARKS, Mark, leakage_note, marks_of
from harness.results.tables.scoreboard import seed_count
from harness.results.tables.table import Table


@dataclass(frozen=True)
class RecordComparison:
    """What a comparison of stored results found.

    Attributes:
        columns: By task title, and "Avg." where every averaged task is there.
        records: The records compared, by encoder.
        resampling: Metric, protocol, confidence and draws.
    """

    columns: Mapping[str, Comparison]
    records: Mapping[str, Sequence[Record]]
    resampling: Resampling

    @property
    def encoders(self) -> list[str]:
        """The encoders, best average over the columns first."""
        totals = dict.fromkeys(self.records, 0.0)
        for comparison in self.columns.values():
            for score in comparison.scores:
                totals[score.encoder] += score.score.value
        return sorted(totals, key=lambda name: -totals[name])

    def tables(self) -> list[Table]:
        """Scores with intervals and tie groups, who beats whom, and every difference."""
        tables = [self.score_table(), self.difference_table()]
        return tables if len(self.encoders) < 3 else [*tables[:1], self.beats_table(), tables[1]]  # noqa: PLR2004

    def score_table(self) -> Table:
        """Lay out the scores: one row per encoder, one column per task."""
        columns = [self._score_column(title, found) for title, found in self.columns.items()]
        seeds = any(len(s.seed_scores) > 1 for c in self.columns.values() for s in c.scores)
        interval = f"{self.resampling.confidence:.0%} bootstrap interval over test items"
        notes = [f"[..]: {interval} ({self.resampling.draws:,} draws), seeds held fixed"]
        notes += ["±: standard deviation over seeds (their number)"] if seeds else []
        notes.append(f"encoders that share a letter cannot be distinguished ({self._test()})")
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
            notes=(*notes, *self._warnings()),
        )

    def beats_table(self) -> Table:
        """Lay out who beats whom: on how many tasks the row is significantly better."""
        tasks = [title for title in self.columns if title != AVERAGE]
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
                    f"[{100 * estimate.low:+.2f}, {100 * estimate.high:+.2f}]",
                    _p_value(difference.p_value, draws),
                    _p_value(difference.adjusted_p_value, draws)
                    + ("*" if difference.significant else ""),
                )
            )
        return Table(
            title=f"Differences of {self._title('in points')}",
            columns=("encoders", "task", "difference", f"{confidence:.0%}", "p", "p (Holm)"),
            rows=tuple(rows),
            best=dict.fromkeys((2, 3, 4, 5), tuple(bold)),
            notes=(
                f"paired bootstrap and paired permutation test, {draws:,} draws each",
                f"* and bold: {self._test()}",
                *self._warnings(),
            ),
            names=2,
        )

    def as_json(self) -> dict[str, Any]:
        """Return all there is to know, as JSON values; scores are fractions, and nan is null."""
        return {
            "metric": self.resampling.metric,
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
            "columns": {
                title: _without_nan(dataclasses.asdict(comparison))
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
            values = [getattr(found.difference, name) for name in estimate]
            p_values = [found.p_value, found.adjusted_p_value, int(found.significant)]
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
        letters = _letters(comparison)
        return {
            score.encoder: f"{self._score_cell(title, score)} {letters[score.encoder]}".rstrip()
            for score in comparison.scores
        }

    def _score_cell(self, title: str, score: EncoderScore) -> str:
        estimate, asked = score.score, {record.seed for record in self.records[score.encoder]}
        several = len(score.seed_scores) > 1
        spread = f" ± {100 * score.seed_deviation:.2f}" if several else ""
        count = seed_count(len(score.seed_scores), len(asked))
        seeds = f" ({count})" if count else ""
        signs = "".join(mark.sign for mark in self._marks(title, score.encoder))
        interval = f"[{100 * estimate.low:.2f}, {100 * estimate.high:.2f}]"
        return f"{100 * estimate.value:.2f}{spread}{seeds}{signs} {interval}"

    def _marks(self, title: str, encoder: str) -> tuple[Mark, ...]:
        """Return the marks of an encoder's score in one column."""
        own = self.records[encoder]
        averaged = AVERAGED.get(own[0].family, ()) if title == AVERAGE else ()
        return marks_of(r for r in own if title == r.title or r.task in averaged)

    def _beaten(self, winner: str, loser: str, tasks: Sequence[str]) -> str:
        if winner == loser:
            return ""
        count = sum(loser in self.columns[title].beats(winner) for title in tasks)
        star = AVERAGE in self.columns and loser in self.columns[AVERAGE].beats(winner)
        return f"{count}{'*' if star else ''}"

    def _title(self, unit: str) -> str:
        how = f"protocol {self.resampling.protocol} ({PROTOCOLS[self.resampling.protocol]})"
        return f"{self.resampling.metric.capitalize()} {unit}, {how}"

    def _where(self) -> str:
        models = {r.model for records in self.records.values() for r in records if r.model}
        parts = [f", model {models.pop()}"] if len(models) == 1 else []
        if any(r.is_sample for records in self.records.values() for r in records):
            parts.append(", SAMPLE DATA, not a benchmark")
        return "".join(parts)

    def _test(self) -> str:
        return f"permutation test, p after Holm at most {1 - self.resampling.confidence:.2g}"

    def _warnings(self) -> list[str]:
        trained = {
            name: list(dict.fromkeys(r.title for r in records if r.trained_on_this_task))
            for name, records in self.records.items()
        }
        every = [record for part in self.records.values() for record in part]
        marked = {
            mark: dict.fromkeys(record.title for record in every if mark.holds(record))
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


def _without_nan(value: Any) -> Any:  # noqa: ANN401 - JSON values
    """Return the values with None for nan, which JSON does not have."""
    if isinstance(value, dict):
        return {name: _without_nan(part) for name, part in value.items()}
    if isinstance(value, tuple):
        return [_without_nan(part) for part in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _letters(comparison: Comparison) -> dict[str, str]:
    """Return the letters of the tie groups that each encoder is in; none for a lone encoder."""
    if len(comparison.scores) == 1:
        return {comparison.scores[0].encoder: ""}
    names = [a + b for a in ("", *ascii_lowercase) for b in ascii_lowercase]
    return {
        score.encoder: " ".join(
            letter
            for letter, group in zip(names, comparison.groups, strict=False)
            if score.encoder in group
        )
        for score in comparison.scores
    }


def _p_value(p: float, draws: int) -> str:
    smallest = 1 / (draws + 1)
    if p <= smallest:
        return f"≤{smallest:.4f}" if smallest >= 1e-4 else "<0.0001"  # noqa: PLR2004
    return f"{p:.4f}" if p >= 1e-4 else "<0.0001"  # noqa: PLR2004
