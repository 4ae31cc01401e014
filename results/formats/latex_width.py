"""How wide LaTeX sets a text in Computer Modern, as estimated from the letters' widths."""

from collections.abc import Iterable

_WIDTHS = {  # of cmr10, in points
    2.78: "ijl.,:;'!|[]",
    3.33: " -",
    3.61: "I",
    3.9: "rst()f",
    4.44: "cez",
    4.72: "?",
    5.0: '0123456789agoJ/*"~–_$`',
    5.28: "kvxy",
    5.56: "bdhnpquS",
    6.25: "LZ",
    6.81: "EFP",
    7.22: "BCTRw",
    7.78: "ADGHKNOQUVXY&@+=±×−≈≤≥<>",
    8.33: "m%#",
    9.17: "M",
    10.28: "W",
}
_BY_LETTER = {letter: width for width, letters in _WIDTHS.items() for letter in letters}
_UNKNOWN = 8.0  # points; wider than most letters
_BOLD = 1.16  # cmbx10 to cmr10
_SCALES = {"normalsize": 1.095, "small": 1.0, "footnotesize": 0.925, "scriptsize": 0.85}
"""To ten points, in a paper of eleven; small letters are a little wider than their size says."""

COLUMN_POINTS, TEXT_POINTS = 219.0, 455.0
"""What a two-column paper has at least, as ACL's: the article class has 229 and 469."""


def text_width(text: str, size: str = "normalsize", *, bold: bool = False) -> float:
    """Return the width of a text, in points.

    Args:
        text: As shown, not as LaTeX writes it.
        size: Of the type: ``normalsize``, ``small``, ``footnotesize`` or ``scriptsize``.
        bold: Whether it is set in bold.
    """
    width = sum(_BY_LETTER.get(letter, _UNKNOWN) for letter in text)
    return width * _SCALES[size] * (_BOLD if bold else 1.0)


def table_width(columns: Iterable[float], gap: float) -> float:
    """Return the width of a table, in points.

    Args:
        columns: Width of each column.
        gap: What stands on either side of each column.
    """
    return sum(width + 2 * gap for width in columns)
