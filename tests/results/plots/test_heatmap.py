from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from harness.results.plots import heatmap
from harness.results.plots.heatmap import draw_heatmap
from harness.results.tables.layer_grid import ScoreGrid, grid_table

GRID = ScoreGrid(
    name="stsb-test",
    title="STS-B by layer and pooling: Spearman × 100, protocol all, model minilm",
    row_axis="layer",
    column_axis="pooling",
    rows=("0", "1", "2"),
    columns=("cls", "mean"),
    values=((None, 0.51234), (0.6, 0.71239), (-0.1, 0.65)),
    marks=(("", ""), ("", "ε"), ("", " (2 of 3 seeds)†")),
    notes=("– cls at layer 0",),
)


def test_grid_table_shows_scores_times_100_and_the_best_of_all_cells() -> None:
    table = grid_table(GRID)

    assert table.columns == ("layer", "cls", "mean")
    assert table.rows == (
        ("0", "–", "51.23"),
        ("1", "60.00", "71.24ε"),
        ("2", "-10.00", "65.00 (2 of 3 seeds)†"),
    )
    assert table.best == {1: (), 2: (1,)}
    assert table.notes == ("– cls at layer 0",)


def test_svg_has_every_score_the_axes_and_the_title_as_text(tmp_path: Path) -> None:
    draw_heatmap(GRID, tmp_path / "figures" / "map.svg")
    drawn = (tmp_path / "figures" / "map.svg").read_text("utf-8")

    numbers = ("51.2", "60.0", "71.2ε", "−10.0", "65.0", "(2 of 3 seeds)†")
    for text in (*numbers, "layer", "cls", "Spearman × 100"):
        assert f">{text}<" in drawn
    assert "STS-B by layer and pooling" in drawn


def test_png_is_a_png_wider_for_more_columns(tmp_path: Path) -> None:
    wide = replace(GRID, columns=("a", "b") * 5, values=tuple(row * 5 for row in GRID.values))
    wide = replace(wide, marks=tuple(row * 5 for row in GRID.marks))
    sizes = []
    for name, grid in (("narrow", GRID), ("wide", wide)):
        draw_heatmap(grid, tmp_path / f"{name}.png")
        content = (tmp_path / f"{name}.png").read_bytes()
        assert content.startswith(b"\x89PNG\r\n")
        sizes.append(int.from_bytes(content[16:20], "big"))

    assert sizes[1] > sizes[0]


@pytest.mark.parametrize(("column", "slant"), [("dropout", 0), ("feature-cutoff", 30)])
def test_long_names_under_the_columns_are_slanted(
    column: str, slant: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Figure] = []
    monkeypatch.setattr(heatmap, "save_figure", lambda figure, path: drawn.append(figure))
    grid = replace(GRID, rows=("a", "b"), columns=(column, "none"), values=((0.5, 0.6),) * 2)

    draw_heatmap(grid, tmp_path / "map.svg")

    labels = drawn[0].axes[0].get_xticklabels()
    assert {label.get_rotation() for label in labels} == {slant}


def test_the_same_grid_is_drawn_to_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        draw_heatmap(GRID, tmp_path / f"{name}.svg")

    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


@pytest.mark.parametrize("values", [((0.5,),), ((0.5, 0.5),)])
def test_a_grid_of_equal_scores_can_be_drawn(
    values: tuple[tuple[float, ...], ...], tmp_path: Path
) -> None:
    grid = replace(GRID, rows=("0",), columns=("a", "b")[: len(values[0])], values=values)

    draw_heatmap(grid, tmp_path / "map.png")

    assert (tmp_path / "map.png").stat().st_size > 0
