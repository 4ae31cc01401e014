"""Score every point of a grid, or choose a point on one task and score it alone on others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.argument_types import check_type
from harness.data import DataFolder, open_data
from harness.encoder import Context
from harness.evaluation.evaluation import run_evaluation
from harness.evaluation.report import Failure
from harness.evaluation.run_options import RunOptions
from harness.planning.asked_tasks import TaskArgument, take_tasks
from harness.results.families import DEFAULT_PROTOCOL
from harness.results.progress import Counted
from harness.results.records.record import Record
from harness.results.tables.marks import mark_notes
from harness.results.tables.sweep_choice import SweepChoice
from harness.results.tables.sweep_scores import SweepPoint, SweepScores
from harness.studies.chosen_task import ChosenTask, plan_choice
from harness.studies.sweep_points import PlannedPoint, passes, plan_points
from harness.task import OnProgress, no_progress
from harness.training.options import TrainingOptions


@dataclass(frozen=True)
class Sweep:
    """The outcome of a sweep.

    Attributes:
        scores: Records by point; where a point is chosen, on the task that chooses.
        failures: What could not be trained or scored, and why.
        choice: The chosen point with its scores on the other tasks; None if none was to be chosen,
            or no point has a score of every seed.
    """

    scores: SweepScores
    failures: list[Failure] = field(default_factory=list)
    choice: SweepChoice | None = None

    @property
    def records(self) -> list[Record]:
        """All records, those of the chosen point on the other tasks last."""
        return [*self.scores.records, *(self.choice.tests.records if self.choice else ())]

    def failures_on(self, task: str | None) -> list[Failure]:
        """Return the failures on a task; None for the encoders that failed altogether.

        The [CLS] vector of layer 0, the same for every sentence, has no score on any task.
        """
        return [failure for failure in self.failures if failure.task == task]


def sweep(
    axes: Mapping[str, Sequence[str]],
    tasks: TaskArgument | Sequence[TaskArgument] = ("stsb",),
    *,
    encoder: str | None = None,
    choose_on: TaskArgument | None = None,
    metric: str | None = None,
    protocol: str = DEFAULT_PROTOCOL,
    one_off: bool = False,
    settings: Mapping[str, Any] | None = None,
    task_settings: Mapping[str, Any] | None = None,
    seeds: Sequence[int] = (0,),
    data: str | Path | DataFolder | None = None,
    context: Context | None = None,
    out: str | Path | None = RunOptions.out,
    cache: bool = RunOptions.cache,
    training: TrainingOptions | None = None,
    on_progress: OnProgress = no_progress,
) -> Sweep:
    """Score an encoder at every point of a grid; with `choose_on`, the best point alone.

    Points that need no training share one encoding pass; the others are trained and scored one
    after the other. What is trained already is not trained again, so an interrupted sweep resumes.

    Args:
        axes: Each setting's values, as a spec writes them; ``limit`` varies the number of training
            sentences, ``encoder`` the encoder itself.
        tasks: Tasks or suites.
        encoder: Spec of the encoder; None if ``encoder`` is an axis that every point has.
        choose_on: The task on which all points are scored, to score the best one alone on
            `tasks`; None scores all points on `tasks`.
        metric: What is best on that task, higher if better, and said of the other tasks that have
            it; None for the first that each measures.
        protocol: How the splits of that task become its score: ``all``, ``wmean`` or ``mean``.
        one_off: Vary one setting at a time instead of combining all values.
        settings: Settings that stay the same.
        task_settings: For every task that has them.
        seeds: A trainable encoder is trained and scored once for each, at each point.
        data: ``sample``, a data folder, or None for ``HARNESS_DATA`` or the user's folder.
        context: Transformer, device and limits.
        out: Folder of the records; None writes none.
        cache: Whether to keep vectors between runs.
        training: How to train; None trains what has no checkpoint below `out`.
        on_progress: Called with the progress of points, encoding and scoring.

    Raises:
        HarnessError: If the request itself is wrong: a name, a value, a data file.
        TypeError: If an argument has the wrong type.
    """
    check_type(Mapping, axes=axes)
    return run_sweep(
        axes,
        [tasks] if isinstance(tasks, TaskArgument) else tasks,
        RunOptions(
            data=open_data(data),
            context=Context() if context is None else context,
            out=None if out is None else Path(out),
            cache=cache,
            training=training,
            on_progress=on_progress,
        ),
        encoder=encoder,
        choose_on=choose_on,
        metric=metric,
        protocol=protocol,
        one_off=one_off,
        settings=settings,
        task_settings=task_settings,
        seeds=seeds,
    )


def run_sweep(
    axes: Mapping[str, Sequence[str]],
    tasks: Sequence[TaskArgument],
    options: RunOptions,
    *,
    encoder: str | None = None,
    choose_on: TaskArgument | None = None,
    metric: str | None = None,
    protocol: str = DEFAULT_PROTOCOL,
    one_off: bool = False,
    settings: Mapping[str, Any] | None = None,
    task_settings: Mapping[str, Any] | None = None,
    seeds: Sequence[int] = (0,),
    label: str = "sweeping",
) -> Sweep:
    """Sweep with options that are made already; `sweep` says what each argument is.

    `label` is what the progress calls the points.
    """
    tasks = take_tasks(tasks)
    points = plan_points(axes, encoder, one_off=one_off, settings=settings or {})
    score = _Scoring(tuple(axes), options, seeds, label)
    if choose_on is None:
        return score.points(points, tasks, task_settings)
    on = plan_choice(choose_on, tasks, options, task_settings or {}, metric)
    return _choose(score, points, on, protocol)


@dataclass(frozen=True)
class _Scoring:
    """How points become records."""

    axes: tuple[str, ...]
    options: RunOptions
    seeds: Sequence[int]
    label: str

    def points(
        self,
        points: Sequence[PlannedPoint],
        tasks: Sequence[TaskArgument],
        task_settings: Mapping[str, Any] | None,
        *,
        retrain: bool = True,
    ) -> Sweep:
        """Train and score points.

        Args:
            points: The points.
            tasks: Tasks or suites.
            task_settings: For every task that has them.
            retrain: Whether what is trained already may be trained again, where that was asked.
        """
        options, training = self.options, self.options.training_options
        records: dict[int, list[Record]] = {}
        failures: dict[Failure, None] = {}
        progress = Counted(self.label, "points")
        for together in passes(points, options.context):
            options.on_progress(progress, len(records), len(points))
            own = replace(
                training,
                limit=together[0].limit or training.limit,
                retrain=training.retrain and retrain,
            )
            report = run_evaluation(
                [str(point.encoder.asked) for point in together],
                tasks,
                replace(options, training=own),
                task_settings=task_settings,
                seeds=self.seeds,
            )
            for point in together:
                records[id(point)] = list(filter(point.is_of, report.records))
            failures |= dict.fromkeys(report.failures)
        options.on_progress(progress, len(points), len(points))
        scored = (
            SweepPoint(point.settings, tuple(records[id(point)]), len(self.seeds))
            for point in points
        )
        return Sweep(SweepScores(self.axes, tuple(scored)), list(failures))


def _choose(
    score: _Scoring, points: Sequence[PlannedPoint], on: ChosenTask, protocol: str
) -> Sweep:
    """Score all points on one task, and the best of them on the others."""
    swept = score.points(points, [on.task], on.settings)
    choice = SweepChoice.among(swept.scores, metric=on.metric, protocol=protocol)
    if choice is None:
        return swept
    tested = score.points([points[choice.place]], on.tests, on.test_settings, retrain=False)
    (tests,) = tested.scores.points
    failures = list(dict.fromkeys([*swept.failures, *tested.failures]))
    choice = replace(choice, tests=tests)
    notes = (choice.line(on.test_metric), *mark_notes(tests.records))
    scores = swept.scores.with_chosen(choice.place, *notes)
    return Sweep(scores, failures, choice)
