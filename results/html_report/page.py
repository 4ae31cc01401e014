"""The report as one HTML file that needs nothing else: no network, no other file."""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from harness.results.display.json_text import json_text
from harness.results.display.shown_text import shown_text, with_texts
from harness.results.html_report.details import can_disagree, details
from harness.results.html_report.layer_maps import layer_maps
from harness.results.html_report.scored_items import ItemTexts, TaskKey
from harness.results.html_report.training_curves import training_charts
from harness.results.html_report.views import views
from harness.results.records.record import Record
from harness.results.tables.scoreboard import Scoreboard
from harness.results.tables.section import TableSection

_STYLES = (
    "page.css",
    "controls.css",
    "verdict.css",
    "forest.css",
    "tables.css",
    "scores.css",
    "plots.css",
    "detail.css",
    "disagreements.css",
    "media.css",
)
_SCRIPTS = (  # one scope
    "page.js",
    "sorting.js",
    "folds.js",
    "forest.js",
    "csv.js",
    "differences.js",
    "controls.js",
    "address.js",
    "items.js",
    "scatter.js",
    "provenance.js",
    "detail.js",
    "curves.js",
    "disagreements.js",
)


def html_report(
    boards: Sequence[Scoreboard],
    *,
    title: str,
    checkpoints: Sequence[Mapping[str, Any]] = (),
    sections: Sequence[TableSection] = (),
    texts: Mapping[TaskKey, ItemTexts] = MappingProxyType({}),
    with_items: bool = True,
) -> str:
    """Return the report as HTML.

    Args:
        boards: Scores, those of one family are switched between; with their comparisons, the
            verdict says what is real.
        title: Its head.
        checkpoints: What ``training.json`` of every trained encoder says.
        sections: Further tables.
        texts: Sentences of the items, of the tasks for which they were asked.
        with_items: Whether gold scores and similarities of the items are in the page.
    """
    records = list({id(r): r for board in boards for r in board.records}.values())
    numbers = {id(record): f"r{place}" for place, record in enumerate(records)}
    maps, charts = layer_maps(boards), training_charts(checkpoints)
    sections = [section for section in sections if section.tables]
    found = views(boards, numbers)
    parts = [(view.name, view.heading) for view in found] if len(found) > 1 else []
    parts = [*(parts or [("scores", "Scores")]), *([("layers", "Layers")] if maps else [])]
    parts += [("training", "Training")] if charts else []
    shown = details(boards, records, texts, with_items=with_items)
    if can_disagree(shown):
        parts.append(("disagreements", "Disagreements"))
    return _render(
        title=title,
        summary=_summary(records),
        has_sample=_sampled(records),
        sections=[*parts, *((section.name, section.heading) for section in sections)],
        has_leaky=any(record.trained_on_this_task for record in records),
        views=found,
        layer_maps=maps,
        curves=charts,
        table_sections=sections,
        version=version("sentence-harness"),
        has_disagreements=can_disagree(shown),
        data=_embedded(shown),
        css=_joined(_STYLES),
        script=_joined(_SCRIPTS),
    )


def _render(**content: object) -> str:
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # deferred: for pages only
    from markupsafe import Markup

    def finalize(value: object) -> object:
        if isinstance(value, Markup):
            return Markup(shown_text(value))  # noqa: S704 - was escaped before
        return shown_text(value) if isinstance(value, str) else value

    environment = Environment(
        loader=FunctionLoader(_text),
        autoescape=True,
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(content)


def _text(name: str) -> str:
    return (files("harness.results.html_report") / "templates" / name).read_text(encoding="utf-8")


def _joined(names: Sequence[str]) -> str:
    return "\n".join(map(_text, names))


def _summary(records: Sequence[Record]) -> str:
    encoders = {(record.encoder, record.model) for record in records}
    tasks = {record.task for record in records}
    created = max((record.created[:10] for record in records), default="")
    return (
        f"{len(records)} results: {len(encoders)} encoders, {len(tasks)} tasks,"
        f" the newest from {created}"
    )


def _sampled(records: Sequence[Record]) -> str:
    """Say how many results are of the sample; nothing if none is."""
    sampled = [record.is_sample for record in records]
    return "All" if all(sampled) else "Some" if any(sampled) else ""


def _embedded(data: Mapping[str, Any]) -> str:
    """Write JSON that cannot end the script element it stands in."""
    text = json_text(with_texts(data, shown_text), indent=None, allow_nan=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
