"""How a text table separates its cells: by which delimiter, and with quotes or without."""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from harness.bounded_files import MOST_LINE_BYTES
from harness.table_files.headers import is_header

DELIMITERS: Mapping[str, str] = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}
"""Names of the delimiters, the likeliest first."""

_NEARLY_ALL = 0.9  # of the lines: a few of any file are damaged


@dataclass(frozen=True)
class Dialect:
    """How cells are separated.

    Attributes:
        delimiter: One character; empty where each line is one cell.
        is_quoted: Whether quotes around a cell are no part of it, as RFC 4180 writes them.
        is_spaced: Whether spaces stand between a delimiter and a quote.
        unclosed: The line from which on quotes do not pair up, if cells seem to be quoted.
    """

    delimiter: str
    is_quoted: bool = False
    is_spaced: bool = False
    unclosed: int | None = None

    @property
    def separated(self) -> str:
        """What cells are: ``tab-separated``."""
        return f"{DELIMITERS[self.delimiter]}-separated"

    @property
    def form(self) -> str:
        """The dialect in words."""
        if not self.delimiter:
            return "one column"
        return f"{self.separated}{', quoted' if self.is_quoted else ''}"


def find_delimiter(lines: Sequence[str], suffix: str) -> str:
    """Return the delimiter of a table; empty if each line is one cell.

    Args:
        lines: The first lines of the file that are not blank.
        suffix: The end of the file's name: ``.csv`` and ``.tsv`` are tables in any case.
    """
    likely = [_Likelihood.of(lines, delimiter) for delimiter in DELIMITERS]
    fitting = [each for each in likely if each.is_table or (suffix in (".csv", ".tsv"))]
    best = max(fitting, key=lambda each: each.rank, default=None)
    return best.delimiter if best is not None and best.width > 1 else ""


@dataclass(frozen=True)
class _Likelihood:
    """How well a delimiter divides lines into columns."""

    delimiter: str
    width: int
    share: float
    is_named: bool

    @classmethod
    def of(cls, lines: Sequence[str], delimiter: str) -> "_Likelihood":
        """Divide lines with quotes and without, and take what fits better."""
        ways = [
            [line.split(delimiter) for line in lines],
            _lenient(lines, delimiter),
            _lenient(lines, delimiter, is_spaced=True),
        ]
        shares = [sum(len(row) == len(rows[0]) for row in rows) / len(rows) for rows in ways]
        rows = ways[shares.index(max(shares))]
        width = len(rows[0])
        is_named = width > 1 and is_header(rows[0], [row for row in rows[1:] if len(row) == width])
        return cls(delimiter, width, max(shares), is_named)

    @property
    def is_table(self) -> bool:
        """Whether lines are rows of it: a comma in each may be punctuation."""
        most = 0.5 if self.delimiter == "\t" else _NEARLY_ALL
        return self.width > 1 and (self.is_named or self.share >= most)

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """What the likeliest has most of."""
        return self.width > 1, self.is_named, round(self.share, 1)


def find_dialect(delimiter: str, open_lines: Callable[[], Iterator[tuple[int, str]]]) -> Dialect:
    """Return whether a table's cells are quoted.

    They are if all quotes are as RFC 4180 has them, which a lone quote in a sentence is not; or if
    a column is quoted on most lines, so that a quote amiss is damage. Spaces may stand before all
    quotes. In a tab-separated file
    whose lines have equally many cells without regard to quotes, each line's quotes must pair up,
    and some be doubled or a whole column quoted.

    Args:
        delimiter: What separates cells.
        open_lines: Returns all numbered lines of the file, anew with each call.
    """
    if delimiter not in ("", "\t") and _is_spaced(delimiter, open_lines()):
        return Dialect(delimiter, is_quoted=True, is_spaced=True)
    if not delimiter or not _seems_quoted(delimiter, open_lines()):
        return Dialect(delimiter)
    ragged = _ragged_lines(delimiter, open_lines())
    if ragged == 0 and delimiter == "\t":
        return Dialect(delimiter, _is_quoted_by_line(delimiter, open_lines()))
    begun, width, ragged_quoted = 0, 0, 0
    try:
        for line, row in quoted_rows(delimiter, open_lines()):
            begun, width = line, width or len(row)
            ragged_quoted += len(row) != width
    except csv.Error:
        is_damaged = not ragged and _is_mostly_quoted(delimiter, open_lines())
        unclosed = begun + 1 if ragged or is_damaged else None
        return Dialect(delimiter, is_damaged, unclosed=unclosed)
    return Dialect(delimiter, ragged_quoted == 0 or ragged_quoted < ragged)


def _seems_quoted(delimiter: str, lines: Iterable[tuple[int, str]]) -> bool:
    return any(line[:1] == '"' or f'{delimiter}"' in line for _, line in lines)


class _Counted:
    """Lines of which the number of the last one is known."""

    def __init__(self, lines: Iterator[tuple[int, str]]) -> None:
        self._lines = lines
        self.number = 0

    def __iter__(self) -> "_Counted":
        return self

    def __next__(self) -> str:
        self.number, line = next(self._lines)
        return f"{line}\n"


def quoted_rows(
    delimiter: str, numbered: Iterator[tuple[int, str]], *, is_spaced: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """Yield the line each row begins at and its cells, quotes removed; blank lines left out.

    Raises:
        csv.Error: If quotes do not pair up.
    """
    lines = _Counted(numbered)
    before = 0
    with _long_cells():
        for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=is_spaced, strict=True):
            if row and row != [""]:
                yield before + 1, row
            before = lines.number


@contextmanager
def _long_cells() -> Iterator[None]:
    """Allow cells as long as lines may be; by default, ones of 128 KiB are refused."""
    limit = csv.field_size_limit(MOST_LINE_BYTES)
    try:
        yield
    finally:
        csv.field_size_limit(limit)


def plain_rows(
    delimiter: str, numbered: Iterator[tuple[int, str]]
) -> Iterator[tuple[int, list[str]]]:
    """Yield each line's number and cells; blank lines left out."""
    for number, line in numbered:
        if line.strip(" "):
            yield number, line.split(delimiter) if delimiter else [line]


def _is_spaced(delimiter: str, lines: Iterable[tuple[int, str]]) -> bool:
    """Whether spaces stand before quotes, and all quotes pair up if they may."""
    edge = re.escape(delimiter)
    cell = rf' *"(?:[^"]|"")*"|[^"{edge}]*'
    row = re.compile(rf"(?:{cell})(?:{edge}(?:{cell}))*")
    found = False
    for _, line in lines:
        if '"' in line and not row.fullmatch(line):
            return False
        found = found or f'{delimiter} "' in line
    return found


def _lenient(lines: Sequence[str], delimiter: str, *, is_spaced: bool = False) -> list[list[str]]:
    numbered = (f"{line}\n" for line in lines)
    reader = csv.reader(numbered, delimiter=delimiter, skipinitialspace=is_spaced)
    try:
        with _long_cells():
            return [row for row in reader if row] or [[""]]
    except csv.Error:  # a lone quote swallowed all that follows
        return [[""]]


def _ragged_lines(delimiter: str, lines: Iterable[tuple[int, str]]) -> int:
    """Return how many lines have more or fewer cells than the first."""
    width, ragged = None, 0
    for _, line in lines:
        if line.strip(" "):
            count = line.count(delimiter)
            width = count if width is None else width
            ragged += count != width
    return ragged


def _is_mostly_quoted(delimiter: str, lines: Iterable[tuple[int, str]]) -> bool:
    """Whether more than half the cells of a column stand in quotes."""
    counts: Counter[int] = Counter()
    total = 0
    for _, line in lines:
        total += bool(line.strip(" "))
        cells = enumerate(line.split(delimiter))
        counts.update(at for at, cell in cells if len(cell) > 1 and cell[0] == cell[-1] == '"')
    return max(counts.values(), default=0) > total / 2


def _is_quoted_by_line(delimiter: str, lines: Iterable[tuple[int, str]]) -> bool:
    cell = rf'"(?:[^"]|"")*"|[^"{re.escape(delimiter)}]*'
    row = re.compile(rf"(?:{cell})(?:{re.escape(delimiter)}(?:{cell}))*")
    always: set[int] | None = None  # columns that are quoted in each row
    is_doubled = False
    below_first = islice((line for _, line in lines if line), 1, None)  # headers often are not
    for line in below_first:
        if '"' in line and not row.fullmatch(line):
            return False
        if always == set() and is_doubled:
            continue
        quoted = {at for at, each in enumerate(line.split(delimiter)) if each[:1] == '"'}
        always = quoted if always is None else always & quoted
        is_doubled = is_doubled or '""' in line.replace(f'{delimiter}""{delimiter}', "")
    return is_doubled or bool(always)
