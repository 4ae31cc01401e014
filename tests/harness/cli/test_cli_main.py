import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import harness
from harness.cli.main import HarnessGroup, main
from harness.errors import HarnessError
from harness.machine.signals import TerminatedError

HELP = """\
Usage: harness [OPTIONS] COMMAND [ARGS]...

  Settle which sentence encoder is better, by how much, and whether the
  difference is real.

  To start: harness eval mean --model minilm --tasks sts --data sample

Options:
  --version   Show the version and exit.
  --debug     Show a traceback for every error.
  -h, --help  Show this message and exit.

Commands:
"""
HEAVY = ("torch", "transformers", "scipy", "sklearn", "pydantic", "matplotlib")


def test_help_names_every_command() -> None:
    result = CliRunner().invoke(main, ["--help"], prog_name="harness", terminal_width=80)

    assert result.exit_code == 0
    assert result.output.startswith(HELP)
    for name in main.list_commands(None):  # type: ignore[arg-type]
        assert f"\n  {name} " in result.output


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_and_version_import_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import json, sys\n"
        "from harness.cli.main import main\n"
        f"try: main({arguments!r})\n"
        f"except SystemExit: print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_a_mistyped_command_gets_the_closest() -> None:
    result = CliRunner().invoke(main, ["evl"])

    assert result.exit_code == 2
    assert "No such command 'evl'. Did you mean 'eval'?" in result.stderr
    assert "No such command 'xyz'." in CliRunner().invoke(main, ["xyz"]).stderr


@pytest.mark.parametrize(
    ("option", "guess"),
    [
        ("--lr", " Did you mean '--learning-rate'?"),
        ("--learningrate", " Did you mean '--learning-rate'?"),
        ("--modle", " Did you mean '--model'?"),
        ("--xyzzy", ""),
    ],
)
def test_a_mistyped_option_gets_the_likeliest(option: str, guess: str) -> None:
    result = CliRunner().invoke(main, ["train", "simcse", option, "1"])

    assert result.exit_code == 2
    assert result.stderr.endswith(f"Error: No such option '{option}'.{guess}\n")


@pytest.mark.skipif(sys.platform == "win32", reason="a closed pipe is no signal there")
@pytest.mark.parametrize("arguments", [["--help"], ["tasks", "list"], ["tasks", "show", "stsb"]])
def test_a_reader_that_had_enough_ends_a_command_as_sigpipe_would(arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)

    done = subprocess.run(
        [sys.executable, "-m", "harness", *arguments],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )

    assert (done.returncode, done.stderr) == (141, b"")


def test_python_dash_m_is_the_same_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "harness", "--version"], capture_output=True, text=True, check=True
    )

    assert done.stdout == "harness, version 0.1.0\n"


def test_an_unknown_command_is_a_usage_error() -> None:
    result = CliRunner().invoke(main, ["evl"])

    assert result.exit_code == 2
    assert "No such command 'evl'" in result.output


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """What the command ``doctor`` raises, the last of the list."""
    errors: list[BaseException] = []

    def fail(self: HarnessGroup, ctx: object, name: str) -> None:
        raise errors[-1]

    monkeypatch.setattr(HarnessGroup, "get_command", fail)
    return errors


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (HarnessError("no luck"), 1, "Error: no luck\n"),
        (
            ZeroDivisionError("by zero"),
            1,
            "Error: ZeroDivisionError: by zero ('harness --debug ...' shows where)\n",
        ),
        (KeyboardInterrupt(), 130, "Interrupted.\n"),
        (TerminatedError(), 143, "Terminated.\n"),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(
    failing: list[BaseException], error: BaseException, code: int, line: str
) -> None:
    failing.append(error)

    result = CliRunner().invoke(main, ["doctor"])

    assert (result.exit_code, result.stderr.lstrip("\n"), result.stdout) == (code, line, "")


@pytest.mark.parametrize(
    ("words", "is_resumed"),
    [
        (["eval", "mean"], True),
        (["data", "fetch"], True),
        (["data", "verify"], False),
        (["compare", "eval"], False),
        (["report"], False),
    ],
)
def test_only_what_keeps_its_work_says_so_when_it_is_ended(
    failing: list[BaseException], words: list[str], is_resumed: bool
) -> None:
    failing.append(TerminatedError())

    reported = CliRunner().invoke(main, words).stderr

    goes_on = ": what was done is kept, the same command resumes"
    assert reported == f"Terminated{goes_on if is_resumed else ''}.\n"


def test_debug_shows_where_an_error_comes_from(failing: list[BaseException]) -> None:
    failing.append(HarnessError("no luck"))

    result = CliRunner().invoke(main, ["--debug", "doctor"])

    assert result.exit_code == 1
    assert result.stderr.startswith("Traceback")
    assert result.stderr.rstrip().endswith("HarnessError: no luck")


def complete(words: str, position: int, **variables: str) -> str:
    """Return what the shell is offered for the word at a position."""
    environment = {
        **os.environ,
        "_HARNESS_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(position),
        **variables,
    }
    done = subprocess.run(
        [sys.executable, "-c", "from harness.cli.main import main; main(prog_name='harness')"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


@pytest.mark.parametrize(
    ("words", "position", "offered"),
    [
        ("harness eval me", 2, {"mean"}),
        ("harness eval mean --tasks sts1", 4, {"sts12", "sts13", "sts14", "sts15", "sts16"}),
        ("harness eval mean --tasks sts12,sickr-d", 4, {"sts12,sickr-dev"}),
        ("harness tasks show sickr-d", 3, {"sickr-dev"}),
        ("harness doc", 1, {"doctor"}),
    ],
)
def test_the_shell_completes_names(words: str, position: int, offered: set[str]) -> None:
    assert offered <= {line.partition(",")[2] for line in complete(words, position).splitlines()}


def test_completing_an_option_runs_no_plugin_file(tmp_path: Path) -> None:
    (tmp_path / "noise.py").write_text("print('NOISE')")

    completions = complete("harness eval --form", 2, HARNESS_PLUGINS=str(tmp_path / "noise.py"))

    assert completions == "plain,--format\n"


@pytest.mark.parametrize("command", ["run", "analyse", "report", "compare", "bench"])
def test_examples_in_help_stand_on_lines_of_their_own(command: str) -> None:
    lines = CliRunner().invoke(main, [command, "--help"]).output.splitlines()

    assert any(line.startswith(f"  harness {command} ") for line in lines)
    assert not any("\\b" in line for line in lines)


def test_the_public_api_is_what_it_says() -> None:
    for name in harness.__all__:
        assert getattr(harness, name) is not None
    with pytest.raises(AttributeError, match="No harness attribute evaluat"):
        _ = harness.evaluat
