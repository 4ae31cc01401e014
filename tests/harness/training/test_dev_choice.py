"""Which scores pick a checkpoint's weights: what is asked for, kept, recorded and refused."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness.cli.main import main
from harness.data import open_data
from harness.encoder import Context
from harness.errors import HarnessError, MissingDataError, SettingError, UnknownNameError
from harness.evaluation.evaluation import evaluate
from harness.keys.dev import depends_on, is_same_dev
from harness.results.notices import Notice
from harness.results.records.record import DevRecord, Record
from harness.training.advice import how_trained
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
