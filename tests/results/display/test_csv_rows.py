import csv
import io

import pytest

from harness.results.display.csv_rows import csv_rows


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-x", "@SUM(A1)", "\t=1", " =1", "＝1", "-1+2"])
def test_a_formula_is_quoted(text: str) -> None:
    ((cell,),) = csv.reader(io.StringIO(csv_rows([[text]])))

    assert cell == f"'{text}".replace("\t", " ")


@pytest.mark.parametrize("value", ["-0.5", "+3", "-1e-05", "-.5", "nan", -0.25, "mean", ""])
def test_numbers_and_names_stay(value: object) -> None:
    assert csv_rows([[value, 1]]) == f"{value},1\n"


def test_a_cell_is_a_line_without_controls() -> None:
    assert csv_rows([["a\r\nb\rc\x1b", None, 0.1]]) == "a b\\rc\\x1b,,0.1\n"
