"""What a cell may hold, and columns left out because their cells hold something else."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

Cell: TypeAlias = str | int | float | bool | None
"""What a cell may hold; None for one that is missing."""

Unusable: TypeAlias = Mapping[str, tuple[int, str]]
"""Of each column left out: the line of the first cell at fault, and what is wrong with it."""

_KINDS: Mapping[type, str] = {
    str: "text",
    int: "a number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}
_PLAIN = ("text", "a number", "true or false")


def usable_columns(
    columns: Sequence[str], rows: Sequence[Sequence[object]], lines: Sequence[int]
) -> tuple[tuple[str, ...], Sequence[Sequence[Cell]], Unusable]:
    """Leave out columns whose cells are lists or objects, or of several kinds.

    Args:
        columns: Their names.
        rows: What stands in them. Shape: (n_rows, n_columns).
        lines: Where each row begins.

    Returns:
        The other columns, their cells, and what was left out.
    """
    unusable = {}
    for place, column in enumerate(columns):
        if problem := _problem([row[place] for row in rows], lines):
            unusable[column] = problem
    if not unusable:
        return tuple(columns), cast("Sequence[Sequence[Cell]]", rows), {}
    kept = [place for place, column in enumerate(columns) if column not in unusable]
    cells = cast("list[list[Cell]]", [[row[place] for place in kept] for row in rows])
    return tuple(columns[place] for place in kept), cells, unusable


def _problem(cells: Sequence[object], lines: Sequence[int]) -> tuple[int, str] | None:
    kinds = {_KINDS[kind] for kind in set(map(type, cells)) - {type(None)}}
    if len(kinds) <= 1 and kinds <= set(_PLAIN):
        return None
    first = None
    for line, cell in zip(lines, cells, strict=True):
        kind = _KINDS.get(type(cell))
        if kind is not None and kind not in _PLAIN:
            return line, f"must be text or a number, got {kind}"
        if kind is not None and first is not None and kind != first:
            return line, f"must be {first} as in the rows before, got {kind}"
        first = first or kind
    return None
