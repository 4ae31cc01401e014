"""What commands print of an estimate."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.cli.terminal.output import print_text
from harness.recipes.recipe import Recipe

if TYPE_CHECKING:
    from harness.forecasts.forecast import Forecast  # imports torch
    from harness.recipes.forecasting import JobForecast

_ASSUMED = "rule of thumb"


def print_plan(recipe: Recipe, forecasts: "Sequence[JobForecast]") -> None:
    """Print each section with its jobs, what each comes to, and what all of them come to."""
    from harness.forecasts.forecast import total  # deferred: imports torch

    for section in recipe.sections:
        own = [one for one in forecasts if one.job.section == section]
        print_text(f"{section.name}: {section.title}")
        for one in own:
            _print_job(one)
        varied = [f"{name} {', '.join(values)}" for name, values in section.grid.items()]
        varied += [f"layers {section.layers}"] if section.layers else []
        trains = section.measure in {"scores", "space"} and not section.layers
        varied += [f"{own[0].job.seeds} seeds"] if trains and own[0].job.seeds > 1 else []
        if varied:
            print_text(f"{'; '.join(varied)}", indent=4)
    counted = [one.forecast for one in forecasts if one.forecast is not None]
    done = sum(one.is_done for one in forecasts)
    if counted:
        print_text(f"in all, {done} of {len(forecasts)} jobs done: {total(counted).summary()}")
        print_sources(total(counted))
    elif done:
        print_text(f"in all, {done} of {len(forecasts)} jobs done")


def _print_job(one: "JobForecast") -> None:
    job = one.job
    needs = ", if what it needs is there" if job.optional else ""
    names = f"{', '.join(job.encoders)} with {job.model}" if job.encoders else job.section.measure
    comes_to = f": {one.forecast.summary()}" if one.forecast else ""
    state = ": done" if one.is_done else comes_to
    print_text(f"{names} on {', '.join(job.section.tasks)}{needs}{state}", indent=4)
    for failure in one.failures:
        print_text(f"not counted: {failure}", indent=8)


def print_sources(forecast: "Forecast") -> None:
    """Print where an estimate's speeds are from, and how to come by better ones."""
    for model, source in forecast.sources.items():
        hint = ", which --probe makes closer" if source == _ASSUMED else ""
        print_text(f"speed of {model}: {source}{hint}")
    if forecast.trainings:
        print_text(f"speed of training: {_ASSUMED} over the speed of encoding")
