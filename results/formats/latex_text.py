"""Text as LaTeX writes it."""

import re

from harness.results.tables.marks import MARKS, TIED
from harness.results.tables.sweep_scores import CHOSEN

_LATEX = str.maketrans(
    {
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "\\": r"\textbackslash{}",
        "±": r"$\pm$",
        "×": r"$\times$",
        "−": r"$-$",
        TIED: r"$\approx$",
        "≤": r"$\le$",
        "≥": r"$\ge$",
        "→": r"$\to$",
        "<": r"$<$",
        ">": r"$>$",
        "|": r"$|$",
        "‡": r"$^\ddagger$",
        "°": r"$^\circ$",
        "§": r"\S{}",
        "¶": r"\P{}",
        "‖": r"$\parallel$",
        "–": "--",
        "…": r"\dots{}",
        CHOSEN: r"$\triangleleft$",
        **{mark.sign: mark.latex for mark in MARKS},
    }
)

_LONG = 12  # letters of a word that may be broken behind its signs
_CHUNK = 20  # letters after which one without signs may be
_LAST_LATIN = "\u017f"  # of the blocks that LaTeX knows whole
_PUNCTUATION = set("—‘’“”€")  # further signs that it knows
_LABEL = re.compile(r"[^a-z0-9]+")


def latex_text(text: str) -> str:
    """Return text that LaTeX shows as it is."""
    return text.translate(_LATEX)


def unknown_letters(text: str) -> set[str]:
    """Return the letters of a text that pdfLaTeX has no glyph for without further packages."""
    return {
        letter for letter in text if letter > _LAST_LATIN and ord(letter) not in _LATEX
    } - _PUNCTUATION


def latex_prose(text: str) -> str:
    """Return text of several lines: long words may be broken behind their signs."""
    return " ".join(map(_breakable, text.split(" ")))


def latex_label(title: str) -> str:
    """Return the label of a table with a title."""
    return f"tab:{_LABEL.sub('-', title.lower()).strip('-')}"


def _breakable(word: str) -> str:
    if len(word) <= _LONG:
        return latex_text(word)
    signs = re.split(r"(?<=[-,:=/_.@+])", word)
    parts = (part[at : at + _CHUNK] for part in signs for at in range(0, len(part), _CHUNK))
    return r"\allowbreak{}".join(map(latex_text, parts))
