"""Plots of a score over the values of one setting, from the sweeps on a board."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from harness.results.comparisons.standing import tick_text, ticks
from harness.results.html_report.row_order import (
    family_of,
    headline_column,
    ranked,
    record_of,
    task_columns,
)
from harness.results.tables.scoreboard import Scoreboard

_UNSET = "–"
_FEWEST = 3
"""Fewer values are read from the table."""
_WIDTH, _HEIGHT = 320, 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 10, 10, 28
_ROOM = 9  # labels of the axis that fit
_LEAST = 0.5  # points that the axis spans at least


@dataclass(frozen=True)
class SettingSweep:
    """Rows of one encoder that differ in one setting alone.

    Attributes:
        title: The encoder, the settings that it shares with a part of the board, and the setting.
        values: Each value with its row; numbers in order, then words.
    """

    title: str
    values: tuple[tuple[str, str], ...]


def setting_plots(board: Scoreboard) -> list[dict[str, Any]]:
    """Return a plot for each sweep of a setting: of the mean, or of each task where none is.

    Args:
        board: The scores, with their intervals if they have any.
    """
    headline = headline_column(board)
    plots: list[dict[str, Any]] = []
    for sweep in setting_sweeps(board):
        of_mean = _plot(board, sweep, headline) if headline else None
        of_tasks = (_plot(board, sweep, task) for task in task_columns(board))
        plots += [of_mean] if of_mean else filter(None, of_tasks)
    return plots


def setting_sweeps(board: Scoreboard) -> Iterator[SettingSweep]:
    """Yield the settings with at least three values, all other settings alike."""
    families: dict[tuple[str, ...], list[str]] = {}
    for row in ranked(board):
        families.setdefault(family_of(record_of(board, row)), []).append(row)
    for rows in families.values():
        settings = {row: _settings(board, row) for row in rows}
        names = dict.fromkeys(name for own in settings.values() for name in own)
        varying = [name for name in names if len({own.get(name) for own in settings.values()}) > 1]
        for name in varying:
            for others, values in _alike(settings, name, varying).items():
                if len(values) >= _FEWEST:
                    encoder = record_of(board, rows[0]).encoder_name
                    shared = f" with {', '.join(others)}" if others else ""
                    yield SettingSweep(f"{encoder}{shared} over {name}", _ordered(values))


def _alike(
    settings: dict[str, dict[str, str]], name: str, varying: Sequence[str]
) -> dict[tuple[str, ...], dict[str, str]]:
    """Return the rows by value of a setting, those with the same other settings together."""
    parts: dict[tuple[str, ...], dict[str, str]] = {}
    for row, own in settings.items():
        others = tuple(f"{each}={own.get(each, '')}" for each in varying if each != name)
        parts.setdefault(others, {}).setdefault(own.get(name, _UNSET), row)
    return parts


def _settings(board: Scoreboard, row: str) -> dict[str, str]:
    return {name: str(value) for name, value in record_of(board, row).settings.items()}


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _ordered(values: dict[str, str]) -> tuple[tuple[str, str], ...]:
    def key(item: tuple[str, str]) -> tuple[bool, float, str]:
        number = _number(item[0])
        return number is None, number or 0.0, item[0]

    return tuple(sorted(values.items(), key=key))


def _plot(board: Scoreboard, sweep: SettingSweep, column: str) -> dict[str, Any] | None:
    """Return the plot of one column; None where fewer than two values have a score."""
    points = [
        (value, mean, board.intervals.get((row, column)))
        for value, row in sweep.values
        if (mean := board.cell(row, column).mean) is not None
    ]
    if len(points) < 2:  # noqa: PLR2004
        return None
    ends = [mean for _, mean, _ in points]
    ends += [end for _, _, found in points if found for end in (found.low, found.high)]
    low, high = min(ends), max(*ends, min(ends) + _LEAST)
    step = (_WIDTH - _LEFT - _RIGHT) / len(points)
    every = 1 + (len(points) - 1) // _ROOM

    def y(score: float) -> str:
        share = (score - low) / (high - low)
        return f"{_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM):.1f}"

    def x(place: int) -> str:
        return f"{_LEFT + step * (place + 0.5):.1f}"

    said = [f"{value}: {mean:.2f}" for value, mean, _ in points]
    dots = [
        {
            "x": x(place),
            "y": y(mean),
            "line": (y(found.low), y(found.high)) if found else (),
            "label": value if place % every == 0 or _number(value) is None else "",
            "said": said[place],
        }
        for place, (value, mean, found) in enumerate(points)
    ]
    joined = [
        dot for dot, (value, _, _) in zip(dots, points, strict=True) if _number(value) is not None
    ]
    return {
        "title": f"{column}: {sweep.title}",
        "description": f"{column} of {sweep.title}: {', '.join(said)}",
        "size": (_WIDTH, _HEIGHT),
        "frame": (_LEFT, _WIDTH - _RIGHT, _HEIGHT - 10),
        "rules": [(y(tick), tick_text(tick)) for tick in ticks(low, high)],
        "curve": " ".join(f"{dot['x']},{dot['y']}" for dot in joined),
        "dots": dots,
    }
