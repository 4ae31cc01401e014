import click
import pytest
from click.testing import CliRunner

from harness.cli.options.figures import drawing_options
from harness.results.plots.page import Drawing, Page


@click.command()
@drawing_options
def draw(drawing: Drawing) -> None:
    click.echo(repr(drawing))


def test_formats_are_read_from_lists_and_repeated_options_each_once() -> None:
    result = CliRunner().invoke(
        draw, ["--figure-format", "pdf,svg", "--figure-format", "pdf", "--width", "column"]
    )

    assert result.output == f"{Drawing(('pdf', 'svg'), Page(3.3))!r}\n"


def test_by_default_a_screen_gets_png_and_svg() -> None:
    assert CliRunner().invoke(draw).output == f"{Drawing(('png', 'svg'), Page())!r}\n"


@pytest.mark.parametrize("given", ["gif", "pdf,gif"])
def test_an_unknown_format_is_a_usage_error(given: str) -> None:
    result = CliRunner().invoke(draw, ["--figure-format", given])

    assert result.exit_code == 2
    assert "must be of pdf, svg, png, got 'gif'" in result.output
