import math
import os
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from harness.results.published.papers import (
    Publication,
    PublishedTable,
    printed_tables,
    publications,
)

SHARED = Path(os.environ.get("HARNESS_SHARED", Path(__file__).parents[3] / "../shared"))


def paper_text(name: str) -> str:
    path = SHARED / "docs/papers" / name
    if not path.is_file():
        pytest.skip(f"the paper's text is not at {path}")
    return re.sub(r"<[^>]+>", "", path.read_text(encoding="utf-8"))


def figure_count(publication: Publication) -> int:
    rows = [row for table in publication.tables for row in table.rows]
    printed = [value for row in rows for value in row.values if not math.isnan(value)]
    sums = [figure for row in rows for figure in (row.average, row.total) if figure is not None]
    return len(printed) + len(sums)


def test_every_figure_of_the_two_papers_is_there() -> None:
    counts = {
        (key, table.name): len(table.rows)
        for key, paper in publications().items()
        for table in paper.tables
    }

    assert counts == {
        ("consert", "statistics"): 4,
        ("consert", "unsupervised"): 11,
        ("consert", "supervised"): 16,
        ("consert", "batch-size"): 5,
        ("consert", "analysis"): 3,
        ("sg-bert", "sts"): 7,
        ("sg-bert", "transfer"): 3,
        ("sg-bert", "ablation"): 8,
        ("sg-bert", "efficiency"): 4,
        ("sg-bert", "layers"): 2,
    }
    assert {key: figure_count(paper) for key, paper in publications().items()} == {
        "consert": 29 + (9 * 8 + 2 * 5) + (14 * 8 + 2 * 5) + 10 + 3,
        "sg-bert": 7 * 8 + 3 * 8 + (8 + 7) + 6 + 2,
    }


@pytest.mark.parametrize(("key", "file"), [("consert", "consert.md"), ("sg-bert", "sg-bert.txt")])
def test_every_figure_stands_in_the_paper(key: str, file: str) -> None:
    text = paper_text(file)

    missing = [
        (table.name, row.method, value)
        for table in publications()[key].tables
        for row in table.rows
        for value in (*row.values, row.average, row.total)
        if value is not None
        and not math.isnan(value)
        and not any(printed in text for printed in (f"{value:.2f}", f"{value:.1f}", f"{value:g}"))
    ]

    assert missing == []


def test_rows_of_consert_stand_in_the_paper_in_the_same_order() -> None:
    text = paper_text("consert.md")

    for name in ("unsupervised", "supervised"):
        for row in publications()["consert"].table(name).rows:
            figures = [value for value in (*row.values, row.average) if value is not None]
            reported = [value for value in figures if not math.isnan(value)]
            lines = ["\t".join(f"{value:.{digits}f}" for value in reported) for digits in (1, 2)]

            assert any(line in text for line in lines), row.method


def test_known_figures_are_what_the_papers_print() -> None:
    consert, sg = publications()["consert"], publications()["sg-bert"]
    rows = {row.method: row for row in consert.table("unsupervised").rows}
    sg_rows = {row.method: row for row in sg.table("sts").rows}

    assert rows["ConSERT-base"].values == (64.64, 78.49, 69.07, 79.72, 75.95, 73.97, 67.31)
    assert rows["ConSERT-large"].average == 76.45
    assert rows["BERT-base-flow"].protocol == "wmean"
    assert sg_rows["Contrastive (SG-OPT), CLS"].average == 74.62
    assert sg_rows["No tuning, CLS"].encoder == "cls"


def test_rows_that_contradict_themselves_are_the_known_ones() -> None:
    doubtful = [
        row.method
        for paper in publications().values()
        for table in paper.tables
        for row in table.rows
        if row.doubt
    ]

    assert doubtful == ["SBERT-base-NLI", "Contrastive (SG-OPT), CLS"]


def test_a_row_that_does_not_average_must_state_the_doubt() -> None:
    row = {"method": "m", "values": [1.0, 2.0], "average": 1.7}
    table = {
        "name": "t",
        "title": "T",
        "where": "here",
        "metric": "spearman",
        "columns": ["a", "b"],
        "columns_are": "tasks",
    }

    with pytest.raises(ValidationError, match=r"averages 1\.500: state the doubt"):
        PublishedTable.model_validate({**table, "rows": [row]})
    with pytest.raises(ValidationError, match="must have 2 values, got 1 in 'm'"):
        PublishedTable.model_validate({**table, "rows": [{**row, "values": [1.0]}]})

    assert PublishedTable.model_validate({**table, "rows": [{**row, "doubt": "known"}]})


def test_unknown_papers_are_refused() -> None:
    with pytest.raises(ValueError, match=r"must be of consert, sg-bert, or a .*, got 'sgbert'"):
        printed_tables(["sgbert"])
