"""``harness compare``: is the difference real?"""

from functools import partial
from pathlib import Path

import click
from rich.text import Text

from harness.cli.options.commands import Command
from harness.cli.options.completion import complete_recorded
from harness.cli.options.figures import drawing_options, figures_option
from harness.cli.options.groups import ADVANCED, OUTPUT, SHOW, option
from harness.cli.options.shared import (
    MetricName,
    data_filter_option,
    format_option,
    json_option,
    model_filter_option,
    out_option,
    plugin_option,
    protocol_option,
    rename_option,
)
from harness.cli.options.tasks import tasks_option
from harness.cli.terminal.console import ShownConsole
from harness.cli.terminal.output import draw_files, print_json, show_tables
from harness.cli.terminal.progress import progress_bars
from harness.results.comparisons.grouped import GroupedComparison
from harness.results.display.shown_text import shown_line
from harness.results.files import file_words
from harness.results.formats.markdown import markdown_text
from harness.results.plots.page import Drawing
from harness.results.statistics.protocols import Protocol
from harness.results.statistics.resampling import Resampling
from harness.studies.comparison import compare


@click.command("compare", cls=Command)
@click.argument("encoders", nargs=-1, shell_complete=complete_recorded)
@plugin_option()
@tasks_option(
    group=SHOW,
    description="Tasks or suites that all the encoders were scored on.  [default: every such"
    " task]",
)
@model_filter_option
@rename_option
@data_filter_option
@option(
    OUTPUT,
    "--metric",
    type=MetricName(),
    help="What is compared; any that the records hold.  [default: the tasks' own]",
)
@protocol_option("How splits become a task's score.")
@option(
    ADVANCED,
    "--confidence",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=Resampling.confidence,
    show_default=True,
    help="Confidence level of the intervals; the tests' level is 1 minus this.",
)
@option(
    ADVANCED,
    "--draws",
    type=click.IntRange(min=1),
    default=Resampling.draws,
    show_default=True,
    help="Number of bootstrap resamples, and of permutations.",
)
@option(
    ADVANCED,
    "--seed",
    type=click.IntRange(min=0),
    default=Resampling.seed,
    show_default=True,
    help="Random seed of all draws.",
)
@option(
    OUTPUT,
    "--to",
    "reference",
    shell_complete=complete_recorded,
    metavar="ENCODER",
    help="Show the differences to this encoder.  [default: the best of each task]",
)
@option(
    OUTPUT,
    "--all-pairs",
    is_flag=True,
    help="Show who beats whom, and the difference of every pair; by default those to the best.",
)
@format_option("csv", "json", description="How to print the outcome.")
@json_option
@figures_option("forest plot", "none is drawn")
@drawing_options
@out_option("records")
def compare_command(
    encoders: tuple[str, ...],
    *,
    tasks: list[str],
    models: tuple[str, ...],
    rename: dict[str, str],
    data: tuple[str, ...],
    metric: str | None,
    protocol: Protocol,
    confidence: float,
    draws: int,
    seed: int,
    reference: str | None,
    all_pairs: bool,
    output_format: str,
    as_json: bool,
    figures: Path | None,
    drawing: Drawing,
    records: Path,
) -> None:
    """Compare ENCODERS by their stored results; nothing is encoded again.

    An encoder is named as the result tables name it, or by its spec: mean@minilm where it was
    measured on several models, 'sg (sts[100])' where it was trained on several texts, and so on
    with whatever distinguishes its results: 'bow (data 5409cddb2756)'. With none named, those that
    share the most results are compared. Each family of tasks has its own verdict, plot and tables.

    \b
    harness compare mean sg-opt --tasks sts
    harness compare mean cls max --tasks stsb --protocol all --format latex
    harness compare --figures figures --figure-format pdf --width text
    harness compare mean mean:dim=128 mean:precision=int8 --to mean --tasks stsb-test
    """  # noqa: D301 - click wants the very character
    with progress_bars() as bars:
        comparison = compare(
            encoders,
            tasks or None,
            records=records,
            model=models,
            rename=rename,
            data=data,
            reference=reference,
            resampling=Resampling(metric, protocol, confidence, draws, seed),
            on_progress=bars,
        )
    if as_json or output_format == "json":
        print_json(comparison.as_json())
    elif output_format == "csv":
        click.echo(comparison.as_csv(), nl=False)
    else:
        _show_verdict(comparison, output_format)
        show_tables(comparison.tables(all_pairs=all_pairs), output_format)
    for line in comparison.left_out:
        click.echo(shown_line(f"not compared: {line}"), err=True)
    if figures is not None:
        _draw(comparison, figures, drawing)


def _draw(comparison: GroupedComparison, folder: Path, drawing: Drawing) -> None:
    from harness.results.plots.forest_plot import (
        draw_forest,  # deferred: matplotlib takes a second to import
    )

    for start, group in comparison.titled():
        draw = partial(
            draw_forest,
            group.columns,
            confidence=group.resampling.confidence,
            title=f"{start}{group.score_table().title}",
            reference=group.reference,
            page=drawing.page,
        )
        name = "-".join(filter(None, ("forest", start.removesuffix(": ").lower(), group.metric)))
        draw_files("Forest plot", folder / file_words(name), draw, drawing.formats)


def _show_verdict(comparison: GroupedComparison, output_format: str) -> None:
    """Print the sentences; on a screen the plots too, and in LaTeX nothing."""
    sentences = comparison.verdict()
    if output_format == "markdown" and sentences:
        click.echo("\n".join([*map(markdown_text, sentences), ""]))
    if output_format == "table":
        console = ShownConsole()
        for sentence in sentences:
            console.print(Text(sentence, style="bold"))
        for title, *lines in comparison.plots(console.width):
            console.print(Text(f"\n{title}"))
            console.print(Text("\n".join(lines)), no_wrap=True, crop=False)
        console.print()
