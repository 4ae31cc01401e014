"""Write figures whole or not at all."""

import io
from pathlib import Path

from matplotlib.figure import Figure

from results.atomic_writing import write_atomically


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure; equal figures make equal files.

    Args:
        figure: The figure.
        path: The suffix decides the format: ``.png``, ``.svg``, ``.pdf``.
    """
    content = io.BytesIO()
    date = {"Date": None} if path.suffix == ".svg" else {}
    figure.savefig(content, dpi=200, format=path.suffix[1:], metadata=date)
    write_atomically(path, content.getvalue())
