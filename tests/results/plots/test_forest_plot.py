import math
from pathlib import Path

from harness.results.plots.forest_plot import draw_forest, forest_figure
from harness.results.plots.page import named_page
from harness.results.statistics.estimates import Comparison, Difference, EncoderScore, Estimate


def score(name: str, value: float) -> EncoderScore:
    return EncoderScore(name, Estimate(value, value - 0.1, value + 0.1, 0.05), (value,), math.nan)


def difference(first: str, second: str, value: float, *, significant: bool) -> Difference:
    estimate = Estimate(value, value - 0.02, value + 0.03, 0.01)
    return Difference(first, second, estimate, 0.01, 0.01, significant)


COLUMN = Comparison(
    (score("a", 0.75), score("b", 0.74), score("c", 0.5)),
    (
        difference("a", "b", 0.01, significant=False),
        difference("a", "c", 0.25, significant=True),
    ),
    (),
)
TURNED = Comparison(
    (score("c", 0.8), score("a", 0.5), score("b", 0.3)),
    (
        difference("c", "a", 0.3, significant=True),
        difference("c", "b", 0.5, significant=True),
    ),
    (),
)


def test_dots_are_hollow_where_tied_and_scores_stand_at_the_right() -> None:
    (axes,) = forest_figure({"STS-B": COLUMN}, confidence=0.95).axes

    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [dot.get_markerfacecolor() == "white" for dot in dots] == [False, True, False]
    assert [float(dot.get_xdata()[0]) for dot in dots] == [0, -1, -25]  # type: ignore[index]
    assert [text.get_text() for text in axes.texts] == ["75.00", "74.00", "50.00"]
    intervals = [line for line in axes.lines if line.get_marker() == "|"]
    assert len(intervals) == 2


def test_panels_share_the_order_of_the_mean_distance() -> None:
    figure = forest_figure({"one": COLUMN, "two": TURNED}, confidence=0.95)

    first, second = figure.axes
    assert [label.get_text() for label in first.get_yticklabels()] == ["c", "a", "b"]
    assert [text.get_text() for text in second.texts] == ["80.00", "50.00", "30.00"]


def test_the_figure_says_what_its_dots_and_lines_are() -> None:
    figure = forest_figure({"STS-B": COLUMN}, confidence=0.9, reference="b")

    (note,) = (text.get_text().replace("\n", " ") for text in figure.texts)
    assert "points from b; lines: 90% paired bootstrap intervals; hollow: tied with b" in note


def test_a_paper_gets_truetype_fonts_the_width_of_its_column_and_equal_bytes(
    tmp_path: Path,
) -> None:
    for name in ("one.pdf", "two.pdf"):
        draw_forest({"t": COLUMN}, tmp_path / name, confidence=0.95, page=named_page("column"))

    content = (tmp_path / "one.pdf").read_bytes()
    assert b"/FontFile2" in content
    assert b"/Type3" not in content
    assert b"/MediaBox [ 0 0 237.6 " in content
    assert b"Date" not in content
    assert content == (tmp_path / "two.pdf").read_bytes()
