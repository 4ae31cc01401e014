import pytest
from rich.table import Table

from harness.cli.terminal.console import ShownConsole
from harness.cli.terminal.output import print_text, print_wide

WORDS = "word " * 40


@pytest.mark.parametrize("width", [60, 80, 100])
def test_piped_text_and_tables_keep_to_columns(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    table = Table()
    table.add_row(WORDS)

    print_text(WORDS, indent=6)
    print_wide(ShownConsole(), table)
    lines = capsys.readouterr().out.splitlines()

    assert width - 10 < max(map(len, lines)) <= width
    assert "      word" in lines[1]


def test_piped_text_and_tables_are_as_wide_as_they_need_without_columns(
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = Table(show_header=False)
    table.add_row(WORDS.strip())

    print_text(WORDS)
    print_wide(ShownConsole(), table)
    lines = capsys.readouterr().out.splitlines()

    assert sum(WORDS.strip() in line for line in lines) == 2
