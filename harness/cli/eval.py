"""``harness eval``: score encoders on tasks."""

from typing import Any

import click

from harness.cli.options.context import context_options, take_context
from harness.cli.options.shared import (
    METRICS,
    PluginName,
    ci_option,
    data_option,
    format_option,
    json_option,
    metrics_option,
    no_cache_option,
    out_option,
    plugin_option,
    protocols_option,
    settings_option,
    task_settings_option,
    tasks_option,
)
from harness.cli.options.training import take_seeds, take_training, training_options
from harness.cli.terminal.output import end_with, show_tables, without_metric
from harness.cli.terminal.progress import progress_bars
from harness.data import open_data
from harness.evaluation.evaluation import evaluate
from harness.evaluation.report import DisplayOptions, Report
from harness.results.families import PROTOCOLS
from harness.results.formats.formats import RECORD_FORMATS
from harness.settings import parse_assignments
from harness.training.training import trained_encoders


@click.command("eval")
@click.argument("encoders", nargs=-1, type=PluginName("encoder"))
@plugin_option(warn=False)
@tasks_option("sts")
@context_options
@data_option
@settings_option()
@task_settings_option
@click.option(
    "--nan",
    type=click.Choice(["fail", "zero"]),
    help="Pairs with a zero or non-finite vector: fail the task, or score 0 as SentEval does.",
)
@click.option(
    "--classifier",
    type=click.Choice(["senteval", "senteval-fast", "sklearn"]),
    help="Classifier of the transfer tasks.  [default: senteval]",
)
@click.option(
    "--loss",
    type=click.Choice(["mean", "sum"]),
    help="Loss of a classifier's batch: mean as on today's torch, sum as before.  [default: mean]",
)
@click.option("--rescore", is_flag=True, help="Score slow tasks anew, records or not.")
@protocols_option
@metrics_option(METRICS)
@format_option(*RECORD_FORMATS)
@ci_option
@json_option
@out_option()
@training_options
@click.option(
    "--timeout",
    "timeout_seconds",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Give up an encoder that takes longer to be made, or to encode.",
)
@click.option("--no-train", is_flag=True, help="Fail where an encoder is not trained yet.")
@no_cache_option
def evaluate_command(
    encoders: tuple[str, ...],
    *,
    output_format: str,
    as_json: bool,
    protocols: tuple[str, ...],
    metrics: tuple[str, ...],
    intervals: bool,
    **options: Any,
) -> None:
    """Score ENCODERS on tasks.

    An encoder is a name, or a spec with settings such as mean:layers=last2; one that learns is
    trained first where it is not yet. With none named, mean is scored, and every encoder that is
    trained for the model already.

    \b
    harness eval mean cls --model minilm --tasks sts --data sample
    harness eval mean:layers=first-last --tasks stsb --protocol all --format latex
    """  # noqa: D301 - click wants the very character
    if "kendall" in metrics:
        options["task_settings"] = (*options["task_settings"], "kendall=true")
    report = _evaluate(encoders, options)
    display = DisplayOptions(
        metrics=metrics, protocols=protocols or tuple(PROTOCOLS), intervals=intervals
    )
    _show(report, "json" if as_json else output_format, display)
    end_with([*report.failures, *without_metric(report.records, metrics)])


def _evaluate(encoders: tuple[str, ...], options: dict[str, Any]) -> Report:
    context = take_context(options)
    task_settings = parse_assignments(options["task_settings"])
    for name in ("nan", "classifier", "loss"):
        if options[name] is not None:
            task_settings[name] = options[name]
    seeds = take_seeds(options)
    with progress_bars() as bars:
        may_train = bool(encoders) and not options["no_train"]
        training = take_training(options, bars, train=may_train)
        data = open_data(options["data"])
        by_spec = {} if encoders else trained_encoders(context.model, data, training, seeds)
        return evaluate(
            encoders or ("mean", *by_spec),
            options["tasks"],
            data=data,
            context=context,
            settings=parse_assignments(options["settings"]),
            task_settings=task_settings,
            out=options["out"],
            cache=not options["no_cache"],
            reuse=not options["rescore"],
            seeds=by_spec or seeds or (0,),
            training=training,
            timeout_seconds=options["timeout_seconds"],
            on_progress=bars,
        )


def _show(report: Report, output_format: str, display: DisplayOptions) -> None:
    if output_format in RECORD_FORMATS:
        click.echo(report.render(output_format, **display), nl=False)
    else:
        show_tables(report.tables(**display), output_format)
