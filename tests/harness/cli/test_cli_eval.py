import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli.main import main
from harness.results.records.store import ResultStore

ANGLES = '''
from dataclasses import dataclass
import numpy as np
from harness import setting

@dataclass(frozen=True)
class Scale:
    scale: float = setting(100.0, help="code points to a radian")

class Angles:
    """An angle made of the sum of a sentence's code points."""
    Settings = Scale
    def __init__(self, context, settings): self.scale = settings.scale
    def encode(self, sentences):
        angles = np.array([sum(map(ord, s)) % 997 for s in sentences]) / self.scale
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
'''
DEV, TEST = "stsb-dev", "stsb-test"


@pytest.fixture(autouse=True)
def angles(install_plugin: Callable[..., None]) -> None:
    """An encoder ``angles`` whose scores are the same on every machine."""
    install_plugin("angles-dist", ANGLES, module="angles", encoders={"angles": "angles:Angles"})


TABLE = """\
STS: Spearman × 100, protocol all (all pairs of a task at once), SAMPLE DATA, not a benchmark
encoder             STS-B  STS-B dev
────────────────────────────────────
angles             -10.59     -21.18
angles:scale=40.0   11.18      35.88
"""
MARKDOWN = """\
**STS: Spearman × 100, protocol all (all pairs of a task at once), SAMPLE DATA, not a benchmark**

| encoder | STS-B | STS-B dev |
| --- | ---: | ---: |
| angles | -10.59 | -21.18 |
| angles:scale=40.0 | **11.18** | **35.88** |
"""
LATEX_ROWS = r"""
encoder & STS-B & STS-B dev \\
\midrule
angles & $-$10.59 & $-$21.18 \\
angles:scale=40.0 & \textbf{11.18} & \textbf{35.88} \\
\bottomrule
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["eval", "--data", "sample", *arguments])


@pytest.mark.parametrize(("output_format", "expected"), [("table", TABLE), ("markdown", MARKDOWN)])
def test_a_table_of_two_encoders_is_exact(output_format: str, expected: str) -> None:
    result = run("angles", "angles:scale=40", "-t", f"{DEV},{TEST}", "--format", output_format)

    assert (result.exit_code, result.stderr) == (0, "")
    assert "\n".join(line.rstrip() for line in result.stdout.split("\n")) == expected + "\n"


def test_latex_has_the_same_rows() -> None:
    result = run("angles", "angles:scale=40", "-t", f"{DEV},{TEST}", "--format", "latex")

    assert LATEX_ROWS in result.stdout


def test_csv_has_a_row_for_each_score() -> None:
    result = run("angles", "--tasks", DEV, "--format", "csv")
    head, *rows = [line.split(",") for line in result.stdout.splitlines()]

    columns = ["encoder", "model", "seed", "training_text", "task", "data", "data_checksum"]
    assert head == [*columns, "marks", "metric", "protocol", "score"]
    assert [[*row[:6], *row[7:-1]] for row in rows] == [
        ["angles", "", "", "", DEV, "sample", "", "spearman", "all"],
        ["angles", "", "", "", DEV, "sample", "", "pearson", "all"],
    ]
    assert float(rows[0][-1]) == pytest.approx(-0.2118, abs=5e-5)


def test_json_is_one_object_of_records_with_scores_splits_and_provenance() -> None:
    result = run("angles", "--tasks", f"sts12,{DEV}", "--json")
    first, second = json.loads(result.stdout)["records"]

    assert (first["encoder"], first["model"], first["seed"]) == ("angles", None, None)
    assert (first["task"], first["data"]) == ("sts12", "sample")
    for metric in ("spearman", "pearson"):
        assert list(first["scores"][metric]) == ["mean", "wmean", "all"]
        assert list(second["scores"][metric]) == ["all"]
    assert first["splits"]["MSRpar"]["pairs"] == 12
    assert {"spearman", "pearson"} < set(first["splits"]["MSRpar"])
    assert {"settings", "data_files", "data_checksum", "versions", "times", "created"} < set(first)
    assert "items" not in first


def test_json_is_short_for_the_format() -> None:
    short = json.loads(run("angles", "--tasks", DEV, "--json").stdout)["records"][0]
    long = json.loads(run("angles", "--tasks", DEV, "--format", "json").stdout)["records"][0]

    assert short["scores"] == long["scores"]


def test_protocols_are_tables_of_their_own_and_can_be_chosen() -> None:
    every = run("angles", "--tasks", "sts12").stdout
    chosen = run("angles", "--tasks", "sts12", "--protocol", "wmean").stdout

    assert [every.count(f"protocol {name} (") for name in ("all", "wmean", "mean")] == [1, 1, 1]
    assert chosen.count("protocol") == 1
    assert "protocol wmean (" in chosen


def test_metrics_can_be_chosen_and_kendall_is_computed_when_asked_for() -> None:
    shown = run("angles", "--tasks", DEV, "--metric", "kendall", "--metric", "pearson").stdout

    assert "STS: Kendall × 100" in shown
    assert "STS: Pearson × 100" in shown
    assert "Spearman" not in shown


@pytest.mark.parametrize("command", ["eval bow", "sweep bow --grid buckets=64"])
def test_tasks_without_the_metric_are_named(command: str) -> None:
    Path("mine.tsv").write_text("a b\ta\t1\na\tb\t0\nc\tc d\t1\nd\ta b\t0\n")
    options = f"--metric average_precision --pairs mine.tsv -t {DEV} --data sample"
    result = CliRunner().invoke(main, [*command.split(), *options.split()])

    assert result.exit_code == 0, result.output
    assert f"not shown, without average_precision: {DEV}\n" in result.stderr


def test_records_are_kept_in_the_folder_asked_for(tmp_path: Path) -> None:
    run("angles", "--tasks", DEV, "--out", str(tmp_path / "here"))
    run("angles", "--tasks", DEV)

    assert len(ResultStore(tmp_path / "here").read()) == 1
    assert len(ResultStore(Path("runs")).read()) == 1


def test_mean_is_scored_where_no_encoder_is_named(tiny_bert: Path) -> None:
    result = run("--model", str(tiny_bert), "--device", "cpu", "--tasks", DEV, "--json")

    assert [record["encoder"] for record in json.loads(result.stdout)["records"]] == ["mean"]


def test_a_transformer_s_table_names_it_and_stderr_is_silent(tiny_bert: Path) -> None:
    result = run("mean", "cls", "--model", str(tiny_bert), "--device", "cpu", "--tasks", DEV)

    assert f"model {tiny_bert}" in "".join(result.stdout.split("\n"))
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["meam"], 1, "Error: unknown encoder 'meam'. Did you mean 'mean'? Known: "),
        (["mean", "stsb"], 1, "Error: 'stsb' is a task, not an encoder: use --tasks stsb"),
        (["mean", "-t", "x" * 9999], 1, "Error: unknown task 'xxx"),
        (["mean,cls"], 1, "Error: separate encoders by spaces, got 'mean,cls'"),
        (["mean", "-t", "nosuch"], 1, "Error: unknown task 'nosuch'. Known: "),
        (
            ["angles", "--data", "/nowhere"],
            1,
            "Error: data folder must be an existing folder, got",
        ),
        (["mean", "--model", "nosuch"], 1, "Error: mean: model 'nosuch' is not on this machine"),
        (["mean", "--model", "."], 1, "' must hold config.json, found none"),
        (["mean", "--device", "tpu"], 1, "Error: mean: device must be auto or one that is here"),
        (["mean:layers=99"], 1, "Error: mean:layers=99: layer must be 0 to 3 for this model, got"),
        (["mean:layers=x"], 1, "Error: encoder 'mean': layers must be an index, a list such as"),
        (["mean", "--set", "layer=2"], 1, "Error: unknown setting 'layer' of mean. Did you mean"),
        (["mean", "--set", "layers"], 1, "Error: a setting must be name=value, got 'layers'"),
        (["angles:scale=wide"], 1, "Error: scale of encoder 'angles' must be number, got 'wide'"),
        (["mean", "--max-length", "999"], 1, "Error: mean: max_length must be 3 to 64 for"),
        (["mean", "--max-length", "1"], 2, "Invalid value for '--max-length': 1 is not in the"),
        (["mean", "--protocol", "best"], 2, "Invalid value for '--protocol': 'best' is not one"),
        (["mean", "--nosuch"], 2, "No such option"),
    ],
)
def test_bad_input_is_one_line_and_an_exit_code(
    tiny_bert: Path, arguments: list[str], code: int, message: str
) -> None:
    defaults = {"--data": "sample", "--model": str(tiny_bert), "--tasks": DEV}
    others = [word for pair in defaults.items() if pair[0] not in arguments for word in pair]
    result = CliRunner().invoke(main, ["eval", *others, *arguments])

    assert result.exit_code == code
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    assert code == 2 or len(result.stderr.splitlines()) == 1


def test_a_model_whose_name_is_nearly_right_gets_the_closest() -> None:
    result = run("mean", "--model", "minilmm", "--tasks", DEV)

    assert "cannot be reached. Did you mean 'minilm'? Use --model" in result.stderr


ONE_SCORE = "which have no splits to choose it for, got 'wmean'"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["-t", DEV, "--metric", "accuracy"], "metric of these tasks must be kendall, pearson"),
        (
            ["-t", DEV, "--metric", "pearson", "--metric", "f1"],
            "kendall, pearson, spearman, got 'f1'",
        ),
        (["-t", "mr,trec", "--metric", "f1"], "metric of these tasks must be accuracy, got 'f1'"),
        (
            ["-t", "sickr-trained", "--metric", "kendall"],
            "must be mse, pearson, spearman, got 'kendall'",
        ),
        (["-t", "mr,sickr-trained", "--protocol", "wmean"], ONE_SCORE),
    ],
)
def test_a_score_that_no_task_has_is_refused_before_anything_is_encoded(
    arguments: list[str], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("harness.cli.eval.run_evaluation")

    result = run("angles", *arguments)

    assert (result.exit_code, result.stdout) == (1, "")
    assert problem in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--metric", "accuracy", "--metric", "spearman", "-t", f"{DEV},mr"],
        ["--metric", "f1", "-t", "mrpc,mr"],
        ["--protocol", "wmean", "-t", f"mr,{DEV}"],
    ],
)
def test_a_score_that_one_of_the_tasks_has_is_not_refused(arguments: list[str]) -> None:
    assert "must be" not in run("nosuch", *arguments).stderr


@pytest.mark.parametrize("tasks", ["", ",", " "])
def test_no_task_at_all_is_refused(tasks: str) -> None:
    result = run("--tasks", tasks)

    assert result.exit_code == 2
    assert "Invalid value for '-t' / '--tasks': must name at least one, got none" in result.stderr


def test_one_encoder_that_fails_is_reported_after_the_others_scores(tiny_bert: Path) -> None:
    result = run("angles", "mean", "--model", "nosuch", "--tasks", DEV)

    assert result.exit_code == 1
    assert "angles" in result.stdout
    assert result.stderr.startswith("Error: mean: model 'nosuch' is not on this machine")
