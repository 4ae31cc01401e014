"""Records of every version that was released are read; those of a later one are left alone."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.checkpoints.manifest import read_manifest
from harness.checkpoints.store import CheckpointStore
from harness.errors import TrainingError
from harness.results.notices import Notice
from harness.results.records.record import SCHEMA_VERSION, Record
from harness.results.records.sealed import UnreadableRecordError
from harness.results.records.store import (
    LaterRecordError,
    ResultStore,
    read_record,
)

if TYPE_CHECKING:
    from tests.trust.conftest import MakeDesk

OLD = sorted(Path(__file__).with_name("records").glob("schema-*.json"))


def test_there_is_a_record_of_every_version() -> None:
    versions = {int(re.findall(r"schema-(\d+)", path.name)[0]) for path in OLD}

    assert versions == set(range(1, SCHEMA_VERSION + 1))


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.stem)
def test_an_old_record_is_read_with_all_that_it_says(path: Path) -> None:
    content = json.loads(path.read_text("utf-8"))

    record = read_record(path)

    assert record.is_sealed == (content.pop("digest", None) is not None)
    written = json.loads(record.model_dump_json(exclude_unset=True))
    assert written == content
    assert record.score("spearman", "all") == content["scores"]["spearman"]["all"]


def test_what_is_written_now_says_its_version(make_desk: "MakeDesk") -> None:
    desk = make_desk("desk")
    assert desk.run(*desk.eval("mean", "whitening:k=8", tasks="stsb-test")) == 0

    assert [record["schema_version"] for record in desk.records()] == [SCHEMA_VERSION] * 2
    (manifest,) = desk.out.rglob("training.json")
    assert json.loads(manifest.read_bytes())["schema_version"] == 2


@pytest.mark.parametrize("version", [SCHEMA_VERSION + 1, 99, SCHEMA_VERSION + 0.5, 10**30])
def test_a_later_version_is_refused_politely(version: float, tmp_path: Path) -> None:
    path = tmp_path / "later.json"
    path.write_text(json.dumps({"schema_version": version, "all": "new"}))

    with pytest.raises(LaterRecordError) as caught:
        read_record(path)

    assert str(caught.value) == (
        f"{path} was written by a later version (schema {version}): upgrade to read it"
    )


@pytest.mark.parametrize("version", [0, -1, None, "1", [], {}])
def test_what_is_no_version_is_refused(version: object, tmp_path: Path) -> None:
    path = tmp_path / "odd.json"
    content = json.loads(OLD[0].read_text("utf-8"))
    path.write_text(json.dumps({**content, "schema_version": version}))

    with pytest.raises(UnreadableRecordError, match="is no record: schema_version"):
        read_record(path)


@pytest.mark.parametrize("tasks", ["stsb-test", "mr"])
def test_a_record_of_a_later_version_is_not_overwritten(tasks: str, make_desk: "MakeDesk") -> None:
    desk = make_desk("desk")
    command = desk.eval("mean", tasks=tasks)
    assert desk.run(*command) == 0
    (path,) = desk.out.glob("*.json")
    later = json.dumps({**json.loads(path.read_bytes()), "schema_version": 99})
    path.write_text(later)

    status = desk.run(*command)

    assert status == 1
    assert desk.stderr.count("\n") == 1
    assert "written by a later version (schema 99): upgrade to read it, or name another" in (
        desk.stderr
    )
    assert path.read_text() == later


@pytest.mark.parametrize("tasks", ["stsb-test", "mr"])
def test_a_damaged_record_is_measured_again(tasks: str, make_desk: "MakeDesk") -> None:
    desk = make_desk("desk")
    command = desk.eval("mean", tasks=tasks)
    assert desk.run(*command) == 0
    (path,) = desk.out.glob("*.json")
    expected = desk.records()
    path.write_bytes(path.read_bytes()[:100])

    status = desk.run(*command)

    assert status == 0, desk.stderr
    assert desk.records() == expected


MANIFEST = {
    "spec": "sg",
    "model": "m",
    "corpus_sha256": "0",
    "seed": 0,
    "history": {},
    "files": {},
}


def store_with(manifest: object, folder: Path) -> CheckpointStore:
    (folder / "sg").mkdir()
    (folder / "sg" / "training.json").write_text(json.dumps(manifest))
    return CheckpointStore(folder)


def test_a_checkpoint_of_before_versions_is_read(tmp_path: Path) -> None:
    assert store_with(MANIFEST, tmp_path).manifests() == [MANIFEST]


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ({**MANIFEST, "schema_version": 3}, r"by a later version \(schema 3\): upgrade"),
        ({**MANIFEST, "files": ["x"]}, r"cannot be read \(files\): train again"),
        ({"spec": "sg"}, r"cannot be read \(model\): train again"),
        ([], r"cannot be read \(no object\): train again"),
    ],
)
def test_a_checkpoint_of_a_later_version_or_another_form_is_refused_and_left_out_of_lists(
    manifest: object, message: str, tmp_path: Path
) -> None:
    store = store_with(manifest, tmp_path)

    with pytest.warns(Notice, match=message):
        assert store.manifests() == []
    with pytest.raises(TrainingError, match=message):
        read_manifest(tmp_path / "sg")


def test_a_record_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    record = read_record(OLD[-1])
    store = ResultStore(tmp_path)

    store.add(record)

    assert store.read() == [record.model_copy(update={"is_sealed": True})]
    assert isinstance(record, Record)
