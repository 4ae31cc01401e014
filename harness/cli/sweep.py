"""``harness sweep``: every layer under every pooling."""

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
from harness.cli.showing import show_tables
from harness.on_demand import DEFAULT_OUT
from harness.settings import parse_assignments
from harness.sweeping import sweep
from results.families import PROTOCOLS
from results.formats import to_csv
from results.grids import ScoreGrid, grid_table


@click.command("sweep")
@click.option(
    "--layers",
    default="all",
    show_default=True,
    metavar="LAYER,...",
    help="all, or indices and ranges such as 0,3-6,-1; 0 is the embedding output.",
)
@click.option(
    "--pooling",
    "poolings",
    multiple=True,
    default=["cls,mean,max"],
    show_default=True,
    type=PluginName("encoder"),
    callback=split_commas,
    metavar="ENCODER,...",
    help="Encoders that have a setting layers.",
)
@click.option(
    "-t",
    "--tasks",
    multiple=True,
    default=["stsb"],
    show_default=True,
    type=PluginName("task"),
    callback=split_commas,
    metavar="TASK,...",
    help="Tasks or suites; see 'harness tasks list'.",
)
@context_options
@data_option
@click.option(
    "--task-set",
    "task_settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="Setting for every task that has it; repeatable.",
)
@click.option(
    "--protocol",
    type=click.Choice([*PROTOCOLS]),
    default="all",
    show_default=True,
    help="Protocol to show.",
)
@click.option("--metric", help="Metric to show.  [default: each task's own]")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "markdown", "latex", "csv"]),
    default="table",
    show_default=True,
    help="How to print the scores.",
)
@click.option(
    "--figures",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the heat maps, PNG and SVG.  [default: figures below --out]",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=DEFAULT_OUT,
    show_default=True,
    help="Folder of the records.",
)
@click.option("--no-cache", is_flag=True, help="Keep no vectors between runs.")
def sweep_command(
    *, form: str, protocol: str, metric: str | None, figures: Path | None, **options: Any
) -> None:
    r"""Score every layer under every pooling, all from one encoding pass.

    Prints a table for each task, and draws it as a heat map.

    \b
    harness sweep --model minilm --tasks stsb --data sample
    harness sweep --layers 0-4,-1 --pooling mean,max --tasks sts --protocol wmean
    """
    context = take_context(options)
    with progress_bars() as on_progress:
        swept = sweep(
            options["layers"],
            options["poolings"],
            options["tasks"],
            data=options["data"],
            context=context,
            task_settings=parse_assignments(options["task_settings"]),
            out=options["out"],
            cache=not options["no_cache"],
            on_progress=on_progress,
        )
    grids = swept.grids(metric=metric, protocol=protocol)
    if form == "csv":
        click.echo(to_csv(swept.report.records), nl=False)
    else:
        show_tables([grid_table(grid) for grid in grids], form)
    _draw(grids, figures or options["out"] / "figures", Path(context.model).name)
    for failure in swept.failures:
        click.echo(f"Error: {failure}", err=True)
    raise click.exceptions.Exit(1 if swept.failures or not grids else 0)


def _draw(grids: list[ScoreGrid], folder: Path, model: str) -> None:
    from results.heatmap import draw_heatmap  # deferred: matplotlib takes a second to import

    for grid in grids:
        paths = [folder / f"sweep-{model}-{grid.name}.{suffix}" for suffix in ("png", "svg")]
        for path in paths:
            draw_heatmap(grid, path)
        click.echo(f"Heat map: {paths[0]} and {paths[1].suffix}", err=True)
