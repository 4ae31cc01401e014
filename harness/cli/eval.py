"""``harness eval``: score encoders on tasks."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone

import click

from harness.cli.options.commands import Command, is_given, join_settings
from harness.cli.options.context import models_options
from harness.cli.options.groups import ADVANCED, SCORE, TRAINING, option
from harness.cli.options.run import RunArguments, run_arguments
from harness.cli.options.settings import settings_measuring, task_setting_options
from harness.cli.options.shared import (
    PluginName,
    ci_option,
    data_option,
    format_option,
    json_option,
    lock_timeout_option,
    metrics_option,
    no_cache_option,
    out_option,
    plugin_option,
    protocols_option,
    settings_option,
    task_settings_option,
)
from harness.cli.options.tasks import tasks_option, tasks_or_files
from harness.cli.options.training import training_options
from harness.cli.terminal.endings import (
    Stopwatch,
    after_evaluation,
    counted,
    folder_text,
    print_ending,
)
from harness.cli.terminal.output import end_with, note_left_out, show_tables, without_metric
from harness.evaluation.evaluation import run_evaluation
from harness.evaluation.report import DisplayOptions, Report
from harness.planning.asked_scores import refuse_unmeasured
from harness.results.families import PROTOCOLS
from harness.results.formats.formats import RECORD_FORMATS
from harness.settings import Spec
from harness.training.training import trained_encoders


@click.command("eval", cls=Command)
@click.argument("encoders", nargs=-1, type=PluginName("encoder"))
@plugin_option(warn=False)
@tasks_or_files(tasks_option("sts"))
@models_options
@data_option
@settings_option()
@task_settings_option
@task_setting_options("stsb-test", "nan")
@task_setting_options("mr", "classifier", "loss")
@option(
    ADVANCED,
    "--rescore",
    "reuse",
    flag_value=False,
    default=True,
    help="Score slow tasks again, records or not.",
)
@protocols_option
@metrics_option()
@format_option(*RECORD_FORMATS)
@ci_option
@json_option
@out_option()
@training_options
@option(
    ADVANCED,
    "--timeout",
    "timeout_seconds",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Give up an encoder or task that takes longer in one call, or to encode.",
)
@option(
    TRAINING,
    "--no-train",
    "train",
    flag_value=False,
    default=True,
    help="Fail where an encoder is not trained yet.",
)
@option(
    SCORE,
    "--checkpoint",
    "given_checkpoints",
    multiple=True,
    metavar="[NAME=]FOLDER",
    help="Score exactly this trained checkpoint, as it was trained; repeatable.",
)
@no_cache_option
@lock_timeout_option
@run_arguments
def evaluate_command(
    encoders: tuple[str, ...],
    *,
    tasks: list[str | Spec],
    settings: dict[str, str],
    task_settings: dict[str, str],
    output_format: str,
    as_json: bool,
    protocols: tuple[str, ...],
    metrics: tuple[str, ...],
    intervals: bool,
    models: tuple[str, ...],
    given_checkpoints: tuple[str, ...],
    run: RunArguments,
    **chosen: str | None,
) -> None:
    """Score ENCODERS on tasks.

    An encoder is a name, or a spec with settings such as mean:layers=last2; one that learns is
    trained first where it is not yet. A name of your own goes before it (base=mean:layers=last2),
    a model of its own behind it (mean@minilm); FILE.py:NAME is a class or function of yours. With
    none named, mean is scored, and every encoder that is trained for the model already.

    \b
    harness eval mean cls --model minilm --tasks sts --data sample
    harness eval mean:layers=first-last --tasks stsb --protocol all --format latex
    harness eval base=mean new=./my.py:Encoder --model minilm --model bert-base-uncased
    """  # noqa: D301 - click wants the very character
    given = {name: value for name, value in chosen.items() if value is not None}
    task_settings = join_settings(task_settings, settings_measuring(metrics), given)
    refuse_unmeasured(tasks, metrics, protocols)
    watch, began = Stopwatch(), datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    report = _evaluate(
        encoders,
        tasks,
        run,
        models=models,
        checkpoints=given_checkpoints,
        settings=settings,
        task_settings=task_settings,
    )
    display = DisplayOptions(
        metrics=metrics, protocols=protocols or tuple(PROTOCOLS), intervals=intervals
    )
    _show(report, "json" if as_json else output_format, display)
    note_left_out(report.records, metrics)
    new = sum(record.created >= began for record in report.records)
    kept = len(report.records) - new
    print_ending(
        f"wrote {counted(new, 'record')} to {folder_text(run.out)} in {watch}"
        f"{f', {kept} were there already' if kept else ''}",
        []
        if report.failures or len(models) > 1
        else after_evaluation(report.records, run.out, _needed(run, models)),
    )
    end_with([*report.failures, *without_metric(report.records, metrics)])


def _evaluate(
    encoders: tuple[str, ...],
    tasks: list[str | Spec],
    run: RunArguments,
    *,
    models: Sequence[str],
    checkpoints: Sequence[str],
    settings: dict[str, str],
    task_settings: dict[str, str],
) -> Report:
    names_none = not encoders and not checkpoints
    if names_none and len(models) > 1:
        raise click.UsageError("several --model need at least one ENCODER, got none")
    if names_none:
        run = replace(run, training={**run.training, "train": False})
    with run.started() as options:
        by_spec = (
            {}
            if not names_none
            else trained_encoders(
                options.context, options.data, options.training_options, run.seeds
            )
        )
        return run_evaluation(
            ("mean", *by_spec) if names_none else encoders,
            tasks,
            options,
            settings=settings,
            task_settings=task_settings,
            seeds=by_spec or run.seeds or (0,),
            models=models,
            checkpoints=checkpoints,
        )


def _show(report: Report, output_format: str, display: DisplayOptions) -> None:
    if output_format in RECORD_FORMATS:
        click.echo(report.render(output_format, **display), nl=False)
    else:
        show_tables(report.tables(**display), output_format)


def _needed(run: RunArguments, models: Sequence[str]) -> dict[str, str]:
    """Return the options that a command needs to find the same records: those given here."""
    given = {"model": models[0]} if len(models) == 1 and is_given("models") else {}
    return {**given, "data": str(run.data)} if is_given("data") else given
