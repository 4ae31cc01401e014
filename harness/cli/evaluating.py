"""``harness eval``: score encoders on tasks."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from harness.cli.options import (
    PluginName,
    context_options,
    data_option,
    plugin_option,
    split_commas,
    take_context,
)
from harness.cli.progress import progress_bars
from harness.cli.training_options import take_seeds, take_text, training_options
from harness.data import open_data
from harness.evaluation import evaluate
from harness.on_demand import DEFAULT_OUT, TrainingOptions, checkpoint_folder
from harness.report import Report
from harness.settings import parse_assignments
from harness.training import trained_encoders
from results.formats import to_csv, to_latex, to_markdown, to_rich
from results.tables import PROTOCOLS, Table

_METRICS = ["spearman", "pearson", "kendall", "accuracy", "f1"]


@click.command("eval")
@click.argument("encoders", nargs=-1, type=PluginName("encoder"))
@plugin_option(warn=False)
@click.option(
    "-t",
    "--tasks",
    multiple=True,
    default=["sts"],
    show_default=True,
    type=PluginName("task"),
    callback=split_commas,
    metavar="TASK,...",
    help="Tasks or suites; see 'harness tasks list'.",
)
@context_options
@data_option
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Setting for every encoder that has it; repeatable.",
)
@click.option(
    "--task-set",
    "task_settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Setting for every task that has it; repeatable.",
)
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
@click.option(
    "--protocol",
    "protocols",
    multiple=True,
    type=click.Choice([*PROTOCOLS]),
    help="Protocol to show; repeatable.  [default: all three]",
)
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    type=click.Choice(_METRICS),
    help="Metric to show; repeatable.  [default: each task's own]",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "markdown", "latex", "csv", "json"]),
    default="table",
    show_default=True,
    help="How to print the scores.",
)
@click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=DEFAULT_OUT,
    show_default=True,
    help="Folder of the records.",
)
@training_options
@click.option(
    "--timeout",
    "timeout_seconds",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Give up an encoder that takes longer to be made, or to encode.",
)
@click.option("--no-train", is_flag=True, help="Fail where an encoder is not trained yet.")
@click.option("--no-cache", is_flag=True, help="Keep no vectors between runs.")
def evaluate_command(
    encoders: tuple[str, ...],
    *,
    form: str,
    as_json: bool,
    protocols: tuple[str, ...],
    metrics: tuple[str, ...],
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
    _show(report, "json" if as_json else form, protocols or tuple(PROTOCOLS), metrics)
    for failure in report.failures:
        click.echo(f"Error: {failure}", err=True)
    raise click.exceptions.Exit(report.exit_code)


def _evaluate(encoders: tuple[str, ...], options: dict[str, Any]) -> Report:
    context = take_context(options)
    task_settings = parse_assignments(options["task_settings"])
    for name in ("nan", "classifier", "loss"):
        if options[name] is not None:
            task_settings[name] = options[name]
    seeds, text = take_seeds(options), take_text(options)
    data, folder = open_data(options["data"]), checkpoint_folder(options["out"])
    with progress_bars() as bars:
        training = TrainingOptions(
            folder,
            **text,
            train=bool(encoders) and not options["no_train"],
            retrain=options["retrain"],
            on_step=bars.on_step,
        )
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


def _show(report: Report, form: str, protocols: tuple[str, ...], metrics: tuple[str, ...]) -> None:
    if form == "json":
        records = {"records": [record.summary() for record in report.records]}
        click.echo(json.dumps(records, indent=1, ensure_ascii=False))
        return
    if form == "csv":
        click.echo(to_csv(report.records), nl=False)
        return
    show_tables(report.tables(metrics=metrics, protocols=protocols), form)


def show_tables(tables: Iterable[Table], form: str) -> None:
    """Print tables as ``table``, ``markdown`` or ``latex``."""
    for table in tables:
        if form == "table":
            console = Console()
            shown = to_rich(table, console.width if console.is_terminal else None)
            if not console.is_terminal:  # a file or pipe is as wide as the table
                console.width = max(console.width, console.measure(shown).maximum)
            console.print(shown)
        else:
            click.echo(to_markdown(table) if form == "markdown" else to_latex(table))
