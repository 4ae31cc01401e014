from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from harness.cli.main import main
from harness.data import open_data
from harness.encoder import Context, Embeddings
from harness.errors import HarnessError, UnknownNameError
from harness.studies import timing as benchmarking
from harness.studies.peak_memory import peak_memory
from harness.studies.timing import Bench, Timing, benchmark


def test_encoders_take_turns_on_the_same_sentences_mean_among_them(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[tuple[str, int]] = []

    def note(name: str) -> object:
        def encode(self: object, sentences: Sequence[str]) -> Embeddings:
            turns.append((name, len(sentences)))
            return np.ones((len(sentences), 2), dtype=np.float32)

        return encode

    monkeypatch.setattr("harness.encoders.methods.mean.MeanEncoder.encode", note("mean"))
    monkeypatch.setattr("harness.encoders.methods.max.MaxEncoder.encode", note("max"))
    monkeypatch.setattr(benchmarking, "_WARM_UP", 3)

    bench = benchmark(["max"], data="sample", context=context, rounds=2, memory=False)

    full = bench.sentences
    warm_up, rounds = [("mean", 3), ("max", 3)], [("mean", full), ("max", full)] * 2
    assert turns == warm_up + rounds
    assert [len(timing.encoding_seconds) for timing in bench.timings] == [2, 2]


def test_training_is_timed_and_its_checkpoint_dropped(context: Context) -> None:
    bench = benchmark(
        ["whitening:k=4,layers=last"], data="sample", context=context, rounds=1, memory=False
    )
    mean, whitening = bench.timings

    assert mean.training_seconds is None
    assert whitening.training_seconds is not None
    assert whitening.training_seconds > 0
    assert not list(Path.cwd().iterdir())


def test_an_encoder_that_fails_does_not_stop_the_others(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: object, sentences: Sequence[str]) -> Embeddings:
        raise RuntimeError("out of luck")

    monkeypatch.setattr("harness.encoders.methods.max.MaxEncoder.encode", fail)

    bench = benchmark(["max", "cls"], data="sample", context=context, rounds=1, memory=False)

    assert [timing.encoder for timing in bench.timings] == ["mean", "cls"]
    assert [str(failure) for failure in bench.failures] == [
        "max: encoder 'max' failed in encode: RuntimeError: out of luck"
    ]


def test_the_table_has_the_median_round_beside_mean_pooling() -> None:
    timings = [
        Timing("mean", None, [2.0, 1.0, 9.0], 500_000_000),
        Timing("flow", 12.34, [4.0, 4.0, 4.0]),
    ]

    table = Bench(timings, [], 100, "Efficiency").table()

    assert table.rows == (
        ("mean", "–", "2.00", "50", "1.00", "500"),
        ("flow", "12.3", "4.00", "25", "2.00", "–"),
    )


def test_peak_memory_is_that_of_a_process_of_its_own(context: Context) -> None:
    light = peak_memory("bow", ["a man"] * 9, context, open_data("sample"), Path("nowhere"))

    ballast = np.ones(400_000_000 // 8)
    beside_ballast = peak_memory(
        "bow", ["a man"] * 9, context, open_data("sample"), Path("nowhere")
    )

    if light is None or beside_ballast is None:
        pytest.skip("this system does not say the peak of a process")
    assert light > 50_000_000  # the interpreter with numpy needs as much
    assert abs(beside_ballast - light) < ballast.nbytes / 2


def test_an_encoder_s_own_error_comes_back_from_its_process(context: Context) -> None:
    with pytest.raises(HarnessError, match="needs its word vectors"):
        peak_memory("glove", ["a man"], context, open_data("sample"), Path("nowhere"))


def test_an_encoder_that_its_process_does_not_know_is_reported_as_unknown(
    context: Context,
) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown encoder 'meam'\. Did you mean 'mean'"):
        peak_memory("meam", ["a man"], context, open_data("sample"), Path("nowhere"))


FRAGILE = """
from multiprocessing import parent_process

import numpy as np

import harness


@harness.register_encoder("fragile")
class Fragile:
    def __init__(self, context, settings):
        self.raised = type("HiddenError", (Exception,), {})  # no other process can unpickle it

    def encode(self, sentences):
        if parent_process() is not None:
            raise self.raised("CUDA out of memory")
        return np.ones((len(sentences), 2), dtype=np.float32)
"""


def test_timings_are_shown_though_memory_cannot_be_measured(tiny_bert: Path) -> None:
    Path("fragile.py").write_text(FRAGILE, "utf-8")
    place = ("--model", str(tiny_bert), "--data", "sample", "--format", "markdown")

    result = CliRunner().invoke(
        main, ["bench", "fragile", "--plugin", "fragile.py", "--rounds", "1", *place]
    )

    failed = "encoder 'fragile' failed in a process of its own: HiddenError: CUDA out of memory"
    row = result.stdout.rstrip().splitlines()[-1].split(" | ")
    assert result.exit_code == 1
    assert (row[0], row[-1]) == ("| fragile", "– |")
    assert row[2] != "–"
    said = f"Error: fragile: memory was not measured: {failed}"
    assert result.stderr.splitlines()[-1] == said


def test_settings_leave_the_baseline_as_it_is(context: Context) -> None:
    bench = benchmark(
        ["mean", "max"],
        data="sample",
        context=context,
        settings={"layers": "last2"},
        rounds=1,
        memory=False,
    )

    table = bench.table()
    assert [row[0] for row in table.rows] == ["mean", "mean:layers=last2", "max:layers=last2"]
    assert table.rows[0][table.columns.index("× mean")] == "1.00"
    assert "–" not in [row[table.columns.index("× mean")] for row in table.rows]


def test_bench_prints_a_table(tiny_bert: Path) -> None:
    arguments = ["bench", "wk", "--model", str(tiny_bert), "--data", "sample", "--no-memory"]

    result = CliRunner().invoke(main, [*arguments, "--rounds", "1", "--format", "markdown"])

    lines = result.stdout.splitlines()
    assert result.exit_code == 0, result.output
    assert lines[0].startswith("**Efficiency on STS-B: 32 distinct sentences, cpu (")
    assert lines[2] == ("| encoder | training s | inference s | sentences/s | × mean | peak MB |")
    assert [line.split(" | ")[0] for line in lines[4:6]] == ["| mean", "| wk"]
