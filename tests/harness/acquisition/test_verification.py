"""Verification names what differs; import takes what is right and names the rest."""

import errno
import gzip
import os
import re
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.acquisition import verification
from harness.acquisition.importing import import_data
from harness.acquisition.licences import unaccepted
from harness.acquisition.manifest import DataSetEntry, built_in_manifest
from harness.acquisition.placement import Outcome
from harness.acquisition.verification import check_data_set, count_rows
from harness.data import open_data
from harness.errors import BadDataError, HarnessError, MissingDataError

if TYPE_CHECKING:
    from tests.acquisition.conftest import Tiny


@pytest.fixture
def folder(tmp_path: Path, tiny: "Tiny") -> Path:
    """A data folder with the tiny set, complete."""
    place = tmp_path / "data/senteval/downstream/STS/tiny"
    place.mkdir(parents=True)
    for name, content in tiny.prepared.items():
        (place / name).write_bytes(content)
    return tmp_path / "data"


def gold_of(folder: Path) -> Path:
    return folder / "senteval/downstream/STS/tiny/STS.gs.tiny.txt"


def test_complete_set_has_no_problem(folder: Path, tiny: "Tiny") -> None:
    (data_set,) = tiny.manifest().data_sets

    check = check_data_set(data_set, open_data(folder))

    assert (check.state, check.missing, check.wanted) == ("complete", [], [])


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"1.6\n", r"sha256 must be \w{16}\.\.\., got \w{16}\.\.\."),
        (b"1.5\n\n", r".*; 5 bytes where 4 are published; 2 rows where 1 are published"),
        (b"", r".*; 0 bytes where 4 are published; 0 rows where 1 are published"),
    ],
)
def test_changed_file_is_named_with_what_differs(
    folder: Path, tiny: "Tiny", content: bytes, problem: str
) -> None:
    gold_of(folder).write_bytes(content)
    (data_set,) = tiny.manifest().data_sets

    check = check_data_set(data_set, open_data(folder))

    (found,) = [file for file in check.files if file.problem]
    assert check.state == "differs"
    assert found.path == gold_of(folder)
    assert re.fullmatch(problem, found.problem)


def test_a_file_that_cannot_be_read_is_named_and_hides_no_other(
    folder: Path, tiny: "Tiny", monkeypatch: pytest.MonkeyPatch
) -> None:
    (data_set,) = tiny.manifest().data_sets
    real = verification.checksum

    def fail(path: Path) -> str:
        if path == gold_of(folder):
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return real(path)

    monkeypatch.setattr(verification, "checksum", fail)

    check = check_data_set(data_set, open_data(folder))

    (found,) = [file for file in check.files if file.problem]
    assert found.path == gold_of(folder)
    assert found.problem == "cannot be read (Input/output error)"


def test_missing_file_leaves_the_set_incomplete_but_a_read_me_may_be_absent(
    folder: Path, tiny: "Tiny"
) -> None:
    (data_set,) = tiny.manifest().data_sets
    gold_of(folder).with_name("readme.txt").unlink()
    without_read_me = check_data_set(data_set, open_data(folder)).state
    gold_of(folder).unlink()

    check = check_data_set(data_set, open_data(folder))

    assert without_read_me == "complete"
    assert check.state == "incomplete"
    assert [file.name for file in check.missing] == ["STS.gs.tiny.txt"]


@pytest.mark.parametrize(
    ("name", "content", "rows"),
    [
        ("a", b"1\n2\n", 2),
        ("a", b"1\n2", 2),
        ("a", b"", 0),
        ("a", b"1\x0b2\xe2\x80\xa83\n", 1),
        ("a.gz", gzip.compress(b"1\n2\n3\n", mtime=0), 3),
        ("a.gz", gzip.compress(b"1\n2\n3\n", mtime=0)[:-5], None),
        ("a.gz", b"plain", None),
    ],
)
def test_rows_are_line_feeds(tmp_path: Path, name: str, content: bytes, rows: int | None) -> None:
    (tmp_path / name).write_bytes(content)

    assert count_rows(tmp_path / name) == rows


def imported(source: Path, data_sets: Sequence[DataSetEntry], root: Path) -> list[Outcome]:
    return import_data(source, data_sets, root).outcomes


def test_published_files_are_imported_and_prepared(tmp_path: Path, tiny: "Tiny") -> None:
    source = tmp_path / "download/some/where"
    source.mkdir(parents=True)
    for name, content in tiny.published.items():
        (source / name).write_bytes(content)

    (outcome,) = imported(tmp_path / "download", tiny.manifest().data_sets, tmp_path / "data")

    assert tiny.read(tmp_path / "data") == tiny.prepared
    assert outcome.missing == []


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_single_archive_is_imported(tmp_path: Path, tiny: "Tiny", folder: Path, kind: str) -> None:
    path = tmp_path / f"release.{kind}"
    if kind == "zip":
        path.write_bytes(tiny.zipped())
    else:
        with tarfile.open(path, "w:gz") as archive:
            archive.add(folder, "senteval")

    import_data(path, tiny.manifest().data_sets, tmp_path / "target")

    assert tiny.read(tmp_path / "target") == tiny.prepared
    assert [path.name for path in (tmp_path / "target").iterdir()] == ["senteval"]


def test_single_file_of_a_set_is_imported(tmp_path: Path, tiny: "Tiny") -> None:
    path = tmp_path / "STS.gs.tiny.txt"
    path.write_bytes(tiny.prepared[path.name])

    (outcome,) = imported(path, tiny.manifest().data_sets, tmp_path / "data")

    assert outcome.placed == [path.name]
    assert outcome.missing == ["STS.input.tiny.txt"]


def test_differing_file_is_named_and_not_imported(
    tmp_path: Path, tiny: "Tiny", folder: Path
) -> None:
    gold_of(folder).write_bytes(b"2.5\n")

    (outcome,) = imported(folder, tiny.manifest().data_sets, tmp_path / "target")

    assert outcome.missing == ["STS.gs.tiny.txt"]
    assert outcome.problems[0].startswith(f"{gold_of(folder)}: sha256 must be")
    assert "STS.gs.tiny.txt" not in tiny.read(tmp_path / "target")


@pytest.mark.skipif(os.name == "nt", reason="it has no named pipes")
def test_pipe_in_a_folder_is_passed_over(tmp_path: Path, tiny: "Tiny", folder: Path) -> None:
    gold_of(folder).unlink()
    os.mkfifo(gold_of(folder))

    (outcome,) = imported(folder, tiny.manifest().data_sets, tmp_path / "target")

    assert outcome.missing == ["STS.gs.tiny.txt"]


@pytest.mark.skipif(os.name == "nt", reason="it has no named pipes")
def test_pipe_in_place_of_the_accepted_licences_is_named(tmp_path: Path, tiny: "Tiny") -> None:
    os.mkfifo(tmp_path / "accepted-licences.json")

    with pytest.raises(HarnessError, match=r"licences\.json cannot be read \(Not a plain file\)"):
        unaccepted(tmp_path, tiny.manifest().data_sets)


def test_second_import_finds_nothing_to_do(tmp_path: Path, tiny: "Tiny", folder: Path) -> None:
    import_data(folder, tiny.manifest().data_sets, tmp_path / "target")

    assert imported(folder, tiny.manifest().data_sets, tmp_path / "target") == []


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        ("none", MissingDataError, "must name a folder or an archive, got"),
        pytest.param(
            *("pipe", MissingDataError, "must name a folder or an archive, got"),
            marks=pytest.mark.skipif(os.name == "nt", reason="it has no named pipes"),
        ),
        ("data", MissingDataError, "must name another folder than the data folder"),
        ("notes.txt", MissingDataError, "nothing recognised in .*notes.txt: found notes.txt"),
        ("torn.zip", BadDataError, "must be a whole zip or tar archive"),
    ],
)
def test_what_cannot_be_imported_is_refused(
    tiny: "Tiny", folder: Path, source: str, error: type[Exception], message: str
) -> None:
    (folder.parent / "notes.txt").write_text("Nothing of the kind.\n")
    (folder.parent / "torn.zip").write_bytes(b"PK\x03\x04")
    if source == "pipe":
        os.mkfifo(folder.parent / "pipe")

    with pytest.raises(error, match=message):
        import_data(folder.parent / source, tiny.manifest().data_sets, folder)


@pytest.mark.real
def test_untokenised_sets_of_one_name_are_distinguished_by_checksum(
    tmp_path: Path, real: Path
) -> None:
    chosen = built_in_manifest().select(["sts13", "stsb"])

    outcomes = imported(real / "senteval-raw", chosen, tmp_path / "data")

    assert [sorted(outcome.placed) for outcome in outcomes] == [
        ["STS.input.FNWN.txt", "STS.input.OnWN.txt", "STS.input.headlines.txt"],
        ["sts-dev.csv", "sts-test.csv", "sts-train.csv"],
    ]


def test_a_file_without_a_published_checksum_is_recorded_and_compared_ever_after(
    tmp_path: Path,
) -> None:
    data_sets = [one for one in built_in_manifest().data_sets if one.name == "jsts"]
    rows = b'{"sentence1": "a", "sentence2": "b", "label": 1}\n' * 1457
    (tmp_path / "valid-v1.3.json").write_bytes(rows)
    root = tmp_path / "data"
    (outcome,) = imported(tmp_path / "valid-v1.3.json", data_sets, root)
    place = root / "sts-languages/JSTS/valid-v1.3.json"
    before = check_data_set(data_sets[0], open_data(root))
    place.write_bytes(rows.replace(b"1}", b"2}", 1))
    after = check_data_set(data_sets[0], open_data(root))

    assert "checksum is not known to this version" in outcome.notes[0]
    assert (before.state, after.state) == ("complete", "differs")
    assert after.files[0].problem.endswith("as first taken, got " + after.files[0].problem[-19:])
