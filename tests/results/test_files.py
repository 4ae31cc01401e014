"""Writing files: whole ones replaced, links and permissions kept, devices and pipes written to."""

import errno
import fcntl
import os
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import pytest

from harness.results.files import (
    drop_leftovers,
    last_words,
    obey_umask,
    read_file,
    write_atomically,
    writing_atomically,
)

pytestmark = pytest.mark.skipif(os.name == "nt", reason="permissions, links and pipes of Unix")


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444, 0o666])
def test_a_replaced_file_keeps_its_permissions(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(mode)

    with umask(0o022):
        write_atomically(path, b"new")

    assert path.read_bytes() == b"new"
    assert permissions(path) == mode


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_obeys_the_umask(tmp_path: Path, mask: int, mode: int) -> None:
    with umask(mask):
        write_atomically(tmp_path / "file", b"new")

    assert permissions(tmp_path / "file") == mode


@pytest.mark.parametrize("target", ["there", "sub/new"])
def test_a_link_stays_and_its_target_is_written(tmp_path: Path, target: str) -> None:
    (tmp_path / "there").write_bytes(b"old")
    link = tmp_path / "folder" / "link"
    link.parent.mkdir()
    link.symlink_to(Path("..") / target)

    write_atomically(link, b"new")

    assert link.is_symlink()
    assert (tmp_path / target).read_bytes() == b"new"
    assert list(link.parent.iterdir()) == [link]


def test_a_folder_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()

    with pytest.raises(IsADirectoryError) as caught:
        write_atomically(tmp_path / "folder", b"new")

    assert caught.value.filename == str(tmp_path / "folder")
    assert list(tmp_path.glob("*folder*")) == [tmp_path / "folder"]


def test_links_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")

    with pytest.raises(OSError, match="symbolic links"):
        write_atomically(tmp_path / "one", b"new")

    assert (tmp_path / "one").is_symlink()


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # a writer waits for a reader

    write_atomically(pipe, b"new")

    assert os.read(reader, 9) == b"new"
    assert pipe.is_fifo()
    os.close(reader)


def test_a_pipe_that_nobody_reads_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    with pytest.raises(OSError, match="Nobody reads this pipe"):
        write_atomically(pipe, b"new")

    assert pipe.is_fifo()


def test_more_than_a_pipe_holds_waits_for_its_reader(tmp_path: Path) -> None:
    pipe, content = tmp_path / "pipe", b"x" * (1 << 20)
    os.mkfifo(pipe)
    if (child := os.fork()) == 0:
        os._exit(pipe.read_bytes() != content)
    while not write_if_read(pipe, content):
        sleep(0.01)

    assert os.waitpid(child, 0)[1] == 0


def write_if_read(pipe: Path, content: bytes) -> bool:
    try:
        write_atomically(pipe, content)
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        return False
    return True


def test_a_device_is_written_to(tmp_path: Path) -> None:
    reader, device = os.openpty()
    link = tmp_path / "link"
    link.symlink_to(os.ttyname(device))
    os.set_blocking(reader, False)

    write_atomically(link, b"new")

    assert os.read(reader, 9) == b"new"
    assert link.is_symlink()
    assert link.is_char_device()
    os.close(reader)
    os.close(device)


def test_a_device_stays_even_where_its_folder_can_be_written(tmp_path: Path) -> None:
    device = tmp_path / "null"
    try:
        os.mknod(device, 0o600 | stat.S_IFCHR, os.makedev(1, 3))
        device.read_bytes()
    except PermissionError:
        pytest.skip("only root, outside a container that forbids it, can make a device")

    write_atomically(device, b"new")

    assert device.is_char_device()
    assert permissions(device) == 0o600


@pytest.mark.parametrize("name", ["vectors.npy", "report [1].md"])
def test_what_a_killed_writer_left_is_removed_by_the_next_and_a_live_one_s_stays(
    name: str, tmp_path: Path
) -> None:
    for _ in range(2):
        if (child := os.fork()) == 0:
            with writing_atomically(tmp_path / name) as file:
                file.write(b"half")
                file.flush()
                os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(child, 0)
        (left,) = tmp_path.glob(".*")

    with writing_atomically(tmp_path / name) as file:
        file.write(b"first")
        write_atomically(tmp_path / name, b"second")
        assert not left.exists()

    assert (tmp_path / name).read_bytes() == b"first"
    assert list(tmp_path.glob(".*")) == []


def test_private_files_of_a_folder_get_the_permissions_of_new_ones(tmp_path: Path) -> None:
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    (folder / "sub").mkdir(parents=True)
    paths = [folder / "one", folder / "sub" / "two"]
    for path in (*paths, outside):
        path.touch(0o600)
    (folder / "link").symlink_to(outside)

    with umask(0o022):
        obey_umask(folder)

    assert [permissions(path) for path in paths] == [0o644, 0o644]
    assert permissions(outside) == 0o600


def test_a_whole_file_on_its_way_to_its_place_is_no_leftover(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = Path.replace

    def after_others_cleaned_up(path: Path, target: Path) -> Path:
        drop_leftovers(tmp_path)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", after_others_cleaned_up)

    write_atomically(tmp_path / "file", b"new")

    assert (tmp_path / "file").read_bytes() == b"new"


def test_a_leftover_is_held_until_it_is_gone_so_that_nobody_writes_it_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leftover, unlink = tmp_path / ".file.0123456789ab", Path.unlink
    leftover.write_bytes(b"half")
    held = []

    def unlink_if_held(path: Path, **named: bool) -> None:
        with path.open("rb") as file, pytest.raises(BlockingIOError) as caught:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held.append(caught.type)
        unlink(path, **named)

    monkeypatch.setattr(Path, "unlink", unlink_if_held)

    write_atomically(tmp_path / "file", b"new")

    assert held == [BlockingIOError]
    assert not leftover.exists()


def lowest_free_handle() -> int:
    handle = os.open(os.devnull, os.O_RDONLY)
    os.close(handle)
    return handle


def test_a_folder_that_is_no_file_costs_no_handle(tmp_path: Path) -> None:
    before = lowest_free_handle()

    with pytest.raises(IsADirectoryError) as caught:
        read_file(tmp_path)

    assert lowest_free_handle() == before
    assert caught.value.filename == str(tmp_path)


def test_a_file_is_written_in_a_folder_that_cannot_be_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str | Path = ".") -> list[str]:
        raise PermissionError

    with monkeypatch.context() as patched:
        patched.setattr(os, "listdir", fail)
        write_atomically(tmp_path / "file", b"new")

    assert (tmp_path / "file").read_bytes() == b"new"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("./models/my-bert/", "my-bert"),
        ("endpoint:url=http://localhost:8000/v1,name=BAAI/bge", "endpoint_url=v1,name=bge"),
        ("senteval:module=/home/me/scripts/evaluation.py", "senteval_module=evaluation.py"),
    ],
)
def test_last_words_keep_a_specs_encoder_before_its_paths(name: str, words: str) -> None:
    assert last_words(name) == words
