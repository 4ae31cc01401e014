import io
import json
import logging
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from rich.table import Table
from rich.text import Text

from harness.cli.main import HarnessGroup, main
from harness.cli.terminal.console import ShownConsole
from harness.cli.terminal.output import print_exactly, print_json
from harness.cli.terminal.progress import progress_bars
from harness.cli.terminal.streams import shown_streams
from harness.errors import HarnessError
from harness.results.formats.formats import FORMATS
from harness.results.records.record import Record

MakeRecord = Callable[..., Record]
WriteRecords = Callable[..., None]
HOSTILE = "\x1b]0;\x9b2J\r\u202e\u200b"
ACTS = set("\x1b\x9b\r\u202e\u200b")
SHOWN = r"\x1b]0;\x9b2J\r\u202e\u200b"


@pytest.fixture
def records(tmp_path: Path, make_record: MakeRecord, write_records: WriteRecords) -> Path:
    """A folder of records whose every text acts on terminals, and names a home."""
    text = f"{HOSTILE}{Path.home()}/x"
    fields: dict[str, Any] = {"title": text, "data": text, "model": text, "settings": {text: text}}
    made = [make_record(f"{n} {text}", noise=1.0 + n, random_state=n, **fields) for n in range(3)]
    write_records(tmp_path / "runs", made)
    return tmp_path / "runs"


class Terminal(io.BytesIO):
    """What a stream writes to, if it is a terminal."""

    def isatty(self) -> bool:
        return True


def written(write: Callable[[], None], encoding: str = "utf-8", *, on: type = io.BytesIO) -> str:
    """Return what is written to the standard streams, as a terminal of the encoding reads it."""
    content = on()
    stream = io.TextIOWrapper(content, encoding)
    with redirect_stdout(stream), redirect_stderr(stream):
        with shown_streams():
            write()
        assert sys.stdout is sys.stderr is stream
        stream.write(".")  # to which others may go on writing
        stream.flush()
    return content.getvalue().decode(encoding).removesuffix(".")


@pytest.mark.parametrize(
    "write",
    [
        lambda: click.echo(HOSTILE),
        lambda: click.echo(HOSTILE, err=True),
        lambda: print(HOSTILE),  # noqa: T201 - as a plug-in does
        lambda: sys.stderr.writelines([HOSTILE, "\n"]),
        lambda: logging.StreamHandler().emit(logging.makeLogRecord({"msg": HOSTILE})),
    ],
    ids=["result", "message", "print", "lines", "log"],
)
def test_whatever_is_written_is_shown(write: Callable[[], None]) -> None:
    assert written(write) == f"{SHOWN}\n"


def test_rich_shows_cells_titles_and_what_looks_like_markup(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    table = Table(title=HOSTILE)
    table.add_column("[red]head[/red]")
    table.add_row(HOSTILE)
    table.add_row(Text.assemble((HOSTILE, "bold"), "x"))
    table.add_row(":smile: [blue]")

    out = written(lambda: ShownConsole().print(table, "[red]plain[/]"))

    assert not ACTS & set(out)
    assert "[red]head[/red]" in out
    assert ":smile: [blue]" in out
    assert "[red]plain[/]" in out


def test_progress_shows_labels(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", "100")

    with shown_streams(), progress_bars() as bars:
        bars(f"x{HOSTILE}", 1, 2)
        bars.on_step(f"y{HOSTILE}", 1, 2, {f"loss{HOSTILE}": 1.0})
        sys.stderr.write(f"chatter{HOSTILE}\n")
    err = capsys.readouterr().err

    assert r"x\x1b]0;\x9b2J" in err
    assert "\x1b]" not in err
    assert "\x1b[2K" in err  # rich's own
    assert r"\x1b[" not in err
    assert not ACTS & set(err.replace("\x1b", "").replace("\r", ""))


@pytest.mark.parametrize("kind", [HarnessError, ValueError, partial(OSError, 2)])
@pytest.mark.parametrize("options", [[], ["--debug"]])
def test_no_error_acts_on_a_terminal(
    kind: Callable[[str], Exception], options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: HarnessGroup, ctx: object, name: str) -> None:
        raise kind(HOSTILE)

    monkeypatch.setattr(HarnessGroup, "get_command", fail)

    result = CliRunner().invoke(main, [*options, "doctor"])

    assert result.exit_code == 1
    assert SHOWN in result.stderr
    assert not ACTS & set(result.output)


@pytest.mark.parametrize("words", [[HOSTILE], ["eval", f"--x{HOSTILE}"], ["eval", HOSTILE]])
def test_no_usage_error_acts_on_a_terminal(words: list[str]) -> None:
    result = CliRunner().invoke(main, words)

    assert result.exit_code
    assert not ACTS & set(result.output)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_json_has_the_same_values_in_any_encoding(encoding: str) -> None:
    values = {"a": f"naïve − Ж 😀 {HOSTILE}"}

    text = written(lambda: print_json(values), encoding)

    assert json.loads(text) == values
    assert not ACTS & set(text)


def test_lines_for_scripts_are_exact_but_on_a_terminal() -> None:
    text = f"{Path.home()}/x{HOSTILE}\n"

    assert written(lambda: print_exactly(text)) == text
    assert written(lambda: print_exactly(text), on=Terminal) == f"~/x{SHOWN}\n"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize("output_format", ["table", "markdown", "latex", "csv", "json"])
def test_every_format_of_a_report_and_a_comparison_fits_any_encoding(
    encoding: str, output_format: str, records: Path
) -> None:
    compare = ["compare", "--out", str(records), "--tasks", "stsb-test", "--draws", "100"]
    for words in (["report", str(records), "--ci"], compare):
        result = CliRunner(charset=encoding).invoke(main, [*words, "--format", output_format])

        assert result.exit_code == 0, result.output
        assert result.stdout_bytes.decode(encoding).isascii() or encoding != "ascii"


@pytest.mark.parametrize("output_format", [*FORMATS])
def test_no_format_of_a_report_has_what_acts_nor_a_home(
    output_format: str, records: Path, tmp_path: Path
) -> None:
    result = CliRunner().invoke(
        main, ["report", str(records), "--format", output_format, "-o", str(tmp_path / "report")]
    )

    text = (tmp_path / "report").read_bytes().decode()
    assert result.exit_code == 0, result.output
    assert not ACTS & set(text)
    assert str(Path.home()) not in text


@pytest.mark.parametrize("output_format", ["table", "markdown", "latex", "csv", "json"])
def test_no_format_of_a_comparison_has_what_acts_nor_a_home(
    output_format: str, records: Path
) -> None:
    words = ["--out", str(records), "--tasks", "stsb-test", "--draws", "100"]
    result = CliRunner().invoke(main, ["compare", *words, "--format", output_format])

    assert result.exit_code == 0, result.output
    assert not ACTS & set(result.output)
    assert str(Path.home()) not in result.output


@pytest.mark.parametrize("words", [["--help"], ["train", "flow", "--help"], ["evl"]])
def test_help_and_errors_fit_ascii(words: list[str]) -> None:
    result = CliRunner(charset="ascii").invoke(main, words)

    assert result.output_bytes.isascii()
