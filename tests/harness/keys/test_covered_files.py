"""Every file that a key covers counts, whatever it is called and wherever it is linked from."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.keys.files import hash_files, require_unchanged, stamp_files

FILES = ("weights.bin", "vocab.codes", ".hidden", "sub/deep/shard.safetensors", "linked/inner.pt")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with files of all kinds, one in a folder that is a link."""
    folder = tmp_path / "model"
    for name in FILES:
        path = tmp_path / "elsewhere" / "inner.pt" if "linked" in name else folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"0000")
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    return folder


def hashed(place: Path) -> str:
    return hash_files(place, stamp_files(place))


def rewrite(path: Path) -> None:
    """Write as many bytes in place, and set the time of the last write back."""
    before = path.stat()
    path.write_bytes(b"1111")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"1111")
    other.rename(path)


@pytest.mark.parametrize("change", [rewrite, replace])
@pytest.mark.parametrize("name", FILES)
def test_any_file_that_is_written_changes_stamp_and_checksum(
    folder: Path, name: str, change: Callable[[Path], None]
) -> None:
    stamp, checksum = stamp_files(folder), hashed(folder)

    change(folder / name)

    assert stamp_files(folder) != stamp
    assert hashed(folder) != checksum


def test_a_link_to_another_folder_changes_the_checksum(folder: Path, tmp_path: Path) -> None:
    before = hashed(folder)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/inner.pt").write_bytes(b"1111")
    (folder / "linked").unlink()
    (folder / "linked").symlink_to(tmp_path / "other")

    assert hashed(folder) != before


def test_a_copy_has_the_checksum_of_the_folder_without_its_links(
    folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(folder, tmp_path / "copy")

    assert hashed(tmp_path / "copy") == hashed(folder)


def test_a_folder_that_two_links_lead_to_is_read_once_and_both_names_count(folder: Path) -> None:
    before = hashed(folder)
    (folder / "again").symlink_to(folder / "linked")

    names = [(state.name, state.same_as) for state in stamp_files(folder)]

    assert ("again/inner.pt", "") in names
    assert ("linked", "again") in names
    assert hashed(folder) != before


def test_folders_linked_from_each_level_twice_are_read_once(tmp_path: Path) -> None:
    for level in range(40):  # 2 ** 40 paths lead to the last
        (tmp_path / f"{level}").mkdir()
        if level:
            (tmp_path / f"{level - 1}/a").symlink_to(tmp_path / f"{level}")
            (tmp_path / f"{level - 1}/b").symlink_to(tmp_path / f"{level}")

    assert len(stamp_files(tmp_path / "0")) == 39


def make_loop(path: Path) -> None:
    path.symlink_to(path.parent.parent)


def make_dangling(path: Path) -> None:
    path.symlink_to("nowhere")


def make_ring(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.parametrize(
    ("make", "got"),
    [
        (make_loop, r"a link to .*model, which it is in"),
        (make_dangling, "No such file or directory"),
        (make_ring, "Too many levels of symbolic links"),
        (os.mkfifo, "a special file"),
    ],
)
def test_what_cannot_be_covered_is_refused(
    folder: Path, make: Callable[[Path], None], got: str
) -> None:
    make(folder / "sub/odd")

    with pytest.raises(HarnessError, match=f"sub/odd must be a file or folder .* got {got}: mend"):
        stamp_files(folder)


def deny(*arguments: object) -> None:
    raise PermissionError(errno.EACCES, "Permission denied")


def test_a_file_that_the_system_does_not_let_read_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamp = stamp_files(folder)
    monkeypatch.setattr(Path, "open", deny)

    with pytest.raises(HarnessError, match=r"hidden must be a file .* got Permission denied: m"):
        hash_files(folder, stamp)


def test_a_folder_that_the_system_does_not_let_read_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "iterdir", deny)

    with pytest.raises(HarnessError, match=r"model must be a file .* got Permission denied: mend"):
        stamp_files(folder)


def test_a_file_that_changes_while_it_is_hashed_is_refused(folder: Path) -> None:
    stamp = stamp_files(folder)
    rewrite(folder / "weights.bin")

    with pytest.raises(HarnessError, match=r"weights\.bin changed while it was read"):
        hash_files(folder, stamp)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("", r"files of 'x' must stay .* during a run, weights\.bin did not: start it again"),
        ("weights.bin", r"files of 'x' must stay .* during a run: start it again"),
    ],
)
def test_files_that_changed_are_named(folder: Path, place: str, message: str) -> None:
    before = stamp_files(folder / place)
    require_unchanged("files of 'x'", before, stamp_files(folder / place))
    rewrite(folder / "weights.bin")

    with pytest.raises(HarnessError, match=message):
        require_unchanged("files of 'x'", before, stamp_files(folder / place))
