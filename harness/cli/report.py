"""``harness report``: a folder of records as tables, data, or one HTML file."""

import sys
from pathlib import Path

import click

from harness.cli.options.commands import Command
from harness.cli.options.groups import OUTPUT, SHOW, option
from harness.cli.options.shared import (
    data_filter_option,
    encoder_filter_option,
    folder_or_option,
    format_option,
    metrics_option,
    model_filter_option,
    plugin_option,
    protocols_option,
    rename_option,
)
from harness.cli.options.tasks import tasks_option
from harness.cli.terminal.links import print_written
from harness.cli.terminal.output import note_left_out, show_tables
from harness.cli.terminal.progress import progress_bars
from harness.errors import RecordError
from harness.evaluation.report import DisplayOptions, Report
from harness.results.families import PROTOCOLS
from harness.results.files import refuse_other_kinds, write_atomically
from harness.results.formats.formats import FOLDER_FORMATS, PAGE_FORMATS, RECORD_FORMATS
from harness.studies.folder_report import read_report


@click.command("report", cls=Command)
@folder_or_option
@plugin_option()
@tasks_option(group=SHOW, description="Only these tasks or suites.")
@encoder_filter_option
@model_filter_option
@rename_option
@data_filter_option
@metrics_option("each task's own; html: all")
@protocols_option
@option(
    OUTPUT,
    "--ci/--no-ci",
    "intervals",
    default=None,
    help="Show 95 % intervals, and what ties with the best.  [default: in html alone]",
)
@option(
    SHOW,
    "--published",
    is_flag=False,
    flag_value="",
    metavar="[SOURCE,...]",
    help="Put published scores beside the measured ones: sg-bert, consert, or a result file of"
    " mteb or a folder of them.  [bare: all papers]",
)
@option(OUTPUT, "--title", default=Report.title, show_default=True, help="Head of the file.")
@option(
    OUTPUT,
    "--with-text",
    is_flag=True,
    help="Add the items' sentences to the page, read from the data: mind its licences.  [html]",
)
@option(
    OUTPUT,
    "--without-items",
    "with_items",
    flag_value=False,
    default=True,
    help="Leave the items' gold scores and similarities out of the page, to publish it.  [html]",
)
@format_option(
    *RECORD_FORMATS, *PAGE_FORMATS, *FOLDER_FORMATS, description="How to write the report."
)
@option(
    OUTPUT,
    "-o",
    "--output",
    type=click.Path(allow_dash=True, path_type=Path),
    help="File to write, - for the terminal; mteb: folder.  [default: -; html:"
    " FOLDER/report.html; mteb: FOLDER/mteb]",
)
def report_command(
    folder: Path,
    *,
    output_format: str,
    output: Path | None,
    published: str | None,
    protocols: tuple[str, ...],
    metrics: tuple[str, ...],
    intervals: bool | None,
    tasks: list[str],
    encoders: tuple[str, ...],
    models: tuple[str, ...],
    rename: dict[str, str],
    data: tuple[str, ...],
    title: str,
    with_text: bool,
    with_items: bool,
) -> None:
    """Show all records of a folder (default: runs, or the user's own out).

    \b
    harness report --format html
    harness report --records runs --ci --published --format latex -o tables.tex
    """  # noqa: D301 - click wants the very character
    _refuse_options_of_items(output_format, with_text=with_text, with_items=with_items)
    display = DisplayOptions(
        metrics=metrics,
        protocols=protocols or tuple(PROTOCOLS),
        intervals=output_format in PAGE_FORMATS if intervals is None else intervals,
    )
    with progress_bars():
        report = read_report(
            folder,
            metrics=metrics,
            protocols=protocols,
            published=None if published is None else _sources(published),
            tasks=tasks,
            model=models,
            encoders=encoders,
            rename=rename,
            data=data,
            title=title,
            with_text=with_text,
            with_items=with_items,
        )
    if output_format in FOLDER_FORMATS:
        _write_folder(report, output_format, output or folder / output_format)
        return
    if output is not None and output.is_dir():
        raise click.BadParameter(
            f"must be a file, got the folder {str(output)!r}", param_hint="-o"
        )
    note_left_out(report.records, metrics)
    page = PAGE_FORMATS.get(output_format)
    target = output or (folder / f"report.{page.suffix}" if page else Path("-"))
    if target == Path("-") and output_format == "table":
        with progress_bars():
            tables = report.tables(**display)
        show_tables(tables, output_format)
        return
    with progress_bars():
        content = report.render(output_format, **display)
    if target == Path("-"):
        click.echo(content, nl=False)
        return
    if output is None:  # nobody named a pipe, and nobody may be reading it
        refuse_other_kinds(target)
    write_atomically(target, content.encode())
    other = "" if output or sys.stdout.isatty() else " (-o - writes to standard output)"
    print_written(target, other)


def _refuse_options_of_items(output_format: str, *, with_text: bool, with_items: bool) -> None:
    if with_text and not with_items:
        raise click.UsageError("--with-text and --without-items exclude each other")
    option = "--with-text" if with_text else "--without-items"
    if (with_text or not with_items) and output_format not in PAGE_FORMATS:
        raise click.UsageError(
            f"{option} needs --format html, got --format {output_format}: only the page shows"
            " items"
        )


def _sources(published: str) -> list[str]:
    """Split papers and places at commas, unless a place is called so."""
    if published and Path(published).exists():
        return [published]
    return [source for source in published.split(",") if source]


def _write_folder(report: Report, output_format: str, folder: Path) -> None:
    """Write the files of a format that has several."""
    if folder == Path("-") or folder.is_file():
        what = "the terminal" if folder == Path("-") else f"the file {str(folder)!r}"
        raise click.BadParameter(f"must be a folder, got {what}", param_hint="-o")
    files = FOLDER_FORMATS[output_format](report.records)
    if not files:
        raise RecordError(
            f"no file of {output_format} was written: no record holds a score that {output_format}"
            " could have measured, which is cosines on whole data of its own tasks; choose others"
            " with --tasks and --data"
        )
    for name, content in files.items():
        write_atomically(folder / name, content.encode())
    click.echo(f"wrote {len(files)} files to {folder}", err=True)
