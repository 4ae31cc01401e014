"""The words of an axis: what varies along it, and its numbers."""

import math
from collections.abc import Sequence
from itertools import pairwise

from matplotlib.axes import Axes

_WORDS = {"limit": "training sentences", "layers": "layer"}
_LOG_RATIO = 20  # values spread wider than this are drawn on a logarithmic axis
_FEW = 8  # so many values are all named


def axis_words(name: str) -> str:
    """Return what a setting is called along an axis."""
    return _WORDS.get(name, name.replace("_", " "))


def number_words(number: float) -> str:
    """Write a number of an axis: thousands apart, minus as a minus sign."""
    text = f"{number:,.0f}" if number == int(number) else f"{number:.6g}"
    return text.replace("-", "−")


def name_numbers(axes: Axes, numbers: Sequence[float], *, is_log: bool = False) -> None:
    """Scale the horizontal axis for the numbers measured, and name these, if they are few.

    Args:
        axes: Where points of these numbers are drawn.
        numbers: At least one.
        is_log: Whether the axis is logarithmic; it is, too, if they are spread wide.
    """
    is_log = is_log or (min(numbers) > 0 and max(numbers) / min(numbers) > _LOG_RATIO)
    if is_log:
        axes.set_xscale("log")
    distinct = sorted(set(numbers))
    places = list(map(math.log, distinct)) if is_log else distinct
    room = (places[-1] - places[0]) / 2 / _FEW  # two names closer than this would meet
    if len(distinct) <= _FEW and all(right - left >= room for left, right in pairwise(places)):
        axes.set_xticks(distinct, list(map(number_words, distinct)))
        axes.set_xticks([], minor=True)
    else:
        axes.xaxis.set_major_formatter(lambda number, _place: number_words(number))
