"""Prompts as they are typed, shown, kept and typed again."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.main import main
from harness.data import DataFolder
from harness.encoder import Context
from harness.evaluation.run_options import RunOptions
from harness.results.records.record import Record
from harness.results.records.store import ResultStore
from harness.studies.spaces import analyse

SHOWN = ['bow:prompt="query: "', 'bow:prompt="a | b & $c_d$ ",second_prompt=""']
TASK = ("--tasks", "stsb-test", "--data", "sample")


def run(*words: str) -> str:
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0, result.output
    return result.stdout


def records() -> dict[str, Record]:
    return {record.encoder: record for record in ResultStore(Path("runs")).read()}


@pytest.mark.parametrize(
    "words",
    [
        ['bow:prompt="query: "'],
        ["bow:prompt=query: "],
        ["bow:svd=none,prompt=query: ,lowercase=true"],
        ["bow", "--set", "prompt=query: "],
        ["bow", "--set", 'prompt="query: "'],
        ["bow", "--set", 'second-prompt="query: "', "--set", "prompt=query: "],
    ],
)
def test_a_prompt_keeps_the_space_at_its_end_however_it_is_typed(words: list[str]) -> None:
    run("eval", *words, *TASK)

    (record,) = records().values()
    assert record.encoder == 'bow:prompt="query: "'
    assert record.settings["prompt"] == "query: "


def test_what_tables_show_of_a_prompt_finds_the_record_again() -> None:
    run("eval", *SHOWN, "bow", *TASK)

    assert {*records()} == {*SHOWN, "bow"}
    compared = run("compare", *SHOWN, "--tasks", "stsb-test", "--format", "json")
    assert r"bow:prompt=\"query: \"" in compared
    assert r"a \| b &amp; $c_d$ " in run("report", "--format", "markdown", "-o", "-")
    lines = run("report", "--format", "latex", "-o", "-").splitlines()
    named = "".join(line.partition(" &")[0].replace(" ", "") for line in lines)  # names are broken
    assert r'\&\$c\_d\$",second\_prompt=""' in named
    assert '"bow:prompt=""query: """' in run("report", "--format", "csv", "-o", "-")
    run("report", "--format", "html", "-o", "page.html")
    page = Path("page.html").read_text("utf-8")
    assert "a | b &amp; $c_d$ " in page
    assert "a | b & $c_d$" not in page


def test_a_grid_of_prompts_shows_each_in_quotes_and_chooses_one() -> None:
    shown = run(
        "sweep", "bow", "--grid", 'prompt="","query: ","Represent, please: "', *TASK,
        "--choose-on", "stsb-dev", "--format", "markdown",
    )  # fmt: skip

    rows = [line.split("|")[1].strip() for line in shown.splitlines() if line.startswith("|")][2:]
    assert rows == ['""', '"query: "', '"Represent, please: "']
    assert shown.count("◂") == 2
    prompts = [record.settings.get("prompt") for record in records().values()]
    assert sorted(filter(None, prompts)) == ["Represent, please: ", "query: "]


def test_a_recipe_s_prompts_are_those_of_its_toml(tiny_bert: Path) -> None:
    Path("mine.toml").write_text(
        f'name = "mine"\ntitle = "Mine"\nmodels = ["{tiny_bert}"]\n'
        '[[sections]]\nname = "prompts"\n'
        'title = "Prompts"\nencoders = ["bow"]\ntasks = ["stsb-test"]\n'
        'settings = { second_prompt = "passage: " }\ngrid = { prompt = ["", "query: "] }\n',
        encoding="utf-8",
    )
    run("run", "mine.toml", "--data", "sample", "--out", "runs")

    found = [
        json.loads(path.read_text("utf-8"))["encoder"]
        for path in Path("runs").rglob("*.json")
        if "stsb-test" in path.name
    ]
    assert sorted(found) == [
        'bow:prompt="query: ",second_prompt="passage: "',
        'bow:second_prompt="passage: "',
    ]


def test_an_analysis_sees_each_side_behind_its_prompt(sample: DataFolder) -> None:
    options = RunOptions(sample, Context(device="cpu"))
    one_prompt, two = analyse(
        ["bow:prompt=a", "bow:prompt=a,second_prompt=b"], ["stsb-test"], options
    ).spaces

    assert one_prompt.space.sentences == 32
    assert two.space.sentences == 32
    assert two.space.alignment != one_prompt.space.alignment
