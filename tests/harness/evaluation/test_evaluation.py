import gc
import json
import signal
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from harness.data import DataFolder
from harness.encoder import Context, Embeddings
from harness.encoders.methods.cls import ClsEncoder
from harness.encoders.methods.mean import MeanEncoder
from harness.encoders.transformer import backbone
from harness.errors import BadDataError, UnknownNameError
from harness.evaluation.evaluation import evaluate
from harness.evaluation.report import Report
from harness.results.records.record import Record
from harness.results.records.store import ResultStore
from harness.task import Vectors

HOSTILE = '''
from zlib import crc32
import numpy as np

def vectors(sentences):
    rows = [np.random.default_rng(crc32(s.encode())).normal(size=8) for s in sentences]
    return np.array(rows, dtype=np.float32)

class Good:
    """Random vectors."""
    def __init__(self, context, settings): ...
    def encode(self, sentences): return vectors(sentences)

class Crash(Good):
    """Fails in encode."""
    def encode(self, sentences): raise IndexError("off by one")

class Short(Good):
    """Loses a row."""
    def encode(self, sentences): return vectors(sentences)[1:]

class Nan(Good):
    """One number in each row is not a number."""
    def encode(self, sentences):
        rows = vectors(sentences)
        rows[:, 3] = np.nan
        return rows

class Zeros(Good):
    """One in three vectors is zero."""
    def encode(self, sentences):
        rows = vectors(sentences)
        rows[[crc32(s.encode()) % 3 == 0 for s in sentences]] = 0
        return rows
'''


@pytest.fixture
def hostile(install_plugin: Callable[..., None]) -> None:
    names = ("good", "crash", "short", "nan", "zeros")
    points = {name: f"hostile:{name.capitalize()}" for name in names}
    install_plugin("hostile-dist", HOSTILE, module="hostile", encoders=points)
    install_plugin(
        "broken-dist", "import nowhere", module="broken", encoders={"broken": "broken:X"}
    )


def run(
    tiny_bert: Path, *encoders: str, tasks: Sequence[str] = ("stsb",), **more: object
) -> Report:
    context = Context(model=str(tiny_bert), device="cpu")
    return evaluate(encoders, tasks, data="sample", context=context, **more)  # type: ignore[arg-type]


def numbers(report: Report) -> list[object]:
    return [(r.encoder, r.task, r.scores, r.splits, r.items) for r in report.records]


def test_every_distinct_sentence_of_all_tasks_is_encoded_once(
    tiny_bert: Path, passes: list[int], sample: DataFolder
) -> None:
    report = run(tiny_bert, "mean", "cls", tasks=["sts", "stsb"])
    again = run(tiny_bert, "mean", tasks=["stsb-dev"], cache=False)

    assert {r.times["sentences_encoded"] for r in report.records} == {672}
    assert sum(passes) == 672 + again.records[0].times["sentences_encoded"]
    assert len(report.records) == 2 * 8


def test_a_second_run_does_no_forward_pass_loads_no_weights_and_finds_the_same_numbers(
    tiny_bert: Path, passes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(tiny_bert, "mean", "cls")
    passes.clear()
    backbone._open.cache_clear()

    def fail(*arguments: object) -> None:
        raise RuntimeError("weights were loaded")

    monkeypatch.setattr(backbone, "load_transformer", fail)
    second = run(tiny_bert, "mean", "cls")

    assert passes == []
    assert numbers(second) == numbers(first)
    assert second.records[0].times["sentences_encoded"] == 0


def test_a_flipped_bit_in_the_cache_is_found_and_encoded_again(
    tiny_bert: Path, tmp_path: Path
) -> None:
    first = run(tiny_bert, "mean")
    (shard,) = (tmp_path / "cache").rglob("*.safetensors")
    content = bytearray(shard.read_bytes())
    content[-1] ^= 0x40
    shard.write_bytes(content)

    second = run(tiny_bert, "mean")

    assert second.records[0].times["sentences_from_cache"] == 0
    assert numbers(second) == numbers(first)


def test_one_encoder_s_fault_is_named_and_the_others_are_complete(hostile: None) -> None:
    report = evaluate(
        ["broken", "crash", "good", "short", "nan"], ["stsb"], data="sample", out=None
    )

    assert [(r.encoder, r.task) for r in report.records] == [
        ("good", "stsb-dev"),
        ("good", "stsb-test"),
    ]
    reported = [str(failure) for failure in report.failures]
    assert reported[0].startswith(
        "broken: encoder 'broken' of broken-dist 1.0 cannot be imported: M"
    )
    assert reported[1:3] == [
        "crash: encoder 'crash' failed in encode: IndexError: off by one",
        "short: encoder 'short' must return shape (64, dim), got (63, 8)",
    ]
    assert [reason[:50] for reason in reported[3:]] == [
        "nan on stsb-dev: STS-B dev: 16 of 16 pairs have a ",
        "nan on stsb-test: STS-B: 16 of 16 pairs have a zer",
    ]


def test_nan_zero_scores_what_would_fail(hostile: None) -> None:
    failing = evaluate(["zeros"], ["stsb"], data="sample", out=None)
    scored = evaluate(["zeros"], ["stsb"], data="sample", out=None, task_settings={"nan": "zero"})

    assert len(failing.failures) == 2
    assert scored.failures == []
    assert scored.records[0].items["dev"]["system"].count(0.0) >= 8


def test_a_task_that_fails_unexpectedly_is_named_and_the_others_go_on(
    hostile: None, install_plugin: Callable[..., None]
) -> None:
    source = """
from harness.tasks.sts.english import STSB_DEV
from harness.tasks.sts.task import StsDefinition

class Crash(StsDefinition):
    def __call__(self, data, settings):
        task = super().__call__(data, settings)
        task.score = lambda vectors, **options: 1 / 0
        return task

CRASH = Crash("Crash", "x", "y", {"dev": 1500}, STSB_DEV.reader)
"""
    install_plugin("task-dist", source, module="crashing", tasks={"crash": "crashing:CRASH"})

    report = evaluate(["good"], ["crash", "stsb-dev"], data="sample", out=None)

    assert [r.task for r in report.records] == ["stsb-dev"]
    assert str(report.failures[0]) == (
        "good on crash: task 'crash' failed: ZeroDivisionError: division by zero"
    )


def test_bad_data_is_refused_before_any_model_is_looked_for(
    tmp_path: Path, sample: DataFolder
) -> None:
    path = tmp_path / "data/STS/STSBenchmark/sts-dev.csv"
    path.parent.mkdir(parents=True)
    path.write_text("cut\n")

    with pytest.raises(BadDataError, match=r"sts-dev\.csv:1: must have 7 or 9 tab-separated"):
        evaluate(
            ["mean"], ["stsb-dev"], data=tmp_path / "data", context=Context(model="/no/such/model")
        )


def test_a_model_that_is_not_there_fails_its_encoders_alone(hostile: None) -> None:
    context = Context(model="/no/such/model")

    report = evaluate(["mean", "good"], ["stsb-dev"], data="sample", context=context, out=None)

    assert [r.encoder for r in report.records] == ["good"]
    assert "no model '/no/such/model'" in report.failures[0].reason


def test_an_unknown_encoder_stops_everything() -> None:
    with pytest.raises(UnknownNameError):
        evaluate(["mean", "meam"], ["stsb-dev"], data="sample")


def test_a_record_holds_what_its_numbers_rest_on(tiny_bert: Path, tmp_path: Path) -> None:
    report = run(tiny_bert, "mean:layers=last2", tasks=["sts12"], out=tmp_path / "out")
    (record,) = report.records

    assert record.encoder == "mean:layers=last2"
    assert (record.model, record.seed, record.data) == (str(tiny_bert), None, "sample")
    assert record.settings["layers"] == "last2"
    assert record.task_settings["similarity"] == "cosine"
    assert len(record.data_files) == 10
    assert record.runtime["device"] == "cpu"
    assert record.runtime["dtype"] == "fp32"
    assert "torch" in record.versions
    assert record.fingerprint is not None
    assert record.dim == 32
    assert [len(column["system"]) for column in record.items.values()] == [12] * 5
    assert ResultStore(tmp_path / "out").read() == [record]


def test_the_same_run_again_replaces_its_record(tiny_bert: Path, tmp_path: Path) -> None:
    for _ in range(2):
        run(tiny_bert, "mean", tasks=["stsb-dev"], out=tmp_path / "out")

    assert len(list((tmp_path / "out").glob("*.json"))) == 1


def test_scores_on_disk_are_those_returned(tiny_bert: Path, tmp_path: Path) -> None:
    report = run(tiny_bert, "mean", tasks=["stsb-dev"], out=tmp_path / "out")
    (path,) = (tmp_path / "out").glob("*.json")

    content = json.loads(path.read_bytes())
    del content["digest"]
    assert content == report.records[0].model_dump(mode="json")


def test_each_record_is_reported_as_soon_as_it_is_there(tiny_bert: Path) -> None:
    reported: list[Record] = []

    report = run(tiny_bert, "mean", on_record=reported.append)

    assert reported == report.records


class Letters:
    """Embeds a sentence as the counts of its letters; remembers what rows it had."""

    def __init__(self, failure: type[BaseException] | None = None) -> None:
        self.failure = failure
        self.held: list[weakref.ref[Embeddings]] = []

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        rows = np.array([[s.count(c) for c in " aeinorst"] for s in sentences], np.float32)
        self.held.append(weakref.ref(rows))
        if self.failure is not None:
            raise self.failure("boom")
        return rows


def test_one_encoder_s_vectors_are_dropped_before_the_next_is_encoded() -> None:
    matrices: list[weakref.ref[Embeddings]] = []
    alive: list[int] = []

    def count(_encoder: object, vectors: Vectors) -> None:
        matrices.append(weakref.ref(vectors.matrix))
        alive.append(sum(matrix() is not None for matrix in matrices))

    encoders = {f"letters{number}": Letters() for number in range(6)}
    report = evaluate(encoders, ["stsb"], data="sample", out=None, on_vectors=count)

    assert len(report.records) == 12
    assert alive == [1] * 6


def test_what_a_failed_encoder_held_is_dropped_before_the_next_is_scored() -> None:
    bad = Letters(MemoryError)
    alive: list[int] = []

    def count(*_: object) -> None:
        gc.collect()
        alive.append(sum(rows() is not None for rows in bad.held))

    evaluate({"bad": bad, "good": Letters()}, ["stsb"], data="sample", out=None, on_vectors=count)

    assert alive == [0]


def test_encoders_that_share_a_pass_keep_their_places_in_the_order_named(
    tiny_bert: Path, passes: list[int]
) -> None:
    context = Context(model=str(tiny_bert), device="cpu")
    reported: list[str] = []

    report = evaluate(
        {"pooled": MeanEncoder, "bad": Letters(OSError), "good": Letters(), "first": ClsEncoder},
        ["stsb-dev"],
        data="sample",
        context=context,
        on_record=lambda record: reported.append(record.encoder),
    )

    assert [record.encoder for record in report.records] == ["pooled", "good", "first"]
    assert reported == ["pooled", "good", "first"]
    assert [failure.encoder for failure in report.failures] == ["bad"]
    assert sum(passes) == report.records[0].times["sentences_encoded"]


def test_a_run_that_ends_keeps_the_records_of_the_encoders_before(tmp_path: Path) -> None:
    class Interrupted(Letters):
        def encode(self, sentences: Sequence[str]) -> Embeddings:
            signal.raise_signal(signal.SIGINT)
            return super().encode(sentences)

    encoders = {"first": Letters(), "ends": Interrupted()}

    with pytest.raises(KeyboardInterrupt):
        evaluate(encoders, ["stsb"], data="sample", out=tmp_path / "runs")

    kept = ResultStore(tmp_path / "runs").read()
    assert [(record.encoder, record.task) for record in kept] == [
        ("first", "stsb-dev"),
        ("first", "stsb-test"),
    ]


def test_progress_of_a_task_s_scoring_names_the_encoder(hostile: None) -> None:
    labels: list[str] = []

    evaluate(
        ["good"],
        ["trec"],
        data="sample",
        out=None,
        task_settings={"classifier": "senteval-fast"},
        on_progress=lambda label, done, total: labels.append(label),
    )

    assert list(dict.fromkeys(labels))[-1] == "scoring trec with good"


def test_layers_are_distinguished(tiny_bert: Path) -> None:
    report = run(tiny_bert, "mean", "mean:layers=0", "mean:layers=all", tasks=["stsb-dev"])
    scores = [record.score("spearman", "all") for record in report.records]

    assert len(set(scores)) == 3
    assert np.isfinite(np.array(scores, float)).all()


TALKING = '''
import numpy as np
from pathlib import Path

class Talking:
    """Tells of itself."""
    def __init__(self, context, settings): ...
    def encode(self, sentences):
        return np.array([[len(s), s.count(" "), 1] for s in sentences], np.float32)
    def describe(self): return {"model": "m", "batches": 3, "folder": Path("here")}
    def fingerprint(self): return None

class Mute(Talking):
    """Cannot tell of itself."""
    def describe(self): raise OSError("gone")
'''


def test_what_an_encoder_says_of_itself_is_in_its_records(
    install_plugin: Callable[..., None], tmp_path: Path
) -> None:
    points = {"talking": "talking:Talking", "mute": "talking:Mute"}
    install_plugin("talking-dist", TALKING, module="talking", encoders=points)
    report = evaluate(["mute", "talking"], ["stsb-dev"], data="sample", out=tmp_path / "runs")
    (record,) = ResultStore(tmp_path / "runs").read()

    assert (record.encoder, record.model) == ("talking", "m")
    assert record.runtime == {"batches": 3, "folder": "here"}
    assert record.fingerprint is None
    assert [str(failure) for failure in report.failures] == [
        "mute: encoder 'mute' failed in describe: OSError: gone"
    ]
