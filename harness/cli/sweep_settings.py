"""The part of ``harness sweep`` that varies an encoder's settings."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import click

from harness.cli.options.context import take_context
from harness.cli.options.training import take_seeds, take_training
from harness.cli.terminal.output import draw_files, end_with, show_tables, without_metric
from harness.cli.terminal.progress import progress_bars
from harness.data import open_data
from harness.evaluation.run_options import RunOptions
from harness.results.families import FAMILY_METRICS
from harness.results.files import file_words
from harness.results.formats.data import to_csv
from harness.results.tables.setting_table import setting_table
from harness.results.tables.table import Table
from harness.settings import Spec
from harness.studies.settings_sweep import SettingsSweep, parse_grid, sweep_settings


def sweep_grid(
    encoder: str, grid: Sequence[str], figures: Path, options: dict[str, Any]
) -> NoReturn:
    """Score the encoder at every point, print a table and draw a plot for each kind of task."""
    swept = _sweep(encoder, grid, options)
    metric, protocol = options["metric"], options["protocol"]
    shown = swept.measured_by(metric)
    if options["output_format"] == "csv":
        click.echo(to_csv(swept.records), nl=False)
    else:
        tables = [_table(shown, family, metric, protocol) for family in _families(shown)]
        show_tables(tables, options["output_format"])
    if shown.records:
        _draw(shown, figures, metric=metric, protocol=protocol)
    end_with([*swept.failures, *without_metric(swept.records, [metric])])


def _sweep(encoder: str, grid: Sequence[str], options: dict[str, Any]) -> SettingsSweep:
    axes = parse_grid(grid)
    context, seeds = take_context(options), take_seeds(options)
    with progress_bars() as bars:
        training = take_training(options, bars)
        return sweep_settings(
            encoder,
            axes,
            options["tasks"],
            RunOptions(
                open_data(options["data"]),
                context,
                options["out"],
                options["cache"],
                training,
                bars,
            ),
            one_off=options["one_off"],
            settings=options["settings"],
            task_settings=options["task_settings"],
            seeds=seeds or (0,),
            on_point=lambda done, total: bars("points", done, total),
        )


def _families(swept: SettingsSweep) -> list[str]:
    return list(dict.fromkeys(record.family for record in swept.records))


def _table(swept: SettingsSweep, family: str, metric: str | None, protocol: str) -> Table:
    points = [point.of_family(family) for point in swept.points]
    chosen = metric or FAMILY_METRICS[family][0]
    return setting_table(points, swept.axes, metric=chosen, protocol=protocol)


def _draw(swept: SettingsSweep, folder: Path, *, metric: str | None, protocol: str) -> None:
    from harness.results.plots.setting_plot import (
        draw_settings,  # deferred: matplotlib takes a second to import
    )

    words = "-".join([Spec.parse(swept.encoder).name, *swept.axes])
    tasks = {record.task: record for record in swept.records}
    for task, record in tasks.items():
        chosen = metric or FAMILY_METRICS[record.family][0]
        title = f"{record.title}: {swept.encoder}, {record.model}"
        draw = partial(
            draw_settings,
            swept.points,
            swept.axes,
            task,
            title=f"{title}: {chosen.capitalize()} × 100",
            metric=chosen,
            protocol=protocol,
        )
        draw_files("Plot", folder / file_words(f"sweep-{words}-{task}"), draw)
