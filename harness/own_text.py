"""Training text of the user's own: a file or data set, and what of it is trained on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.corpus import Corpus, read_text
from harness.settings import setting
from harness.table_files.columns import (
    FIRST,
    SECOND,
    SENTENCE,
    choose_columns,
    find_column,
    find_columns,
    find_pair,
)
from harness.table_files.data_sets import PREFIX
from harness.table_files.parts import PartRows, choose_part, read_parts
from harness.table_files.table import DataTable, as_number
from harness.table_files.table_files import is_table

_PART = "train"
_NAME_THEM = "name the columns to train on with --text FILE,columns=NAME,..."


@dataclass(frozen=True)
class OwnText:
    """Where a text lies, and which of its columns and rows are trained on."""

    file: str = setting(
        "", help="sentences, one per line; or TSV, CSV, JSON lines, JSON or Parquet; or hf:..."
    )
    columns: tuple[str, ...] = setting(
        (),
        help="columns to train on: names, or positions from 1 where there is no header; none: by"
        " their usual names",
    )
    part: str = setting("", help="train, dev or test, where there are parts; none: train")

    @property
    def name(self) -> str:
        """What the text is called: the file's name, or ``hf:...``."""
        return self.file if self.file.startswith(PREFIX) else Path(self.file).name

    def rows(self) -> PartRows:
        """Read its table; of a text in parts, the train part unless another is asked for.

        Raises:
            HarnessError: If there is no such file or part, or it is damaged or no table.
        """
        parts = read_parts(self.file, "", self.columns)
        return choose_part(parts, self.part, self.name, _PART)[1]

    def understood(
        self, source: PartRows, what: str, columns: tuple[str, ...], left_out: int
    ) -> str:
        """Say in one line what was read.

        Args:
            source: The rows.
            what: What they are, with their number: ``1,204 labelled pairs``.
            columns: The columns.
            left_out: How many rows or cells are not trained on.
        """
        table = source.table
        said = [
            what,
            f"column{'s' * (len(columns) > 1)} {', '.join(columns)}",
            *([f"{left_out:,} left out"] if left_out else []),
            *([f"part {self.part or _PART}"] if len(source.rows) < len(table.rows) else []),
        ]
        return f"{self.name}: {', '.join(said)} ({table.form})"


def read_sentences(text: OwnText) -> Corpus:
    """Read sentences: a file with one per line, or columns of a table.

    Args:
        text: Where they lie. A table's one column with a usual name is read; of several none is
            guessed. Empty cells are left out.

    Raises:
        MissingDataError: If there is no such file.
        BadDataError: If it is damaged, has no sentence, or its columns are not known.
    """
    if not text.columns and not is_table(text.file):
        return read_text(Path(text.file).expanduser())
    source = text.rows()
    table = source.table
    columns = text.columns and choose_columns(table, (SENTENCE,) * len(text.columns), text.columns)
    columns = columns or (_only_column(table),)
    places = [table.index(column) for column in columns]
    sentences: list[str] = []
    for row in source.rows:
        for column, place in zip(columns, places, strict=True):
            cell = table.rows[row][place]
            if not isinstance(cell, str | None):
                raise table.error(row, column, f"must be text, got {cell!r}")
            if sentence := " ".join((cell or "").split()):
                sentences.append(sentence)
    refuse_numbers(table, columns)
    if not sentences:
        raise table.error(None, columns[0], "must have at least one sentence, got empty cells")
    empty = len(columns) * len(source.rows) - len(sentences)
    return Corpus(
        text.name,
        tuple(sentences),
        understood=text.understood(source, f"{len(sentences):,} sentences", columns, empty),
    )


def _only_column(table: DataTable) -> str:
    """Return the one column of sentences; nothing is guessed where there are several."""
    if not table.has_header:
        if len(table.columns) == 1:
            return table.columns[0]
        got = f"{len(table.columns)} columns without a header"
        raise table.error(
            None, None, f"must have one column of sentences, got {got}: {_NAME_THEM}"
        )
    known = find_pair(table, (FIRST, SECOND)) or find_columns(table, SENTENCE)
    if len(known) == 1:
        return known[0]
    if not known:
        find_column(table, SENTENCE)  # raises for one whose cells are no text
    found = f"{' and '.join(known)}" if known else ", ".join(table.columns)
    raise table.error(
        None, None, f"must have one known column of sentences, got {found}: {_NAME_THEM}"
    )


def refuse_numbers(table: DataTable, columns: Sequence[str]) -> None:
    """Refuse columns of numbers where sentences are wanted.

    Raises:
        BadDataError: If there is one.
    """
    for column in columns:
        place = table.index(column)
        if all(as_number(row[place]) is not None for row in table.rows):
            got = f"nothing but numbers, such as {table.rows[0][place]}"
            raise table.error(None, column, f"must be sentences, got {got}")
