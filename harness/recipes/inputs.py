"""What a recipe's job rests on besides the recipe: data, weights, code."""

from collections.abc import Iterator
from dataclasses import replace

from harness.errors import HarnessError
from harness.evaluation.run_options import RunOptions
from harness.planning.planned_tasks import plan_tasks
from harness.plugins import registry
from harness.recipes.jobs import Job, encoder_settings, task_settings
from harness.recipes.sts_sizes import sts_sizes
from harness.studies.sweep_points import plan_points
from harness.training.corpus_reader import CorpusReader
from harness.training.identity import encoder_identity


def job_inputs(job: Job, options: RunOptions, reader: CorpusReader) -> dict[str, object] | None:
    """Return what a job's result depends on besides the job, as JSON values.

    Args:
        job: The job.
        options: How it is run.
        reader: Holds the texts that the run has read.

    Returns:
        None if that is not known: an encoder has no fingerprint, or cannot be made, which
        measuring the job reports.

    Raises:
        HarnessError: If a task cannot be made or read.
    """
    tasks: list[object] = []
    for task in plan_tasks(job.section.tasks, options.data, task_settings(job.section)):
        plugin = registry.tasks.load(task.registered)
        files = [(file.name, file.sha256) for file in task.files]
        settings = {name: repr(value) for name, value in task.recorded_settings.items()}
        tasks.append((task.name, task.registered, settings, files, plugin.origin, plugin.code))
    inputs: dict[str, object] = {"folder": options.data.label, "tasks": tasks}
    if job.section.measure == "sizes":  # of files that the tasks themselves do not read
        inputs["sizes"] = sts_sizes(job.section.tasks, options.data).rows
    try:
        encoders = list(_identities(job, options, reader))
    except HarnessError:
        return None
    return None if None in encoders else {**inputs, "encoders": encoders}


def _identities(job: Job, options: RunOptions, reader: CorpusReader) -> Iterator[str | None]:
    """Yield the identity of each encoder at each point of the job's grid."""
    section = job.section
    for spec in job.encoders:
        shared = encoder_settings(section, [spec])
        for point in plan_points(section.grid, spec, one_off=section.one_off, settings=shared):
            yield encoder_identity(
                point.encoder.own,
                replace(options.context, model=job.model),
                data=options.data,
                options=options.training_options,
                reader=reader,
            )
