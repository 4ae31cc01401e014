"""Read JSON: an object on each line, or one document of rows or columns."""

import json
import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from harness.bounded_files import first_bytes, whole_bytes
from harness.errors import BadDataError, quoted
from harness.file_signatures import refuse_binary
from harness.table_files.cells import usable_columns
from harness.table_files.content import Content
from harness.table_files.text import text_lines
from harness.text_files import decode_text

_LINES = (".jsonl", ".ndjson")
JSON_SUFFIXES = (".json", *_LINES)
_LOOKED_AT = 1 << 16  # bytes
_JSON = re.compile(r'\{\s*"|\{\s*$|\[\s*\{|\[\s*$', re.MULTILINE)
_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_ROWS = "a list of objects, an object of columns, or an object with one list of objects"


def is_json(path: Path, suffix: str) -> bool:
    """Whether a file is called JSON, or begins as JSON does."""
    return suffix in JSON_SUFFIXES or _JSON.match(_start(path)) is not None


def read_json(path: Path, suffix: str) -> Content:
    """Read a file of JSON lines, or a JSON document.

    A key that an object lacks is a missing cell.

    Args:
        path: The file.
        suffix: The end of its name, that of its packing left out.

    Raises:
        BadDataError: If it is neither, has no row, or an object has a key twice.
    """
    first, _, others = _start(path).partition("\n")
    is_complete = first.startswith("{") and first.rstrip().endswith("}")
    if suffix in _LINES or (is_complete and others.strip()):
        return _read_lines(path)
    return _read_document(path)


def _start(path: Path) -> str:
    return first_bytes(path, _LOOKED_AT).decode("utf-8-sig", errors="ignore").lstrip()


def _read_lines(path: Path) -> Content:
    lines: array[int] = array("q")

    def objects() -> Iterator[Mapping[str, object]]:
        for line, text in text_lines(path):
            if text.strip():
                found = _parse(text, path, line)
                if not isinstance(found, dict):
                    got = quoted(text.strip())
                    raise BadDataError(path, line, f"must be a JSON object, got {got}")
                lines.append(line)
                yield found

    columns, rows = _table(objects())
    return _content(path, "JSON lines", columns, rows, lines)


def _read_document(path: Path) -> Content:
    content = whole_bytes(path)
    refuse_binary(content, path)
    found = _parse(decode_text(content, path), path, None)
    del content  # as large as the file
    columns, rows = _by_rows(found, path) or _by_columns(found, path)
    return _content(path, "JSON", columns, rows, range(1, len(rows) + 1))


def _content(
    path: Path,
    form: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    lines: Sequence[int],
) -> Content:
    if not rows:
        raise BadDataError(path, None, "must have at least one row, got none")
    usable, cells, unusable = usable_columns(columns, rows, lines)
    return Content(usable, form, cells, lines, unusable=unusable, are_lines=form == "JSON lines")


def _by_rows(found: object, path: Path) -> tuple[Sequence[str], list[tuple[object, ...]]] | None:
    """Return columns and rows of a list of objects, or of an object that has one such list."""
    if isinstance(found, dict):
        lists = [each for each in found.values() if isinstance(each, list)]
        if len(lists) != 1 or not any(isinstance(each, dict) for each in lists[0][:1]):
            return None
        found = lists[0]
    if not isinstance(found, list):
        return None
    for row, each in enumerate(found, 1):
        if not isinstance(each, dict):
            got = quoted(json.dumps(each, ensure_ascii=False))
            raise BadDataError(path, None, f"row {row} must be a JSON object, got {got}")
    return _table(found)


def _by_columns(found: object, path: Path) -> tuple[Sequence[str], list[tuple[object, ...]]]:
    """Return columns and rows of an object with a list, or an object by row, for each column."""
    columns = found if isinstance(found, dict) else {}
    keys = next((each.keys() for each in columns.values() if isinstance(each, dict)), ())
    lists = [
        [each[key] for key in keys] if isinstance(each, dict) and each.keys() == keys else each
        for each in columns.values()
    ]
    if not lists or not all(isinstance(each, list | dict) for each in lists):
        raise BadDataError(path, None, f"must be {_ROWS}, got {quoted(json.dumps(found))}")
    for column, cells in zip(columns, lists, strict=True):
        if isinstance(cells, dict):
            expected = f"column {quoted(column)} must have the same rows as the first has"
            got = f"{quoted(min(cells.keys() ^ keys))} in one of them alone"
            raise BadDataError(path, None, f"{expected}, got {got}")
    for column, cells in zip(columns, lists, strict=True):
        if len(cells) != len(lists[0]):
            expected = f"column {quoted(column)} must have {len(lists[0])} cells as the first has"
            raise BadDataError(path, None, f"{expected}, got {len(cells)}")
    return tuple(columns), list(zip(*lists, strict=True))


def _table(
    objects: Iterable[Mapping[str, object]],
) -> tuple[Sequence[str], list[tuple[object, ...]]]:
    """Return all keys in the order of their first appearance, and the cells of each object."""
    keys: dict[str, None] = {}
    rows: list[tuple[object, ...]] = []
    for each in objects:
        if each.keys() - keys.keys():
            keys.update(dict.fromkeys(each))
        rows.append(tuple(map(each.get, keys)))
    width = len(keys)
    if rows and len(rows[0]) < width:  # keys that came later
        rows = [row + (None,) * (width - len(row)) for row in rows]
    return tuple(keys), rows


def _parse(text: str, path: Path, line: int | None) -> object:
    try:
        found = json.loads(text, object_pairs_hook=_unique, parse_int=_integer)
        if _HALF.search(text):
            json.dumps(found, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        where = line or error.lineno
        got = f"{error.msg} at character {error.colno}"
        raise BadDataError(path, where, f"must be JSON, got {got}") from error
    except UnicodeEncodeError as error:
        got = f"half a character (\\u{ord(error.object[error.start]):04x})"
        raise BadDataError(path, line, f"must be text, got {got}") from error
    except RecursionError as error:
        got = "brackets within brackets without end"
        raise BadDataError(path, line, f"must be rows of cells, got {got}") from error
    except ValueError as error:
        raise BadDataError(path, line, str(error)) from error
    return found


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"must have each key once, got {quoted(twice)} twice in one object")
    return found


def _integer(digits: str) -> int:
    try:
        return int(digits)
    except ValueError as error:  # of so many digits that reading them would take long
        got = f"one of {len(digits)} ({quoted(digits)})"
        raise ValueError(f"must have numbers of at most 4300 digits, got {got}") from error
