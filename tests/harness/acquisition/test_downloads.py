"""Downloads that break off, lie, or fail, from a real server."""

import base64
import errno
import hashlib
import logging
import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
@pytest.mark.parametrize("suffix", [".part", ".mark", ""])
@pytest.mark.parametrize("kind", ["link", "second name", "pipe", "folder"])
def test_what_is_no_plain_file_in_place_of_a_download_is_not_used(
    url: str, folder: Path, tmp_path: Path, suffix: str, kind: str
) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_bytes(b"theirs")
    place = folder / f"{file_name(url)}{suffix}"
    if suffix == ".mark":
        place = (folder / f"{file_name(url)}.part").with_suffix(suffix)
    make: dict[str, Callable[[], None]] = {
        "link": lambda: place.symlink_to(theirs),
        "second name": lambda: place.hardlink_to(theirs),
        "pipe": lambda: os.mkfifo(place),
        "folder": lambda: (place / "below").mkdir(parents=True),
    }
    make[kind]()

    path = download(url, folder, sha256=SHA256, retries=0)

    assert theirs.read_bytes() == b"theirs"
    assert path.read_bytes() == CONTENT
    assert left_over(folder) == [path.name]


def test_a_part_whose_mark_cannot_be_read_just_now_is_kept(
    url: str, server: "Loopback", folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.break_after = [100_000]
    with pytest.raises(DownloadError):
        download(url, folder, retries=0)
    before, real = left_over(folder), os.open

    def fail(path: str | Path, *rest: int, **named: int) -> int:
        if os.fspath(path).endswith(".mark"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(path, *rest, **named)

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", fail)
        with pytest.raises(DownloadError, match=r"\.mark cannot be read"):
            download(url, folder, retries=0)

    assert left_over(folder) == before
    assert len(before) == 2


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


def with_login(url: str, login: str = "me:s%40crET") -> str:
    return url.replace("http://", f"http://{login}@")


def test_login_of_a_url_is_sent(url: str, server: "Loopback", folder: Path) -> None:
    path = download(with_login(url), folder, sha256=SHA256)

    assert path.read_bytes() == CONTENT
    assert server.logins == [f"Basic {base64.b64encode(b'me:s@crET').decode()}"]


def test_login_is_not_sent_where_a_server_redirects(
    url: str, make_server: Callable[[], "Loopback"], folder: Path
) -> None:
    first = make_server()
    first.moved["/moved"] = url

    path = download(with_login(f"{first.url}/moved"), folder, sha256=SHA256)

    assert path.read_bytes() == CONTENT
    assert first.logins != [None]


@pytest.mark.parametrize(
    "fault",
    ["refused", "failing", "cut off", "other file", "other size", "unreachable", "circle", "away"],
)
def test_login_of_a_url_is_never_shown(
    url: str, server: "Loopback", folder: Path, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    asked = with_login(url.replace(server.url, "http://127.0.0.1:9") if "un" in fault else url)
    server.failures = {"refused": [401], "failing": [503]}.get(fault, [])
    server.break_after = [100] if fault == "cut off" else []
    if fault in {"circle", "away"}:
        server.moved["/a/file.bin"] = url if fault == "circle" else "ftp://host/x"
    checks: dict[str, Any] = {"sha256": "0" * 64} if fault == "other file" else {}
    checks |= {"size": 3} if fault == "other size" else {}

    with pytest.raises(DownloadError) as caught:
        download(asked, folder, retries=0, **checks)

    shown = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert "crET" not in shown + "".join(left_over(folder))
    assert str(caught.value).startswith(asked.replace("me:s%40crET@", ""))


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("Not\x1b[31m Here", "404 Not[31m Here"),
        ("Not\u0085\u009b31m Here", "404 Not31m Here"),
        ("No" + "o" * 500, f"404 No{'o' * 37}…"),
        ("", "404"),
    ],
)
def test_words_of_a_server_are_cleaned_and_shortened(
    server: "Loopback", folder: Path, reason: str, shown: str
) -> None:
    server.reason = reason

    with pytest.raises(DownloadError) as caught:
        download(f"{server.url}/none", folder, retries=0)

    assert str(caught.value) in {
        f"{server.url}/none answered {shown}",
        f"{server.url}/none broke off",  # where the library refuses such an answer itself
    }


@pytest.mark.parametrize(
    "target",
    ["file:///etc/passwd", "ftp://x/y", "javascript:1", "http://[", "//", "/same", "http://a b/"],
)
def test_redirect_to_nowhere_is_named_without_its_target(
    server: "Loopback", folder: Path, target: str
) -> None:
    server.moved["/same"] = target

    with pytest.raises(DownloadError) as caught:
        download(f"{server.url}/same", folder, retries=0)

    assert str(caught.value) in {
        f"{server.url}/same {what}"
        for what in ("leads to no address on the web", "broke off", "cannot be reached")
    }


@pytest.mark.parametrize("proxy", ["socks9://me:s@crET@nowhere", "http://[", "::"])
def test_proxy_that_is_none_is_reported_without_its_password(
    folder: Path, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)

    with pytest.raises(DownloadError) as caught:
        download("http://files.invalid/a", folder, retries=0)

    assert str(caught.value).startswith("http://files.invalid/a ")
    assert "crET" not in "".join(traceback.format_exception(caught.value))


def test_whole_download_of_a_killed_run_is_taken(
    url: str, server: "Loopback", folder: Path
) -> None:
    (folder / file_name(url)).write_bytes(CONTENT)

    path = download(url, folder, sha256=SHA256)

    assert path.read_bytes() == CONTENT
    assert server.asked == []


def test_other_file_in_its_place_is_replaced(url: str, folder: Path) -> None:
    (folder / file_name(url)).write_bytes(b"other")

    assert download(url, folder, sha256=SHA256).read_bytes() == CONTENT


def test_pauses_between_tries_grow(
    server: "Loopback", folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("harness.acquisition.downloads.time.sleep", pauses.append)
    server.failures = [503] * 4

    with pytest.raises(DownloadError, match=r"answered 503 Service Unavailable$"):
        download(f"{server.url}/none", folder, retries=3)

    assert pauses == [1, 2, 3]


def test_two_urls_never_share_a_file_name() -> None:
    names = {file_name(f"http://{host}/data.zip") for host in ("a", "b")}

    assert len(names) == 2
    assert all(name.endswith("-data.zip") for name in names)
