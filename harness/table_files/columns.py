"""Which columns of a table are meant: as named, by the field's usual names, or by position."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from harness.table_files.table import DataTable, as_number


@dataclass(frozen=True)
class ColumnRole:
    """What a column is for.

    Attributes:
        what: How messages call it.
        names: Its usual names, the likeliest first, in lower case without spaces and underscores.
        is_numeric: Whether it holds numbers.
    """

    what: str
    names: tuple[str, ...]
    is_numeric: bool = False


_PAIRS = (  # two sentences, and a third that is not like the first
    ("sentence1", "sentence2", ""),
    ("text1", "text2", ""),
    ("sent0", "sent1", "hardneg"),
    ("sent1", "sent2", "sent3"),
    ("premise", "hypothesis", ""),
    ("anchor", "positive", "negative"),
    ("anchor", "entailment", "contradiction"),
    ("question1", "question2", ""),
    ("s1", "s2", ""),
    ("q1", "q2", ""),
    ("sentencea", "sentenceb", ""),
    ("texta", "textb", ""),
    ("#1string", "#2string", ""),
    ("query", "positive", "negative"),
    ("query", "pos", "neg"),
    ("query", "passage", ""),
    ("query", "document", ""),
    ("query", "answer", ""),
    ("query", "response", ""),
    ("query", "text", ""),
    ("question", "answer", ""),
    ("question", "sentence", ""),
    ("sentence", "paraphrase", ""),
    ("text", "paraphrase", ""),
    ("source", "target", ""),
)
_FIRST, _SECOND, _NEGATIVE = (tuple(dict.fromkeys(side)) for side in zip(*_PAIRS, strict=True))
_LABELS = (
    *("label", "labels", "goldlabel", "isduplicate", "quality", "labeltext", "class"),
    *("entailmentlabel", "entailmentjudgment", "coarselabel", "sentiment", "category"),
)
_SENTENCES = (
    *("sentence", "text", "sentences", "sent", "content", "review", "question", "comment"),
    *("tweet", "utterance", "query", "string"),
)
_SCORES = (
    *("score", "similarityscore", "relatednessscore", "similarity", "relatedness"),
    *("goldscore", "gold", "rating", "grade", "stsscore"),
)

FIRST = ColumnRole("first sentence", _FIRST)
SECOND = ColumnRole("second sentence", _SECOND)
NEGATIVE = ColumnRole("negative sentence", tuple(filter(None, _NEGATIVE)))
SENTENCE = ColumnRole("sentence", _SENTENCES)
SCORE = ColumnRole("score", (*_SCORES, *_LABELS), is_numeric=True)
LABEL = ColumnRole("label", _LABELS)
SPLIT = ColumnRole("split", ("split", "semevalset", "set", "partition", "subset"))
LANGUAGE = ColumnRole("language", ("language", "lang", "languages", "locale"))

_SIDES = (FIRST, SECOND, NEGATIVE)
_ROLES = (*_SIDES, SENTENCE, SCORE, LABEL, SPLIT, LANGUAGE)
_OTHER_NAMES = (
    *("id", "idx", "index", "pairid", "sid", "genre", "filename", "year", "title", "caption"),
)
_AMBIGUOUS = (  # labels and words of sentences too: names of columns only beside others
    *("positive", "pos", "negative", "neg", "entailment", "contradiction", "question", "answer"),
    *("source", "target", "title", "review", "comment", "class", "quality", "sentiment"),
    *("document", "category", "set", "passage", "response", "content", "tweet", "string"),
    *("year", "grade", "caption"),
)
_USUAL = frozenset((*(name for role in _ROLES for name in role.names), *_OTHER_NAMES)) - {""}
_TELLING = _USUAL - frozenset(_AMBIGUOUS)


def are_usual_names(cells: Sequence[str]) -> bool:
    """Whether cells are what columns are usually called: all of them, or one that tells."""
    folded = [_folded(cell) for cell in cells]
    return any(name in _TELLING for name in folded) or (
        len(folded) > 1 and all(name in _USUAL for name in folded)
    )


def is_usual_name(cell: str) -> bool:
    """Whether a cell is what columns are usually called, a number at its end aside."""
    return _folded(cell) in _USUAL or _folded(cell).rstrip("0123456789") in _USUAL


def choose_columns(
    table: DataTable, wanted: Sequence[ColumnRole], given: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the column for each role.

    Args:
        table: The table.
        wanted: The roles, each once.
        given: The columns, in the order of the roles: names, or positions from 1 where there is no
            header. Empty to go by the usual names, or without a header by position.

    Raises:
        BadDataError: If a column is missing, given twice, or not known by its name.
    """
    if given:
        return _given(table, wanted, given)
    if not table.has_header:
        return _by_position(table, wanted)
    sides = tuple(role for role in wanted if role in _SIDES)
    found = dict(zip(sides, find_pair(table, sides), strict=False))
    for role in wanted:
        if role not in found and role not in sides and (column := find_column(table, role)):
            found[role] = column
    missing = [role.what for role in wanted if role not in found]
    if missing:
        got = f"columns {_found(table)}: name them with columns=A,B,..."
        problem = f"no column is known to be the {' or the '.join(missing)}"
        raise table.error(None, None, f"must have {_list(wanted)}; {problem}, got {got}")
    return tuple(found[role] for role in wanted)


def find_column(table: DataTable, role: ColumnRole) -> str | None:
    """Return the column that is known by one of a role's usual names; None if there is none."""
    known = {_folded(name): name for name in reversed((*table.columns, *table.unusable))}
    column = next((known[name] for name in role.names if name in known), None)
    if column is not None and column in table.unusable:
        table.index(column)  # raises, and says why
    return column


def find_columns(table: DataTable, role: ColumnRole) -> tuple[str, ...]:
    """Return every column that is known by one of a role's usual names."""
    return tuple(name for name in table.columns if _folded(name) in role.names)


def find_pair(table: DataTable, sides: Sequence[ColumnRole]) -> tuple[str, ...]:
    """Return columns whose names belong together, such as premise and hypothesis; else none.

    Args:
        table: The table.
        sides: Of `FIRST`, `SECOND` and `NEGATIVE`.
    """
    known = {_folded(name): name for name in reversed((*table.columns, *table.unusable))}
    for pair in _PAIRS:
        names = [pair[_SIDES.index(role)] for role in sides]
        if sides and all(name in known for name in names):
            columns = tuple(known[name] for name in names)
            for column in columns:
                table.index(column)
            return columns
    return ()


def _given(
    table: DataTable, wanted: Sequence[ColumnRole], given: Sequence[str]
) -> tuple[str, ...]:
    if len(given) != len(wanted):
        got = f"{len(given)} ({', '.join(given)})"
        raise table.error(
            None, None, f"columns must be {len(wanted)} ({_list(wanted)}), got {got}"
        )
    known = {_folded(name): name for name in reversed(table.columns)}
    columns = [name if name in table.columns else known.get(_folded(name), name) for name in given]
    for place, column in enumerate(columns):
        table.index(column)
        if column in columns[:place]:
            raise table.error(None, column, "must be given for one thing only, got it twice")
    return tuple(columns)


def _by_position(table: DataTable, wanted: Sequence[ColumnRole]) -> tuple[str, ...]:
    if len(table.columns) != len(wanted):
        got = f"{len(table.columns)} without a header: name them by position, as columns=1,2,..."
        expected = f"must have {len(wanted)} columns ({_list(wanted)})"
        raise table.error(None, None, f"{expected}, got {got}")
    left = list(table.columns)
    chosen = {}
    for role in (role for role in wanted if role.is_numeric):
        numeric = [column for column in left if _is_numeric(table, column)]
        chosen[role] = numeric[0] if len(numeric) == 1 else left[wanted.index(role)]
        left.remove(chosen[role])
    return tuple(chosen[role] if role in chosen else left.pop(0) for role in wanted)


def _is_numeric(table: DataTable, column: str) -> bool:
    place = table.index(column)
    return all(as_number(row[place]) is not None for row in table.rows[:1000])


def _found(table: DataTable) -> str:
    return ", ".join((*table.columns, *table.unusable)) or "no columns"


def _list(roles: Sequence[ColumnRole]) -> str:
    return ", ".join(role.what for role in roles)


def _folded(name: str) -> str:
    return re.sub(r"[\s_.-]", "", name).casefold()
