"""Render tables as LaTeX."""

from collections.abc import Iterable

from harness.results.tables.marks import MARKS, TIED
from harness.results.tables.sweep_scores import CHOSEN
from harness.results.tables.table import Table

_LATEX = str.maketrans(
    {
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "\\": r"\textbackslash{}",
        "±": r"$\pm$",
        "×": r"$\times$",
        "−": r"$-$",
        TIED: r"$\approx$",
        "≤": r"$\le$",
        "<": r"$<$",
        ">": r"$>$",
        "|": r"$|$",
        "‡": r"$^\ddagger$",
        "°": r"$^\circ$",
        "§": r"\S{}",
        "¶": r"\P{}",
        "‖": r"$\parallel$",
        "–": "--",
        "…": r"\dots{}",
        CHOSEN: r"$\triangleleft$",
        **{mark.sign: mark.latex for mark in MARKS},
    }
)


def to_latex(table: Table) -> str:
    """Return the table as LaTeX for the package booktabs, best scores bold."""
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\begin{{tabular}}{{{'l' * table.names}{'r' * (len(table.columns) - table.names)}}}",
        r"\toprule",
        _latex_row(column.translate(_LATEX) for column in table.columns),
        r"\midrule",
    ]
    for i, row in enumerate(table.rows):
        cells = [cell.translate(_LATEX) for cell in row]
        lines.append(
            _latex_row(
                rf"\textbf{{{cell}}}" if i in table.best.get(column, ()) else cell
                for column, cell in enumerate(cells)
            )
        )
    caption = ". ".join([table.title, *table.notes]).translate(_LATEX)
    lines += [r"\bottomrule", r"\end{tabular}", rf"\caption{{{caption}.}}", r"\end{table}"]
    return "\n".join(lines) + "\n"


def _latex_row(cells: Iterable[str]) -> str:
    row = " & ".join(cells)
    start = "{}" if row.startswith(("[", "*")) else ""  # or the row before takes it for an option
    return rf"{start}{row} \\"
