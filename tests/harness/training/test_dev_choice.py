"""Which scores pick a checkpoint's weights: what is asked for, kept, recorded and refused."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from harness.cli.main import main
from harness.data import open_data
from harness.encoder import Context
from harness.errors import (
    BadDataError,
    HarnessError,
    MissingDataError,
    SettingError,
    UnknownNameError,
)
from harness.evaluation.evaluation import evaluate
from harness.keys.dev import depends_on, is_same_dev
from harness.planning.planned_tasks import plan_tasks
from harness.results.notices import Notice
from harness.results.records.record import Record
from harness.results.records.training import DevRecord
from harness.settings import Spec
from harness.task import TaskResult, Vectors
from harness.training.advice import how_trained
from harness.training.dev_score import DevData
from harness.training.on_demand import Checkpoint
from harness.training.options import TrainingOptions
from harness.training.training import train, trained_encoders

PICKER = '''
import numpy as np
from safetensors.numpy import load_file, save_file

class Picker:
    """Random projections of letters, one a step; a dev score picks the step."""

    corpus = "stsb"

    def __init__(self, context, settings): self.step = None

    def base_fingerprint(self): return "no model"

    def fit(self, corpus, training):
        self.step, steps = 4, range(1, 5)
        if training.dev_score is None:
            return {"steps": 4}
        scores = {}
        for self.step in steps:
            scores[self.step] = training.dev_score(self)
        self.step = max(scores, key=scores.get)
        return {"steps": 4, "best_step": self.step, "dev": scores[self.step]}

    def save(self, folder):
        save_file({"step": np.array([self.step])}, folder / "step.safetensors")

    def load(self, folder): self.step = int(load_file(folder / "step.safetensors")["step"][0])

    def encode(self, sentences):
        letters = np.array([np.bincount(list(s.encode()), minlength=256) for s in sentences])
        projection = np.random.default_rng(self.step).normal(size=(256, 3))
        return (letters @ projection).astype(np.float32)

class Greedy(Picker):
    uses_dev = False
'''
CONTEXT = Context(model="any", device="cpu")


@pytest.fixture(autouse=True)
def picker(install_plugin: Callable[..., None]) -> None:
    points = {"picker": "picking:Picker", "greedy": "picking:Greedy"}
    install_plugin("picker-dist", PICKER, module="picking", encoders=points)


def learn(encoder: str = "picker", data: str | Path = "sample", **asked: Any) -> Checkpoint:
    options = TrainingOptions(Path("runs/checkpoints"), **asked)
    (prepared,) = train(encoder, data=data, context=CONTEXT, options=options)
    return prepared


def score(task: str, **asked: Any) -> Record:
    training = TrainingOptions(Path("runs/checkpoints"), **asked)
    report = evaluate(
        "picker", task, data="sample", context=CONTEXT, cache=False, training=training
    )
    (record,) = report.records
    return record


def own_text(*sentences: str) -> Path:
    path = Path("own.txt")
    path.write_text("\n".join(sentences or ("one", "two")) + "\n", "utf-8")
    return path


def test_a_registered_corpus_is_picked_by_stsb_dev() -> None:
    prepared = learn()

    dev = prepared.manifest["dev"]
    assert (dev["task"], dev["metric"], dev["settings"]) == ("stsb-dev", "spearman", {})
    assert prepared.record.picked_by == DevRecord(
        task="stsb-dev", metric="spearman", data_checksum=dev["sha256"]
    )


def test_a_text_of_one_s_own_keeps_the_last_weights() -> None:
    prepared = learn(text=own_text())

    assert prepared.manifest["dev"] is None
    assert prepared.record.picked_by == "last weights"


def test_none_keeps_the_last_weights_of_a_registered_corpus() -> None:
    prepared = learn(dev="none")

    assert prepared.manifest["history"] == {"steps": 4}
    assert prepared.record.picked_by == "last weights"
    assert prepared.folder != learn().folder


@pytest.mark.parametrize(
    ("dev", "metric", "expected"),
    [
        ("sickr-dev", None, ("sickr-dev", "spearman")),
        ("sickr-dev", "pearson", ("sickr-dev", "pearson")),
        ("sickr-dev", "kendall", ("sickr-dev", "kendall")),
        ("mr", None, ("mr", "accuracy")),
    ],
)
def test_the_task_that_is_asked_for_picks(
    dev: str, metric: str | None, expected: tuple[str, str]
) -> None:
    prepared = learn(dev=dev, dev_metric=metric)

    picked_by = prepared.record.picked_by
    assert isinstance(picked_by, DevRecord)
    assert (picked_by.task, picked_by.metric) == expected
    record = score(dev, dev=dev, dev_metric=metric) if metric != "kendall" else None
    if record is not None:
        expected_score = prepared.manifest["history"]["dev"]
        assert record.score(picked_by.metric, "all") == pytest.approx(expected_score, abs=1e-6)


def test_each_choice_makes_a_checkpoint_of_its_own_that_is_found_again() -> None:
    choices: list[dict[str, Any]] = [
        {},
        {"dev": "none"},
        {"dev": "sickr-dev"},
        {"dev": "sickr-dev", "dev_metric": "pearson"},
    ]

    first, again = ([learn(**choice) for choice in choices] for _ in range(2))

    assert len({prepared.folder for prepared in first}) == len(choices)
    assert [prepared.is_new for prepared in again] == [False] * len(choices)
    assert learn(dev="stsb-dev").folder == first[0].folder


def test_checkpoints_that_do_not_say_the_metric_were_picked_by_spearman() -> None:
    before = {"task": "stsb-dev", "sha256": "d"}
    now = {**before, "metric": "spearman", "settings": {}}

    assert depends_on(now) == before
    assert is_same_dev(before, now)
    assert not is_same_dev(before, {**now, "metric": "pearson"})
    assert not is_same_dev(before, None)


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"dev": "sts"}, SettingError, "dev must be one task, got 'sts': choose one of sts12"),
        ({"dev": "stsb-dve"}, UnknownNameError, "Did you mean 'stsb-dev'"),
        ({"dev": "sickr-dev", "dev_metric": "f1"}, SettingError, "must be spearman, pearson"),
        ({"dev": "none", "dev_metric": "f1"}, SettingError, "'f1' needs dev data"),
    ],
)
def test_what_cannot_pick_is_refused(
    asked: dict[str, Any], error: type[HarnessError], words: str
) -> None:
    with pytest.raises(error, match=words):
        learn(**asked)
    assert not list(Path("runs/checkpoints").glob("picker*"))


@pytest.mark.parametrize(
    ("dev", "measured"),
    [
        ("pairs:file=graded.tsv", "spearman, pearson, kendall"),
        ("labels:file=three.tsv", "accuracy"),
    ],
)
def test_metrics_that_need_two_labels_are_no_choice_on_other_files(
    dev: str, measured: str
) -> None:
    Path("graded.tsv").write_text("a b\ta\t1\na\tb\t0\nc\tc d\t3\n")
    rows = [f"{label} {number}\t{label}\n" for label in "abc" for number in range(12)]
    Path("three.tsv").write_text("".join(rows))

    with pytest.raises(SettingError, match=f"must be {measured}, got 'average_precision'"):
        learn(dev=dev, dev_metric="average_precision")


def test_a_dev_choice_of_another_type_is_refused() -> None:
    with pytest.raises(TypeError, match="dev must be of type str, got 1 of type int"):
        learn(dev=1)


def test_absent_dev_data_is_refused_only_if_it_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    text = own_text()

    with pytest.raises(MissingDataError, match=r"sts-dev\.csv not found"):
        learn(data=tmp_path / "empty", text=text, dev="stsb-dev")
    assert learn(data=tmp_path / "empty", text=text).manifest["dev"] is None


def test_an_encoder_that_learns_in_one_go_takes_no_dev_data() -> None:
    with pytest.raises(SettingError, match=r"'greedy' learns in one go, .*: leave out --dev"):
        learn("greedy", dev="sickr-dev")
    assert learn("greedy", dev="none").record.picked_by is None


def test_an_encoder_is_marked_on_the_task_that_picked_it_and_on_no_other() -> None:
    asked = {"text": own_text(), "dev": "sickr-dev"}

    assert score("sickr-dev", **asked).trained_on_this_task
    assert not score("stsb-dev", **asked).trained_on_this_task


def test_dev_data_within_the_training_text_is_worth_a_notice() -> None:
    with pytest.warns(Notice, match=r"'stsb-dev' scores text that is trained on: 100 % of"):
        learn(dev="stsb-dev")


def test_results_of_two_choices_are_kept_beside_each_other_and_told_apart() -> None:
    text = own_text()
    score("stsb-test", text=text)
    score("stsb-test", text=text, dev="sickr-dev")

    result = CliRunner().invoke(main, ["report", "runs", "--format", "csv"])

    assert len(list(Path("runs").glob("*.json"))) == 2
    table = CliRunner().invoke(main, ["report", "runs"]).stdout
    assert "picker (own.txt last weights)" in table
    assert "picker (own.txt dev sickr-dev)" in table
    assert result.exit_code == 0


def test_only_encoders_picked_as_asked_count_as_trained() -> None:
    learn(dev="sickr-dev")
    data = open_data("sample")
    options = TrainingOptions(Path("runs/checkpoints"))

    asked = dataclasses.replace(options, dev="sickr-dev")
    assert trained_encoders(CONTEXT, data, asked) == {"picker": (0,)}
    assert trained_encoders(CONTEXT, data, options) == {}


def test_a_missing_checkpoint_s_failure_names_those_picked_otherwise() -> None:
    learn(dev="sickr-dev", dev_metric="pearson")
    missing = TrainingOptions(Path("runs/checkpoints"), dev="none", train=False)

    report = evaluate("picker", "stsb-dev", data="sample", context=CONTEXT, training=missing)

    reason = report.failures[0].reason
    assert "run harness train picker --model any --seed 0 --data sample --dev none;" in reason
    assert reason.endswith("picked otherwise: use --dev sickr-dev --dev-metric pearson")


def test_train_says_which_weights_were_kept() -> None:
    own_text()
    command = ["train", "picker", "--data", "sample", "--model", "any", "--text", "own.txt"]

    picked = CliRunner().invoke(main, [*command, "--dev", "sickr-dev", "--dev-metric", "pearson"])
    last = CliRunner().invoke(main, command)

    assert "on own.txt (2 sentences; weights picked by pearson on sickr-dev)" in picked.stdout
    assert "on own.txt (2 sentences; last weights kept)" in last.stdout
    manifests = [json.loads(path.read_text()) for path in Path("runs").rglob("training.json")]
    assert sorted(map(how_trained, manifests)) == [
        "seed 0, on own.txt",
        "seed 0, on own.txt, picked by sickr-dev",
    ]


def _reversed_dev(path: str, data: str = "sample") -> None:
    """Write STS-B dev with its scores turned round: what is best on one is worst on the other."""
    (task,) = plan_tasks(["stsb-dev"], open_data(data), {})
    columns = task.task.score(_letters(task.sentences)).items["dev"]["gold"]
    half = len(task.sentences) // 2
    pairs = zip(task.sentences[:half], task.sentences[half:], columns, strict=True)
    rows = [f"{first}\t{second}\t{5 - gold}" for first, second, gold in pairs]
    Path(path).write_text("\n".join(["sentence1\tsentence2\tscore", *rows]) + "\n", "utf-8")


def _letters(sentences: tuple[str, ...]) -> Vectors:
    distinct = list(dict.fromkeys(sentences))
    rows = {sentence: row for row, sentence in enumerate(distinct)}
    return Vectors(rows, np.random.default_rng(0).normal(size=(len(rows), 3)).astype(np.float32))


@pytest.mark.parametrize("dev", ["dev.tsv", "pairs:file=dev.tsv", "pairs"])
def test_a_file_of_scored_pairs_picks_instead_of_stsb_dev(dev: str) -> None:
    _reversed_dev("dev.tsv")
    asked = Spec("pairs", {"file": "dev.tsv"}) if dev == "pairs" else dev

    own = learn(text=own_text(), dev=asked)
    stsb = learn(text=own_text(), dev="stsb-dev")

    assert isinstance(own.record.picked_by, DevRecord)
    assert own.record.picked_by.task == "dev"
    assert own.manifest["history"]["best_step"] != stsb.manifest["history"]["best_step"]
    opposite = score("stsb-dev", text=own_text(), dev=asked).score("spearman", "all")
    assert own.manifest["history"]["dev"] == pytest.approx(-float(opposite or 0), abs=1e-6)


def test_a_dev_file_that_changed_is_another_choice() -> None:
    _reversed_dev("dev.tsv")
    first = learn(text=own_text(), dev="dev.tsv")
    with Path("dev.tsv").open("a") as file:
        file.write("one more\tanother\t1\n")

    assert learn(text=own_text(), dev="dev.tsv").folder != first.folder


def test_a_dev_file_in_parts_picks_by_its_dev_part() -> None:
    pairs = [f"a man {number}\ta dog {number * number}\t{number % 5}" for number in range(8)]
    rows = [f"{pair}\t{part}" for pair in pairs for part in ("dev", "test")]
    text = "\n".join(["sentence1\tsentence2\tscore\tsplit", *rows])
    Path("all.tsv").write_text(text + "\n", "utf-8")

    asked: dict[str, Any] = {"text": own_text(), "dev": "all.tsv"}
    prepared = learn(**asked)

    assert prepared.manifest["dev"]["settings"]["part"] == "dev"
    assert score("pairs:file=all.tsv,part=dev", **asked).trained_on_this_task
    Path("test.tsv").write_text(text.replace("man", "cat").replace("dog", "cow") + "\n", "utf-8")
    assert not score("pairs:file=test.tsv", **asked).trained_on_this_task


def test_a_dev_file_s_absence_and_damage_are_refused() -> None:
    Path("bad.tsv").write_text("sentence1\tsentence2\tscore\na b\tc d\t1\ne\tf\t2\ng\th\tx 9\n")

    with pytest.raises(MissingDataError, match=r"found none at 'nowhere\.tsv'"):
        learn(text=own_text(), dev="nowhere.tsv")
    with pytest.raises(BadDataError, match=r"bad\.tsv:4: column 'score'"):
        learn(text=own_text(), dev="bad.tsv")


def test_train_says_what_it_read_and_needs_no_data_folder() -> None:
    _reversed_dev("dev.tsv")
    Path("mine.csv").write_text("text,id\na b,1\nc d,2\n")

    result = CliRunner().invoke(
        main, ["train", "picker", "--model", "any", "--text", "mine.csv", "--dev", "dev.tsv"]
    )

    assert result.exit_code == 0, result.output
    assert "mine.csv: 2 sentences, column text (comma-separated)" in result.stderr
    assert "dev.tsv: 16 pairs, columns sentence1, sentence2, score" in result.stderr
    assert "weights picked by spearman on dev" in result.stdout


def test_a_dev_task_whose_splits_have_no_score_over_all_is_refused() -> None:
    scores = {"ndcg": {"x": 0.5, "y": 0.6}}
    planned: Any = SimpleNamespace(
        name="own",
        sentences=["a"],
        task=SimpleNamespace(score=lambda vectors: TaskResult(scores=scores)),
        boundary=SimpleNamespace(call_unlimited=lambda culprit, call: call()),
    )
    encoder: Any = SimpleNamespace(encode=lambda sentences: np.ones((1, 2)))

    with pytest.raises(SettingError, match="must have one score or a protocol all, got x, y of"):
        DevData(planned, "ndcg").score(encoder)
