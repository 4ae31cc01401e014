"""Plug-ins that misbehave are named in a line; the others are scored, and their numbers stay."""

import asyncio
import json
import os
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from harness.cli.main import main
from harness.corpus import Corpus
from harness.data import DataFolder
from harness.encoder import Context, Embeddings, HiddenStates
from harness.encoders.methods.mean import MeanEncoder
from harness.encoders.transformer.pooled_encoder import PoolingSettings
from harness.errors import CacheError, RecordError, TrainingError
from harness.evaluation.evaluation import evaluate
from harness.evaluation.report import Report
from harness.plugins.registration import register_task
from harness.recipes.tiny_model import make_tiny_bert
from harness.results.records.store import ResultStore
from harness.task import OnProgress, Scores, TaskResult, Vectors
from harness.tasks.sts.english import STSB_DEV, StsDefinition
from harness.tasks.sts.task import StsSettings, StsTask
from harness.trainable import Training


class PanicError(BaseException):
    """As Rust's libraries raise it: no Exception."""


class UnreadableError(Exception):
    """One whose message fails."""

    def __str__(self) -> str:
        raise PanicError


class Good:
    """Random vectors, each sentence's own."""

    def __init__(self, context: Context | None = None, settings: object = None) -> None: ...

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        seeds = [zlib.crc32(sentence.encode()) for sentence in sentences]
        rows = [np.random.default_rng(seed).normal(size=8) for seed in seeds]
        return np.array(rows, np.float32)


class Odd(Good):
    """Fails for whatever attribute it lacks."""

    def __getattr__(self, name: str) -> object:
        raise PanicError(f"no {name}")


def of_odd_kind() -> type[Good]:
    class OddKind(type):
        def __getattr__(cls, name: str) -> object:
            raise PanicError(f"no {name}")

    return OddKind("OfOddKind", (Good,), {})


class Widening(Good):
    """Returns a column more each time."""

    calls = 0

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        self.calls += 1
        return np.ones((len(sentences), self.calls), np.float32)


def raise_panic(*_: object, **__: object) -> None:
    raise PanicError("boom")


def raise_record_error(*_: object, **__: object) -> None:
    raise RecordError("of mine")


def hang(*_: object, **__: object) -> None:
    while True:
        time.sleep(0.01)


def failing(error: BaseException, hook: str = "encode") -> type[Good]:
    def fail(*_: object) -> None:
        raise error

    return with_hook(hook, fail)


def with_hook(hook: str, function: Callable[..., Any]) -> type[Good]:
    return type("Hooked", (Good,), {hook: function})


MISBEHAVING: dict[str, tuple[type[Good], str]] = {
    **{
        type(error).__name__: (failing(error), f"failed in encode: {type(error).__name__}")
        for error in (
            asyncio.CancelledError(),
            GeneratorExit(),
            KeyboardInterrupt(),
            PanicError("boom"),
            SystemExit(3),
            StopIteration(),
            CacheError("of mine"),
            RecordError("of mine"),
            UnreadableError(),
        )
    },
    **{
        f"panic in {hook}": (with_hook(hook, raise_panic), f"{where}: PanicError: boom")
        for hook, where in {
            "__init__": "cannot be made",
            "fingerprint": "failed in fingerprint",
            "prepare": "failed in prepare",
            "describe": "failed in describe",
            "release": "failed in release",
        }.items()
    },
    **{
        f"hang in {hook}": (with_hook(hook, hang), "took longer than 1 s: raise --timeout")
        for hook in ("__init__", "encode", "fingerprint", "prepare", "describe", "release")
    },
    "surrogate in fingerprint": (
        with_hook("fingerprint", lambda _: "a\udc80"),
        r"fingerprint must be text that UTF-8 can encode, got '\udc80'",
    ),
    "odd": (Odd, "cannot be made: PanicError: no "),
    "of odd kind": (of_odd_kind(), "cannot be read: PanicError: no "),
    "widening": (Widening, "must keep one dimension, got 1, then 2"),
    "masked": (
        with_hook("encode", lambda _, texts: np.ma.ones((len(texts), 2), np.float32)),
        "must return a NumPy array, got MaskedArray",
    ),
}


def score(encoders: dict[str, Any], *tasks: str, **options: Any) -> Report:
    given = {"data": "sample", "cache": False, **options}
    return evaluate(encoders, tasks or ["stsb-dev"], **given)


@pytest.fixture(scope="module")
def expected() -> Iterator[Scores]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_CACHE", "unused")
        yield score({"good": Good}, out=None).records[0].scores


@pytest.mark.parametrize("kind", MISBEHAVING)
def test_what_misbehaves_is_named_in_a_line_and_the_other_is_scored(
    kind: str, expected: Scores
) -> None:
    encoder, reason = MISBEHAVING[kind]

    seconds = 1 if kind.startswith("hang") else None
    report = score({"bad": encoder, "good": Good}, timeout_seconds=seconds)

    (failure,) = report.failures
    assert reason in str(failure)
    assert len(str(failure).splitlines()) == 1
    assert [(each.encoder, each.scores) for each in report.records] == [("good", expected)]
    assert [each.encoder for each in ResultStore(Path("runs")).read()] == ["good"]


class Reusing(Good):
    """Returns one array each time, filled anew."""

    kept = np.zeros((64, 8), np.float32)

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        self.kept[: len(sentences)] = super().encode(sentences)
        return self.kept[: len(sentences)]


class Describing(Good):
    """Describes itself with what no JSON holds."""

    def describe(self) -> dict[object, object]:
        return {"text\udc80": "a\udc80", "limit": float("inf"), 3: "three"}


@pytest.mark.parametrize("kind", [Reusing, Describing])
def test_what_is_odd_but_no_fault_is_scored(kind: type[Good], expected: Scores) -> None:
    report = score({"odd": kind})

    assert not report.failures
    assert report.records[0].scores == expected
    assert ResultStore(Path("runs")).read()[0].scores == expected


def change_everything() -> None:
    """Change what the whole process shares, as careless code does."""
    torch.set_float32_matmul_precision("medium")
    torch.set_default_dtype(torch.float64)
    torch.use_deterministic_algorithms(mode=True)
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002 - what such code does
    os.environ["HARNESS_CACHE"] = "nowhere"
    os.chdir("/")
    sys.path.insert(0, "nowhere")


class Changing(Good):
    """Sets up the process once, and needs it so."""

    def __init__(self, context: Context | None = None, settings: object = None) -> None:
        change_everything()

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        assert torch.get_default_dtype() == torch.float64
        assert torch.get_float32_matmul_precision() == "medium"
        assert sys.path[0] == "nowhere"
        assert Path.cwd() == Path("/")
        return super().encode(sentences)


class Multiplying(Good):
    """Depends on how torch multiplies, and in what type."""

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        vectors = torch.from_numpy(super().encode(sentences))
        wide = torch.eye(8).to(torch.get_default_dtype()) / 3
        return (vectors.to(wide.dtype) @ wide).float().numpy() * torch.get_num_threads()


@pytest.mark.parametrize("timeout_seconds", [None, 60])
def test_what_an_encoder_sets_for_the_process_counts_in_its_own_calls_alone(
    timeout_seconds: float | None,
) -> None:
    folder, environment, path = Path.cwd(), dict(os.environ), list(sys.path)
    drawn = torch.get_rng_state()
    alone = score({"multiplying": Multiplying}, out=None)

    report = score(
        {"changing": Changing, "multiplying": Multiplying}, timeout_seconds=timeout_seconds
    )

    assert not report.failures
    assert report.records[1].scores == alone.records[0].scores
    assert (Path.cwd(), dict(os.environ), list(sys.path)) == (folder, environment, path)
    assert torch.get_default_dtype() == torch.float32
    assert torch.equal(torch.get_rng_state(), drawn)
    assert len(ResultStore(folder / "runs").read()) == 2


class Rounding(MeanEncoder):
    """Rounds all products, once it reads."""

    def read(self, states: HiddenStates) -> torch.Tensor:
        torch.set_float32_matmul_precision("medium")
        torch.set_default_dtype(torch.float64)
        return super().read(states)


def test_an_encoder_that_shares_a_pass_changes_no_vector_of_the_others(tiny_bert: Path) -> None:
    seen: dict[str, Embeddings] = {}

    def keep(encoder: Mapping[str, Any], vectors: Vectors) -> None:
        assert torch.get_default_dtype() == torch.float32
        seen[encoder["encoder"]] = vectors.matrix

    def run(*named: Any) -> None:
        evaluate(
            list(named),
            ["stsb-dev"],
            data="sample",
            context=Context(str(tiny_bert), "cpu", token_budget=100),
            cache=False,
            out=None,
            on_vectors=keep,
        )

    run("max")
    alone = seen.pop("max")
    run(Rounding, "max")

    assert (seen["max"] == alone).all()
    assert "Rounding" in seen


def test_an_encoder_that_sets_precision_as_it_is_made_shares_no_pass(
    tiny_bert: Path, passes: list[int]
) -> None:
    class Medium(MeanEncoder):
        def __init__(self, context: Context, settings: PoolingSettings) -> None:
            super().__init__(context, settings)
            torch.set_float32_matmul_precision("medium")

    context = Context(str(tiny_bert), "cpu")
    report = score({"medium": Medium, "other": MeanEncoder}, context=context)

    assert not report.failures
    assert sum(passes) == 2 * report.records[0].times["sentences_encoded"]


class Grabbing(StsDefinition):
    """A task that writes wherever it can."""

    def __call__(self, data: DataFolder, settings: StsSettings) -> StsTask:
        task = super().__call__(data, settings)
        real = type(task).score

        def grab(self: StsTask, vectors: Vectors, **options: OnProgress) -> TaskResult:
            result = real(self, vectors, **options)
            os.chdir("/")
            vectors._rows = {}
            matrix, vectors.matrix = vectors.matrix, vectors.matrix[:0]
            matrix[:] = 1.0
            return result

        task.__class__ = type("Grabbing", (type(task),), {"score": grab})
        return task


def test_a_task_that_writes_into_the_vectors_is_named_and_the_next_gets_them_as_they_were(
    expected: Scores,
) -> None:
    register_task("grabbing", Grabbing("grabbing", "", "", {"dev": 1500}, STSB_DEV.reader))

    report = score({"good": Good}, "grabbing", "stsb-dev")

    (failure,) = report.failures
    assert "task 'grabbing' failed: ValueError: assignment destination is " in str(failure)
    assert [(each.task, each.scores) for each in report.records] == [("stsb-dev", expected)]
    assert [each.task for each in ResultStore(Path("runs")).read()] == ["stsb-dev"]


@pytest.mark.parametrize(
    ("score_of_task", "reason"),
    [
        (raise_panic, "task 'bad' failed: PanicError: boom"),
        (raise_record_error, "task 'bad' failed: RecordError: of mine"),
        (hang, "task 'bad' failed: it took longer than 1 s: raise --timeout"),
        (lambda *_, **__: TaskResult({"x": 1.0}, details={"a": "\udc80"}), "task 'bad' failed: "),
    ],
)
def test_a_task_that_fails_in_any_way_is_named_and_the_other_is_scored(
    score_of_task: Callable[..., Any], reason: str, expected: Scores
) -> None:
    class Bad(StsDefinition):
        def __call__(self, data: DataFolder, settings: StsSettings) -> StsTask:
            task = super().__call__(data, settings)
            task.__class__ = type("Bad", (type(task),), {"score": score_of_task})
            return task

    register_task("bad", Bad("bad", "", "", {"dev": 1500}, STSB_DEV.reader))

    report = score({"good": Good}, "bad", "stsb-dev", timeout_seconds=1)

    (failure,) = report.failures
    assert reason in str(failure)
    assert [(each.task, each.scores) for each in report.records] == [("stsb-dev", expected)]


def test_a_panic_of_the_tokenizer_is_one_line(tmp_path: Path) -> None:
    model = make_tiny_bert(tmp_path / "panicking", layers=1)
    tokenizer = json.loads((model / "tokenizer.json").read_text())
    damaged = "CAAAAP//////////YQBiAA=="  # a map of two nodes that points far outside
    tokenizer["normalizer"] = {"type": "Precompiled", "precompiled_charsmap": damaged}
    (model / "tokenizer.json").write_text(json.dumps(tokenizer))
    config = json.loads((model / "tokenizer_config.json").read_text())
    config["tokenizer_class"] = "PreTrainedTokenizerFast"
    (model / "tokenizer_config.json").write_text(json.dumps(config))

    done = run_command("eval", "mean", "bow", "--model", str(model))

    (line,) = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert line.startswith("Error: mean: ")
    assert "index out of bounds" in line
    assert [each["encoder"] for each in json.loads(done.stdout)["records"]] == ["bow"]


NOISY = """
import os, subprocess, sys, threading, time
import numpy as np
import torch
import harness

os.write(1, b"import ")
torch.set_default_dtype(torch.float64)
os.chdir("/")

def talk():
    while True:
        print("thread", flush=True)
        time.sleep(0.001)

class Noisy:
    "Prints in every way."

    def __init__(self, context, settings):
        threading.Thread(target=talk, daemon=True).start()

    def encode(self, sentences):
        os.write(1, b"raw ")
        print("printed")
        print("original", file=sys.__stdout__, flush=True)
        subprocess.run(["echo", "child"])
        assert torch.get_default_dtype() == torch.float64
        return np.array([[len(s), s.count("a"), 1] for s in sentences], np.float32)

harness.register_encoder("noisy", Noisy)
"""


def run_command(*arguments: str) -> "subprocess.CompletedProcess[str]":
    place = ("--data", "sample", "--tasks", "stsb-dev", "--out", "runs", "--json")
    return subprocess.run(
        [sys.executable, "-m", "harness", *arguments, *place],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONUNBUFFERED": ""},
    )


def test_what_plug_ins_print_in_any_way_leaves_standard_output_to_the_results() -> None:
    Path("noisy.py").write_text(NOISY)

    done = run_command("eval", "noisy", "--plugin", "noisy.py")

    assert [each["encoder"] for each in json.loads(done.stdout)["records"]] == ["noisy"]
    for word in ("import", "raw", "printed", "original", "child", "thread"):
        assert word in done.stderr
    assert [each.encoder for each in ResultStore(Path("runs")).read()] == ["noisy"]


def test_what_cannot_be_asked_what_it_is_is_named_and_the_other_is_scored(
    expected: Scores,
) -> None:
    report = score({"bad": Odd(), "good": Good()})

    (failure,) = report.failures
    assert str(failure).startswith("bad: encoder 'bad' cannot be read: PanicError: no ")
    assert [(each.encoder, each.scores) for each in report.records] == [("good", expected)]


@pytest.mark.parametrize("error", [TrainingError("no text"), PanicError("no text")])
def test_a_task_that_cannot_be_made_is_named_and_the_other_is_scored(
    error: BaseException, expected: Scores
) -> None:
    class Unmade(StsDefinition):
        def __call__(self, data: DataFolder, settings: StsSettings) -> StsTask:
            raise error

    register_task("unmade", Unmade("unmade", "", "", {"dev": 1500}, STSB_DEV.reader))

    report = score({"good": Good}, "unmade", "stsb-dev")

    (failure,) = report.failures
    assert str(failure).startswith("every encoder on unmade: ")
    assert str(failure).endswith("no text")
    assert [(each.task, each.scores) for each in report.records] == [("stsb-dev", expected)]


ODD_FILE = """
import harness

class Kind(type):
    def __getattr__(cls, name):
        raise GeneratorExit(name)

class Odd(metaclass=Kind):
    def encode(self, sentences): ...

class Plain:
    "Is as it should be."
    title, family = "plain", "plain"
    def encode(self, sentences): ...

class Untitled(Plain):
    title = None

harness.register_encoder("odd", Odd)
harness.register_task("odd-task", Odd)
harness.register_task("untitled", Untitled)
harness.register_encoder("plain", Plain)
harness.register_task("plain-task", Plain)
"""


def test_the_lists_name_what_cannot_be_asked_what_it_is_and_show_the_others() -> None:
    Path("odd.py").write_text(ODD_FILE)

    shown = {
        kind: CliRunner().invoke(main, [kind, "list", "--plugin", "odd.py"]).stdout
        for kind in ("encoders", "tasks")
    }

    assert "Broken: encoder 'odd' of odd.py cannot be read: GeneratorExit: " in shown["encoders"]
    assert "\n  plain " in shown["encoders"]
    assert "Broken: task 'odd-task' of odd.py cannot be read: GeneratorExit: " in shown["tasks"]
    assert "Broken: title of task 'untitled' of odd.py must be text, got None" in shown["tasks"]
    assert "\n  plain-task " in shown["tasks"]


class Learner(Good):
    """Learns nothing, somewhere else."""

    corpus = "stsb"

    def base_fingerprint(self) -> str:
        return "nothing"

    def fit(self, corpus: Corpus, training: Training) -> dict[str, str]:
        os.chdir("/")
        (training.folder / "state").write_text("nothing")
        return {}

    def save(self, folder: Path) -> None:
        os.chdir("/")
        (folder / "learned.txt").write_text("nothing")

    def load(self, folder: Path) -> None:
        os.chdir("/")
        assert (folder / "learned.txt").is_file()


def test_a_training_that_goes_to_another_folder_leaves_its_checkpoint_where_it_belongs() -> None:
    report = score({"learner": Learner}, out="runs")

    assert not report.failures
    assert len(list(Path("runs/checkpoints").glob("*/learned.txt"))) == 1
    assert len(ResultStore(Path("runs")).read()) == 1


def test_a_thread_that_is_given_up_cannot_send_records_or_vectors_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HARNESS_CACHE", "kept")
    folder, given_up, moved = Path.cwd(), Event(), Event()

    def hang_and_move(*_: object) -> None:
        try:
            hang()
        finally:
            given_up.wait(60)
            os.chdir("/")
            moved.set()

    def wait(label: str, *_: int) -> None:
        if label == "encoding good":
            given_up.set()
            assert moved.wait(60)

    known = with_hook("fingerprint", lambda _: "good")
    score(
        {"bad": with_hook("encode", hang_and_move), "good": known},
        timeout_seconds=1,
        cache=True,
        on_progress=wait,
    )

    assert Path.cwd() == Path("/")
    assert [each.encoder for each in ResultStore(folder / "runs").read()] == ["good"]
    assert list((folder / "kept").rglob("*.safetensors"))


def test_a_corpus_that_panics_is_named_and_the_other_encoder_is_scored(
    install_plugin: Callable[..., None], expected: Scores
) -> None:
    source = "def texts(data): raise GeneratorExit('boom')\n"
    install_plugin(
        "words", source, module="words_of_mine", corpora={"words": "words_of_mine:texts"}
    )
    reading = type("Reading", (Learner,), {"corpus": "words"})

    report = score({"reading": reading, "good": Good})

    (failure,) = report.failures
    assert str(failure).endswith("corpus 'words' cannot be read: GeneratorExit: boom")
    assert [(each.encoder, each.scores) for each in report.records] == [("good", expected)]
