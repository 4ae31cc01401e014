"""transformers' trainer scores what it trains on tasks of the harness."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    AutoModelForMaskedLM,
    AutoTokenizer,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

import harness
from harness.encoder import Context
from harness.errors import SettingError, UnknownNameError
from harness.integrations.transformers import Every, HarnessCallback
from harness.results.records.store import ResultStore


def made(tiny_bert: Path, folder: Path, *callbacks: TrainerCallback, **asked: Any) -> Trainer:
    """Return a trainer of masked language modelling for four steps."""
    torch.manual_seed(5)
    model = AutoModelForMaskedLM.from_pretrained(tiny_bert)
    tokenizer = AutoTokenizer.from_pretrained(tiny_bert)
    texts = ["a man is playing a guitar", "two dogs run in the snow", "a woman cuts an onion"]
    rows = [
        dict(tokenizer(text, padding="max_length", truncation=True, max_length=12))
        for text in texts
    ]
    rows = [{**row, "labels": row["input_ids"]} for row in rows]
    arguments = TrainingArguments(
        output_dir=str(folder), max_steps=4, per_device_train_batch_size=2, seed=3, use_cpu=True,
        disable_tqdm=True,
        **{"report_to": "none", "save_strategy": "no", "logging_steps": 2, "learning_rate": 1e-3, **asked},  # noqa: E501
    )  # fmt: skip
    return Trainer(
        model,
        arguments,
        train_dataset=rows,
        eval_dataset=rows,
        processing_class=tokenizer,
        callbacks=list(callbacks),
    )


def scores(trainer: Trainer, key: str = "eval_harness_average") -> dict[int, float]:
    return {entry["step"]: entry[key] for entry in trainer.state.log_history if key in entry}


@pytest.mark.parametrize("encoder", ["mean", "mean:layers=last2", "cls"])
def test_scores_are_those_of_harness_eval(tiny_bert: Path, tmp_path: Path, encoder: str) -> None:
    callback = HarnessCallback("stsb-dev", data="sample", encoder=encoder, every=4)
    trainer = made(tiny_bert, tmp_path / "trained", callback)
    trainer.train()
    trainer.model.base_model.save_pretrained(tmp_path / "saved")
    trainer.processing_class.save_pretrained(tmp_path / "saved")
    context = Context(model=str(tmp_path / "saved"), device="cpu")
    report = harness.evaluate(encoder, "stsb-dev", data="sample", context=context, out=None)

    expected = report.records[0].score("spearman", "all")
    found = scores(trainer, "eval_harness_stsb-dev_spearman")
    assert found == {4: pytest.approx(expected, abs=1e-6)}


@pytest.mark.parametrize(
    ("every", "steps"), [("evaluate", [2, 4]), ("save", [3, 4]), (1, [1, 2, 3, 4])]
)
def test_it_scores_when_it_is_asked_to(
    tiny_bert: Path, tmp_path: Path, every: Every, steps: list[int]
) -> None:
    callback = HarnessCallback("stsb-dev", data="sample", every=every)
    asked = {"eval_strategy": "steps", "eval_steps": 2, "save_strategy": "steps", "save_steps": 3}
    trainer = made(tiny_bert, tmp_path, callback, **asked)
    trainer.train()

    assert list(scores(trainer)) == steps


def test_the_trainer_keeps_the_best_weights_by_its_score(tiny_bert: Path, tmp_path: Path) -> None:
    callback = HarnessCallback("stsb-dev", data="sample", out=tmp_path / "runs")
    key = "eval_harness_stsb-dev_spearman"
    trainer = made(
        tiny_bert, tmp_path / "trained", callback, eval_strategy="steps", eval_steps=1,
        save_strategy="steps", save_steps=1, load_best_model_at_end=True,
        metric_for_best_model=key, greater_is_better=True,
    )  # fmt: skip
    trainer.train()

    curve = scores(trainer, key)
    assert trainer.state.best_metric == max(curve.values())
    assert trainer.evaluate()[key] == pytest.approx(max(curve.values()), abs=1e-6)
    records = ResultStore(tmp_path / "runs").read()
    assert [record.runtime["step"] for record in records] == [1, 2, 3, 4]
    assert {record.model for record in records} == {str(tiny_bert)}


@pytest.mark.parametrize("is_attached", [False, True])
def test_training_goes_on_to_the_bit_as_without_it(
    tiny_bert: Path, tmp_path: Path, is_attached: bool
) -> None:
    plain = made(tiny_bert, tmp_path / "plain")
    plain.train()
    callback = HarnessCallback(["stsb-dev", "sts12"], data="sample", every=1)
    scored = made(tiny_bert, tmp_path / "scored", callback)
    if is_attached:
        callback.attach(scored)
    scored.train()

    losses = [
        [log["loss"] for log in each.state.log_history if "loss" in log]
        for each in (plain, scored)
    ]
    assert len(losses[0]) == 2
    assert losses[0] == losses[1]
    assert len(scores(scored)) == 4
    others = scored.model.state_dict()
    for name, value in plain.model.state_dict().items():
        assert torch.equal(value, others[name]), name


def test_trackers_have_the_scores_of_a_trainer_that_it_is_attached_to(
    tiny_bert: Path, tmp_path: Path
) -> None:
    class Tracker(TrainerCallback):
        def __init__(self) -> None:
            self.logged: list[dict[str, float]] = []

        def on_log(self, *_: Any, logs: dict[str, float], **__: Any) -> None:
            self.logged.append(logs)

    tracker = Tracker()
    trainer = made(tiny_bert, tmp_path, tracker)
    HarnessCallback("stsb-dev", data="sample", every=2).attach(trainer)
    trainer.train()

    assert len([logs for logs in tracker.logged if "eval_harness_average" in logs]) == 2
    assert list(scores(trainer)) == [2, 4]


@pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")
def test_adapters_are_scored_as_they_are_trained(tiny_bert: Path, tmp_path: Path) -> None:
    peft = pytest.importorskip("peft", reason="the extra is not installed")
    callback = HarnessCallback("stsb-dev", data="sample", every=2)
    trainer = made(tiny_bert, tmp_path, callback, learning_rate=0.5)
    options = peft.LoraConfig(r=2, target_modules=["query", "value"], lora_dropout=0.0)
    trainer.model = trainer.model_wrapped = peft.get_peft_model(trainer.model, options)
    trainer.callback_handler.model = trainer.model
    trainer.train()

    first, second = scores(trainer).values()
    assert first != second


@pytest.mark.parametrize(
    ("asked", "kind", "line"),
    [
        ({"every": 0}, SettingError, "every must be evaluate, save or a number of steps, got 0"),
        ({"every": "epoch"}, SettingError, "every must be .*, got 'epoch'"),
        ({"encoder": "meam"}, UnknownNameError, "unknown encoder 'meam'. Did you mean 'mean'"),
        ({"tasks": "stsb-def"}, UnknownNameError, "unknown task 'stsb-def'"),
    ],
)
def test_a_wrong_request_is_refused_when_it_is_made(
    asked: dict[str, Any], kind: type[Exception], line: str
) -> None:
    with pytest.raises(kind, match=line):
        HarnessCallback(**{"tasks": "stsb-dev", "data": "sample", **asked})


def test_an_encoder_that_learns_is_refused_before_the_first_step(
    tiny_bert: Path, tmp_path: Path
) -> None:
    callback = HarnessCallback("stsb-dev", data="sample", encoder="simcse")
    trainer = made(tiny_bert, tmp_path, callback)
    with pytest.raises(SettingError, match="encoder must read hidden states and not learn"):
        trainer.train()

    assert trainer.state.global_step == 0


def test_a_trainer_without_tokenizer_is_refused(tiny_bert: Path, tmp_path: Path) -> None:
    trainer = made(tiny_bert, tmp_path, HarnessCallback("stsb-dev", data="sample"))
    trainer.processing_class = trainer.callback_handler.processing_class = None
    with pytest.raises(SettingError, match="Trainer must have processing_class, got none"):
        trainer.train()
