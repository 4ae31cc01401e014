"""A strict reading of the LaTeX that tables are written as: what a compiler would refuse."""

import re
from collections.abc import Callable

import pytest

from harness.results.comparisons.record_comparison import compare_records
from harness.results.formats.latex import to_latex
from harness.results.published.beside_measured import published_tables
from harness.results.records.record import Record
from harness.results.statistics.resampling import Resampling
from harness.results.tables.table import Table

MakeRecord = Callable[..., Record]

COMMAND = re.compile(
    r"\\(begin|end|centering|toprule|midrule|bottomrule|caption|textbf|textasciitilde"
    r"|textasciicircum|textbackslash|pm|times|approx|le|dagger|parallel|ddagger|circ|S|P|dots"
    r"|sloppy|small|footnotesize|scriptsize|setlength|tabcolsep|par|smallskip|medskip|linewidth"
    r"|raggedright|label|allowbreak|rlap|phantom|textsuperscript)"
)
LETTERS = "éöü"  # what the usual font has besides ASCII, as far as the tests need it
PART = re.compile(r"\\[A-Za-z]+|\\.|[{}$&#^_~%]|[^\\{}$&#^_~%]+", re.DOTALL)


WHOLE = r"""\begin{tabular}{lr}
\toprule
x & y \\
\midrule
a & b \\
\bottomrule
\end{tabular}"""


def parse(latex: str) -> list[list[str]]:
    """Return the rows of the tabular, or fail where LaTeX would."""
    latex = re.sub(r"(?m)^%.*\n", "", latex)
    parts = PART.findall(latex)
    foreign = {sign for sign in latex if not sign.isascii()} - set(LETTERS)
    assert not foreign, "signs need a command"
    outside = PART.findall(re.sub(r"(?<!\\)\$[^$]*\$", "", latex))
    assert not {"#", "^", "_", "~", "%"} & set(outside), "bare special sign"
    assert parts.count("$") % 2 == 0, "mathematics is left open"
    named = [part for part in parts if re.fullmatch(r"\\[A-Za-z]+", part)]
    unknown = [part for part in named if not COMMAND.fullmatch(part)]
    assert not unknown, "unknown command"
    check_braces(parts)
    check_environments(latex)
    return tabular_rows(latex)


def check_braces(parts: list[str]) -> None:
    depth = 0
    for part in parts:
        depth += (part == "{") - (part == "}")
        assert depth >= 0, "a brace closes what was not opened"
    assert depth == 0, "a brace is left open"


def check_environments(latex: str) -> None:
    opened: list[str] = []
    for command, name in re.findall(r"\\(begin|end){(\w+\*?)}", latex):
        if command == "begin":
            opened.append(name)
        else:
            assert opened, "an environment ends that never began"
            assert opened.pop() == name, "environments cross"
    assert not opened, "an environment never ends"


def tabular_rows(latex: str) -> list[list[str]]:
    found = re.fullmatch(
        r"(.*)\\begin{tabular}{(l*r*l*)}\n(.*)\\end{tabular}(.*)", latex, re.DOTALL
    )
    assert found, "no tabular"
    before, columns, body, after = found.groups()
    assert not re.search(r"(?<!\\)&", before + after), "& outside of the tabular"
    lines = body.splitlines()
    rules = [line for line in lines if re.fullmatch(r"\\\w+rule", line)]
    assert rules == [r"\toprule", r"\midrule", r"\bottomrule"]
    assert (lines[0], lines[2], lines[-1]) == tuple(rules)
    rows = [line for line in lines if line not in rules]
    rows = [line.removesuffix("[3pt]") for line in rows]
    assert all(line.endswith(r" \\") for line in rows)
    assert not any(line.startswith("[") for line in rows), "read as the option of the row before"
    cells = [re.split(r"(?<!\\)&", line.removesuffix(r" \\")) for line in rows]
    assert {len(row) for row in cells} == {len(columns)}, "too many or too few columns"
    return cells


def numbered(rows: list[list[str]], names: int) -> list[list[str]]:
    """Return the rows with numbers, without heads and the lines below of intervals and names."""
    return [
        row
        for row in rows[1:]
        if any(cell.strip() and "scriptsize" not in cell for cell in row[names:])
    ]


def test_special_signs_are_escaped() -> None:
    table = Table(
        title=r"50 % of a_b & c# ~ ^ \ {x} $",
        columns=("encoder", "a_b"),
        rows=(("m:layers=1,2 & 100% _#", "1.0 ± 2.0"), ("≈ − ≤ < |", "72.00 [1.00, 2.00] ≈")),
        best={1: (0,)},
        notes=("† ‡ ° § ¶ ‖ × – …",),
    )

    rows = parse(to_latex(table))

    assert rows[1] == [r"m:layers=1,2 \& 100\% \_\# ", r" \textbf{1.0 $\pm$ 2.0}"]


def test_published_tables_are_whole_latex(make_record: MakeRecord) -> None:
    for table in published_tables([make_record("cls"), make_record("mean")]):
        assert len(numbered(parse(to_latex(table)), table.names)) == len(table.rows)


def test_comparisons_are_whole_latex(make_record: MakeRecord) -> None:
    matched = {name: [make_record(name, noise=n)] for n, name in enumerate("abc")}

    comparison = compare_records(matched, Resampling(draws=60))

    for table in comparison.tables():
        assert len(numbered(parse(to_latex(table)), table.names)) == len(table.rows)
    assert r"\begin{tabular}{llrrrr}" in to_latex(comparison.difference_table())


@pytest.mark.parametrize(
    "broken",
    [
        WHOLE.replace("a & b", "a & b & c"),
        WHOLE.replace("\\bottomrule\n", ""),
        WHOLE.replace("a & b", "a_b & c"),
        WHOLE.replace("a & b", "50 % & b"),
        WHOLE.replace("a & b", r"\nosuch & b"),
        WHOLE.replace("a & b", "{a & b"),
        WHOLE.replace("a & b", "$a & b"),
        WHOLE.replace("a & b", "± & b"),
        WHOLE.replace("a & b", "[a] & b"),
        WHOLE + "&",
        WHOLE.replace("end{tabular}", "end{table}"),
    ],
)
def test_the_parser_refuses_what_latex_would(broken: str) -> None:
    parse(WHOLE)

    with pytest.raises(AssertionError):
        parse(broken)
