"""Write figures whole or not at all, all in one style."""

import io
import re
import textwrap
from collections.abc import Sequence
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path

import matplotlib as mpl
from cycler import cycler
from matplotlib.figure import Figure

from harness.results.files import refuse_other_kinds, write_atomically
from harness.results.plots.page import SCREEN, Page

_SCREEN_DPI, _PAPER_DPI = 200, 300
_WIDE_LETTER = 0.6  # of the font size: no line of usual text is wider on average
_NO_DATES = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}

BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, BLACK = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#000000",
)
"""Okabe and Ito's colours, which colour-blind readers can tell apart; without their yellow."""

_COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, BLACK, ORANGE, SKY)
_DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (1, 2.5)))
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def figure_style(page: Page = SCREEN) -> AbstractContextManager[None]:
    """Draw and save in this: text stays text, and equal figures make equal files.

    Lines differ in colour, dashes and markers, so that they can be told apart in grey too.
    """
    size = page.font_size
    return mpl.rc_context(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": "harness",
            "pdf.fonttype": 42,  # TrueType: journals refuse type 3
            "ps.fonttype": 42,
            "savefig.dpi": _SCREEN_DPI if page.width is None else _PAPER_DPI,
            "font.size": size,
            "axes.titlesize": size,
            "axes.labelsize": size,
            "xtick.labelsize": size,
            "ytick.labelsize": size,
            "legend.fontsize": size,
            "axes.linewidth": 0.6,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "xtick.major.width": 0.6,
            "ytick.major.width": 0.6,
            "grid.linewidth": 0.5,
            "grid.color": "#d9d9d9",
            "lines.linewidth": 1.2,
            "lines.markersize": 4,
            "axes.axisbelow": True,
            "axes.prop_cycle": cycler(color=_COLOURS)
            + cycler(linestyle=_DASHES)
            + cycler(marker=_MARKERS),
            "text.parse_math": False,  # a name may hold dollar signs
        }
    )


def series_looks(many: int) -> list[dict[str, object]]:
    """Return the colour, dashes and marker of each of so many series, all different."""
    colours, rest = cycler(color=_COLOURS), cycler(linestyle=_DASHES) + cycler(marker=_MARKERS)
    every = [*(colours + rest), *(look for look in rest * colours)]
    distinct = list({str(look): look for look in every}.values())
    return list(islice((look for _ in range(many) for look in distinct), many))


def wrapped(text: str, inches: float, points: float) -> str:
    """Break text into lines that fit a width in a font size, as estimated."""
    return textwrap.fill(text, _letters(inches, points))


def folded(name: str, inches: float, points: float) -> str:
    """Break a name into lines that fit, behind one of its signs wherever that is possible."""
    letters = _letters(inches, points)
    lines = [""]
    for part in re.split(r"(?<=[-,:=_/ ])", name):
        if lines[-1] and len(lines[-1] + part.rstrip()) > letters:
            lines.append("")
        lines[-1] += part
    return "\n".join(textwrap.fill(line, letters) for line in lines)


def _letters(inches: float, points: float) -> int:
    return max(8, int(inches * 72 / (points * _WIDE_LETTER)))


def add_title(figure: Figure, text: str, page: Page = SCREEN) -> None:
    """Write a title at the upper left, broken where it is too long."""
    figure.suptitle(
        wrapped(text, figure.get_figwidth(), page.font_size),
        fontsize=page.font_size,
        x=0.01,
        horizontalalignment="left",
    )


def add_notes(figure: Figure, notes: Sequence[str], page: Page = SCREEN) -> None:
    """Write notes below a figure, if there are any."""
    if notes:
        size = min(7, page.font_size)
        text = "\n".join(wrapped(note, figure.get_figwidth(), size) for note in notes)
        figure.supxlabel(text, fontsize=size, x=0.01, horizontalalignment="left")


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure; the suffix decides the format: ``.png``, ``.svg``, ``.pdf``.

    Raises:
        OSError: If the disk refuses, or a folder, pipe or device is in that place.
    """
    refuse_other_kinds(path)
    write_atomically(path, figure_image(figure, path.suffix.removeprefix(".")))


def figure_image(figure: Figure, output_format: str = "png") -> bytes:
    """Return a figure as ``png``, ``svg`` or ``pdf``, without dates."""
    content = io.BytesIO()
    metadata = _NO_DATES.get(output_format, {})
    figure.savefig(content, format=output_format, metadata=metadata)
    return content.getvalue()
