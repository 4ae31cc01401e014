"""``harness run``: measure everything that a recipe lists."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from harness.cli.options.context import machine_options, take_context
from harness.cli.options.shared import (
    data_option,
    no_cache_option,
    out_option,
    plugin_option,
    settings_option,
)
from harness.cli.terminal.progress import progress_bars
from harness.data import SAMPLE, open_data
from harness.recipes.reading import read_recipe, shipped_recipes
from harness.recipes.recipe import Recipe
from harness.settings import parse_assignments


@click.command("run")
@click.argument("recipe", metavar="[RECIPE]", required=False)
@click.option("--list", "listed", is_flag=True, help="List the recipes that ship with harness.")
@click.option("--dry-run", is_flag=True, help="Print what would be measured, and measure nothing.")
@click.option(
    "--smoke",
    is_flag=True,
    help="Show in minutes that it runs: little of everything, the sample, a tiny random model.",
)
@click.option("--only", multiple=True, metavar="SECTION", help="Only this section; repeatable.")
@click.option("-m", "--model", metavar="MODEL", help="Instead of the recipe's models.")
@machine_options
@plugin_option()
@data_option
@settings_option()
@click.option("--seeds", type=click.IntRange(min=1), metavar="N", help="Train so often.")
@out_option(told="Everything goes to a folder of the recipe's name in it.")
@no_cache_option
def run_command(*, recipe: str | None, listed: bool, dry_run: bool, **options: Any) -> None:
    """Measure every section of RECIPE: a TOML file, or sg-bert or consert.

    Each section leaves a Markdown file with its tables and figures, published figures beside the
    measured ones; all of them together a report. What is done is not done again: the same command
    goes on where it was stopped.

    \b
    harness run sg-bert --smoke
    harness run consert --only figure-7 --model minilm --data FOLDER
    """  # noqa: D301 - click wants the very character
    if listed:
        _print_recipes()
        return
    if recipe is None:
        raise click.UsageError("name a RECIPE, or list them with --list")
    chosen = _choose(recipe, options)
    if dry_run:
        _print_plan(chosen, options["only"])
        return
    _run(chosen, options)


def _choose(name: str, options: dict[str, Any]) -> Recipe:
    """Apply the command's own size, model, settings and choice of sections to a recipe."""
    recipe = read_recipe(name)
    smoke, model = options["smoke"], options["model"]
    if smoke:
        recipe = recipe.small()
        model = model or recipe.smoke.model or str(tiny_folder(recipe, options["out"]))
    recipe = recipe.with_settings(parse_assignments(options.pop("settings")))
    if (seeds := options.pop("seeds")) is not None:
        recipe = recipe.with_seeds(seeds)
    return recipe.with_model(model) if model else recipe


def _run(recipe: Recipe, options: dict[str, Any]) -> None:
    from harness.evaluation.run_options import RunOptions  # deferred: imports torch
    from harness.recipes.runs import run_recipe
    from harness.recipes.tiny_model import make_tiny_bert
    from harness.training.options import TrainingOptions, checkpoint_folder

    smoke, model = options.pop("smoke"), options.pop("model")
    if smoke and not (model or recipe.smoke.model):
        make_tiny_bert(tiny_folder(recipe, options["out"]))
    with progress_bars() as bars:
        run = run_recipe(
            recipe,
            RunOptions(
                open_data(SAMPLE if smoke and options["data"] is None else options["data"]),
                take_context(options),
                options["out"],
                not options["no_cache"],
                TrainingOptions(
                    checkpoint_folder(options["out"]), on_step=bars.on_step, on_progress=bars
                ),
                bars,
            ),
            only=options["only"],
            on_job=lambda done, total, what: click.echo(f"[{done}/{total}] {what}", err=True),
        )
    if run.reused:
        click.echo(f"{run.reused} jobs were done before", err=True)
    for left_out in run.skipped:
        click.echo(f"left out: {left_out}", err=True)
    for failure in run.failures:
        click.echo(f"Error: {failure}", err=True)
    for path in run.written:
        click.echo(str(path))
    raise click.exceptions.Exit(1 if run.failures else 0)


def tiny_folder(recipe: Recipe, out: Path) -> Path:
    """Return where a smoke run's own model lies."""
    return out / recipe.name / "tiny-bert"


def _print_recipes() -> None:
    for name in shipped_recipes():
        recipe = read_recipe(name)
        click.echo(f"{name}: {recipe.title}")
        for section in recipe.sections:
            click.echo(f"    {section.name}: {section.title}")


def _print_plan(recipe: Recipe, only: Sequence[str]) -> None:
    from harness.recipes.jobs import plan_jobs  # deferred: imports torch

    jobs = plan_jobs(recipe)
    for section in recipe.only(only).sections:
        own = [job for job in jobs if job.section is section]
        click.echo(f"{section.name}: {section.title}")
        for job in own:
            needs = ", if what it needs is there" if job.optional else ""
            told = (
                f"{', '.join(job.encoders)} with {job.model}" if job.encoders else section.measure
            )
            click.echo(f"    {told} on {', '.join(section.tasks)}{needs}")
        varied = [f"{name} {', '.join(values)}" for name, values in section.grid.items()]
        varied += [f"layers {section.layers}"] if section.layers else []
        trains = section.measure in {"scores", "space"} and not section.layers
        varied += [f"{own[0].seeds} seeds"] if trains and own[0].seeds > 1 else []
        if varied:
            click.echo(f"    {'; '.join(varied)}")
