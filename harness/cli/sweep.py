"""``harness sweep``: every layer under every pooling, or an encoder at many settings."""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

import click

from harness.cli.options.commands import Command, join_settings
from harness.cli.options.context import context_options
from harness.cli.options.figures import drawing_options, figures_option
from harness.cli.options.groups import OUTPUT, SCORE, option
from harness.cli.options.run import RunArguments, run_arguments
from harness.cli.options.settings import settings_measuring
from harness.cli.options.shared import (
    MetricName,
    PluginName,
    data_option,
    format_option,
    lock_timeout_option,
    no_cache_option,
    out_option,
    plugin_option,
    protocol_option,
    settings_option,
    split_commas,
    task_settings_option,
)
from harness.cli.options.tasks import tasks_option, tasks_or_files
from harness.cli.options.training import training_options
from harness.cli.terminal.output import (
    draw_files,
    end_with,
    note_left_out,
    show_tables,
    without_metric,
)
from harness.planning.asked_scores import refuse_unmeasured
from harness.planning.encoder_specs import EncoderSpec
from harness.results.families import DEFAULT_PROTOCOL
from harness.results.files import file_words
from harness.results.formats.data import to_csv
from harness.results.plots.page import Drawing
from harness.results.tables.layer_grid import ScoreGrid, grid_table, layer_grids
from harness.results.tables.setting_table import setting_table
from harness.results.tables.sweep_scores import SweepScores
from harness.results.tables.table import Table
from harness.settings import Spec
from harness.studies.sweep_axes import layer_axes, read_axes
from harness.studies.sweeps import Sweep, run_sweep
from harness.training.dev_task import as_task


@click.command("sweep", cls=Command)
@click.argument("encoder", required=False, type=PluginName("encoder"))
@plugin_option(warn=False)
@option(
    SCORE,
    "--grid",
    multiple=True,
    metavar="NAME=VALUE,...",
    help="Vary this setting of ENCODER, or limit, the number of training sentences, or encoder;"
    " repeatable.",
)
@option(
    SCORE,
    "--one-off",
    is_flag=True,
    help="Vary one setting at a time; by default all are crossed.",
)
@settings_option("Setting of ENCODER that stays the same; repeatable.")
@training_options
@option(
    SCORE,
    "--layers",
    default="all",
    show_default=True,
    metavar="LAYER,...",
    help="all, or indices and ranges such as 0,3-6,-1; 0 is the embedding output.",
)
@option(
    SCORE,
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
@tasks_or_files(tasks_option("stsb"))
@option(
    SCORE,
    "--choose-on",
    type=PluginName("task"),
    metavar="TASK|FILE",
    help="Score all points on this task or file of scored pairs, and the best of them alone,"
    " once, on --tasks.",
)
@context_options
@data_option
@task_settings_option
@protocol_option("Protocol to show.")
@option(OUTPUT, "--metric", type=MetricName(), help="Metric to show.  [default: each task's own]")
@format_option("csv")
@figures_option("plots")
@drawing_options
@out_option()
@no_cache_option
@lock_timeout_option
@run_arguments
def sweep_command(
    *,
    encoder: str | None,
    grid: tuple[str, ...],
    one_off: bool,
    settings: dict[str, str],
    layers: str,
    poolings: list[str],
    tasks: list[str | Spec],
    choose_on: str | None,
    task_settings: dict[str, str],
    protocol: str,
    metric: str | None,
    output_format: str,
    figures: Path | None,
    drawing: Drawing,
    run: RunArguments,
) -> None:
    """Score every layer under every pooling, or ENCODER at every point of a grid of settings.

    Without ENCODER all layers and poolings are read from one encoding pass. With one, it is
    trained where it must be; an interrupted sweep resumes with the same command. Prints tables,
    and draws them.

    \b
    harness sweep --model minilm --tasks stsb --data sample
    harness sweep --layers 0-4,-1 --pooling mean,max --tasks sts --protocol wmean
    harness sweep consert --grid temperature=0.05,0.1,0.2 --grid batch_size=16,96 --seeds 3
    harness sweep sg-opt --grid temperature=0.01,0.1 --choose-on stsb-dev --tasks stsb-test
    """  # noqa: D301 - click wants the very character
    if (encoder is None) == bool(grid):
        raise click.UsageError("name an ENCODER and at least one --grid, or neither")
    if encoder is None and settings:
        raise click.UsageError("--set needs an ENCODER")
    task_settings = join_settings(task_settings, settings_measuring([metric]))
    refuse_unmeasured(
        tasks if choose_on is None else [*tasks, as_task(choose_on)],
        [] if metric is None else [metric],
        [] if protocol == DEFAULT_PROTOCOL else [protocol],
    )
    axes = layer_axes(layers, poolings, run.context) if encoder is None else read_axes(grid)
    with run.started() as options:
        swept = run_sweep(
            axes,
            tasks,
            options,
            encoder=encoder,
            choose_on=choose_on,
            metric=metric,
            protocol=protocol,
            one_off=one_off and encoder is not None,
            settings=settings,
            task_settings=task_settings,
            seeds=run.seeds or (0,),
        )
    note_left_out(swept.records, [metric])
    shown = swept.scores.measured_by(metric)
    metric = metric if swept.choice is None else swept.choice.metric
    figures = figures or run.out / "figures"
    if encoder is None:
        grids = [
            each.with_notes([f"– {failure}" for failure in swept.failures_on(each.name)])
            for each in layer_grids(shown, metric=metric, protocol=protocol)
        ]
        _print(swept, map(grid_table, grids), output_format)
        _draw_layers(grids, figures, Path(run.context.model).name, drawing)
    else:
        families = shown.by_family.values()
        tables = (setting_table(each, metric=metric, protocol=protocol) for each in families)
        _print(swept, tables, output_format)
        _draw_points(shown, encoder, figures, drawing, metric=metric, protocol=protocol)
    failures = swept.failures_on(None) if encoder is None else swept.failures
    lacking = without_metric(swept.records, [metric])
    if choose_on is not None and swept.choice is None:
        lacking.append(f"no point is chosen: none has a score of every seed on {choose_on}")
    end_with([*failures, *lacking], failed=encoder is None and not shown.records)


def _draw_layers(grids: Sequence[ScoreGrid], folder: Path, model: str, drawing: Drawing) -> None:
    from harness.results.plots.heatmap import (
        draw_heatmap,  # deferred: matplotlib takes a second to import
    )

    for grid in grids:
        if not grid.has_scores:
            continue
        name = file_words(f"sweep-{model}-{grid.name}")
        draw = partial(draw_heatmap, grid, page=drawing.page)
        draw_files("Heat map", folder / name, draw, drawing.formats)


def _draw_points(
    shown: SweepScores,
    encoder: str,
    folder: Path,
    drawing: Drawing,
    *,
    metric: str | None,
    protocol: str,
) -> None:
    from harness.results.plots.setting_plot import (
        draw_settings,  # deferred: matplotlib takes a second to import
    )

    words = "-".join([EncoderSpec.parse(encoder).spec.name, *shown.axes])
    for task, on_task in shown.by_task.items():
        record = on_task.records[-1]
        shown_metric = metric or on_task.headline_metric
        if not any(point.cell(task, shown_metric, protocol).scores for point in on_task.points):
            continue
        title = f"{record.title}: {encoder}, {record.model}"
        draw = partial(
            draw_settings,
            on_task,
            task,
            title=title,
            metric=metric,
            protocol=protocol,
            page=drawing.page,
        )
        start = folder / file_words(f"sweep-{words}-{task}")
        draw_files("Plot", start, draw, drawing.formats)


def _print(swept: Sweep, tables: Iterable[Table], output_format: str) -> None:
    if output_format == "csv":
        click.echo(to_csv(swept.records), nl=False)
        for note in swept.scores.notes:
            click.echo(note, err=True)
    else:
        show_tables(tables, output_format)
