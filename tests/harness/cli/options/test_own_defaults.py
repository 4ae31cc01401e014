"""Defaults of one's own: options come before variables, those before files."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli.main import main
from harness.cli.options.own_defaults import FILES, NAMES, OwnDefault, own_defaults
from harness.cli.options.run import RunArguments
from harness.results.records.store import ResultStore

VALUES = {"model": "one", "data": "sample", "out": "here", "device": "cpu", "dtype": "bf16"}


def harness(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def write(name: str = "harness.toml", head: str = "", **values: str) -> None:
    lines = [f"{key} = {value!r}" for key, value in values.items()]
    Path(name).write_text("\n".join([head, *lines, ""]))


def test_a_variable_comes_before_harness_toml_and_that_before_pyproject(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write("pyproject.toml", "[tool.harness]", model="third", device="cpu", dtype="fp16")
    write(model="second", device="cuda:1")
    monkeypatch.setenv("HARNESS_MODEL", "first")

    assert own_defaults() == {
        "model": OwnDefault("first", "HARNESS_MODEL"),
        "device": OwnDefault("cuda:1", "harness.toml"),
        "dtype": OwnDefault("fp16", "pyproject.toml"),
    }


def test_records_go_to_ones_own_folder_and_report_compare_and_eval_find_them_there() -> None:
    write(data="sample", out="mine")
    scored = harness("eval", "bow", "tfidf", "--tasks", "stsb-test")
    (bow, tfidf) = ResultStore(Path("mine")).read()

    assert scored.exit_code == 0, scored.output
    assert (bow.data, tfidf.data) == ("sample", "sample")
    assert "tfidf" in harness("report").output
    assert "tfidf" in harness("compare", "--tasks", "stsb-test", "--draws", "20").output
    assert not Path("runs").exists()


def test_an_option_comes_before_ones_own_default() -> None:
    write(data="nowhere", out="mine")
    scored = harness("eval", "bow", "--tasks", "stsb-test", "--data", "sample", "--out", "other")

    assert scored.exit_code == 0, scored.output
    assert Path("other").is_dir()
    assert not Path("mine").exists()


@pytest.mark.parametrize(("variable", "source"), [(False, "harness.toml"), (True, "HARNESS_DATA")])
def test_a_data_folder_that_is_absent_matters_once_a_file_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, variable: bool, source: str
) -> None:
    Path("own.tsv").write_text("a b\ta\t5\na\tb\t1\nc\tc d\t3\n")
    if variable:
        monkeypatch.setenv("HARNESS_DATA", "nowhere")
    else:
        write(data="nowhere")
    own = harness("eval", "bow", "--pairs", "own.tsv")
    of_folder = harness("eval", "bow", "--tasks", "stsb-test")
    named = harness("eval", "bow", "--pairs", "own.tsv", "--data", "elsewhere")

    assert own.exit_code == 0, own.output
    assert f"existing folder, got 'nowhere' from {source}: make it" in of_folder.output
    assert "existing folder, got 'elsewhere': make it" in named.output


@pytest.mark.parametrize("command", [("eval",), ("train", "sg-opt"), ("sweep",), ("analyse",)])
def test_help_shows_the_default_that_counts(command: tuple[str, ...]) -> None:
    write(**VALUES)
    text = " ".join(harness(*command, "--help").output.split())

    for value in VALUES.values():
        assert f"[default: {value}, from harness.toml]" in text


def test_the_doctor_says_where_each_default_is_from(monkeypatch: pytest.MonkeyPatch) -> None:
    write(out="mine")
    monkeypatch.setenv("HARNESS_DTYPE", "fp16")
    lines = harness("doctor", "--offline").output.splitlines()
    found = {name: next(line for line in lines if f"default {name} " in line) for name in NAMES}

    assert "mine, from harness.toml" in found["out"]
    assert "fp16, from HARNESS_DTYPE" in found["dtype"]
    assert found["device"].split()[-1] == "auto"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"modle = 'x'", "harness.toml: unknown setting 'modle'. Did you mean"),
        (b"model = 5", "harness.toml: model must be text, got 5"),
        (b"out = ''", "harness.toml: out must be a folder, got ''"),
        (b"dtype = 'fp99'", "harness.toml: dtype must be fp32, bf16 or fp16, got 'fp99'"),
        (b"device = 'gpu'", "harness.toml: device must be auto, cpu, cuda, cuda:N or mps, got"),
        (b"model = ", "harness.toml must be a TOML file, got: Invalid value (at "),
        (b"model = '\xff'", "harness.toml must be a TOML file, got: 'utf-8' codec can't decode"),
        (b"out = 'harness.toml'", "harness.toml: out must be a folder, got 'harness.toml'"),
    ],
)
def test_a_wrong_file_is_named_in_one_line_and_help_still_works(
    content: bytes, message: str
) -> None:
    Path("harness.toml").write_bytes(content)
    result = harness("eval", "bow", "--data", "sample")

    assert result.exit_code == 2
    assert result.output.startswith(f"Error: {message}")
    assert len(result.output.splitlines()) == 1
    assert not Path("runs").exists()
    assert harness("--help").exit_code == harness("eval", "--help").exit_code == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[tool]\nharness = 1", "pyproject.toml: tool.harness must be a table, got int"),
        ("[tool.harness]\nseed = 1", "pyproject.toml: unknown setting 'seed' of [tool.harness]."),
    ],
)
def test_a_wrong_pyproject_is_named(content: str, message: str) -> None:
    Path("pyproject.toml").write_text(content)

    assert harness("doctor", "--offline").output.startswith(f"Error: {message}")


def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_DTYPE", "half")

    assert "Error: HARNESS_DTYPE must be fp32, bf16 or fp16, got 'half'" in harness("eval").output


def test_other_tables_of_pyproject_do_not_count() -> None:
    Path("pyproject.toml").write_text("[tool.other]\nmodel = 1\n[project]\nname = 'x'\n")

    assert own_defaults() == {}
    assert set(FILES) == {"harness.toml", "pyproject.toml"}


def test_a_smoke_run_keeps_to_the_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    write(data="mine")
    run: list[RunArguments] = []
    monkeypatch.setattr("harness.cli.run._run", lambda *arguments: run.append(arguments[2]))
    harness("run", "sg-bert", "--smoke")

    assert run[0].data == "sample"
