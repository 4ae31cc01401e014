"""Downloads that break off, lie, or fail, from a real server."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.acquisition.downloads import UnreachableError, download, file_name
from harness.errors import DownloadError

if TYPE_CHECKING:
    from tests.acquisition.conftest import Loopback

CONTENT = bytes(range(256)) * 2000
BROKEN_AT_100_000 = "bytes=98304-"  # whole blocks of 16 KiB are kept
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "downloads"
    path.mkdir()
    return path


@pytest.fixture
def url(server: "Loopback") -> str:
    server.files["/a/file.bin"] = CONTENT
    return f"{server.url}/a/file.bin"


def left_over(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_file_arrives_whole_and_says_how_far_it_is(url: str, folder: Path) -> None:
    reported: list[tuple[str, int, int | None]] = []

    path = download(url, folder, sha256=SHA256, on_bytes=lambda *step: reported.append(step))

    assert path.read_bytes() == CONTENT
    assert reported[-1] == ("file.bin", len(CONTENT), len(CONTENT))
    assert left_over(folder) == [path.name]


@pytest.mark.parametrize("sha256", [SHA256, None], ids=["checksum", "no checksum"])
def test_retry_goes_on_where_the_download_broke_off(
    url: str, server: "Loopback", folder: Path, sha256: str | None
) -> None:
    server.break_after = [100_000, 50_000]

    path = download(url, folder, sha256=sha256)

    assert path.read_bytes() == CONTENT
    assert [wanted for _, wanted in server.asked] == [None, BROKEN_AT_100_000, "bytes=147456-"]


def test_later_call_goes_on_where_the_last_one_broke_off(
    url: str, server: "Loopback", folder: Path
) -> None:
    server.break_after = [100_000]
    with pytest.raises(DownloadError, match=r"file\.bin broke off"):
        download(url, folder, sha256=SHA256, retries=0)

    path = download(url, folder, sha256=SHA256, retries=0)

    assert path.read_bytes() == CONTENT
    assert server.asked[-1][1] == BROKEN_AT_100_000


def test_file_that_changed_meanwhile_is_begun_anew(
    url: str, server: "Loopback", folder: Path
) -> None:
    server.break_after = [100_000]
    with pytest.raises(DownloadError):
        download(url, folder, retries=0)
    server.files["/a/file.bin"], server.etag = CONTENT[::-1], '"two"'

    path = download(url, folder, retries=0)

    assert path.read_bytes() == CONTENT[::-1]


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
def test_parts_are_never_joined_where_nothing_would_tell_a_change(
    url: str, server: "Loopback", folder: Path, etag: str
) -> None:
    server.break_after, server.etag = [100_000], etag
    with pytest.raises(DownloadError):
        download(url, folder, retries=0)
    server.files["/a/file.bin"] = CONTENT[::-1]

    path = download(url, folder, retries=0)

    assert path.read_bytes() == CONTENT[::-1]
    assert server.asked[-1][1] is None


def test_server_without_ranges_sends_all_again(url: str, server: "Loopback", folder: Path) -> None:
    server.break_after, server.ranges = [100_000], False

    assert download(url, folder, sha256=SHA256).read_bytes() == CONTENT


def test_part_that_is_already_whole_is_taken(url: str, server: "Loopback", folder: Path) -> None:
    (folder / f"{file_name(url)}.part").write_bytes(CONTENT)

    path = download(url, folder, sha256=SHA256, retries=0)

    assert path.read_bytes() == CONTENT
    assert server.asked == [("/a/file.bin", f"bytes={len(CONTENT)}-")]


def test_damaged_part_is_thrown_away_and_all_is_asked_for_again(
    url: str, server: "Loopback", folder: Path
) -> None:
    (folder / f"{file_name(url)}.part").write_bytes(b"x" * 1000)

    path = download(url, folder, sha256=SHA256, retries=1)

    assert path.read_bytes() == CONTENT
    assert [wanted for _, wanted in server.asked] == ["bytes=1000-", None]


@pytest.mark.skipif(os.name == "nt", reason="not every user may make links")
@pytest.mark.parametrize("suffix", [".part", ".mark"])
def test_link_in_place_of_a_part_or_its_mark_is_not_followed(
    url: str, folder: Path, tmp_path: Path, suffix: str
) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_bytes(b"theirs")
    (folder / f"{file_name(url)}.part").with_suffix(suffix).symlink_to(theirs)

    path = download(url, folder, sha256=SHA256, retries=0)

    assert theirs.read_bytes() == b"theirs"
    assert path.read_bytes() == CONTENT
    assert left_over(folder) == [path.name]


@pytest.mark.skipif(os.name == "nt", reason="not every user may make links")
def test_link_made_while_a_download_resumes_is_not_followed(
    url: str, server: "Loopback", folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_bytes(b"theirs")
    part = folder / f"{file_name(url)}.part"
    server.break_after = [100_000]
    with pytest.raises(DownloadError):
        download(url, folder, sha256=SHA256, retries=0)

    def swap(path: Path, _content: bytes) -> None:
        part.unlink()
        part.symlink_to(theirs)

    monkeypatch.setattr("harness.acquisition.downloads.write_atomically", swap)
    with pytest.raises(OSError, match="symbolic links"):
        download(url, folder, sha256=SHA256, retries=0)

    assert theirs.read_bytes() == b"theirs"


def test_wrong_checksum_is_refused_and_nothing_is_left(url: str, folder: Path) -> None:
    with pytest.raises(DownloadError, match=r"file\.bin served a file with another checksum$"):
        download(url, folder, sha256="0" * 64)

    assert left_over(folder) == []


@pytest.mark.parametrize("size", [1000, len(CONTENT) - 1, len(CONTENT) + 1])
def test_wrong_size_is_refused_and_nothing_is_left(url: str, folder: Path, size: int) -> None:
    with pytest.raises(DownloadError, match=rf"file\.bin must have {size} bytes, got \d+$"):
        download(url, folder, size=size)

    assert left_over(folder) == []


def test_passing_fault_is_tried_again(url: str, server: "Loopback", folder: Path) -> None:
    server.failures = [503, 500]

    assert download(url, folder, sha256=SHA256, retries=2).read_bytes() == CONTENT


def test_absent_file_is_asked_for_once_and_named_with_the_servers_answer(
    server: "Loopback", folder: Path
) -> None:
    with pytest.raises(DownloadError, match=rf"^{server.url}/none answered 404 Not Found$"):
        download(f"{server.url}/none", folder, retries=2)

    assert len(server.asked) == 1


def test_dead_server_is_named(make_server: Callable[[], "Loopback"], folder: Path) -> None:
    with pytest.raises(UnreachableError, match=r"^http://127\.0\.0\.1:9/file cannot be reached$"):
        download("http://127.0.0.1:9/file", folder, retries=0)


def test_two_urls_never_share_a_file_name() -> None:
    names = {file_name(f"http://{host}/data.zip") for host in ("a", "b")}

    assert len(names) == 2
    assert all(name.endswith("-data.zip") for name in names)
