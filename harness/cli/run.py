"""``harness run``: measure everything that a recipe lists."""

from pathlib import Path
from typing import Any

import click

from harness.cli.options import context_options, data_option, take_context
from harness.cli.progress import progress_bars
from harness.data import SAMPLE, open_data
from harness.recipe import Recipe, read_recipe
from harness.settings import parse_assignments


@click.command("run")
@click.argument("recipe", metavar="RECIPE")
@click.option("--smoke", is_flag=True, help="On the sample, in minutes: shows that it runs.")
@click.option("--only", multiple=True, metavar="STEP", help="Only this step; repeatable.")
@click.option("--plan", is_flag=True, help="Print the steps and measure nothing.")
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
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("runs"),
    show_default=True,
    help="Records and report go to a folder of the recipe's name in it.",
)
@click.pass_context
def run_command(
    ctx: click.Context,
    /,
    *,
    recipe: str,
    smoke: bool,
    only: tuple[str, ...],
    plan: bool,
    **options: Any,
) -> None:
    r"""Measure every step of RECIPE, a TOML file, or sg-bert or consert.

    What is trained and encoded already is not done again: the same command goes on where it was
    stopped. --model takes the place of the recipe's models.

    \b
    harness run sg-bert --smoke
    harness run consert --only augmentations --model minilm --data FOLDER
    """
    chosen = _chosen(read_recipe(recipe), ctx, smoke=smoke, options=options)
    unknown = set(only) - {step.name for step in chosen.steps}
    if unknown:
        names = ", ".join(step.name for step in chosen.steps)
        raise click.UsageError(f"no step {min(unknown)!r}; there are: {names}")
    if plan:
        _print_plan(chosen)
        return
    from harness.recipe_runs import run_recipe  # deferred: imports torch

    with progress_bars() as on_progress:
        run = run_recipe(
            chosen,
            data=open_data(SAMPLE if smoke and options["data"] is None else options["data"]),
            context=take_context(options),
            out=options["out"],
            only=only,
            on_step=lambda done, total, what: click.echo(f"[{done}/{total}] {what}", err=True),
            on_progress=on_progress,
        )
    for line in run.skipped:
        click.echo(f"left out: {line}", err=True)
    for failure in run.failures:
        click.echo(f"Error: {failure}", err=True)
    for path in run.written:
        click.echo(str(path))
    raise click.exceptions.Exit(1 if run.failures else 0)


def _chosen(recipe: Recipe, ctx: click.Context, *, smoke: bool, options: dict[str, Any]) -> Recipe:
    """Apply the command's own size, model and settings to a recipe."""
    recipe = recipe.small() if smoke else recipe
    if ctx.get_parameter_source("model") is click.core.ParameterSource.COMMANDLINE:
        steps = tuple(step.model_copy(update={"models": ()}) for step in recipe.steps)
        recipe = recipe.model_copy(update={"models": (options["model"],), "steps": steps})
    return recipe.with_settings(parse_assignments(options["settings"]))


def _print_plan(recipe: Recipe) -> None:
    for step in recipe.steps:
        models = ", ".join(step.models or recipe.models)
        click.echo(f"{step.name}: {step.reproduces}")
        click.echo(f"    {', '.join(step.encoders)} with {models} on {', '.join(step.tasks)}")
        varied = [f"{name} {', '.join(values)}" for name, values in step.grid.items()]
        varied += [f"layers {step.layers}"] if step.layers else []
        varied += [f"{step.seeds} seeds"] if step.seeds > 1 else []
        if varied:
            click.echo(f"    {'; '.join(varied)}")
