"""``harness eval``: score encoders on tasks."""

import json
from pathlib import Path
from typing import Any

import click

from harness.cli.options import (
    PluginName,
    context_options,
    data_option,
    split_commas,
    take_context,
)
from harness.cli.progress import progress_bars
from harness.cli.showing import show_table
from harness.evaluation import DEFAULT_OUT, evaluate
from harness.report import Report
from harness.settings import parse_assignments
from results.formats import to_csv
from results.report_grids import PROTOCOLS

_METRICS = ["spearman", "pearson", "kendall"]


@click.command("eval")
@click.argument("encoders", nargs=-1, type=PluginName("encoder"))
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
@click.option("--ci", is_flag=True, help="Show 95 % intervals, and what ties with the best.")
@click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=DEFAULT_OUT,
    show_default=True,
    help="Folder of the records.",
)
@click.option("--no-cache", is_flag=True, help="Keep no vectors between runs.")
def evaluate_command(
    encoders: tuple[str, ...],
    *,
    form: str,
    as_json: bool,
    protocols: tuple[str, ...],
    metrics: tuple[str, ...],
    ci: bool,
    **options: Any,
) -> None:
    r"""Score ENCODERS on tasks.

    An encoder is a name, or a spec with settings such as mean:layers=last2. With none named,
    mean is scored.

    \b
    harness eval mean cls --model minilm --tasks sts --data sample
    harness eval mean:layers=first-last --tasks stsb --protocol all --format latex
    """
    if "kendall" in metrics:
        options["task_settings"] = (*options["task_settings"], "kendall=true")
    report = _evaluate(encoders or ("mean",), options)
    show = {"protocols": protocols or tuple(PROTOCOLS), "metrics": metrics, "intervals": ci}
    _show(report, "json" if as_json else form, show)
    for failure in report.failures:
        click.echo(f"Error: {failure}", err=True)
    raise click.exceptions.Exit(report.exit_code)


def _evaluate(encoders: tuple[str, ...], options: dict[str, Any]) -> Report:
    context = take_context(options)
    task_settings = parse_assignments(options["task_settings"])
    if options["nan"] is not None:
        task_settings["nan"] = options["nan"]
    with progress_bars() as on_progress:
        return evaluate(
            encoders,
            options["tasks"],
            data=options["data"],
            context=context,
            settings=parse_assignments(options["settings"]),
            task_settings=task_settings,
            out=options["out"],
            cache=not options["no_cache"],
            on_progress=on_progress,
        )


def _show(report: Report, form: str, show: dict[str, Any]) -> None:
    if form == "json":
        records = {"records": [record.summary() for record in report.records]}
        click.echo(json.dumps(records, indent=1, ensure_ascii=False))
    elif form == "csv":
        click.echo(to_csv(report.records), nl=False)
    else:
        for table in report.tables(**show):
            show_table(table, form)
