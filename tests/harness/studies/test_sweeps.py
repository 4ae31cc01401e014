from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from harness.cli.main import main
from harness.data import DataFolder
from harness.encoder import Context
from harness.encoders.methods.mean import MeanEncoder
from harness.encoders.transformer.pooled_encoder import PoolingSettings
from harness.errors import SettingError, UnknownNameError
from harness.evaluation.report import Report
from harness.evaluation.run_options import RunOptions
from harness.planning.planned_encoders import plan_encoders
from harness.plugins.registration import register_encoder
from harness.studies import sweeps as module
from harness.studies.sweep_axes import read_axes
from harness.studies.sweep_points import grid_points, plan_points
from harness.studies.sweeps import run_sweep
from harness.training.options import TrainingOptions


def test_a_grid_names_each_setting_and_its_values() -> None:
    axes = read_axes(["temperature=0.05,0.1", "first-view=none, shuffle,none"])

    assert axes == {"temperature": ("0.05", "0.1"), "first_view": ("none", "shuffle")}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('"","query: ","Represent, please: "', ["", "query: ", "Represent, please: "]),
        ('query: , passage: ,"say ""no"", "', ["query: ", "passage: ", 'say "no", ']),
        ("query:,query: ,query:", ["query:", "query: "]),
    ],
)
def test_a_grid_s_prompts_are_what_stands_in_quotes_and_otherwise_end_with_their_spaces(
    text: str, values: list[str], tiny_bert: Path
) -> None:
    points = plan_points(read_axes([f"prompt={text}"]), "mean", one_off=False, settings={})

    assert [point.encoder.common.prompt for point in points] == values
    shown = [point.settings["prompt"] for point in points]
    assert shown == [value if value == value.strip() != "" else quoted(value) for value in values]
    specs = [point.encoder.spec for point in points]
    (again,) = zip(*(plan_encoders([spec], {}) for spec in specs), strict=True)
    assert [each.common.prompt for each in again] == values


def quoted(value: str) -> str:
    return '"{}"'.format(value.replace('"', '""'))


def test_a_grid_of_both_sides_prompts_has_each_pair_of_them_once() -> None:
    axes = read_axes(['prompt="","q: "', 'second-prompt="","q: "'])
    points = plan_points(axes, "bow", one_off=False, settings={})

    assert [(point.encoder.spec, *point.settings.values()) for point in points] == [
        ("bow", '""', '""'),
        ('bow:second_prompt="q: "', '""', '"q: "'),
        ('bow:prompt="q: ",second_prompt=""', '"q: "', '""'),
        ('bow:prompt="q: "', '"q: "', '"q: "'),
    ]


@pytest.mark.parametrize("texts", [["temperature"], ["=1"], ["a=1,,2"], ["a=1", "a=2"], ["a="]])
def test_a_grid_that_is_none_is_refused(texts: list[str]) -> None:
    with pytest.raises(SettingError, match="a grid must be name=value,value"):
        read_axes(texts)


def test_crossed_settings_are_all_combined() -> None:
    points = grid_points({"a": ["1", "2"], "b": ["x", "y"]}, one_off=False)

    assert points == [
        {"a": "1", "b": "x"},
        {"a": "1", "b": "y"},
        {"a": "2", "b": "x"},
        {"a": "2", "b": "y"},
    ]


def test_one_off_settings_vary_alone_after_none_at_all() -> None:
    points = grid_points({"a": ["1", "2"], "b": ["x"]}, one_off=True)

    assert points == [{}, {"a": "1"}, {"a": "2"}, {"b": "x"}]


def test_a_value_that_is_the_default_is_no_point_of_its_own(
    tiny_bert: Path, sample: DataFolder
) -> None:
    swept = run_sweep(
        {"layers": ("last", "1")},
        ["stsb-dev"],
        RunOptions(sample, Context(model=str(tiny_bert), device="cpu"), out=None),
        encoder="mean",
        one_off=True,
    )

    assert [point.label for point in swept.scores.points] == ["as it is", "layers=1"]


def test_a_point_s_value_comes_before_the_one_in_the_encoder_s_spec() -> None:
    points = plan_points({"layers": ("1", "2")}, "mean:layers=0", one_off=True, settings={})

    assert [point.encoder.spec for point in points] == [
        "mean:layers=0",
        "mean:layers=1",
        "mean:layers=2",
    ]


def test_points_that_need_no_training_share_a_pass(
    context: Context, sample: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[list[str]] = []
    original = module.run_evaluation

    def run_evaluation(encoders: list[str], *args: Any, **kwargs: Any) -> Report:
        passes.append(encoders)
        return original(encoders, *args, **kwargs)

    monkeypatch.setattr(module, "run_evaluation", run_evaluation)
    run_sweep(
        {"encoder": ("mean", "whitening:k=2", "cls"), "layers": ("1", "2")},
        ["stsb-dev"],
        RunOptions(sample, context, out=None),
    )

    assert passes == [
        ["mean:layers=1", "mean:layers=2", "cls:layers=1", "cls:layers=2"],
        ["whitening:layers=1,k=2"],
        ["whitening:layers=2,k=2"],
    ]


@pytest.mark.parametrize("hooks", [{}, {"learns_with": "nosuch"}])
def test_what_a_function_makes_shares_a_pass_unless_it_learns(
    context: Context, sample: DataFolder, monkeypatch: pytest.MonkeyPatch, hooks: dict[str, str]
) -> None:
    def make(context: Context, settings: PoolingSettings) -> MeanEncoder:
        """Mean pooling."""
        return MeanEncoder(context, settings)

    vars(make).update(Settings=PoolingSettings, **hooks)
    register_encoder("made")(make)
    passes: list[list[str]] = []

    def run_evaluation(encoders: list[str], *_: Any, **__: Any) -> Report:
        passes.append(encoders)
        return Report()

    monkeypatch.setattr(module, "run_evaluation", run_evaluation)
    run_sweep({"layers": ("1", "2")}, ["stsb-dev"], RunOptions(sample, context), encoder="made")

    assert passes == [["made:layers=1", "made:layers=2"]]


def test_a_setting_of_the_spec_that_does_not_exist_is_refused_as_the_encoder_s(
    sample: DataFolder,
) -> None:
    with pytest.raises(UnknownNameError, match="unknown setting 'nosuch' of encoder 'mean'"):
        run_sweep({"layers": ("1",)}, ["stsb"], RunOptions(sample), encoder="mean:nosuch=1")


def test_an_unknown_setting_is_refused_before_anything_is_trained(sample: DataFolder) -> None:
    with pytest.raises(UnknownNameError, match="unknown setting 'temprature' of mean"):
        run_sweep({"temprature": ("1",)}, ["stsb"], RunOptions(sample), encoder="mean")


def test_the_encoder_itself_can_vary(tiny_bert: Path, sample: DataFolder) -> None:
    swept = run_sweep(
        {"encoder": ("cls",), "layers": ("1",)},
        ["stsb-dev"],
        RunOptions(sample, Context(model=str(tiny_bert), device="cpu"), out=None),
        encoder="mean",
        one_off=True,
    )

    records = swept.scores.records
    assert [record.encoder for record in records] == ["mean", "cls", "mean:layers=1"]
    assert [point.label for point in swept.scores.points] == [
        "as it is",
        "encoder=cls",
        "layers=1",
    ]


@pytest.mark.parametrize("limit", ["1", "many", "-3"])
def test_a_limit_that_is_no_number_of_sentences_is_refused(limit: str, sample: DataFolder) -> None:
    with pytest.raises(SettingError, match="limit must be a number of sentences, 2 or more"):
        run_sweep({"limit": (limit,)}, ["stsb"], RunOptions(sample), encoder="consert")


def test_an_interrupted_sweep_goes_on_with_the_point_it_was_at(
    tiny_bert: Path, sample: DataFolder, tmp_path: Path
) -> None:
    trained: list[str] = []

    def note(label: str, step: int, *_: object) -> None:
        if step == 1 and label not in trained:
            trained.append(label)

    def train_at(values: tuple[str, ...]) -> list[str]:
        trained.clear()
        swept = run_sweep(
            {"temperature": values},
            ["stsb-dev"],
            RunOptions(
                sample,
                Context(model=str(tiny_bert), device="cpu"),
                out=None,
                training=TrainingOptions(tmp_path / "checkpoints", on_step=note),
            ),
            encoder="consert",
            settings={"max_steps": 2, "batch_size": 8},
            seeds=(0, 1),
        )
        assert [len(point.records) for point in swept.scores.points] == [2] * len(values)
        return trained.copy()

    assert len(train_at(("0.05",))) == 2
    assert [label.partition(",temp")[2] for label in train_at(("0.05", "0.2"))] == [
        "erature=0.2 seed 0",
        "erature=0.2 seed 1",
    ]


def test_a_limit_varies_the_number_of_training_sentences(
    tiny_bert: Path, sample: DataFolder, tmp_path: Path
) -> None:
    swept = run_sweep(
        {"limit": ("6", "40")},
        ["stsb-dev"],
        RunOptions(
            sample,
            Context(model=str(tiny_bert), device="cpu"),
            out=None,
            training=TrainingOptions(tmp_path),
        ),
        encoder="consert",
        settings={"max_steps": 1, "batch_size": 16},
    )

    assert not swept.failures
    sizes = [point.records[0].training.sentences for point in swept.scores.points]  # type: ignore[union-attr]
    assert sizes == [6, 40]  # six make a batch of six


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["sweep", *arguments])


def test_the_command_prints_one_table_and_draws_one_plot(tiny_bert: Path, tmp_path: Path) -> None:
    run = _run(
        *("mean", "--grid", "layers=1,2", "--tasks", "stsb-dev", "--data", "sample"),
        *("--model", str(tiny_bert), "--device", "cpu", "--out", str(tmp_path)),
        *("--format", "markdown"),
    )

    assert run.exit_code == 0, run.output
    lines = run.stdout.splitlines()
    assert lines[0].startswith("**STS: Spearman × 100, protocol all")
    assert "| layers | STS-B dev |" in lines
    rows = [line.split("|")[1].strip() for line in lines if line.startswith("| ")]
    assert rows == ["layers", "---", "1", "2"]
    assert (tmp_path / "figures" / "sweep-mean-layers-stsb-dev.png").stat().st_size > 1000
    assert (tmp_path / "figures" / "sweep-mean-layers-stsb-dev.svg").stat().st_size > 1000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["consert"], "name an ENCODER and at least one --grid, or neither"),
        (["--grid", "a=1"], "name an ENCODER and at least one --grid, or neither"),
        (["--set", "a=1"], "--set needs an ENCODER"),
    ],
)
def test_half_a_request_is_a_usage_error(arguments: list[str], message: str) -> None:
    run = _run(*arguments)

    assert run.exit_code == 2
    assert message in run.stderr


TRANSFER = ("--data", "sample", "--task-set", "classifier=sklearn")


def test_a_metric_that_no_task_measures_is_refused_before_anything_is_trained(
    tiny_bert: Path, tmp_path: Path
) -> None:
    for arguments in (["simcse", "--grid", "temperature=0.1"], []):
        run = _run(
            *(*arguments, "--metric", "accuracy", "--data", "sample"),
            *("--model", str(tiny_bert), "--out", str(tmp_path / "runs")),
        )

        assert run.exit_code == 1
        assert run.stderr == (
            "Error: metric of these tasks must be kendall, pearson, spearman, got 'accuracy'\n"
        )
        assert not (tmp_path / "runs").exists()


def test_a_metric_that_no_task_has_is_refused() -> None:
    run = _run("simcse", "--grid", "temperature=0.1", "--metric", "foo")

    assert run.exit_code == 1
    assert "metric of these tasks must be kendall, pearson, spearman, got 'foo'" in run.stderr


@pytest.mark.parametrize("arguments", [["mean", "--grid", "layers=1"], ["--layers", "1"]])
def test_a_metric_that_no_task_measures_is_refused_and_not_drawn(
    arguments: list[str], tiny_bert: Path, tmp_path: Path
) -> None:
    run = _run(
        *(*arguments, "--metric", "f1", "--tasks", "mr", *TRANSFER),
        *("--model", str(tiny_bert), "--out", str(tmp_path / "runs")),
    )

    assert run.exit_code == 1
    assert run.stdout == ""
    assert run.stderr == "Error: metric of these tasks must be accuracy, got 'f1'\n"
    assert not (tmp_path / "runs" / "figures").exists()


@pytest.mark.parametrize("arguments", [["mean", "--grid", "layers=1"], ["--layers", "1"]])
def test_only_tasks_that_have_the_metric_are_shown_and_drawn(
    arguments: list[str], tiny_bert: Path, tmp_path: Path
) -> None:
    run = _run(
        *(*arguments, "--metric", "f1", "--tasks", "mr,mrpc", *TRANSFER),
        *("--model", str(tiny_bert), "--out", str(tmp_path / "runs")),
    )

    assert run.exit_code == 0, run.output
    assert "MRPC" in run.stdout
    assert " MR " not in run.stdout
    assert {path.stem.rpartition("-")[2] for path in (tmp_path / "runs/figures").iterdir()} == {
        "mrpc"
    }


def test_kendall_is_computed_when_a_sweep_is_asked_for_it(tiny_bert: Path, tmp_path: Path) -> None:
    run = _run(
        *("mean", "--grid", "layers=1", "--metric", "kendall", "--tasks", "stsb-dev"),
        *("--data", "sample", "--model", str(tiny_bert), "--out", str(tmp_path)),
    )

    assert run.exit_code == 0, run.output
    assert run.stdout.startswith("STS: Kendall × 100")


UNDEFINED = """
from dataclasses import dataclass
import harness

@dataclass(frozen=True)
class Settings: pass

@harness.register_task("undefined")
class Undefined:
    title, family, summary, citation = "Undefined", "own", "never a score", "Nobody"
    Settings = Settings

    def __init__(self, data, settings):
        self.files, self.sentences = [harness.DataFile("one", "0" * 64, 1)], ["a", "b"]

    def score(self, vectors, *, on_progress=None):
        return harness.TaskResult(scores={"ndcg": float("nan")})
"""


@pytest.mark.parametrize("axes", [("--layers", "0-1"), ("mean", "--grid", "layers=0,1")])
def test_a_task_without_any_defined_score_is_shown_but_not_drawn(
    axes: tuple[str, ...], tiny_bert: Path
) -> None:
    Path("undefined.py").write_text(UNDEFINED, "utf-8")
    command = ["sweep", *axes, "--model", str(tiny_bert), "--tasks", "undefined"]

    result = CliRunner().invoke(main, [*command, "--plugin", "undefined.py"])

    assert result.exit_code == 0, result.output
    assert "Undefined" in result.stdout
    assert not Path("runs/figures").exists()
