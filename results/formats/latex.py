"""Render tables as LaTeX that fits a paper of two columns."""

import re
from collections.abc import Iterable, Iterator, Sequence

from harness.results.formats.cell_parts import CellParts, cell_parts
from harness.results.formats.latex_layout import (
    Layout,
    choose_layout,
    marks_room,
)
from harness.results.formats.latex_pages import ROW_GAP, Part, latex_pages
from harness.results.formats.latex_text import (
    latex_label,
    latex_prose,
    latex_text,
    unknown_letters,
)
from harness.results.formats.latex_width import COLUMN_POINTS, TEXT_POINTS, text_width
from harness.results.tables.table import Table


def to_latex(table: Table) -> str:
    """Return the table as LaTeX for the package booktabs, best scores bold.

    It stands in one column of a paper where it fits, else in both (``table*``). The type is
    smaller and names are broken where they must be. Intervals stand on a second line. Marks take
    no width, so that decimals line up. Notes stand below. Rows that fit no page together are
    continued in further tables.
    """
    layout = choose_layout(table)
    pages = latex_pages(table, layout)
    return "\n".join(
        line
        for number, parts in enumerate(pages)
        for line in _page(table, layout, parts, is_first=number == 0, is_last=parts is pages[-1])
    )


def _page(
    table: Table, layout: Layout, parts: Sequence[Part], *, is_first: bool, is_last: bool
) -> Iterator[str]:
    """Yield the lines of one float; the first has the label, the last the notes."""
    environment = "table*" if layout.is_wide else "table"
    yield _comment(layout)
    yield from _letters(table)
    yield rf"\begin{{{environment}}}"
    yield r"\centering\sloppy"
    yield from _type(layout)
    yield from _parts(table, layout, parts)
    yield from _notes(table) if is_last else ()
    if not is_first:
        yield r"\addtocounter{table}{-1}"
    continued = "" if is_first else " (continued)"
    yield rf"\caption{{{latex_prose(table.title)}{continued}.}}"
    if is_first:
        yield rf"\label{{{latex_label(table.title)}}}"
    yield rf"\end{{{environment}}}"
    yield ""


def _comment(layout: Layout) -> str:
    limit = TEXT_POINTS if layout.is_wide else COLUMN_POINTS
    where = "both columns" if layout.is_wide else "a column"
    return (
        rf"% needs \usepackage{{booktabs}}; about {layout.width:.0f}pt wide, {where} of a paper:"
        f" {limit:.0f}pt"
    )


def _letters(table: Table) -> Iterator[str]:
    """Yield a comment where a name has letters that pdfLaTeX does not know."""
    texts = (
        table.title,
        *table.columns,
        *table.notes,
        *(cell for row in table.rows for cell in row),
    )
    if letters := "".join(sorted(set().union(*map(unknown_letters, texts)))):
        yield f"% pdfLaTeX does not know {letters}: use XeLaTeX or LuaLaTeX, and a font with them"


def _type(layout: Layout) -> list[str]:
    size = [] if layout.size == "normalsize" else [rf"\{layout.size}"]
    gap = rf"\setlength{{\tabcolsep}}{{{layout.gap:g}pt}}"
    return size + ([] if layout.size == "normalsize" else [gap])


def _parts(table: Table, layout: Layout, parts: Sequence[Part]) -> Iterator[str]:
    for number, part in enumerate(parts):
        block = part.columns
        if number:
            yield r"\par\medskip"
        yield rf"\begin{{tabular}}{{{'l' * table.names}{'r' * len(block)}}}"
        yield r"\toprule"
        heads = [*table.columns[: table.names], *(table.columns[column] for column in block)]
        yield _row(map(latex_text, heads))
        yield r"\midrule"
        cells = {column: _column(table, column, layout.size) for column in block}
        for place in part.rows:
            names = layout.names[place]
            lines = [cells[column][place] for column in block]
            yield from _lines(names, [first for first, _ in lines], [below for _, below in lines])
        yield r"\bottomrule"
        yield r"\end{tabular}"


def _lines(
    names: tuple[tuple[str, ...], ...], numbers: list[str], intervals: list[str]
) -> Iterator[str]:
    """Yield the lines of one row: the numbers beside the names' first, the intervals below."""
    many = max(2 if any(intervals) else 1, *map(len, names))
    empty = [""] * len(numbers)
    for line in range(many):
        own = [latex_text(name[line]) if line < len(name) else "" for name in names]
        cells = (numbers, intervals, *[empty] * many)[line]
        room = f"[{ROW_GAP:g}pt]" if line == many - 1 > 0 else ""
        yield _row([*own, *cells], room)


def _column(table: Table, column: int, size: str) -> list[tuple[str, str]]:
    """Return each cell of a column, and its interval."""
    parts = [cell_parts(row[column]) for row in table.rows]
    spread = max((part.spread for part in parts), key=text_width, default="")
    wide = [_marks(part) for part in parts if marks_room(part, size)]
    best = table.best.get(column, ())
    return [
        (
            _cell(part, spread, max(wide, key=len, default=""), is_best=row in best),
            rf"\scriptsize {_minus(latex_text(part.interval))}" if part.interval else "",
        )
        for row, part in enumerate(parts)
    ]


def _cell(part: CellParts, spread: str, wide: str, *, is_best: bool) -> str:
    """Write a number with its marks; what others have behind theirs leaves a gap behind it."""
    number = _minus(latex_text(f"{part.number}{part.spread}"))
    marks = _marks(part)
    shown = rf"\textbf{{{number}}}" if is_best else number
    if part.text:
        return shown
    if spread and not part.spread:
        shown += rf"\phantom{{{latex_text(spread)}}}"
    if not wide:
        return shown + (rf"\rlap{{{marks}}}" if marks else "")
    return shown + (rf"\rlap{{{marks}}}" if marks else "") + rf"\phantom{{{wide}}}"


def _marks(part: CellParts) -> str:
    after = part.after.strip()
    return latex_text(part.marks) + (rf"\textsuperscript{{{latex_text(after)}}}" if after else "")


def _minus(number: str) -> str:
    """Write a minus sign for each hyphen before a number."""
    return re.sub(r"(?<![\w.)-])-(?=\d)", "$-$", number)


def _notes(table: Table) -> Iterator[str]:
    if not table.notes:
        return
    yield r"\par\smallskip"
    yield r"\begin{minipage}{\linewidth}\footnotesize\raggedright"
    *first, last = map(latex_prose, table.notes)
    yield from (rf"{_unbracketed(note)}.\\" for note in first)
    yield f"{_unbracketed(last)}."
    yield r"\end{minipage}"


def _row(cells: Iterable[str], room: str = "") -> str:
    return rf"{_unbracketed(' & '.join(cells))} \\{room}"


def _unbracketed(line: str) -> str:
    """Return a line that is not taken for an option of the line break before it."""
    return f"{{}}{line}" if line.startswith(("[", "*")) else line
