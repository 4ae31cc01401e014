"""Tables fit a paper of two columns: by estimate everywhere, and compiled where LaTeX is."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.results.formats.latex import to_latex
from harness.results.formats.latex_layout import choose_layout
from harness.results.formats.latex_pages import PAGE_POINTS
from harness.results.formats.latex_width import COLUMN_POINTS, TEXT_POINTS, text_width
from harness.results.tables.table import Table

LONG = "consert:temperature=0.05,batch_size=96,augmentations=shuffle+feature-cutoff"


def table(columns: int, *, intervals: bool = False) -> Table:
    ends = " [69.02, 71.25] ≈" if intervals else ""
    rows = tuple(
        (name, *(f"{score}{ends}" for _ in range(columns)))
        for name, score in (("mean", "70.10†"), (LONG, "-9.00 ± 0.10 (3)"))
    )
    heads = ("encoder", *(f"STS{number}" for number in range(columns)))
    return Table(f"{columns} columns", heads, rows, {1: (0,)}, (f"{LONG} saw {'9' * 70}",))


@pytest.mark.parametrize(
    ("columns", "intervals", "environment", "parts"),
    [
        (1, False, "table", 1),
        (5, False, "table*", 1),
        (3, True, "table*", 1),
        (12, True, "table*", 2),
    ],
)
def test_a_table_takes_both_columns_and_then_parts_where_its_width_asks_for_it(
    columns: int, intervals: bool, environment: str, parts: int
) -> None:
    text = to_latex(table(columns, intervals=intervals))

    layout = choose_layout(table(columns, intervals=intervals))
    assert rf"\begin{{{environment}}}" in text
    assert text.count(r"\begin{tabular}") == len(layout.blocks) >= parts
    assert layout.width <= (TEXT_POINTS if layout.is_wide else COLUMN_POINTS)


def test_intervals_stand_on_a_second_line_and_marks_take_no_width() -> None:
    lines = to_latex(table(1, intervals=True)).splitlines()

    (first,) = (line for line in lines if line.startswith("mean"))
    below = lines[lines.index(first) + 1]
    assert r"\rlap{$^\dagger$\textsuperscript{$\approx$}}" in first
    assert below == r" & \scriptsize [69.02, 71.25] \\[3pt]"
    assert r"$-$9.00 $\pm$ 0.10 (3)\rlap" in to_latex(table(1, intervals=True))


def test_a_name_without_signs_is_broken_where_it_is_too_long() -> None:
    layout = choose_layout(Table("T", ("encoder", "STS12"), (("x" * 150, "70.10"),)))

    ((lines,),) = layout.names
    assert "".join(lines) == "x" * 150
    assert layout.width <= TEXT_POINTS


def test_rows_that_fit_no_page_together_are_continued_under_one_label() -> None:
    rows = tuple((f"mean:layers={number}", "70.10 [69.02, 71.25]") for number in range(60))

    text = to_latex(Table("Many", ("encoder", "STS12"), rows, notes=("a note",)))

    tables = text.split(r"\begin{table}")[1:]
    assert [name for name, _ in rows] == re.findall(r"^mean:layers=\d+", text, re.MULTILINE)
    assert all(part.count(r"\\") * 12 < PAGE_POINTS for part in tables)
    assert len(tables) > 1
    assert [r"\label{tab:many}" in part for part in tables] == [True, *[False] * (len(tables) - 1)]
    assert ["a note" in part for part in tables] == [*[False] * (len(tables) - 1), True]
    assert text.count(r"\addtocounter{table}{-1}") == len(tables) - 1
    assert ["Many (continued)." in part for part in tables] == [False, *[True] * (len(tables) - 1)]


def test_letters_that_pdflatex_does_not_know_are_named() -> None:
    text = to_latex(Table("T", ("encoder", "é ≥ →"), (("Ω中", "70.10"),)))

    assert "% pdfLaTeX does not know Ω中: use XeLaTeX or LuaLaTeX" in text
    assert "does not know" not in to_latex(table(1))


def test_the_estimate_is_of_computer_modern() -> None:
    assert text_width("70.10", "small") == pytest.approx(22.78)  # as TeX measures \hbox{70.10}


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX is installed")
def test_tables_compile_without_an_overfull_box(tmp_path: Path) -> None:
    tables = [
        to_latex(table(columns, intervals=intervals))
        for columns, intervals in ((1, False), (5, False), (3, True), (12, True))
    ]
    document = "\n".join(
        [
            r"\documentclass[11pt,twocolumn]{article}\usepackage{booktabs}",
            r"\textwidth=16cm \columnsep=0.6cm \oddsidemargin=0pt",
            r"\begin{document}",
            *tables,
            r"\end{document}",
        ]
    )
    (tmp_path / "paper.tex").write_text(document, "utf-8")

    subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "paper.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=60,
    )

    log = (tmp_path / "paper.log").read_text("latin-1")
    assert (tmp_path / "paper.pdf").stat().st_size > 0
    assert re.findall(r"(?m)^(?:!|Overfull).*", log) == []
