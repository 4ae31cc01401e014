import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]
from huggingface_hub import ModelCard, parse_eval_result_entries

from harness.encoder import Context
from harness.exporting.base_model import describe_base
from harness.exporting.exporting import Export
from harness.exporting.hub_results import eval_results, publishable, write_eval_results
from harness.exporting.measured import measured_records, measured_scores
from harness.results.records.record import Record
from harness.results.records.store import ResultStore

KEY = "vectors 2; encoder 'mean'; code a 1; model abc; device cpu; torch 2; transformers 5"


def test_a_card_says_how_its_encoder_was_trained_and_what_was_measured(
    exports: dict[str, Export], runs: Path, context: Context
) -> None:
    (record,) = [r for r in ResultStore(runs).read() if r.encoder == "sg-opt:max_steps=2"]
    assert record.training is not None
    text = (exports[record.encoder].folder / "README.md").read_text("utf-8")

    assert f"stsb[40], 40 sentences (sha256 {record.training.corpus_sha256})" in text
    assert "| max_steps | `2` |" in text
    assert "Kim et al. (2021)" in text
    score = 100 * (record.score("spearman", "all") or 0.0)
    row = rf"\| STS-B \| SAMPLE, not a benchmark \| Spearman, all .* \| {score:.2f}† \| \[-?\d"
    assert re.search(row, text)
    assert str(Path(context.model).parent) not in text


def test_a_card_has_no_scores_of_the_sample_in_its_head(exports: dict[str, Export]) -> None:
    head = ModelCard.load(exports["sg-opt:max_steps=2"].folder / "README.md").data

    assert (head.library_name, head.license, head.eval_results) == (
        "sentence-transformers",
        "unknown",
        None,
    )


def test_the_licence_and_languages_are_those_of_the_base_s_readme(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\nlicense: mit\nlanguage: [de, en]\n---\n")
    base = describe_base(Context(model=str(tmp_path)), tmp_path)

    assert (base.licence, base.languages, base.hub_name) == ("mit", ("de", "en"), None)
    (tmp_path / "README.md").write_text("---\nlicense: [\n---\n")
    assert describe_base(Context(model=str(tmp_path)), tmp_path).licence is None


def test_a_model_of_the_hub_is_named_without_its_revision(tmp_path: Path) -> None:
    assert describe_base(Context(model="me/it@v2"), tmp_path).hub_name == "me/it"
    assert describe_base(Context(model="minilm"), tmp_path).hub_name == (
        "sentence-transformers/all-MiniLM-L6-v2"
    )


def test_only_results_of_the_same_weights_and_limits_count_and_the_newest_of_them(
    make_record: Callable[..., Record], tmp_path: Path
) -> None:
    store = ResultStore(tmp_path)
    store.open()
    other_machine = KEY.replace("device cpu; torch 2", "device cuda; torch 3")
    store.add(make_record(fingerprint=other_machine, created="2031-01-01T00:00:00+00:00"))
    store.add(make_record(task="sts12", fingerprint=KEY.replace("abc", "other")))
    store.add(make_record(task="sts13", fingerprint=None))
    store.add(make_record("cls", fingerprint=KEY))

    assert [r.task for r in measured_records(tmp_path, "mean", "tiny", KEY)] == ["stsb-test"]
    assert measured_records(tmp_path, "mean", "tiny", None) == []
    assert measured_records(tmp_path / "none", "mean", "tiny", KEY) == []


def test_the_hub_s_results_hold_score_interval_and_protocol(
    make_record: Callable[..., Record], tmp_path: Path
) -> None:
    records = [make_record(), make_record(task="sickr-test"), make_record(data="sample")]
    scores = publishable(measured_scores(records))
    write_eval_results(tmp_path, scores)

    assert [each.record.task for each in scores] == ["stsb-test", "sickr-test"]
    (file,) = (tmp_path / ".eval_results").iterdir()
    (entry,) = parse_eval_result_entries(yaml.safe_load(file.read_text()))
    assert (entry.dataset_id, entry.task_id) == ("mteb/stsbenchmark-sts", "STSBenchmark")
    assert entry.value == pytest.approx(100 * scores[0].score, abs=0.005)
    assert "all pairs of a task at once" in str(entry.notes)
    low, high = scores[0].interval or (1.0, 0.0)
    assert f"interval {100 * low:.2f} to {100 * high:.2f}" in str(entry.notes)
    first, second = eval_results(scores)
    assert (first.dataset_type, second.dataset_type) == ("mteb/stsbenchmark-sts", "sickr-test")
    assert first.metric_args["protocol"] == "all"
    assert "trained_on_this_task" not in first.metric_args


def test_a_score_on_tested_text_is_marked_where_the_hub_reads_it(
    make_record: Callable[..., Record],
) -> None:
    (score,) = eval_results(measured_scores([make_record(trained_on=("stsb-test",))]))

    assert score.metric_args["trained_on_this_task"] is True
