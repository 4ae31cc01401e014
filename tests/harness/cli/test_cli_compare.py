import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from click.testing import CliRunner

import harness
from harness.cli.main import main
from harness.errors import RecordError
from harness.results.records.record import OWN_FILES, FileRecord, Record
from harness.studies.comparison import stored_places

MakeRecord = Callable[..., Record]
WriteRecords = Callable[[Path, Iterable[Record]], None]

GOLD = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 2.5, 3.5]
SYSTEMS = {
    "mean": [0.1, 0.3, 0.2, 0.5, 0.7, 0.9, 0.4, 0.6],
    "cls": [0.9, 0.1, 0.8, 0.3, 0.5, 0.4, 0.2, 0.6],
}


@pytest.fixture
def runs(tmp_path: Path, make_record: MakeRecord, write_records: WriteRecords) -> Path:
    records = [
        make_record(encoder, columns={"test": (system, GOLD)}, data="sample")
        for encoder, system in SYSTEMS.items()
    ]
    write_records(tmp_path, records)
    return tmp_path


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.output


def test_compare_prints_scores_intervals_and_differences(runs: Path) -> None:
    code, output = run(
        "compare", "mean", "cls", "-t", "stsb-test", "--draws", "200", "--out", str(runs)
    )

    assert code == 0
    assert output.startswith("mean and cls are tied on STS-B: 109.5 points apart [")
    assert "This is the sample data, which is no benchmark." in output
    assert "STS-B: points behind mean, 95% paired bootstrap intervals" in output
    assert "Spearman × 100, protocol all (all pairs of a task at once), model" in output
    assert "SAMPLE" in output
    assert "mean − cls" in output


def own_records(make_record: MakeRecord) -> list[Record]:
    file = FileRecord(name="reviews.tsv", sha256="ab", rows=8)
    own = {"task": "reviews", "family": "pairs", "data": OWN_FILES, "data_files": (file,)}
    return [
        make_record(encoder, columns={"all": (system, GOLD)}, **own)
        for encoder, system in SYSTEMS.items()
    ]


def test_without_records_on_sts_all_tasks_are_compared(
    tmp_path: Path, make_record: MakeRecord, write_records: WriteRecords
) -> None:
    write_records(tmp_path, own_records(make_record))

    code, output = run("compare", "--draws", "50", "--out", str(tmp_path))
    named = run("compare", "-t", "Reviews", "--draws", "50", "--out", str(tmp_path))

    assert code == 0
    assert "mean − cls  reviews" in output
    assert named == (code, output)


def test_the_command_that_makes_a_missing_record_names_the_user_s_own_file(
    runs: Path, make_record: MakeRecord, write_records: WriteRecords
) -> None:
    write_records(runs, own_records(make_record)[:1])

    code, output = run("compare", "mean", "cls", "-t", "reviews", "--out", str(runs))

    assert code == 1
    assert "cls has no record on reviews: harness eval cls" in output
    assert "--pairs reviews.tsv --records" in output


@pytest.mark.parametrize("output_format", ["markdown", "latex", "csv", "json"])
def test_compare_prints_every_format(runs: Path, output_format: str) -> None:
    code, output = run(
        "compare",
        "-t",
        "stsb-test",
        "--draws",
        "20",
        "--format",
        output_format,
        "--out",
        str(runs),
    )

    starts = {
        "markdown": "mean and cls are tied on STS-B",
        "latex": r"% needs \usepackage{booktabs}",
        "csv": "task,",
        "json": "{",
    }
    assert code == 0
    assert output.startswith(starts[output_format])


def test_json_of_the_command_is_what_the_python_function_gives(runs: Path) -> None:
    _, output = run("compare", "-t", "stsb-test", "--draws", "20", "--json", "--out", str(runs))

    few = harness.Resampling(draws=20)
    comparison = harness.compare(tasks=["stsb-test"], records=runs, resampling=few)

    assert json.loads(output) == json.loads(json.dumps(comparison.as_json()))


def test_compare_refuses_a_lone_encoder_in_one_line(runs: Path) -> None:
    code, output = run("compare", "mean", "-t", "stsb-test", "--out", str(runs))

    assert (code, output) == (1, "Error: a comparison needs at least two encoders, got mean\n")


def test_compare_of_an_empty_folder_says_how_to_fill_it(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="harness eval writes some"):
        harness.compare(records=tmp_path)


def test_data_is_named_as_eval_was_given_it(
    tmp_path: Path,
    make_record: MakeRecord,
    write_records: WriteRecords,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    places = {str(tmp_path.resolve() / "d"): "d" * 64, "/data": "c" * 64, "sample": "e" * 64}
    records = [
        make_record(encoder, data=place, data_checksum=checksum, noise=noise)
        for encoder, noise in (("mean", 1), ("cls", 3))
        for place, checksum in places.items()
    ]
    write_records(Path("runs"), records)

    few = harness.Resampling(draws=30)
    comparisons = {
        name: harness.compare(tasks=["stsb-test"], data=name, resampling=few)
        for name in ("d", "./d", "sample", "/data")
    }

    found = {name: each.records["mean"][0].data for name, each in comparisons.items()}

    here = str(tmp_path.resolve() / "d")
    assert found == {"d": here, "./d": here, "sample": "sample", "/data": "/data"}


def test_a_folder_named_like_a_checksum_is_the_folder(
    make_record: MakeRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    here = str(tmp_path.resolve() / "dddddd")
    records = [make_record(data="/data", data_checksum="d" * 64)]

    assert stored_places(records, "dddddd") == ["dddddd"]
    assert stored_places([*records, make_record(data=here)], ["dddddd"]) == [here]
