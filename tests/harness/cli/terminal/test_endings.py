from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.main import main
from harness.cli.terminal.endings import after_evaluation, counted, folder_text
from harness.results.families import AVERAGED
from harness.results.records.record import Record
from harness.results.records.store import DEFAULT_FOLDER

MakeRecord = Callable[..., Record]


def test_several_encoders_are_compared_next_on_the_tasks_that_all_have(
    make_record: MakeRecord,
) -> None:
    records = [
        make_record(encoder, task)
        for encoder, task in [("mean", "mr"), ("cls", "mr"), ("mean", "cr")]
    ]

    words = after_evaluation(records, Path("out dir"), {"model": "minilm"})

    assert words == [
        *("harness", "compare", "mean", "cls", "--tasks", "mr", "--model", "minilm"),
        *("--out", "out dir"),
    ]


def test_the_tasks_of_an_average_are_named_by_their_suite_and_many_encoders_not_at_all(
    make_record: MakeRecord,
) -> None:
    records = [
        make_record(f"mean:layers={layer}", task) for layer in range(5) for task in AVERAGED["sts"]
    ]

    assert after_evaluation(records, DEFAULT_FOLDER, {}) == [
        *("harness", "compare", "--tasks", "sts"),
    ]


@pytest.mark.parametrize("tasks", [["mr"], ["mr", "cr"]])
def test_one_encoder_is_reported_next(make_record: MakeRecord, tasks: list[str]) -> None:
    records = [make_record("mean", task) for task in tasks]

    assert after_evaluation(records, Path("out"), {}) == [
        *("harness", "report", "out", "--format", "html"),
    ]


def test_a_number_of_things_and_a_folder_read_as_english() -> None:
    assert (counted(1, "record"), counted(1200, "record")) == ("1 record", "1,200 records")
    assert folder_text(Path("runs/today")) == "runs/today/"


def test_an_evaluation_on_a_terminal_ends_with_what_it_wrote_and_a_command_that_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {"TERM": "dumb", "TTY_COMPATIBLE": "1", "COLUMNS": "300"}.items():
        monkeypatch.setenv(name, value)
    words = ["eval", "bow", "bow:buckets=64", "--tasks", "stsb", "--data", "sample"]

    first = CliRunner().invoke(main, [*words, "--out", "mine"])
    line = first.stderr.splitlines()[-1]
    following = line.partition("next: harness ")[2].split()
    then = CliRunner().invoke(main, following)

    assert "wrote 4 records to mine/ in 0:" in line
    assert then.exit_code == 0, then.output
    assert "bow:buckets=64" in then.stdout
