"""``harness sweep``: every layer under every pooling, or an encoder at many settings."""

from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import click

from harness.cli.options.context import context_options, take_context
from harness.cli.options.shared import (
    METRICS,
    PluginName,
    data_option,
    figures_option,
    format_option,
    no_cache_option,
    out_option,
    plugin_option,
    protocol_option,
    settings_option,
    split_commas,
    task_settings_option,
    tasks_option,
)
from harness.cli.options.training import training_options
from harness.cli.sweep_settings import sweep_grid
from harness.cli.terminal.output import draw_files, end_with, show_tables, without_metric
from harness.cli.terminal.progress import progress_bars
from harness.data import open_data
from harness.evaluation.run_options import RunOptions
from harness.planning.planned_tasks import refuse_metric
from harness.results.files import file_words
from harness.results.formats.data import to_csv
from harness.results.tables.layer_grid import ScoreGrid, grid_table
from harness.studies.layer_sweep import sweep


@click.command("sweep")
@click.argument("encoder", required=False, type=PluginName("encoder"))
@plugin_option(warn=False)
@click.option(
    "--grid",
    multiple=True,
    metavar="NAME=VALUE,...",
    help="Vary this setting of ENCODER, or limit, the number of training sentences, or encoder;"
    " repeatable.",
)
@click.option(
    "--one-off", is_flag=True, help="Vary one setting at a time; by default all are crossed."
)
@settings_option("Setting of ENCODER that stays the same; repeatable.")
@training_options
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
@tasks_option("stsb")
@context_options
@data_option
@task_settings_option
@protocol_option("Protocol to show.")
@click.option(
    "--metric", type=click.Choice(METRICS), help="Metric to show.  [default: each task's own]"
)
@format_option("csv")
@figures_option("plots")
@out_option()
@no_cache_option
def sweep_command(
    *,
    encoder: str | None,
    grid: tuple[str, ...],
    figures: Path | None,
    **options: Any,
) -> None:
    """Score every layer under every pooling, or ENCODER at every point of a grid of settings.

    Without ENCODER all layers and poolings are read from one encoding pass. With one, it is
    trained where it must be; an interrupted sweep goes on with the same command. Prints tables,
    and draws them.

    \b
    harness sweep --model minilm --tasks stsb --data sample
    harness sweep --layers 0-4,-1 --pooling mean,max --tasks sts --protocol wmean
    harness sweep consert --grid temperature=0.05,0.1,0.2 --grid batch_size=16,96 --seeds 3
    """  # noqa: D301 - click wants the very character
    figures = figures or options["out"] / "figures"
    if (encoder is None) == bool(grid):
        raise click.UsageError("name an ENCODER and at least one --grid, or neither")
    if encoder is None and options["settings"]:
        raise click.UsageError("--set needs an ENCODER")
    if (metric := options["metric"]) is not None:
        refuse_metric(metric, options["tasks"])
    if metric == "kendall":
        options["task_settings"] = {**options["task_settings"], "kendall": "true"}
    if encoder is None:
        _sweep_layers(figures, options)
    else:
        sweep_grid(encoder, grid, figures, options)


def _sweep_layers(figures: Path, options: dict[str, Any]) -> NoReturn:
    context = take_context(options)
    with progress_bars() as on_progress:
        swept = sweep(
            options["layers"],
            options["poolings"],
            options["tasks"],
            RunOptions(
                open_data(options["data"]),
                context,
                options["out"],
                options["cache"],
                on_progress=on_progress,
            ),
            task_settings=options["task_settings"],
        )
    grids = swept.grids(metric=options["metric"], protocol=options["protocol"])
    if options["output_format"] == "csv":
        click.echo(to_csv(swept.report.records), nl=False)
    else:
        show_tables([grid_table(grid) for grid in grids], options["output_format"])
    _draw(grids, figures, Path(context.model).name)
    lacking = without_metric(swept.report.records, [options["metric"]])
    end_with([*swept.failures, *lacking], failed=not grids)


def _draw(grids: list[ScoreGrid], folder: Path, model: str) -> None:
    from harness.results.plots.heatmap import (
        draw_heatmap,  # deferred: matplotlib takes a second to import
    )

    for grid in grids:
        name = file_words(f"sweep-{model}-{grid.name}")
        draw_files("Heat map", folder / name, partial(draw_heatmap, grid))
