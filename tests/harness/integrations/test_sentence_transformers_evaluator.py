"""sentence-transformers' trainer, and a model alone, score on tasks of the harness."""

import csv
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from numpy.random import default_rng
from safetensors.torch import load_file

import harness
from harness.encoder import Context
from harness.errors import MissingDataError, SettingError, UnknownNameError
from harness.results.notices import Notice
from harness.results.records.store import ResultStore

package: Any = pytest.importorskip("sentence_transformers", reason="the extra is not installed")

from sentence_transformers.base.evaluation import BaseEvaluator  # noqa: E402

from harness.integrations.sentence_transformers import HarnessEvaluator  # noqa: E402

TASKS = ("stsb-dev", "sts12")


@pytest.fixture
def model(tiny_bert: Path) -> Any:  # noqa: ANN401 - the package's
    """The tiny BERT, mean pooled, with two prompts."""
    modules = pytest.importorskip("sentence_transformers.sentence_transformer.modules")
    transformer = modules.Transformer(str(tiny_bert))
    parts = [transformer, modules.Pooling(transformer.get_embedding_dimension())]
    prompts = {"query": "a man ", "document": ""}
    return package.SentenceTransformer(modules=parts, prompts=prompts, device="cpu")


def evaluated(model: Any, folder: Path, spec: str = "sentence-transformers") -> Any:  # noqa: ANN401 - the package's
    """Return the records of ``harness eval`` of the saved model."""
    model.save_pretrained(str(folder), create_model_card=False)
    context = Context(model=str(folder), device="cpu")
    report = harness.evaluate(spec, TASKS, data="sample", context=context, out=None, cache=False)
    assert not report.failures
    return report.records


def trained(model: Any, folder: Path, evaluator: Any = None) -> Any:  # noqa: ANN401 - the package's
    """Train for four steps, scored after every second, the best weights kept."""
    from datasets import Dataset
    from sentence_transformers.sentence_transformer import losses

    words = [
        f"a man {word}"
        for word in ["plays", "sings", "runs", "eats", "sits", "walks", "sees", "holds"]
    ]
    pairs = Dataset.from_dict({"anchor": words, "positive": words[::-1]})
    asked: dict[str, Any] = {"eval_strategy": "no", "save_strategy": "no"}
    if evaluator is not None:
        every = {"eval_steps": 2, "save_steps": 2, "save_total_limit": 1}
        asked = {"eval_strategy": "steps", "save_strategy": "steps", **every}
        asked |= {"load_best_model_at_end": True}
        asked |= {"metric_for_best_model": f"eval_{evaluator.primary_metric}"}
    arguments = package.SentenceTransformerTrainingArguments(
        output_dir=str(folder), max_steps=4, per_device_train_batch_size=2, seed=3, use_cpu=True,
        learning_rate=1e-3, report_to="none", disable_tqdm=True, **asked,
    )  # fmt: skip
    trainer = package.SentenceTransformerTrainer(
        model=model,
        args=arguments,
        train_dataset=pairs,
        loss=losses.MultipleNegativesRankingLoss(model),
        evaluator=evaluator,
    )
    trainer.train()
    return trainer


def test_scores_are_those_of_harness_eval(model: Any, tmp_path: Path) -> None:  # noqa: ANN401 - the package's
    metrics = model.evaluate(HarnessEvaluator(TASKS, data="sample"))
    dev, sts12 = evaluated(model, tmp_path / "saved")

    assert metrics["harness_stsb-dev_spearman"] == pytest.approx(
        dev.score("spearman", "all"), abs=1e-6
    )
    for protocol, ending in ("all", ""), ("mean", "_mean"), ("wmean", "_wmean"):
        expected = sts12.score("spearman", protocol)
        assert metrics[f"harness_sts12_spearman{ending}"] == pytest.approx(expected, abs=1e-6)
    first = metrics["harness_stsb-dev_spearman"], metrics["harness_sts12_spearman"]
    assert metrics["harness_average"] == pytest.approx(sum(first) / 2)


def test_a_prompt_of_the_model_s_is_put_before_each_sentence(model: Any, tmp_path: Path) -> None:  # noqa: ANN401 - the package's
    evaluator = HarnessEvaluator(TASKS, data="sample", prompt_name="query")
    spec = "sentence-transformers:prompt_name=query"
    dev, _ = evaluated(model, tmp_path / "saved", spec)

    found = evaluator(model)["harness_stsb-dev_spearman"]
    assert found == pytest.approx(dev.score("spearman", "all"), abs=1e-6)
    assert found != HarnessEvaluator(TASKS, data="sample")(model)["harness_stsb-dev_spearman"]


def test_each_distinct_sentence_is_encoded_once(
    model: Any,  # noqa: ANN401 - the package's
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[str] = []
    encode = type(model).encode

    def watched(self: Any, sentences: list[str], **more: Any) -> Any:  # noqa: ANN401 - the package's
        seen.extend(sentences)
        return encode(self, sentences, **more)

    monkeypatch.setattr(type(model), "encode", watched)
    HarnessEvaluator(["stsb-dev", "sts"], data="sample")(model)

    assert len(seen) == len(set(seen)) > 20


@pytest.mark.parametrize("primary", ["average", "stsb-dev_pearson", "sts12_spearman_wmean"])
def test_the_trainer_keeps_the_best_weights_by_the_primary_score(
    model: Any,  # noqa: ANN401 - the package's
    tmp_path: Path,
    primary: str,
) -> None:
    evaluator = HarnessEvaluator(TASKS, data="sample", primary=primary, out=tmp_path / "runs")
    trainer = trained(model, tmp_path / "trained", evaluator)

    key = f"eval_harness_{primary}"
    curve = {log["step"]: log[key] for log in trainer.state.log_history if key in log}
    assert list(curve) == [2, 4]
    assert curve[2] != curve[4]
    assert trainer.state.best_metric == max(curve.values())
    assert evaluator(model)[f"harness_{primary}"] == pytest.approx(max(curve.values()), abs=1e-6)
    (lines,) = (tmp_path / "trained/eval").glob("*.csv")
    rows = list(csv.DictReader(lines.read_text().splitlines()))
    assert [(row["steps"], float(row[primary])) for row in rows] == [
        (str(step), score) for step, score in curve.items()
    ]
    records = ResultStore(tmp_path / "runs").read()
    steps = [(record.encoder, record.runtime["step"]) for record in records]
    assert sorted(set(steps)) == [("harness", -1), ("harness step 2", 2), ("harness step 4", 4)]


class Constant(BaseEvaluator):  # type: ignore[misc] # the package's
    """Scores without a look at the model."""

    primary_metric = "harness_average"

    def __init__(self) -> None:
        self.greater_is_better = True

    def __call__(self, *_: Any, steps: int, **__: Any) -> dict[str, float]:
        return {"harness_average": float(steps)}


def test_training_goes_on_as_with_any_other_evaluator(model: Any, tmp_path: Path) -> None:  # noqa: ANN401 - the package's
    before = {name: value.clone() for name, value in model.state_dict().items()}
    for name, evaluator in (
        ("constant", Constant()),
        ("scored", HarnessEvaluator(TASKS, data="sample")),
    ):
        model.load_state_dict(before)
        trained(model, tmp_path / name, evaluator)
    one, other = (
        load_file(tmp_path / name / "checkpoint-4/model.safetensors")
        for name in ("constant", "scored")
    )

    assert one.keys() == other.keys()
    for name, value in one.items():
        assert torch.equal(value, other[name]), name
    assert any(not torch.equal(value, before[f"0.model.{name}"]) for name, value in one.items())


def test_it_leaves_the_mode_of_each_module_and_the_draws(model: Any) -> None:  # noqa: ANN401 - the package's
    model.train()
    model[1].eval()
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    HarnessEvaluator("stsb-dev", data="sample")(model)

    assert torch.equal(torch.rand(1), expected)
    assert model[0].training
    assert not model[1].training


def test_tasks_and_data_are_checked_when_it_is_made(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="unknown task 'stsb-def'"):
        HarnessEvaluator("stsb-def", data="sample")
    with pytest.raises(MissingDataError):
        HarnessEvaluator("stsb-dev", data=tmp_path)


@pytest.mark.parametrize("primary", ["stsb-test_spearman", "stsb-dev_accuracy", "stsb-dev"])
def test_a_primary_score_that_is_not_measured_is_refused(primary: str) -> None:
    known = "average, stsb-dev_spearman, stsb-dev_pearson"
    with pytest.raises(SettingError, match=f"primary must be one of {known}.*, got '{primary}'"):
        HarnessEvaluator("stsb-dev", data="sample", primary=primary)


def test_a_score_of_which_the_lowest_is_best_is_picked_so(tmp_path: Path) -> None:
    assert HarnessEvaluator("sts12", data="sample").greater_is_better
    evaluator = HarnessEvaluator("stsb-trained", data="sample", primary="stsb-trained_mse")
    assert not evaluator.greater_is_better


def test_own_files_are_scored(model: Any, tmp_path: Path) -> None:  # noqa: ANN401 - the package's
    numbers = default_rng(0)
    lines = [f"a man {i}\ta dog {i}\t{numbers.random():.3f}" for i in range(12)]
    (tmp_path / "mine.tsv").write_text("\n".join(["sentence1\tsentence2\tscore", *lines]) + "\n")
    metrics = HarnessEvaluator(f"pairs:file={tmp_path / 'mine.tsv'}")(model)

    assert -1 <= metrics["harness_mine_spearman"] <= 1


def test_a_collapsed_model_costs_a_notice_not_the_training(model: Any) -> None:  # noqa: ANN401 - the package's
    for weight in model.parameters():
        weight.data.zero_()
    evaluator = HarnessEvaluator("stsb-dev", data="sample")
    with pytest.warns(Notice, match="not scored: harness on stsb-dev"):
        metrics = evaluator(model)

    assert math.isnan(metrics["harness_average"])


def test_model_cards_name_it(model: Any) -> None:  # noqa: ANN401 - the package's
    HarnessEvaluator("stsb-dev", data="sample")(model)

    assert "Harness" in model.model_card_data.to_dict().get("eval_results_dict", {}) or any(
        "harness" in str(key).lower() for key in model.model_card_data.eval_results_dict
    )
