import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from harness.results.formats.data import to_csv
from harness.results.formats.latex import to_latex
from harness.results.formats.markdown import to_markdown
from harness.results.formats.terminal import to_rich
from harness.results.records.record import Record
from harness.results.records.training import TrainingRecord
from harness.results.tables.table import Table

TABLE = Table(
    title="STS: Spearman × 100, protocol all",
    columns=("encoder", "STS12", "Avg."),
    rows=(("mean", "70.10", "–"), ("mean:layers=first-last", "69.00 ± 0.10", "71.20")),
    best={1: (0,), 2: (1,)},
    notes=("a_note",),
)
WIDE = Table(
    title="Many columns",
    columns=("encoder", *(f"TASK-{n:02}" for n in range(20))),
    rows=(("mean:layers=embedding-last", *(f"{n}.00 ± 0.10" for n in range(20))),),
)
NAMED_TWICE = Table(
    title="Two columns name a row",
    columns=("encoders", "task", *WIDE.columns[1:]),
    rows=(("good", "STS-B test", *WIDE.rows[0][1:]),),
    names=2,
)


def printed(table: Table, width: int | None, *, color: bool = False) -> str:
    out = io.StringIO()
    console = Console(
        file=out,
        width=width or 400,
        force_terminal=color,
        color_system="standard" if color else None,
    )
    console.print(to_rich(table, width))
    return out.getvalue()


def test_a_terminal_table_is_exact() -> None:
    assert [line.rstrip() for line in printed(TABLE, 80).splitlines()] == [
        "STS: Spearman × 100, protocol all",
        "encoder                        STS12   Avg.",
        "───────────────────────────────────────────",
        "mean                           70.10      –",
        "mean:layers=first-last  69.00 ± 0.10  71.20",
        "a_note",
        "",
    ]


def test_a_table_that_goes_on_below_repeats_every_column_that_names_a_row() -> None:
    table = Table(
        title="Differences",
        columns=("encoders", "task", "difference", "interval"),
        rows=(("mean − cls", "STS12", "+1.00", "[+0.50, +1.50]"),),
        names=2,
    )

    assert [line.rstrip() for line in printed(table, 36).splitlines()] == [
        "Differences",
        "encoders    task   difference",
        "─────────────────────────────",
        "mean − cls  STS12       +1.00",
        "encoders    task         interval",
        "─────────────────────────────────",
        "mean − cls  STS12  [+0.50, +1.50]",
        "",
    ]
    assert "| --- | --- | ---: | ---: |" in to_markdown(table)


def test_markdown_shows_stars_as_stars() -> None:
    table = Table("Who", ("task", "p*"), (("a|b", "0.01*"),), best={1: (0,)}, notes=("* small",))

    assert to_markdown(table).splitlines()[2:] == [
        r"| task | p\* |",
        "| --- | ---: |",
        r"| a\|b | **0.01\*** |",
        "",
        r"*\* small*",
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 160])
@pytest.mark.parametrize(
    "table", [TABLE, WIDE, NAMED_TWICE], ids=["narrow", "wide", "named twice"]
)
def test_a_table_fits_its_terminal_and_loses_nothing(table: Table, width: int) -> None:
    text = printed(table, width)
    shown = "".join(text.split())

    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert all("".join(cell.split()) in shown for row in table.rows for cell in row[1:])
    assert all(head in text for head in table.columns)
    for name in (row[0] for row in table.rows):
        assert all(part in text for part in re.split("[-:=]", name))


def test_long_names_are_folded_behind_a_sign() -> None:
    assert [line.rstrip() for line in printed(TABLE, 40).splitlines()][3:6] == [
        "mean                        70.10      –",
        "mean:layers=first-   69.00 ± 0.10  71.20",
        "last",
    ]


def test_without_a_width_a_table_is_one_block() -> None:
    assert printed(WIDE, None).count("encoder") == 1


def test_the_best_scores_are_bold() -> None:
    scores = printed(TABLE, 80, color=True).split("─\n")[1]

    assert re.findall(r"\x1b\[1m *([\d.]+)\x1b", scores) == ["70.10", "71.20"]


def test_markdown_is_exact() -> None:
    assert to_markdown(TABLE) == (
        "**STS: Spearman × 100, protocol all**\n"
        "\n"
        "| encoder | STS12 | Avg. |\n"
        "| --- | ---: | ---: |\n"
        "| mean | **70.10** | – |\n"
        "| mean:layers=first-last | 69.00 ± 0.10 | **71.20** |\n"
        "\n"
        "*a_note*\n"
    )


def test_latex_is_exact_and_escaped() -> None:
    assert to_latex(TABLE) == (
        "% needs \\usepackage{booktabs}; about 211pt wide, a column of a paper: 219pt\n"
        "\\begin{table}\n"
        "\\centering\\sloppy\n"
        "\\small\n"
        "\\setlength{\\tabcolsep}{4pt}\n"
        "\\begin{tabular}{lrr}\n"
        "\\toprule\n"
        "encoder & STS12 & Avg. \\\\\n"
        "\\midrule\n"
        "mean & \\textbf{70.10}\\phantom{ $\\pm$ 0.10} & -- \\\\\n"
        "mean:layers=first-last & 69.00 $\\pm$ 0.10 & \\textbf{71.20} \\\\\n"
        "\\bottomrule\n"
        "\\end{tabular}\n"
        "\\par\\smallskip\n"
        "\\begin{minipage}{\\linewidth}\\footnotesize\\raggedright\n"
        "a\\_note.\n"
        "\\end{minipage}\n"
        "\\caption{STS: Spearman $\\times$ 100, protocol all.}\n"
        "\\label{tab:sts-spearman-100-protocol-all}\n"
        "\\end{table}\n"
    )


def test_a_bar_in_a_cell_does_not_end_it_in_markdown() -> None:
    table = Table(title="t", columns=("a|b",), rows=(("c|d",),))

    assert "| c\\|d |" in to_markdown(table)


def test_csv_has_a_row_for_each_score_as_a_fraction() -> None:
    record = Record(
        encoder="mean:layers=1,6",
        model="minilm",
        seed=None,
        task="sts12",
        title="STS12",
        family="sts",
        data="sample",
        scores={"spearman": {"mean": 0.1, "all": 1 / 3}, "accuracy": 0.5},
        dim=4,
    )

    assert to_csv([record]) == (
        "encoder,model,seed,training_text,task,data,data_checksum,marks,metric,protocol,score\n"
        '"mean:layers=1,6",minilm,,,sts12,sample,unknown,,spearman,mean,0.1\n'
        '"mean:layers=1,6",minilm,,,sts12,sample,unknown,,spearman,all,0.3333333333333333\n'
        '"mean:layers=1,6",minilm,,,sts12,sample,unknown,,accuracy,,0.5\n'
    )


def test_csv_has_nan_for_a_score_that_json_has_as_null() -> None:
    record = Record(
        encoder="mean",
        model=None,
        seed=None,
        task="sts12",
        title="STS12",
        family="sts",
        data="sample",
        scores={"spearman": {"all": float("nan")}},
        dim=4,
    )

    again = Record.model_validate_json(record.model_dump_json())

    assert again.scores == {"spearman": {"all": None}}
    assert to_csv([again]).endswith(",spearman,all,nan\n")


def test_csv_distinguishes_training_texts_by_checksum() -> None:
    texts = [TrainingRecord(corpus="sts", corpus_sha256=sign * 64, sentences=9) for sign in "ab"]
    record = Record(
        encoder="sg",
        model="minilm",
        seed=0,
        task="sts12",
        title="STS12",
        family="sts",
        data="sample",
        scores={"accuracy": 0.5},
        dim=4,
    )

    _, *rows = to_csv(
        [record.model_copy(update={"training": text}) for text in texts]
    ).splitlines()

    assert [row.split(",")[3] for row in rows] == [f"sts {12 * sign}" for sign in "ab"]
