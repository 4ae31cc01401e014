"""Which point of a sweep scored best on one task, and how that point scored on others."""

from dataclasses import dataclass, field

from harness.results.families import AVERAGE
from harness.results.tables.scoreboard import ScoreCell
from harness.results.tables.scoreboard_table import cell_text
from harness.results.tables.sweep_scores import CHOSEN, SweepPoint, SweepScores


@dataclass(frozen=True)
class SweepChoice:
    """The point with the best score on one task.

    Attributes:
        task: The task's name.
        title: Its title.
        metric: The metric that was best.
        protocol: How splits became the score.
        point: The point, with its records on that task.
        place: Its place among the points, from 0.
        tried: How many points there are.
        unscored: How many of them lack the score of a seed, and could not be chosen.
        tied: How many others have the very same score; the first is chosen.
        tests: The point with its records on other tasks.
    """

    task: str
    title: str
    metric: str
    protocol: str
    point: SweepPoint
    place: int
    tried: int
    unscored: int = 0
    tied: int = 0
    tests: SweepPoint = field(default_factory=lambda: SweepPoint({}, ()))

    @classmethod
    def among(cls, swept: SweepScores, *, metric: str, protocol: str) -> "SweepChoice | None":
        """Return the best point of a sweep over one task; None if none has all its scores.

        Args:
            swept: Records on the task that chooses, and no other.
            metric: What is best at its highest, or its lowest if the records say so.
            protocol: ``all``, ``wmean`` or ``mean``.
        """
        if not swept.records:
            return None
        task, title = next(iter(swept.tasks.items()))
        cells = [point.cell(task, metric, protocol) for point in swept.points]
        means = {place: cell.mean for place, cell in enumerate(cells) if _is_whole(cell)}
        scores = {place: mean for place, mean in means.items() if mean is not None}
        if not scores:
            return None
        prefers_low = any(cell.prefers_low(metric) for cell in cells)
        best = min(scores.values()) if prefers_low else max(scores.values())
        place, *others = (place for place, score in scores.items() if score == best)
        return cls(
            task,
            title,
            metric,
            protocol,
            swept.points[place],
            place,
            tried=len(swept.points),
            unscored=len(swept.points) - len(scores),
            tied=len(others),
        )

    def line(self, metric: str | None = None) -> str:
        """Say what was chosen, among how many, and how it scores on the other tasks.

        Args:
            metric: Metric of the other tasks, of those that have it; None for each one's own.
        """
        settings = "setting" if self.tried == 1 else "settings"
        parts = [
            f"{CHOSEN} chosen on {self.title} among {self.tried} {settings}: {self.point.label}",
            *([f"{self.unscored} of them without a score"] if self.unscored else []),
            *([f"{self.tied} more with the same score, the first is taken"] if self.tied else []),
            *self._tests(metric),
        ]
        return "; ".join(parts)

    def _tests(self, metric: str | None) -> list[str]:
        scores = SweepScores(points=(self.tests,))
        return [
            f"{title}: {cell_text(cell)}"
            for family in scores.by_family.values()
            for task, title in family.tasks.items()
            if (cell := self._test(family, task, metric)).scores or task != AVERAGE
        ]

    def _test(self, family: SweepScores, task: str, metric: str | None) -> ScoreCell:
        (point,) = family.points
        asked = [metric] if metric is not None else []
        cells = [
            point.cell(task, each, self.protocol) for each in (*asked, family.headline_metric)
        ]
        return next((cell for cell in cells if cell.scores), cells[-1])


def _is_whole(cell: ScoreCell) -> bool:
    """Whether there is a score of every seed that was asked for."""
    return bool(cell.scores) and len(cell.scores) >= cell.asked
