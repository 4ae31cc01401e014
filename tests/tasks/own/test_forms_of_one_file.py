"""The same pairs in every form that a table may have: one result, to the last digit."""

import csv
import gzip
import json
import lzma
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from harness.cli.main import main
from harness.results.records.record import OWN_FILES
from harness.results.records.store import ResultStore

WORDS = ["sun", "moon", '"star"', "rain,", "snow", "wind", "cloud", "tree", "river", "stone"]
COLUMNS = ("sentence1", "sentence2", "score", "genre")


@pytest.fixture(scope="module")
def rows() -> list[tuple[str, str, float, str]]:
    rng = np.random.default_rng(0)
    sides = [[" ".join(rng.choice(WORDS, 6)) for _ in range(300)] for _ in range(2)]
    scores = (rng.integers(0, 21, 300) / 4).tolist()
    return [(*row, "ab"[i % 2]) for i, row in enumerate(zip(*sides, scores, strict=True))]


Rows = list[tuple[str, str, float, str]]


def tsv(rows: Rows) -> str:
    lines = ["\t".join(map(str, row)) for row in [COLUMNS, *rows]]
    Path("mine.tsv").write_text("\n".join([*lines, ""]), "utf-8")
    return "mine.tsv"


def quoted_csv(rows: Rows) -> str:
    with Path("mine.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    return "mine.csv"


def semicolons(rows: Rows) -> str:
    with lzma.open("mine.csv.xz", "wt", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows([COLUMNS, *rows])
    return "mine.csv.xz"


def json_lines(rows: Rows) -> str:
    text = "".join(json.dumps(dict(zip(COLUMNS, row, strict=True))) + "\n" for row in rows)
    Path("mine.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    return "mine.jsonl.gz"


def one_json(rows: Rows) -> str:
    records = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    Path("mine.json").write_text(json.dumps(records), "utf-8")
    return "mine.json"


def parquet(rows: Rows) -> str:
    arrow = pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
    from pyarrow.parquet import write_table

    columns = dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
    write_table(arrow.table(columns), "mine.parquet")
    return "mine.parquet"


def data_set(rows: Rows) -> str:
    library = pytest.importorskip("datasets", reason="the extra datasets is not installed")
    columns = dict(zip(COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
    library.Dataset.from_dict(columns).save_to_disk("mine")
    return "hf:mine"


def score(file: str, out: str) -> str:
    """Score two encoders on a file and return the comparison's tables."""
    Path("letters.py").write_text(
        "import numpy as np, harness\n"
        "@harness.register_encoder('letters')\n"
        "class Letters:\n"
        "    def __init__(self, context, settings): pass\n"
        "    def encode(self, sentences):\n"
        "        return np.array([[s.count(c) + 1 for c in 'aeiou'] for s in sentences], 'f4')\n",
        "utf-8",
    )
    run = ["eval", "bow", "letters", "--plugin", "letters.py", "--out", out]
    result = CliRunner().invoke(main, [*run, "--pairs", f"{file},split=genre"])
    assert result.exit_code == 0, result.output
    compared = CliRunner().invoke(
        main, ["compare", "bow", "letters", "--draws", "200", "--out", out, "--tasks", "mine"]
    )
    assert compared.exit_code == 0, compared.output
    return compared.output.replace(file, "mine")


@pytest.mark.parametrize(
    "write", [quoted_csv, semicolons, json_lines, one_json, parquet, data_set]
)
def test_every_form_gives_the_scores_intervals_and_tables_of_the_tsv(
    write: Callable[[Rows], str], rows: Rows
) -> None:
    tables = score(tsv(rows), "tsv")

    assert score(write(rows), "other") == tables

    (first, *_), (second, *_) = (ResultStore(Path(out)).read() for out in ("tsv", "other"))
    assert second.scores == first.scores
    assert second.items == first.items
    assert second.data == OWN_FILES
