import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from transformers import AutoModel

from harness.checkpoints.manifest import MANIFEST
from harness.data import DataFolder
from harness.encoder import Context
from harness.encoding.job import EncodingJob
from harness.encoding.vector_cache import VectorCache, cache_folder
from harness.evaluation.run_options import RunOptions
from harness.finetuning.example_order import draw_batches, step_count
from harness.finetuning.hyperparameters import FineTuningSettings
from harness.forecasts.forecast import Forecast, forecast, total
from harness.forecasts.machine import known_speeds, probe
from harness.forecasts.model_size import read_model_size
from harness.forecasts.span import Span, shown_gigabytes, shown_seconds
from harness.forecasts.speeds import MEASURED, THUMB, Speed, Speeds, recorded_speeds
from harness.forecasts.work import EncodingWork, Work, WorkCounter
from harness.planning.planned_encoders import plan_encoders
from harness.planning.planned_tasks import plan_tasks
from harness.results.records.record import Record

MakeRecord = Callable[..., Record]

FINISHED = {
    "spec": "simcse",
    "model": "m",
    "corpus_sha256": "0",
    "seed": 0,
    "history": {},
    "files": {},
}
HERE = {"device_name": "here", "dtype": "fp32", "threads": 2}


@pytest.fixture
def options(sample: DataFolder, context: Context, tmp_path: Path) -> RunOptions:
    return RunOptions(sample, context, tmp_path / "runs")


def count(
    counter: WorkCounter,
    options: RunOptions,
    *encoders: str,
    tasks: Sequence[str] = ("stsb-test",),
    seeds: Sequence[int] = (0,),
) -> Work:
    planned = plan_tasks(tasks, options.data, {})
    return counter.count(plan_encoders(encoders, {}), planned, options, seeds)


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (Span(0.1, 0.9), "under 1 s"),
        (Span(0.4, 89), "about 0 s to 89 s"),
        (Span(120, 120), "about 2 min"),
        (Span(3600, 7200), "about 60 min to 2 h"),
        (Span(9e4, 3e5), "about 25 h to 3 d"),
    ],
)
def test_times_are_shown_with_the_unit_that_suits_them(span: Span, text: str) -> None:
    assert shown_seconds(span) == text


def test_spans_add_and_multiply_end_by_end() -> None:
    assert Span(1, 2) + Span(10, 20) == Span(11, 22)
    assert Span(1, 2).times(Span(3, 4)) == Span(3, 8)
    assert shown_gigabytes(Span(1e9, 2.04e9)) == "1.0 to 2.0 GB"


def test_a_model_s_size_is_read_from_its_files_alone(tiny_bert: Path) -> None:
    model = AutoModel.from_pretrained(tiny_bert)
    embeddings = model.embeddings.parameters()

    size = read_model_size(tiny_bert)

    assert size is not None
    assert size.parameters == sum(each.numel() for each in model.parameters())
    assert size.parameters - size.computing == sum(each.numel() for each in embeddings)
    assert (size.layers, size.hidden) == (3, model.config.hidden_size)


def test_a_folder_that_is_no_model_has_no_size(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"hidden_size": 4}))

    assert read_model_size(tmp_path) is None
    assert read_model_size(tmp_path / "nowhere") is None


def test_encoders_of_one_transformer_share_a_pass(options: RunOptions) -> None:
    work = count(WorkCounter(), options, "mean", "cls", "random", seeds=(0, 1))

    sentences = {s for t in plan_tasks(["stsb-test"], options.data, {}) for s in t.sentences}
    assert next((one.encoders, one.missing) for one in work.encodings) == (
        ["mean", "cls"],
        sentences,
    )
    assert work.trainings == []


def test_what_is_kept_or_counted_before_need_not_be_encoded(options: RunOptions) -> None:
    (mean,) = plan_encoders(["mean"], {})
    key = EncodingJob("mean", mean.make(options.context), mean.own).key()
    assert key is not None
    counter = WorkCounter()
    sentences = plan_tasks(["stsb-test"], options.data, {})[0].sentences
    VectorCache(cache_folder(), key).add(sentences[:1], np.ones((1, 3), np.float32))

    first = count(counter, options, "mean")
    second = count(counter, options, "mean")
    uncached = count(counter, replace(options, cache=False), "mean")

    missing = [one.missing for each in (first, second, uncached) for one in each.encodings]
    every = set(sentences)
    assert missing == [every - {sentences[0]}, set(), every]


def test_a_training_is_counted_once_per_seed_until_it_is_done(options: RunOptions) -> None:
    counter = WorkCounter()
    specs = "whitening:k=4", "simcse:max_steps=7"

    found = count(counter, options, *specs, seeds=(0, 1)).trainings
    again = count(counter, options, *specs).trainings
    done = options.training_options.checkpoints / f"simcse-{found[2].digest}" / MANIFEST
    done.parent.mkdir(parents=True)
    done.write_text(json.dumps(FINISHED))
    left = count(WorkCounter(), options, *specs).trainings

    assert [(one.encoder, one.seed, one.steps) for one in found] == [
        ("whitening:k=4", 0, 0),
        ("whitening:k=4", 1, 0),
        ("simcse:max_steps=7", 0, 7),
        ("simcse:max_steps=7", 1, 7),
    ]
    assert again == []
    assert left == found[:1]


def test_an_encoder_that_cannot_be_made_is_named_and_the_others_are_counted(
    options: RunOptions,
) -> None:
    work = count(WorkCounter(), options, "glove", "mean")

    assert len(work.encodings) == 1
    assert [line.partition(":")[0] for line in work.failures] == ["glove"]


@pytest.mark.parametrize("settings", [{"epochs": 3}, {"max_steps": 5}])
def test_steps_are_those_of_the_order_of_the_examples(settings: dict[str, int]) -> None:
    chosen = FineTuningSettings(batch_size=4, **settings)

    assert step_count(30, chosen) == len(draw_batches(30, chosen, seed=0))


def test_only_records_of_this_machine_and_model_are_timed(make_record: MakeRecord) -> None:
    times = {"encoding_seconds": 10.0, "sentences_encoded": 100.0}
    few = {"encoding_seconds": 10.0, "sentences_encoded": 3.0}
    records = [
        make_record(model="a", runtime=HERE, times=times),
        make_record(model="a", runtime=HERE, times={**times, "encoding_seconds": 20.0}),
        make_record(model="a", runtime={**HERE, "device_name": "there"}, times=few),
        make_record(model="b", runtime=HERE, times=few),
        make_record(model="c", runtime={**HERE, "dtype": "bf16"}, times=times),
    ]

    speeds = recorded_speeds(records, HERE)

    assert speeds == {"a": Speed(Span(0.1 * 0.8, 0.2 * 1.3), "2 earlier runs")}


def test_an_unknown_model_is_judged_by_a_rule_of_thumb_that_says_so() -> None:
    speeds = Speeds("cpu", threads=1)

    one, four = speeds.of("x", None), Speeds("cpu", threads=4).of("x", None)

    assert one.source == THUMB
    assert one.seconds.low < one.seconds.high
    assert one.seconds == four.seconds.times(4)


def test_time_follows_from_what_is_missing_and_the_speed() -> None:
    speeds = Speeds("cpu", 1, {"m": Speed(Span(0.1, 0.2), MEASURED)}, {"mr": Span(5, 6)})
    work = Work([EncodingWork(["mean"], "m", None, 12, {"a", "b"})])
    work.scorings.update(["mr", "mr"])

    found = forecast(work, speeds)

    assert (found.encoded, found.kept) == (2, 10)
    assert found.seconds == Span(0.2 + 10, 0.4 + 12)
    assert total([found, found]).seconds == Span(2 * (0.2 + 10), 2 * (0.4 + 12))
    assert found.sources == {"m": MEASURED}


def test_a_probe_measures_the_model_itself(options: RunOptions) -> None:
    speeds = known_speeds([], options.context)

    probe(speeds, ["a sentence", "another one"] * 8, options.context)

    measured = speeds.known[options.context.model]
    assert measured.source == MEASURED
    assert 0 < measured.seconds.low < measured.seconds.high


def test_more_training_takes_longer_and_more_memory(options: RunOptions) -> None:
    def comes_to(steps: int) -> Forecast:
        work = count(WorkCounter(), options, f"simcse:max_steps={steps}")
        return forecast(work, Speeds("cpu", 1))

    few, many, none = comes_to(10), comes_to(100), forecast(Work(), Speeds("cpu", 1))

    assert few.seconds.high < many.seconds.high
    assert none.peak_bytes.high < few.peak_bytes.high
    assert (few.trainings, few.steps) == (1, 10)


def test_a_batch_larger_than_the_text_is_named(options: RunOptions) -> None:
    work = count(WorkCounter(), options, "simcse:batch_size=5000")

    assert work.trainings == []
    assert "simcse:batch_size=5000: batch_size must be at most the " in work.failures[0]
