"""Recipes: what the tables and figures of a paper rest on, as a TOML file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from typing_extensions import Self

from harness.errors import UnknownNameError
from harness.planning.encoder_specs import EncoderSpec
from harness.results.formats.formats import find_format
from harness.results.tables.layer_grid import LAYER_AXES
from harness.settings import Spec

Measure = Literal["scores", "time", "space", "sizes"]


def _as_text(value: object) -> object:
    """Take numbers and truth values as a user of ``--set`` writes them."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _known_format(name: str) -> str:
    find_format(name)
    return name


Output = Annotated[str, AfterValidator(_known_format)]
Text = Annotated[str, BeforeValidator(_as_text)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][\w-]*$")]
Count = Annotated[int, Field(ge=1, strict=True)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Section(_Model):
    """One table or figure and what must be measured for it.

    Attributes:
        name: Unique in the recipe; names the section's file and the folder of its records.
        title: What it reproduces.
        measure: Scores; ``time`` of training and encoding; the embedding ``space``; or the
            ``sizes`` of the STS data sets.
        encoders: Specs.
        optional: Further specs; left out, with a message, where what they need is missing.
        tasks: Tasks or suites.
        models: If they are not the recipe's.
        seeds: How often an encoder that learns is trained, if not as often as the recipe says.
        settings: For every encoder that has them.
        task_settings: For every task that has them.
        grid: Settings to vary, each with its values; ``limit`` is the number of training
            sentences, ``encoder`` the encoder itself. Values are combined; see `one_off`.
        one_off: Vary one setting at a time instead.
        layers: Sweep the encoders, poolings then, over these layers.
        protocol: How splits become a task's score.
        published: Printed tables that stand beside the measured one: ``consert/unsupervised``.
    """

    name: Name
    title: str
    measure: Measure = "scores"
    encoders: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    tasks: Annotated[tuple[str, ...], Field(min_length=1)] = ("sts",)
    models: tuple[str, ...] = ()
    seeds: Count | None = None
    settings: dict[str, Text] = Field(default_factory=dict)
    task_settings: dict[str, Text] = Field(default_factory=dict)
    grid: dict[str, Annotated[tuple[Text, ...], Field(min_length=1)]] = Field(default_factory=dict)
    one_off: bool = False
    layers: str = ""
    protocol: Literal["all", "wmean", "mean"] = "all"
    published: tuple[Annotated[str, Field(pattern=r"^[\w-]+/[\w-]+$")], ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not self.encoders and self.measure != "sizes":
            raise ValueError("encoders must be at least one, got none")
        if self.grid and self.layers:
            raise ValueError("grid and layers exclude each other, got both")
        if (self.grid or self.layers) and self.measure != "scores":
            raise ValueError(f"grid and layers need measure 'scores', got {self.measure!r}")
        return self

    @property
    def axes(self) -> tuple[str, ...]:
        """What varies: in a grid, or from layer to layer."""
        return LAYER_AXES if self.layers else tuple(self.grid)

    @property
    def varies_text(self) -> bool:
        """Whether its encoders are trained on parts of their text."""
        return "limit" in self.grid


class Smoke(_Model):
    """How small everything is in a smoke run, which shows that a recipe runs and nothing else.

    Attributes:
        model: Instead of the recipe's models; empty for a tiny random BERT made on the spot.
        settings: For every encoder that has them, over those of the sections.
        own: For the encoder of this name alone: settings as its spec has them behind the colon.
        task_settings: For every task that has them.
        grid_values: Values kept of each setting of a grid.
    """

    model: str = ""
    settings: dict[str, Text] = Field(default_factory=dict)
    own: dict[str, str] = Field(default_factory=dict)
    task_settings: dict[str, Text] = Field(default_factory=dict)
    grid_values: Count = 2

    def spec(self, spec: str) -> str:
        """Return an encoder's spec as a smoke run has it: own settings, the model of the run."""
        asked = replace(EncoderSpec.parse(spec), model=None)
        name = asked.spec.name
        if name in self.own:
            own = Spec.parse(f"{name}:{self.own[name]}")
            asked = asked.with_spec(Spec(name, {**asked.settings, **own.settings}))
        return str(asked)


def _without_model(spec: str) -> str:
    return str(replace(EncoderSpec.parse(spec), model=None))


class Recipe(_Model):
    """A list of sections and what to make of their records.

    Attributes:
        name: Names the folder of the records.
        title: Head of the report.
        models: Transformers that every section runs with.
        seeds: How often an encoder that learns is trained.
        sections: In order.
        published: Papers whose figures the report holds beside the measured ones.
        outputs: Formats of the report.
        smoke: Size of a smoke run.
    """

    name: Name
    title: str
    models: tuple[str, ...] = Field(min_length=1)
    seeds: Count = 1
    sections: tuple[Section, ...] = Field(min_length=1)
    published: tuple[str, ...] = ()
    outputs: tuple[Output, ...] = ("markdown", "html")
    smoke: Smoke = Smoke()

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [section.name for section in self.sections]
        if len(set(names)) < len(names):
            raise ValueError(f"sections must have names of their own, got {', '.join(names)}")
        return self

    def with_settings(self, settings: Mapping[str, str]) -> "Recipe":
        """Return the recipe with further settings for every encoder that has them."""
        return self._changed(
            lambda section: {"settings": {**section.settings, **settings}},
        )

    def with_seeds(self, seeds: int) -> "Recipe":
        """Return the recipe with every encoder that learns trained so often."""
        return self._changed(lambda section: {"seeds": None}, seeds=seeds)

    def with_model(self, model: str) -> "Recipe":
        """Return the recipe with one model in place of all that it, or an encoder, names."""
        return self._changed(
            lambda section: {
                "models": (),
                "encoders": tuple(map(_without_model, section.encoders)),
                "optional": tuple(map(_without_model, section.optional)),
            },
            models=(model,),
        )

    def only(self, names: Sequence[str]) -> "Recipe":
        """Return the recipe with the sections of these names alone; all if there are none.

        Raises:
            UnknownNameError: If it has no such section.
        """
        known = {section.name for section in self.sections}
        for name in names:
            if name not in known:
                raise UnknownNameError("section", name, known, f"recipe {self.name!r}")
        kept = tuple(section for section in self.sections if not names or section.name in names)
        return self.model_copy(update={"sections": kept})

    def small(self) -> "Recipe":
        """Return the recipe at its smoke size; `Smoke.model` is for the caller to see to."""
        smoke = self.smoke
        return self._changed(
            lambda section: {
                "encoders": tuple(map(smoke.spec, section.encoders)),
                "seeds": None,
                "settings": {**section.settings, **smoke.settings},
                "task_settings": {**section.task_settings, **smoke.task_settings},
                "grid": {
                    name: values[: smoke.grid_values] for name, values in section.grid.items()
                },
            },
            name=f"{self.name}-smoke",
            title=f"{self.title}: SMOKE RUN, its figures mean nothing",
            seeds=1,
        )

    def _changed(self, change: Callable[[Section], dict[str, Any]], **update: Any) -> "Recipe":
        sections = tuple(one.model_copy(update=change(one)) for one in self.sections)
        return self.model_copy(update={"sections": sections, **update})
