"""Rows of text and numbers as CSV that a spreadsheet reads as they are."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from harness.results.display.shown_text import shown_line

_FORMULA = re.compile(r"\s*[=+\-@\uff0b\uff0d\uff1d\uff20]")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:nan|inf)")


def csv_rows(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV, a line each.

    A text that a spreadsheet would calculate gets an apostrophe in front; numbers stay numbers.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = shown_line(value)
    calculated = _FORMULA.match(text) and not _NUMBER.fullmatch(text)
    return f"'{text}" if calculated else text
