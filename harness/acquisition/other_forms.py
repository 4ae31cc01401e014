"""STS-B and SICK in other forms: recognised by their columns, rewritten as they are published.

SICK comes as one ``SICK.txt`` too; STS-B as ``stsbenchmark.tsv.gz`` of sentence-transformers, as
GLUE's three files, and as the hub's Parquet, CSV or JSON lines, with scores from 0 to 5 or to 1.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from harness.bounded_files import first_bytes, unpacked_name
from harness.errors import BadDataError, HarnessError
from harness.table_files.parts import part_name
from harness.table_files.table import plain_text
from harness.table_files.table_files import read_tables
from harness.table_files.text import text_lines

_SUFFIXES = {".txt", ".tsv", ".csv", ".json", ".jsonl", ".parquet"}
_LOOKED_AT = 4096  # bytes in which the names of the columns stand
_MOST_BYTES = 64 << 20  # of a file that may be one of these
_TELLING = (b"sentence1", b"sentence_a", b"PAR1")
_SICK_FILES = {
    "TRAIN": "SICK_train.txt",
    "TRIAL": "SICK_trial.txt",
    "TEST": "SICK_test_annotated.txt",
}
_SICK_HEADER = ("pair_ID", "sentence_A", "sentence_B", "relatedness_score", "entailment_judgment")
_STSB_COLUMNS = (  # what each column of the release is called elsewhere
    ("genre",),
    ("filename", "dataset"),
    ("year",),
    ("old_index", "sid", "index", "idx"),
    ("score", "label", "similarity_score"),
    ("sentence1",),
    ("sentence2",),
)
_SCORE = 4  # its place among them

Row = Mapping[str, str]


@dataclass(frozen=True)
class Rewritten:
    """One file of a data set as it is published, made of another form.

    Attributes:
        data_set: The data set's name.
        file: The file's name in it.
        versions: Its bytes, before SentEval's preparation, with numbers and line ends written in
            each way that they may have been; the first is as found.
        is_described: Whether genre, source and year of each pair were there too.
        note: What was changed besides; empty if nothing was.
    """

    data_set: str
    file: str
    versions: tuple[bytes, ...]
    is_described: bool = True
    note: str = ""


@dataclass(frozen=True)
class OtherForm:
    """What a file in another form holds.

    Attributes:
        path: The file.
        files: What can be made of it.
        lacking: Files of a data set, by its name, for which the pairs are there but no scores.
    """

    path: Path
    files: list[Rewritten] = field(default_factory=list)
    lacking: dict[str, list[str]] = field(default_factory=dict)

    @property
    def data_sets(self) -> set[str]:
        """The names of the data sets of which it certainly has pairs."""
        return {*self.lacking, *(file.data_set for file in self.files if file.is_described)}

    @property
    def is_known(self) -> bool:
        """Whether it is certainly a data set, by its columns."""
        return bool(self.data_sets)


def read_other_form(path: Path) -> OtherForm | None:
    """Read a file that is STS-B or SICK in another form; None if it looks like neither."""
    plain = unpacked_name(path)
    if plain.suffix.lower() not in _SUFFIXES or path.stat().st_size > _MOST_BYTES:
        return None
    try:
        start = first_bytes(path, _LOOKED_AT)
        if not any(word in start or word in start.lower() for word in _TELLING):
            return None
        rows = _rows(path, plain.suffix.lower())
    except HarnessError:  # damaged, or no table: then it is no data set either
        return None
    columns = set(rows[0]) if rows else set()
    if {"semeval_set", *(name.lower() for name in _SICK_HEADER[:4])} <= columns:
        return _sick(path, rows)
    if {"sentence1", "sentence2"} <= columns and "gold_label" not in columns and _is_english(rows):
        return _sts_benchmark(path, plain.stem, rows)
    return None


def _is_english(rows: Sequence[Row]) -> bool:
    """Whether most rows are ASCII: translations have the same columns."""
    return sum(row["sentence1"].isascii() for row in rows) > len(rows) / 2


def _rows(path: Path, suffix: str) -> list[Row]:
    """Return rows by column in lower case; text with tabs has no quoting in any of these forms."""
    if suffix in {".txt", ".tsv"}:
        lines = [line.split("\t") for _, line in text_lines(path) if line]
        header, *rows = [[name.lower() for name in lines[0]], *lines[1:]]
        for number, row in enumerate(rows, 2):
            if len(row) == len(header) - 1 and header[-1] in _STSB_COLUMNS[_SCORE]:
                row.append("")  # a score that is kept back
            if len(row) < len(header):
                problem = f"must have {len(header)} tab-separated columns, got {len(row)}"
                raise BadDataError(path, number, problem)
        return [dict(zip(header, row, strict=False)) for row in rows]  # sources may follow
    table = read_tables(path)[""]
    names = [name.lower() for name in table.columns]
    return [dict(zip(names, map(plain_text, row), strict=True)) for row in table.rows]


def _sick(path: Path, rows: Sequence[Row]) -> OtherForm:
    label = "entailment_label" if "entailment_label" in rows[0] else "entailment_judgment"
    columns = (*(name.lower() for name in _SICK_HEADER[:4]), label)
    found = OtherForm(path)
    for part, file in _SICK_FILES.items():
        own = [
            [row.get(name, "") for name in columns]
            for row in rows
            if row["semeval_set"].strip().upper() == part
        ]
        if own:
            write = partial(_written, own, score=3, header=_SICK_HEADER)
            versions = _versions(write, "{:g}")
            with_returns = (each.replace(b"\n", b"\r\n") for each in versions)
            found.files.append(Rewritten("sick", file, (*versions, *with_returns)))
    return found


def _sts_benchmark(path: Path, stem: str, rows: Sequence[Row]) -> OtherForm:
    names = [next((name for name in known if name in rows[0]), "") for known in _STSB_COLUMNS]
    part = part_name(stem.rpartition("-")[2].split(".")[0])
    found = OtherForm(path)
    by_part: dict[str | None, list[list[str]]] = {}
    for row in rows:
        own = part_name(row["split"]) if "split" in row else part
        by_part.setdefault(own, []).append([row.get(name, "") for name in names])
    for own, cells in by_part.items():
        if own and _has_scores(cells):
            found.files.append(_part(own, cells, is_described=all(names[:3])))
        elif own:
            found.lacking.setdefault("stsb", []).append(f"sts-{own}.csv")
    return found


def _part(part: str, cells: list[list[str]], *, is_described: bool) -> Rewritten:
    scores = [float(row[_SCORE]) for row in cells]
    note = ""
    if max(scores) <= 1:
        for row, score in zip(cells, scores, strict=True):
            row[_SCORE] = f"{5 * score:.3f}"
        note = "scores from 0 to 1 were multiplied by 5"
    write = partial(_written, cells, score=_SCORE)
    return Rewritten("stsb", f"sts-{part}.csv", _versions(write, "{:.3f}"), is_described, note)


def _has_scores(cells: Sequence[Sequence[str]]) -> bool:
    """Whether every pair has a score: GLUE keeps those of the test part back, the hub has -1."""
    try:
        return all(float(row[_SCORE]) >= 0 for row in cells)
    except ValueError:
        return False


def _versions(write: Callable[[str], bytes], form: str) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys((write("{}"), write(form))))


def _written(
    rows: Sequence[Sequence[str]], form: str, *, score: int, header: Sequence[str] = ()
) -> bytes:
    lines = [header] if header else []
    for row in rows:
        value = row[score] if form == "{}" else form.format(float(row[score]))
        lines.append([*row[:score], value, *row[score + 1 :]])
    return "".join("\t".join(line) + "\n" for line in lines).encode()
