"""``harness analyse``: how encoders' vectors lie in their space."""

from functools import partial
from pathlib import Path

import click

from harness.cli.options.commands import Command
from harness.cli.options.context import context_options
from harness.cli.options.figures import drawing_options, figures_option
from harness.cli.options.run import RunArguments, run_arguments
from harness.cli.options.shared import (
    PluginName,
    data_option,
    format_option,
    json_option,
    lock_timeout_option,
    no_cache_option,
    out_option,
    plugin_option,
    settings_option,
)
from harness.cli.options.tasks import tasks_option, tasks_or_files
from harness.cli.options.training import training_options
from harness.cli.terminal.output import draw_files, end_with, print_json, show_tables
from harness.results.files import last_words
from harness.results.plots.page import Drawing
from harness.results.tables.space_tables import space_tables
from harness.settings import Spec
from harness.studies.spaces import Analysis, analyse


@click.command("analyse", cls=Command)
@click.argument("encoders", nargs=-1, required=True, type=PluginName("encoder"))
@plugin_option(warn=False)
@tasks_or_files(
    tasks_option(
        "stsb-test", description="Tasks or suites of scored pairs, whose sentences are embedded."
    )
)
@context_options
@data_option
@settings_option()
@format_option("json", description="How to print the numbers.")
@json_option
@figures_option("diagrams")
@drawing_options
@out_option(description="Folder of the records; the analyses go to analysis in it.")
@training_options
@no_cache_option
@lock_timeout_option
@run_arguments
def analyse_command(
    encoders: tuple[str, ...],
    *,
    tasks: list[str | Spec],
    settings: dict[str, str],
    output_format: str,
    as_json: bool,
    figures: Path | None,
    drawing: Drawing,
    run: RunArguments,
) -> None:
    """Measure how the vectors of ENCODERS lie in their space: in all directions, or in a cone.

    Anisotropy is the mean cosine of different sentences; alignment, how far apart the sentences
    of a pair with gold score 4 or more lie; uniformity, how evenly all lie on the sphere (Wang and
    Isola 2020); a diagram shows gold scores against cosines, as Figure 1 of ConSERT, and how few
    directions hold the variance. harness report shows the analyses too.

    \b
    harness analyse mean cls --model minilm --tasks stsb --data sample
    harness analyse mean consert --model bert-base-uncased --json
    """  # noqa: D301 - click wants the very character
    with run.started() as options:
        found = analyse(encoders, tasks, options, settings=settings, seeds=run.seeds or (0,))
    if as_json or output_format == "json":
        spaces = {"spaces": [space.model_dump(mode="json") for space in found.spaces]}
        print_json(spaces)
    else:
        show_tables(space_tables(found.spaces), output_format)
    _draw(found, figures or run.out / "figures", drawing)
    end_with(found.failures)


def _draw(found: Analysis, folder: Path, drawing: Drawing) -> None:
    from harness.results.plots.collapse_diagram import (  # deferred: matplotlib
        collapse_panels,
        draw_collapse,
    )

    for task in dict.fromkeys(space.task for space in found.spaces):
        own = [space for space in found.spaces if space.task == task]
        panels = collapse_panels(own, found.records)
        if not panels:
            continue
        model = next((Path(space.model).name for space in own if space.model), "no-model")
        start = last_words(f"space-{model}-{task}")
        draw = partial(draw_collapse, panels, page=drawing.page)
        draw_files("Diagram", folder / start, draw, drawing.formats)
