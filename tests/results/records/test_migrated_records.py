import json
import math
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from harness.results.records import migration
from harness.results.records.migration import ORIGINALS, migrate_records
from harness.results.records.record import MIGRATED, SCHEMA_VERSION, Record
from harness.results.records.store import ResultStore, read_record

MakeRecord = Callable[..., Record]
WriteRecords = Callable[[Path, Iterable[Record]], None]

OLD = sorted((Path(__file__).parents[2] / "trust" / "records").glob("schema-1-*.json"))


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder of records of version 1, one of them under the name that it has today too."""
    folder = tmp_path / "runs"
    folder.mkdir()
    for path in OLD:
        shutil.copy(path, folder)
    last = folder / OLD[-1].name
    last.rename(ResultStore(folder).path(read_record(last)))
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.json"))


def by_encoder(folder: Path) -> list[Record]:
    return sorted(ResultStore(folder).read(), key=lambda record: record.encoder)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.json")}


def measured(record: Record) -> dict[str, Any]:
    """Return what a record says but for its schema."""
    values = record.model_dump(exclude={"schema_version"})
    return {**values, "details": {k: v for k, v in record.details.items() if k != MIGRATED}}


def test_older_records_are_written_anew_with_all_that_they_say(runs: Path) -> None:
    before = by_encoder(runs)

    migrations = migrate_records(runs)

    after = by_encoder(runs)
    assert len(migrations) == len(before) == len(OLD)
    assert [measured(record) for record in after] == [measured(record) for record in before]
    assert {record.schema_version for record in after} == {SCHEMA_VERSION}
    assert names(runs) == sorted(ResultStore(runs).path(record).name for record in after)


def test_the_originals_are_kept_as_they_were(runs: Path) -> None:
    before = contents(runs)

    migrate_records(runs)

    assert contents(runs / ORIGINALS) == before


def test_a_migrated_record_is_not_taken_for_one_that_was_always_sealed(runs: Path) -> None:
    migrate_records(runs)

    assert not any(record.is_sealed for record in ResultStore(runs).read())
    path = next(runs.glob("*.json"))
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "seed": 7}))
    with pytest.raises(ValueError, match="was altered"):
        read_record(path)


def test_migrating_again_changes_nothing(runs: Path) -> None:
    migrate_records(runs)
    first = contents(runs), contents(runs / ORIGINALS)

    assert migrate_records(runs) == []
    assert (contents(runs), contents(runs / ORIGINALS)) == first


def test_a_dry_run_says_the_same_and_writes_nothing(runs: Path) -> None:
    before = contents(runs)

    said = migrate_records(runs, dry_run=True)

    assert {path.name for path in runs.iterdir()} == set(before)
    assert contents(runs) == before
    assert said == migrate_records(runs)


def test_a_killed_migration_loses_nothing_and_is_resumed(
    runs: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = [record.scores for record in ResultStore(runs).read()]
    whole = tmp_path_factory.mktemp("whole")
    shutil.copytree(runs, whole, dirs_exist_ok=True)
    migrate_records(whole)
    steps = 0

    def killed(work: Callable[..., None]) -> Callable[..., None]:
        """Let one step more succeed than before, then die."""
        left = steps

        def step(*arguments: Any) -> None:
            nonlocal left
            if left == 0:
                raise KeyboardInterrupt
            left -= 1
            work(*arguments)

        return step

    write, unlink = migration.write_atomically, Path.unlink
    finished = False
    while not finished:
        with monkeypatch.context() as patched:
            patched.setattr(migration, "write_atomically", killed(write))
            patched.setattr(Path, "unlink", killed(unlink))
            try:
                migrate_records(runs)
                finished = True
            except KeyboardInterrupt:
                steps += 1
        found = [record.scores for record in ResultStore(runs).read()]
        assert all(each in found for each in scores)

    assert steps > 1
    assert contents(runs) == contents(whole)
    assert contents(runs / ORIGINALS) == contents(whole / ORIGINALS)


def test_what_cannot_be_migrated_is_named_and_stays(runs: Path) -> None:
    (runs / "bad.json").write_text("{")
    content = json.loads(OLD[0].read_text())
    (runs / "later.json").write_text(json.dumps({**content, "schema_version": 99}))
    (runs / "twin.json").write_text(json.dumps(content))
    before = contents(runs)

    reasons = {each.path.name: each.reason for each in migrate_records(runs) if each.reason}

    assert set(reasons) == {"bad.json", "later.json", "twin.json"}
    assert "bad.json is no record" in reasons["bad.json"]
    assert "written by a later version (schema 99)" in reasons["later.json"]
    assert "twin.json: the same result lies in " in reasons["twin.json"]
    assert all((runs / name).read_bytes() == before[name] for name in reasons)


def test_a_result_that_was_measured_again_is_not_overwritten(
    runs: Path, write_records: WriteRecords
) -> None:
    old = read_record(runs / OLD[0].name)
    again = old.model_copy(
        update={"schema_version": SCHEMA_VERSION, "scores": {"spearman": {"all": 0.75}}}
    )
    write_records(runs, [again])

    migrations = {each.path.name: each for each in migrate_records(runs)}

    assert "the same result lies in" in migrations[OLD[0].name].reason
    assert read_record(ResultStore(runs).path(again)).scores == again.scores
    assert (runs / OLD[0].name).is_file()


def test_a_record_that_would_change_is_left_alone(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def off_by_a_bit(content: str) -> bytes:
        values = json.loads(content)
        values["scores"]["spearman"]["all"] = math.nextafter(0.5, 1)
        return json.dumps(values).encode()

    monkeypatch.setattr(migration, "seal", off_by_a_bit)
    monkeypatch.setattr(migration, "parse_record", lambda _, values: Record.model_validate(values))
    before = contents(runs)

    migrations = migrate_records(runs)

    assert all("would have another scores" in each.reason for each in migrations)
    assert contents(runs) == before
