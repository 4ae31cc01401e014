"""The report as one HTML file that needs nothing else: no network, no other file."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from harness.results.display.json_text import json_text
from harness.results.display.shown_text import shown_text, with_texts
from harness.results.families import PROTOCOLS
from harness.results.html_report.layer_maps import layer_maps
from harness.results.html_report.training_curves import training_charts
from harness.results.records.record import Record, drawing_step, pair_scores
from harness.results.tables.marks import TIED
from harness.results.tables.scoreboard import Scoreboard
from harness.results.tables.scoreboard_table import cell_text, scoreboard_notes, scoreboard_title
from harness.results.tables.scoreboards import every_metric
from harness.results.tables.section import TableSection

_METRIC_HELP = {"spearman": "rank correlation", "pearson": "linear correlation"}
_SCATTERED = ("sts", "pairs")


def html_report(
    boards: Sequence[Scoreboard],
    *,
    title: str,
    checkpoints: Sequence[Mapping[str, Any]] = (),
    sections: Sequence[TableSection] = (),
) -> str:
    """Return the report as HTML.

    Args:
        boards: Scores, a table each; those of one family are switched between.
        title: Its head.
        checkpoints: What ``training.json`` of every trained encoder says.
        sections: Further tables.
    """
    records = list({id(r): r for board in boards for r in board.records}.values())
    numbers = {id(record): f"r{place}" for place, record in enumerate(records)}
    maps, charts = layer_maps(boards), training_charts(checkpoints)
    sections = [section for section in sections if section.tables]
    parts = [("scores", "Scores"), *([("layers", "Layers")] if maps else [])]
    parts += [("training", "Training")] if charts else []
    return _render(
        title=title,
        summary=_summary(records),
        has_sample=any(record.is_sample for record in records),
        sections=[*parts, *((section.name, section.heading) for section in sections)],
        switches=list(_switches(boards)),
        boards=[_board(board, numbers) for board in boards],
        layer_maps=maps,
        curves=charts,
        table_sections=sections,
        tied=TIED,
        version=version("sentence-harness"),
        data=_embedded(_data(records, numbers)),
        css=_text("report.css"),
        script=_text("report.js"),
    )


def _render(**content: object) -> str:
    from jinja2 import Environment, StrictUndefined  # deferred: only a page needs it
    from markupsafe import Markup

    def finalize(value: object) -> object:
        if isinstance(value, Markup):
            return Markup(shown_text(value))  # noqa: S704 - was escaped before
        return shown_text(value) if isinstance(value, str) else value

    environment = Environment(
        autoescape=True,
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.from_string(_text("report.html")).render(content)


def _text(name: str) -> str:
    return (files("harness.results.html_report") / "templates" / name).read_text(encoding="utf-8")


def _summary(records: Sequence[Record]) -> str:
    encoders = {(record.encoder, record.model) for record in records}
    tasks = {record.task for record in records}
    created = max((record.created[:10] for record in records), default="")
    return (
        f"{len(records)} results: {len(encoders)} encoders, {len(tasks)} tasks,"
        f" the newest of {created}"
    )


def _switches(boards: Sequence[Scoreboard]) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Yield the choices between tables: only those that there are."""
    there = {board.protocol: None for board in boards}
    protocols = [name for name in dict.fromkeys((*PROTOCOLS, *there)) if name in there]
    records = [record for board in boards for record in board.records]
    shown = {board.metric for board in boards}
    metrics = [metric for metric in every_metric(records) if metric in shown]
    if len(protocols) > 1:
        yield "protocol", "Protocol", [(name, PROTOCOLS.get(name, name)) for name in protocols]
    if len(metrics) > 1:
        yield "metric", "Metric", [(name, _METRIC_HELP.get(name, name)) for name in metrics]


def _board(board: Scoreboard, numbers: Mapping[int, str]) -> dict[str, Any]:
    best = {column: board.best(column) for column in board.columns}
    return {
        "title": scoreboard_title(board),
        "family": f"{board.records[0].family} {board.label}",
        "metric": board.metric,
        "protocol": board.protocol,
        "columns": [(column, board.prefers_low(column)) for column in board.columns],
        "rows": [
            {
                "name": row,
                "cells": [
                    _cell(board, row, column, numbers, best=place in best[column])
                    for column in board.columns
                ],
            }
            for place, row in enumerate(board.rows)
        ],
        "notes": scoreboard_notes(board),
    }


def _cell(
    board: Scoreboard, row: str, column: str, numbers: Mapping[int, str], *, best: bool
) -> dict[str, Any]:
    cell, interval = board.cell(row, column), board.intervals.get((row, column))
    if cell.mean is None:
        return {"text": ""}
    return {
        "column": column,
        "text": cell_text(cell),
        "value": repr(cell.mean),
        "best": best,
        "tied": interval is not None and interval.tied,
        "interval": f"[{interval.low:.2f}, {interval.high:.2f}]" if interval else "",
        "results": " ".join(numbers[id(record)] for record in cell.records),
    }


def _data(records: Sequence[Record], numbers: Mapping[int, str]) -> dict[str, Any]:
    """Return what the script shows of each result; equal gold scores are kept once."""
    golds: dict[tuple[float, ...], int] = {}
    results: list[dict[str, Any]] = []
    for record in records:
        result: dict[str, Any] = {
            "id": numbers[id(record)],
            "title": record.title,
            "seed": record.seed,
            "record": record.summary(),
        }
        if record.family in _SCATTERED and _has_pairs(record):
            gold, system = pair_scores(record, "gold"), pair_scores(record, "system")
            step = drawing_step(len(gold))
            result |= {
                "gold": golds.setdefault(gold[::step], len(golds)),
                "points": [round(1000 * value) for value in system[::step]],
                "sampled": step if step > 1 else 0,
            }
        results.append(result)
    return {"results": results, "golds": [list(gold) for gold in golds]}


def _has_pairs(record: Record) -> bool:
    """Whether a record has the gold and the similarity of every pair."""
    sizes = [[len(c.get(name, ())) for name in ("gold", "system")] for c in record.items.values()]
    return bool(sizes) and all(gold == system > 0 for gold, system in sizes)


def _embedded(data: Mapping[str, Any]) -> str:
    """Write JSON that cannot end the script element it stands in."""
    text = json_text(with_texts(data, shown_text), indent=None, allow_nan=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
