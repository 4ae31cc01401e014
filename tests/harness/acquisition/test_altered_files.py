"""Data whose checksum is not the published one is named, own and sample data are not."""

import shutil
from pathlib import Path

import pytest

from harness.acquisition.manifest import built_in_manifest
from harness.acquisition.verification import altered_files
from harness.data import DataFile, open_data
from harness.evaluation.evaluation import evaluate
from harness.evaluation.run_options import RunOptions
from harness.planning.planned_tasks import plan_tasks
from harness.results.records.store import ResultStore
from harness.results.tables.marks import ALTERED_NOTE
from harness.results.tables.space_tables import space_tables
from harness.studies.spaces import analyse

GOLD = "STS/STS12-en-test/STS.gs.MSRpar.txt"
INPUT = "STS/STS12-en-test/STS.input.MSRpar.txt"


def file(name: str, sha256: str = "0" * 64) -> DataFile:
    return DataFile(name, sha256, 750)


@pytest.mark.parametrize("place", ["senteval/downstream/", "downstream/", "senteval/", ""])
def test_file_of_another_checksum_is_named_wherever_its_collection_lies(place: str) -> None:
    assert altered_files([file(place + GOLD)], "/data") == (place + GOLD,)


def test_file_as_published_is_not_named() -> None:
    (data_set,) = built_in_manifest().select(["sts12"])
    files = [file(data_set.published_place(entry), entry.sha256 or "") for entry in data_set.files]

    assert altered_files(files, "/data") == ()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("own/questions.tsv", "/data"),
        ("other/" + GOLD, "/data"),
        (GOLD, "sample"),
        (GOLD, "own files"),
    ],
)
def test_what_the_manifest_does_not_know_is_not_named(name: str, data: str) -> None:
    assert altered_files([file(name)], data) == ()


def test_of_raw_text_only_files_that_stay_as_released_are_named() -> None:
    assert altered_files([file(INPUT), file(GOLD)], "/data", is_raw_text=True) == (GOLD,)


def test_record_and_analysis_of_altered_data_name_the_file(tmp_path: Path) -> None:
    shutil.copytree(open_data("sample").root, tmp_path / "data")
    (task,) = plan_tasks(["stsb-test"], open_data(tmp_path / "data"), {})

    options = RunOptions(open_data(tmp_path / "data"), out=tmp_path / "runs")
    analysis = analyse(["bow"], ["stsb-test"], options)

    (record,) = ResultStore(tmp_path / "runs").read()
    (space,) = analysis.spaces
    assert record.altered_files == space.altered_files == tuple(one.name for one in task.files)
    assert ALTERED_NOTE in space_tables([space])[0].notes


def test_sample_is_not_altered(tmp_path: Path) -> None:
    report = evaluate(["bow"], ["stsb-test"], data="sample")

    assert report.records[0].altered_files == ()


@pytest.mark.real
@pytest.mark.parametrize("name", ["sts", "transfer", "sts-multilingual"])
def test_real_data_is_as_published(shared: Path, name: str) -> None:
    data = open_data(shared / "data")

    for task in plan_tasks([name], data, {}):
        assert altered_files(task.files, data.label) == ()
