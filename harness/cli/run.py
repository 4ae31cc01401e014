"""``harness run``: measure everything that a recipe lists."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from harness.cli.options.commands import Command, is_given
from harness.cli.options.completion import completer
from harness.cli.options.context import machine_options
from harness.cli.options.figures import drawing_options
from harness.cli.options.groups import MODEL, OUTPUT, SCORE, TRAINING, option
from harness.cli.options.run import RunArguments, run_arguments
from harness.cli.options.shared import (
    data_option,
    lock_timeout_option,
    no_cache_option,
    out_option,
    plugin_option,
    settings_option,
)
from harness.cli.options.training import report_to_option
from harness.cli.terminal.forecasts import print_plan
from harness.cli.terminal.output import print_exactly
from harness.data import SAMPLE
from harness.errors import MissingDataError
from harness.recipes.reading import read_recipe, shipped_recipes
from harness.recipes.recipe import Recipe
from harness.results.plots.page import Drawing

if TYPE_CHECKING:
    from harness.recipes.forecasting import JobForecast  # imports torch


@click.command("run", cls=Command)
@click.argument(
    "recipe",
    metavar="[RECIPE]",
    required=False,
    shell_complete=completer(lambda _ctx, _text: shipped_recipes()),
)
@option(OUTPUT, "--list", "listed", is_flag=True, help="List the recipes that ship with harness.")
@option(
    OUTPUT,
    "--dry-run",
    is_flag=True,
    help="Print what would be measured, what of it is done, and about how much time and memory"
    " the rest takes; measure nothing.",
)
@option(
    OUTPUT,
    "--probe",
    "with_probe",
    is_flag=True,
    help="With --dry-run: time a few sentences with each model first, for a closer estimate.",
)
@option(
    SCORE,
    "--smoke",
    is_flag=True,
    help="Show in minutes that it runs: little of everything, the sample, a tiny random model.",
)
@option(SCORE, "--only", multiple=True, metavar="SECTION", help="Only this section; repeatable.")
@option(
    MODEL, "-m", "--model", "own_model", metavar="MODEL", help="Instead of the recipe's models."
)
@machine_options
@plugin_option()
@data_option
@settings_option()
@option(
    TRAINING,
    "--seeds",
    "seed_count",
    type=click.IntRange(min=1),
    metavar="N",
    help="Train so often.",
)
@out_option(description="Everything goes to a folder of the recipe's name in it.")
@drawing_options
@no_cache_option
@lock_timeout_option
@report_to_option
@run_arguments
def run_command(
    *,
    recipe: str | None,
    listed: bool,
    dry_run: bool,
    with_probe: bool,
    smoke: bool,
    only: tuple[str, ...],
    own_model: str | None,
    settings: dict[str, str],
    seed_count: int | None,
    drawing: Drawing,
    run: RunArguments,
) -> None:
    """Measure every section of RECIPE: a TOML file, or sg-bert or consert.

    Each section leaves a Markdown file with its tables and figures, published scores beside the
    measured ones; all of them together a report. What is done is not done again: the same command
    resumes where it was stopped.

    \b
    harness run sg-bert --smoke
    harness run consert --only figure-7 --model minilm --data FOLDER
    """  # noqa: D301 - click wants the very character
    if listed:
        _print_recipes()
        return
    if recipe is None:
        raise click.UsageError("name a RECIPE, or list them with --list")
    chosen = read_recipe(recipe)
    chosen = (chosen.small() if smoke else chosen).with_settings(settings)
    if seed_count is not None:
        chosen = chosen.with_seeds(seed_count)
    model = own_model or (chosen.smoke.model if smoke else None)
    tiny = tiny_folder(chosen, run.out) if smoke and not model else None
    if model or tiny:
        chosen = chosen.with_model(model or str(tiny))
    if smoke and not is_given("data"):
        run = replace(run, data=SAMPLE)
    if dry_run:
        print_plan(chosen.only(only), _forecasts(chosen, only, run, with_probe=with_probe))
        return
    if with_probe:
        raise click.UsageError("--probe goes with --dry-run alone")
    _run(chosen, only, run, drawing, tiny)


def _run(
    recipe: Recipe, only: Sequence[str], run: RunArguments, drawing: Drawing, tiny: Path | None
) -> NoReturn:
    from harness.recipes.runs import run_recipe  # deferred: imports torch
    from harness.recipes.tiny_model import make_tiny_bert

    if tiny is not None:
        make_tiny_bert(tiny)
    with run.started() as options:
        done = run_recipe(
            recipe,
            options,
            only=only,
            drawing=drawing,
            on_job=lambda done, total, what: click.echo(f"[{done}/{total}] {what}", err=True),
        )
    if done.reused:
        click.echo(f"{done.reused} jobs were done before", err=True)
    reasons = {failure.reason for failure in done.failures}
    for left_out in done.skipped:
        if left_out.reason not in reasons:
            click.echo(f"left out: {left_out}", err=True)
    for reason in dict.fromkeys(failure.reason for failure in done.failures):
        failed = [
            each.subject for each in (*done.failures, *done.skipped) if each.reason == reason
        ]
        click.echo(f"Error: {'; '.join(failed)}: {reason}", err=True)
    for path in done.written:
        print_exactly(f"{path}\n")
    raise click.exceptions.Exit(1 if done.failures else 0)


def tiny_folder(recipe: Recipe, out: Path) -> Path:
    """Return where a smoke run's own model lies."""
    return out / recipe.name / "tiny-bert"


def _print_recipes() -> None:
    for name in shipped_recipes():
        recipe = read_recipe(name)
        click.echo(f"{name}: {recipe.title}")
        for section in recipe.sections:
            click.echo(f"    {section.name}: {section.title}")


def _forecasts(
    recipe: Recipe, only: Sequence[str], run: RunArguments, *, with_probe: bool
) -> "list[JobForecast]":
    """Return what each job will come to; the jobs alone where there is no data folder."""
    from harness.recipes.forecasting import (  # deferred: imports torch
        JobForecast,
        forecast_jobs,
    )
    from harness.recipes.jobs import plan_jobs

    wanted = recipe.only(only).sections
    try:
        with run.started() as options:
            return list(forecast_jobs(recipe, options, only=only, with_probe=with_probe))
    except MissingDataError as error:
        click.echo(f"no estimate: {error}", err=True)
    jobs = [job for job in plan_jobs(recipe) if job.section in wanted]
    return [JobForecast(job, is_done=False, forecast=None) for job in jobs]
