"""Recognise what a file is that should be plain text with one sentence per line."""

import csv
import json
import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from harness.errors import BadDataError, quoted, shorten
from harness.table_files.columns import is_usual_name

_LINE_ENDS = r"convert it with tr '\r' '\n'"
_LOOKED_AT = 1000  # lines that are no blank ones
_NEARLY_ALL = 0.9  # of the lines: a few of any file are damaged
_MANY = 10  # lines, without a header that says what they are
_MOST_LABELS = 10  # kinds, each of several lines
_DELIMITERS = {",": "comma", ";": "semicolon", "|": "bar"}
_ONLY_NAMES = ("sent", "sentence", "sentences", "text")  # of a table's only column
_NAME = re.compile(r"[A-Za-z#_]?[\w .#-]{0,30}")
_TAG = re.compile(r"<([A-Za-z][\w:-]*)(?:\s[^<>]*)?>.*</\1>|</?[A-Za-z][\w:-]*(?:\s[^<>]*)?/?>")
_LABEL = re.compile(r"(__label__\S+|[A-Z]{2,5}:\S+|[-+]?\d(?:\.\d+)?)(?: |,(?! ))")
_LAST_LABEL = re.compile(r".*[.!?\"][ ,](__label__\S+|[-+]?\d(?:\.\d+)?)")
_MARKS = ("|||", " | ", "[SEP]", "</s>")  # between sentences
_DOCUMENT = re.compile(r"\s*<(?:!doctype|html|\?xml)", re.IGNORECASE)


def refuse_tables(text: str, path: Path) -> None:
    """Refuse text in which a line is more, or less, than a sentence.

    Commas, tabs here and there, and a line that begins with a brace are no reason.

    Args:
        text: The whole file.
        path: What messages call it.

    Raises:
        BadDataError: If it is a table, JSON, HTML or labelled text, or has no line feed between
            its lines; says which.
    """
    if "\r" in text.strip() and "\n" not in text:
        got = "lines that end with a carriage return alone"
        raise BadDataError(
            path, 1, f"must end its lines with a line feed, got {got}: {_LINE_ENDS}"
        )
    numbered = ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip())
    rows = list(islice(numbered, _LOOKED_AT))
    lines = [line.strip("\r") for _, line in rows]
    if lines and (layout := _layout(lines, text)):
        expected = "must have one sentence per line and nothing else"
        cure = (
            "put each sentence alone on a line, or name its column with --text FILE,columns=NAME"
        )
        raise BadDataError(path, rows[0][0], f"{expected}, got {layout}: {cure}")


def _layout(lines: Sequence[str], text: str) -> str | None:
    by_lines = (_markup, _tabs, _delimited, _marks, _labels)
    return _json(lines, text) or next(filter(None, (find(lines) for find in by_lines)), None)


def _json(lines: Sequence[str], text: str) -> str | None:
    parsed = [_parse(line.rstrip().removesuffix(",")) for line in lines]
    found = [value for value in parsed if isinstance(value, dict | list)]
    if len(found) >= _NEARLY_ALL * len(lines):
        keys = ", ".join(found[0]) if isinstance(found[0], dict) else ""
        return f"JSON lines{f' with the keys {shorten(keys)}' if keys else ''}"
    begins = lines[0].strip()
    if begins in ("{", "[") or (begins[0] in "[{" and isinstance(_parse(text), dict | list)):
        return "a JSON document"
    return None


def _parse(text: str) -> object:
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _markup(lines: Sequence[str]) -> str | None:
    tagged = sum(bool(_TAG.fullmatch(line.strip())) for line in lines)
    if _DOCUMENT.match(lines[0]) or (len(lines) > 1 and tagged >= _NEARLY_ALL * len(lines)):
        return "HTML or XML"
    return None


def _marks(lines: Sequence[str]) -> str | None:
    for mark in _MARKS:
        if len(lines) > 1 and sum(mark in line for line in lines) >= _NEARLY_ALL * len(lines):
            return f"sentences with {mark.strip()} between them"
    return None


def _labels(lines: Sequence[str]) -> str | None:
    """Recognise a label before or after each sentence: few kinds, each of several lines."""
    for place, label in (("before", _LABEL.match), ("after", _LAST_LABEL.fullmatch)):
        kinds = [match[1].partition(":")[0] for line in lines if (match := label(line))]
        are_many = len(kinds) >= max(_MANY, _NEARLY_ALL * len(lines))
        if are_many and len(set(kinds)) <= _MOST_LABELS:
            return f"a label {place} each sentence, such as {quoted(kinds[0])}"
    return None


def _tabs(lines: Sequence[str]) -> str | None:
    header = lines[0].split("\t")
    tabbed = sum("\t" in line.strip() for line in lines)
    if len(lines) > 1 and (tabbed >= _NEARLY_ALL * len(lines) or _is_header(header)):
        return _table(header, "tab")
    return None


def _delimited(lines: Sequence[str]) -> str | None:
    if len(lines) > 1 and lines[0].strip().strip('"') in _ONLY_NAMES:
        return f"a table with the header {lines[0].strip()}"
    for delimiter, name in _DELIMITERS.items():
        records = _records(lines, delimiter)
        header = records[0]
        width = len(header) if _is_header(header) else _usual(records)
        fits = width.__le__ if _is_named(header) else width.__eq__  # a comma without quotes
        is_even = sum(fits(len(record)) for record in records) >= _NEARLY_ALL * len(records)
        if width == 1 or len(records) == 1 or not is_even:
            continue
        if _is_header(header) or (len(lines) >= _MANY and _is_bare(lines, delimiter)):
            return _table(header, name)
    return None


def _records(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    limit = csv.field_size_limit(sum(map(len, lines)))  # by default, long lines are refused
    try:
        return list(csv.reader((line.replace("\r", " ") for line in lines), delimiter=delimiter))
    finally:
        csv.field_size_limit(limit)


def _usual(records: Sequence[Sequence[str]]) -> int:
    return Counter(map(len, records)).most_common(1)[0][0]


def _is_header(cells: Sequence[str]) -> bool:
    """Whether cells are short names, and at least one is a usual name of a column."""
    names = [cell.strip().strip('"') for cell in cells]
    return len(cells) > 1 and all(map(_NAME.fullmatch, names)) and any(map(is_usual_name, names))


def _is_named(cells: Sequence[str]) -> bool:
    """Whether all cells are usual names of columns, with no space around them."""
    return len(cells) > 1 and all(is_usual_name(cell) and cell == cell.strip() for cell in cells)


def _is_bare(lines: Sequence[str], delimiter: str) -> bool:
    """Whether nearly all lines have a delimiter that no space follows, unlike punctuation."""
    bare = re.compile(rf"{re.escape(delimiter)}(?=[^\s\d])|\"{re.escape(delimiter)}")
    return sum(bool(bare.search(line)) for line in lines) >= _NEARLY_ALL * len(lines)


def _table(header: Sequence[str], separator: str) -> str:
    columns = f"{len(header)} {separator}-separated columns"
    names = shorten(", ".join(cell.strip() for cell in header), 60)
    return f"a table of {columns}{f' ({names})' if _is_header(header) else ''}"
