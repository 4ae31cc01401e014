"""How wide a figure is, and which files it is written to; needs no matplotlib."""

from dataclasses import dataclass

WIDTHS = {"column": 3.3, "text": 6.3}
"""Inches of a paper's column, and of its text over both columns."""

FIGURE_FORMATS = ("pdf", "svg", "png")
DEFAULT_FIGURE_FORMATS = ("png", "svg")

_PAPER_POINTS, _SCREEN_POINTS = 8, 10


@dataclass(frozen=True, slots=True)
class Page:
    """What a figure is made for.

    Attributes:
        width: In inches; None for as wide as the figure needs, as on a screen.
    """

    width: float | None = None

    @property
    def font_size(self) -> int:
        """In points."""
        return _SCREEN_POINTS if self.width is None else _PAPER_POINTS

    @property
    def is_narrow(self) -> bool:
        """Whether it is one column of a paper."""
        return self.width is not None and self.width <= WIDTHS["column"]

    def fit(self, needed: float) -> float:
        """Return the width of a figure that needs so many inches."""
        return needed if self.width is None else self.width


SCREEN = Page()


def named_page(name: str | None) -> Page:
    """Return the page of a name in `WIDTHS`; that of a screen for None."""
    return SCREEN if name is None else Page(WIDTHS[name])


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a command draws.

    Attributes:
        formats: Of the files, of `FIGURE_FORMATS`.
        page: What the figures are made for.
    """

    formats: tuple[str, ...] = DEFAULT_FIGURE_FORMATS
    page: Page = SCREEN


FOR_SCREEN = Drawing()
