"""A sweep that chooses: all points on one task, the best of them once on the others."""

import csv
import io
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner, Result

import harness
from harness.cli.main import main
from harness.data import open_data
from harness.encoder import Context
from harness.errors import HarnessError, SettingError, UnknownNameError
from harness.evaluation.report import Report
from harness.evaluation.run_options import RunOptions
from harness.results.notices import Notice
from harness.results.records.record import Record
from harness.results.tables.sweep_choice import SweepChoice
from harness.results.tables.sweep_scores import SweepPoint, SweepScores
from harness.studies import sweeps as module
from harness.studies.chosen_task import plan_choice
from harness.training.options import TrainingOptions

LAYERS = {"layers": ("0", "1", "2")}


class Chosen(NamedTuple):
    """What was chosen, and the scores of all points on the task that chose."""

    choice: SweepChoice
    scores: list[float]


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], list[str], bool]]:
    """Encoders and tasks of each evaluation, and whether it may train again."""
    found: list[tuple[list[str], list[str], bool]] = []
    original = module.run_evaluation

    def run_evaluation(
        encoders: list[str], tasks: list[str], options: RunOptions, **more: Any
    ) -> Report:
        found.append((encoders, [*tasks], options.training_options.retrain))
        return original(encoders, tasks, options, **more)

    monkeypatch.setattr(module, "run_evaluation", run_evaluation)
    return found


def choose(context: Context, *tasks: str, **options: Any) -> Chosen:
    given = {"encoder": "mean", "choose_on": "stsb-dev", "out": None, "cache": False, **options}
    swept = harness.sweep(LAYERS, tasks or ["stsb-test"], data="sample", context=context, **given)
    assert swept.choice is not None
    scores = [record.score(swept.choice.metric, "all") for record in swept.scores.records]
    return Chosen(swept.choice, [float(score or 0) for score in scores])


def test_only_the_point_that_is_best_on_dev_is_scored_on_the_tests(
    context: Context, passes: list[tuple[list[str], list[str], bool]]
) -> None:
    training = TrainingOptions(Path("runs/checkpoints"), retrain=True)
    choice, scores = choose(context, "stsb-test", "sickr-test", training=training)

    best = scores.index(max(scores))
    assert passes == [
        ([f"mean:layers={layer}" for layer in "012"], ["stsb-dev"], True),
        ([f"mean:layers={best}"], ["stsb-test", "sickr-test"], False),
    ]
    assert (choice.place, choice.tried) == (best, 3)
    (alone,) = harness.evaluate(
        f"mean:layers={best}", "stsb-test", data="sample", context=context
    ).records
    assert choice.tests.records[0].scores["pearson"] == pytest.approx(alone.scores["pearson"])


def test_another_metric_may_choose(context: Context) -> None:
    choice, scores = choose(context, metric="kendall")

    assert (choice.metric, choice.place) == ("kendall", scores.index(max(scores)))


def test_each_task_takes_the_settings_that_it_has(context: Context) -> None:
    settings = {"classifier": "sklearn", "similarity": "dot"}

    on = plan_choice("stsb-dev", ["mr"], RunOptions(open_data("sample"), context), settings, None)

    assert (on.settings, on.test_settings) == ({"similarity": "dot"}, {"classifier": "sklearn"})


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        (
            {"choose_on": "stsb"},
            SettingError,
            "must choose on one task, got 'stsb': choose one ",
        ),
        ({"choose_on": "stsb-test"}, SettingError, "must be others than the one chosen on"),
        ({"metric": "f1"}, SettingError, "choosing metric of 'stsb-dev' must be spearman"),
        ({"task_settings": {"nosuch": "1"}}, UnknownNameError, "unknown setting 'nosuch'"),
    ],
)
def test_what_cannot_choose_is_refused_before_anything_is_scored(
    context: Context,
    passes: list[tuple[list[str], list[str], bool]],
    asked: dict[str, Any],
    error: type[HarnessError],
    words: str,
) -> None:
    with pytest.raises(error, match=words):
        choose(context, **asked)
    assert passes == []


def test_a_test_on_the_sentences_chosen_on_is_worth_a_notice(context: Context) -> None:
    options = RunOptions(open_data("sample"), context)

    with pytest.warns(Notice, match="'sickr-dev' is no unseen test: its sentences are in"):
        plan_choice("sickr-trained", ["sickr-dev"], options, {}, None)


def _point(*scores: float, seeds: int = 0, title: str = "Dev") -> SweepPoint:
    records = tuple(
        Record(
            encoder="consert",
            model="minilm",
            seed=seed,
            task=title.lower(),
            title=title,
            family="sts",
            data="real",
            scores={"spearman": {"all": score}},
            dim=2,
        )
        for seed, score in enumerate(scores)
    )
    return SweepPoint({"a": str(scores)}, records, seeds)


def _choice(*points: SweepPoint) -> SweepChoice | None:
    return SweepChoice.among(SweepScores(("a",), points), metric="spearman", protocol="all")


def test_of_equal_points_the_first_is_chosen_and_the_line_says_so() -> None:
    choice = _choice(_point(0.1), _point(0.5), _point(0.5))

    assert choice is not None
    assert choice.place == 1
    assert choice.line() == (
        "◂ chosen on Dev among 3 settings: a=(0.5,); 1 more with the same score,"
        " the first is taken"
    )


def test_a_point_without_the_score_of_a_seed_is_not_chosen() -> None:
    choice = _choice(_point(0.1, 0.1, seeds=2), _point(0.9, seeds=2), SweepPoint({"a": "x"}, ()))

    assert choice is not None
    assert (choice.place, choice.tried, choice.unscored) == (0, 3, 2)
    assert "among 3 settings: a=(0.1, 0.1); 2 of them without a score" in choice.line()
    assert _choice(SweepPoint({"a": "x"}, ())) is None


def test_the_mark_of_a_test_that_was_trained_on_is_explained(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Record, "trained_on_this_task", property(lambda each: each.seed is None))

    line, note = harness.sweep(
        LAYERS,
        "stsb-test",
        encoder="mean",
        choose_on="stsb-dev",
        data="sample",
        context=context,
        out=None,
    ).scores.notes

    assert line.endswith("†")
    assert note.startswith("† the encoder saw text of this task in training")


def sweep_layers(model: Path, *more: str) -> Result:
    start = ["sweep", "--model", str(model), "--data", "sample", "--layers", "0-1"]
    return CliRunner().invoke(main, [*start, "--pooling", "mean,max", *more])


def test_the_command_marks_the_winner_and_reports_its_test_score_once(tiny_bert: Path) -> None:
    asked = ("--choose-on", "stsb-dev", "--tasks", "stsb-test")
    table = sweep_layers(tiny_bert, *asked)
    in_csv = sweep_layers(tiny_bert, *asked, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(in_csv.stdout)))

    assert table.exit_code == 0, table.output
    (line,) = (each for each in table.stdout.splitlines() if each.startswith("◂ chosen"))
    (test,) = (row for row in rows if row["task"] == "stsb-test" and "spearman" in row.values())
    assert line.startswith("◂ chosen on STS-B dev among 4 settings: layers=")
    assert line.endswith(f"; STS-B: {100 * float(test['score']):.2f}")
    assert line in in_csv.stderr.splitlines()
    assert table.stdout.count("◂") == 2
    assert Path("runs/figures").is_dir()


def test_the_command_refuses_the_task_it_chooses_on_as_a_test(tiny_bert: Path) -> None:
    result = sweep_layers(tiny_bert, "--choose-on", "stsb-dev")

    assert result.exit_code == 1
    assert "tasks must be others than the one chosen on, got 'stsb-dev'" in result.stderr


def test_a_file_of_scored_pairs_may_choose_by_its_dev_part(tiny_bert: Path) -> None:
    pairs = [f"a man {number}\ta dog {number * number}\t{number % 5}" for number in range(8)]
    rows = [f"{pair}\t{part}" for pair in pairs for part in ("dev", "test")]
    Path("all.tsv").write_text("\n".join(["sentence1\tsentence2\tscore\tsplit", *rows]) + "\n")

    result = sweep_layers(tiny_bert, "--choose-on", "all.tsv", "--tasks", "stsb-test")

    assert result.exit_code == 0, result.output
    assert "◂ chosen on all-dev among 4 settings: layers=" in result.stdout
