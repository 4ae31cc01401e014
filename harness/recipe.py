"""Recipes: which encoders, models, seeds and tasks the tables and figures of a paper rest on."""

import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from typing_extensions import Self

from harness.errors import RecipeError, UnknownNameError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Output = Literal["markdown", "latex", "csv", "html"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(_Model):
    """One thing to measure.

    Attributes:
        name: Unique in the recipe.
        reproduces: The table or figure it stands for.
        encoders: Specs.
        tasks: Tasks or suites.
        models: If they are not the recipe's.
        seeds: How often each encoder that learns is trained.
        settings: For every encoder that has them.
        task_settings: For every task that has them.
        grid: Settings to vary, each with its values; ``limit`` is the number of training
            sentences. Values are combined; see `one_off`.
        one_off: Vary one setting at a time instead.
        layers: Sweep the encoders, poolings then, over these layers.
        bench: Time the encoders instead of scoring them.
        needs: Settings that the user must give; without them the step is left out.
    """

    name: str
    reproduces: str
    encoders: tuple[str, ...] = Field(min_length=1)
    tasks: tuple[str, ...] = ("sts",)
    models: tuple[str, ...] = ()
    seeds: int = Field(default=1, ge=1)
    settings: dict[str, str] = Field(default_factory=dict)
    task_settings: dict[str, str] = Field(default_factory=dict)
    grid: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    one_off: bool = False
    layers: str = ""
    bench: bool = False
    needs: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [bool(self.grid), bool(self.layers), self.bench]
        if sum(kinds) > 1:
            raise ValueError(f"step {self.name!r} must have one of grid, layers and bench")
        return self


class Smoke(_Model):
    """How small everything is in a smoke run, which shows that a recipe runs and nothing else.

    Attributes:
        model: Instead of the recipe's models.
        settings: For every encoder that has them, over those of the steps.
        grid_values: Values of each setting of a grid.
        task_settings: For every task that has them.
    """

    model: str = "minilm"
    settings: dict[str, str] = Field(default_factory=dict)
    grid_values: int = Field(default=2, ge=1)
    task_settings: dict[str, str] = Field(default_factory=dict)


class Recipe(_Model):
    """A list of steps and what to make of their records.

    Attributes:
        name: Names the folder of the records.
        title: Head of the report.
        models: Transformers that every step runs with.
        steps: In order.
        published: Papers whose figures stand beside the measured ones.
        outputs: Formats of the report.
        smoke: Size of a smoke run.
    """

    name: str = Field(pattern=r"^[\w-]+$")
    title: str
    models: tuple[str, ...] = Field(min_length=1)
    steps: tuple[Step, ...] = Field(min_length=1)
    published: tuple[str, ...] = ()
    outputs: tuple[Output, ...] = ("markdown", "html")
    smoke: Smoke = Smoke()

    @model_validator(mode="after")
    def _unique_steps(self) -> Self:
        names = [step.name for step in self.steps]
        if len(set(names)) < len(names):
            raise ValueError(f"steps must have names of their own, got {', '.join(names)}")
        return self

    def with_settings(self, settings: Mapping[str, str]) -> "Recipe":
        """Return the recipe with further settings for every encoder that has them."""
        steps = (
            step.model_copy(update={"settings": {**step.settings, **settings}})
            for step in self.steps
        )
        return self.model_copy(update={"steps": tuple(steps)})

    def small(self) -> "Recipe":
        """Return the recipe at its smoke size."""
        return self.model_copy(
            update={
                "name": f"{self.name}-smoke",
                "models": (self.smoke.model,),
                "steps": tuple(_small(step, self.smoke) for step in self.steps),
            }
        )


def read_recipe(place: str) -> Recipe:
    """Read a recipe file, or one that ships with the package.

    Args:
        place: Path of a TOML file, or ``sg-bert`` or ``consert``.

    Raises:
        UnknownNameError: If there is neither such a file nor such a recipe.
        RecipeError: If it is not what a recipe must be; names the field.
    """
    shipped = {
        Path(path.name).stem: path
        for path in (files("harness") / "recipes").iterdir()
        if path.name.endswith(".toml")
    }
    path = Path(place)
    if not path.is_file() and place not in shipped:
        raise UnknownNameError("recipe", place, shipped)
    try:
        text = (path if path.is_file() else shipped[place]).read_text(encoding="utf-8")
        return Recipe.model_validate(tomllib.loads(text))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise RecipeError(f"recipe {place}: {where}: {first['msg']}") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecipeError(f"recipe {place} cannot be read: {error}") from error


def _small(step: Step, smoke: Smoke) -> Step:
    grid = {name: values[: smoke.grid_values] for name, values in step.grid.items()}
    update: dict[str, Any] = {
        "models": (),
        "seeds": 1,
        "settings": {**step.settings, **smoke.settings},
        "task_settings": {**step.task_settings, **smoke.task_settings},
        "grid": grid,
    }
    return step.model_copy(update=update)
