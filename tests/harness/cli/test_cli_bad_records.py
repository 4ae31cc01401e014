"""Bad records on the command line: named, and the others are scored and shown."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli.main import main

TASK = '''
import harness
from harness.data import DataFile
from harness.task import TaskResult, no_progress

@harness.register_task("odd")
class Odd:
    """Returns a number that no record may hold."""
    title, family, summary, citation = "Odd", "sts", "two sentences", "Nobody (2026)"
    sentences = ["a dog", "a cat"]
    files = [DataFile("odd.tsv", "0" * 64, 2)]
    def __init__(self, data, settings): ...
    def score(self, vectors, *, on_progress=no_progress):
        items = {{"test": {{"system": [0.5, float("{number}")], "gold": [1.0, 2.0]}}}}
        return TaskResult({{"spearman": {{"all": 0.5}}}}, items=items)
'''


def harness(command: str) -> Result:
    return CliRunner().invoke(main, command.split())


def eval_bow(*more: str) -> Result:
    return harness(" ".join(["eval bow --data sample --no-cache --protocol all", *more]))


@pytest.mark.parametrize("number", ["nan", "inf"])
def test_a_task_whose_items_are_not_finite_is_named_and_the_others_are_scored(
    number: str,
) -> None:
    Path("odd.py").write_text(TASK.format(number=number))

    result = eval_bow("--plugin odd.py", "--tasks odd,stsb-dev")
    report = harness("report --protocol all")

    assert result.exit_code == 1
    assert result.stderr == (
        "Error: bow on odd: task 'odd' must return finite numbers, got others in"
        " items.test.system.1\n"
    )
    assert report.exit_code == 0
    assert report.stdout == result.stdout
    assert "STS-B dev" in report.stdout


KINDS: dict[str, Callable[[Path], object]] = {
    "foreign": lambda path: path.write_text('{"name": "package"}'),
    "folder": Path.mkdir,
    "pipe": os.mkfifo,
}


@pytest.mark.skipif(os.name == "nt", reason="it has no named pipes")
@pytest.mark.parametrize("put", KINDS.values(), ids=KINDS)
def test_what_is_no_record_is_named_and_the_records_are_shown_and_compared(
    put: Callable[[Path], object],
) -> None:
    eval_bow("tfidf", "--tasks stsb-dev")
    shown = harness("report --protocol all").stdout
    place = Path("runs/package.json").absolute()
    put(place)

    report = harness("report --protocol all")
    comparison = harness("compare bow tfidf --tasks stsb-dev --draws 100")

    assert (report.exit_code, comparison.exit_code) == (0, 0)
    assert report.stdout == shown
    for result in (report, comparison):
        assert result.stderr.startswith(f"Note: left out: {place} ")


@pytest.mark.skipif(os.name == "nt", reason="it has no named pipes")
@pytest.mark.parametrize("put", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_in_place_of_a_record_is_named_and_left_and_the_others_are_written(
    put: Callable[[Path], object],
) -> None:
    eval_bow("--tasks stsb-dev")
    (place,) = Path("runs").glob("*.json")
    place.unlink()
    put(place)

    result = eval_bow("--tasks stsb-dev,stsb-test")

    assert result.exit_code == 1
    (line,) = (line for line in result.stderr.splitlines() if line.startswith("Error"))
    assert line.startswith("Error: bow on stsb-dev: ")
    assert line.endswith(": move it away")
    assert not place.is_file()
    assert [path.name for path in Path("runs").glob("bow-stsb-test-*.json") if path.is_file()]
