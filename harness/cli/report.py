"""``harness report``: a folder of records as tables, data, or one HTML file."""

from pathlib import Path
from typing import Any

import click

from harness.cache import write_atomically
from harness.cli.options import PluginName, split_commas
from harness.cli.showing import show_tables
from harness.reporting import FORMATS, read_report
from results.families import PROTOCOLS
from results.resampling import METRICS


@click.command("report")
@click.argument("folder", default="runs", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "-t",
    "--tasks",
    multiple=True,
    type=PluginName("task"),
    callback=split_commas,
    metavar="TASK,...",
    help="Only these tasks or suites.",
)
@click.option("-m", "--model", metavar="MODEL", help="Only results of this transformer.")
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    type=click.Choice([*METRICS, "kendall", "f1"]),
    help="Metric to show; repeatable.  [default: each task's own; html: all]",
)
@click.option(
    "--protocol",
    "protocols",
    multiple=True,
    type=click.Choice([*PROTOCOLS]),
    help="Protocol to show; repeatable.  [default: all three]",
)
@click.option("--ci", is_flag=True, help="Show 95 % intervals, and what ties with the best.")
@click.option(
    "--published",
    is_flag=False,
    flag_value="",
    metavar="[PAPER,...]",
    help="Put published figures beside the measured ones: sg-bert, consert.  [bare: all]",
)
@click.option("--title", default="Sentence encoders", show_default=True, help="Head of the file.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", *FORMATS]),
    default="table",
    show_default=True,
    help="How to write the report.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="File to write, - for the terminal.  [default: -; html: FOLDER/report.html]",
)
def report_command(
    folder: Path,
    *,
    form: str,
    output: Path | None,
    ci: bool,
    published: str | None,
    protocols: tuple[str, ...],
    metrics: tuple[str, ...],
    **options: Any,
) -> None:
    r"""Show all records of FOLDER (default: runs).

    \b
    harness report --format html
    harness report runs --ci --published --format latex -o tables.tex
    """
    report = read_report(
        folder,
        metrics=metrics or (("spearman", "pearson", "accuracy") if form == "html" else ()),
        protocols=protocols or tuple(PROTOCOLS),
        intervals=ci,
        published=None if published is None else [key for key in published.split(",") if key],
        **options,
    )
    if form == "table":
        show_tables(report.tables, form)
        return
    content = report.render(form)
    target = output or (folder / "report.html" if form == "html" else Path("-"))
    if target == Path("-"):
        click.echo(content, nl=False)
        return
    write_atomically(target, content.encode())
    click.echo(f"wrote {target}", err=True)
