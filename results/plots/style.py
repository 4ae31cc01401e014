"""Write figures whole or not at all, all in one style."""

import io
import textwrap
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from harness.results.files import refuse_other_kinds, write_atomically

_DPI = 200


def figure_style(font_size: int = 10) -> AbstractContextManager[None]:
    """Draw and save in this: text stays text in SVG, and equal figures make equal files.

    Args:
        font_size: In points.
    """
    return mpl.rc_context(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": "harness",
            "font.size": font_size,
            "text.parse_math": False,  # a name may hold dollar signs
        }
    )


def add_notes(figure: Figure, notes: Sequence[str]) -> None:
    """Write notes below a figure, if there are any."""
    if notes:
        columns = int(figure.get_figwidth() * 14)  # characters of this size that fit across
        text = "\n".join(textwrap.fill(note, columns) for note in notes)
        figure.supxlabel(text, fontsize=7, x=0.01, horizontalalignment="left")


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure; the suffix decides the format: ``.png``, ``.svg``, ``.pdf``.

    Raises:
        OSError: If the disk refuses, or a folder, pipe or device is in that place.
    """
    refuse_other_kinds(path)
    write_atomically(path, figure_image(figure, path.suffix.removeprefix(".")))


def figure_image(figure: Figure, output_format: str = "png") -> bytes:
    """Return a figure as ``png``, ``svg`` or ``pdf``."""
    content = io.BytesIO()
    date = {"Date": None} if output_format == "svg" else {}
    figure.savefig(content, dpi=_DPI, format=output_format, metadata=date)
    return content.getvalue()
