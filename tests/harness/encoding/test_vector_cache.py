import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock, Timeout

from harness.encoding.vector_cache import VectorCache, cache_folder
from harness.errors import CacheError
from harness.results.files import write_atomically
from harness.results.notices import Notice

SENTENCES = ["a b", "c", "a\udc80"]
VECTORS = np.arange(6, dtype=np.float32).reshape(3, 2)


def filled(folder: Path, fingerprint: str = "mark") -> VectorCache:
    cache = VectorCache(folder, fingerprint)
    cache.add(SENTENCES, VECTORS)
    return cache


def shards(folder: Path, suffix: str) -> list[Path]:
    return sorted(folder.rglob(f"*{suffix}"))


def test_kept_vectors_come_back_in_the_order_asked_for(tmp_path: Path) -> None:
    known, matrix = filled(tmp_path).load(["c", "new", "a\udc80", "a b"])

    assert known.tolist() == [True, False, True, True]
    assert matrix[known].tolist() == VECTORS[[1, 2, 0]].tolist()


def test_another_fingerprint_has_nothing(tmp_path: Path) -> None:
    filled(tmp_path, "mark")

    known, matrix = VectorCache(tmp_path, "other mark").load(SENTENCES)

    assert not known.any()
    assert matrix.shape == (3, 0)


def test_several_shards_are_read_together(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    cache.add(["d"], VECTORS[:1])

    known, matrix = cache.load([*SENTENCES, "d"])

    assert known.all()
    assert matrix[3].tolist() == VECTORS[0].tolist()


@pytest.mark.parametrize("position", [0, 20, -1])
def test_a_flipped_bit_is_found_and_its_shard_removed(tmp_path: Path, position: int) -> None:
    cache = filled(tmp_path)
    (shard,) = shards(tmp_path, ".safetensors")
    content = bytearray(shard.read_bytes())
    content[position] ^= 1
    shard.write_bytes(content)

    known, _ = cache.load(SENTENCES)

    assert not known.any()
    assert shards(tmp_path, ".safetensors") == shards(tmp_path, ".json") == []


@pytest.mark.parametrize("commit", ["", "{", "[]", "{}", '{"sha256": 1}'])
def test_a_damaged_commit_record_counts_as_absent(tmp_path: Path, commit: str) -> None:
    cache = filled(tmp_path)
    shards(tmp_path, ".json")[0].write_text(commit)

    assert not cache.load(SENTENCES)[0].any()


def test_a_shard_whose_writer_was_killed_before_its_commit_does_not_count(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    shards(tmp_path, ".json")[0].unlink()

    assert not cache.load(SENTENCES)[0].any()


def test_a_damaged_shard_can_be_written_again(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    shards(tmp_path, ".safetensors")[0].write_bytes(b"")
    cache.load(SENTENCES)
    cache.add(SENTENCES, VECTORS)

    assert cache.load(SENTENCES)[0].all()


def test_commit_record_says_rows_and_dimension(tmp_path: Path) -> None:
    filled(tmp_path)

    commit = json.loads(shards(tmp_path, ".json")[0].read_bytes())

    assert (commit["rows"], commit["dim"]) == (3, 2)


def test_the_environment_names_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE", "/somewhere/else")

    assert cache_folder() == Path("/somewhere/else")


def test_a_failed_write_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def fail(self: Path, target: Path) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="no space left"):
        write_atomically(path, b"new")

    assert path.read_bytes() == b"old"
    assert list(tmp_path.glob(".file*")) == []


def test_the_lock_is_held_by_one_run_alone(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path, "mark")

    with cache.locked():
        (lock,) = tmp_path.rglob("lock")
        with pytest.raises(Timeout):
            FileLock(lock).acquire(timeout=0)
    with cache.locked():
        pass


def test_runs_with_other_fingerprints_do_not_wait_for_each_other(tmp_path: Path) -> None:
    with VectorCache(tmp_path, "mark").locked(), VectorCache(tmp_path, "other").locked():
        locks = list(tmp_path.rglob("lock"))

    assert len(locks) == 2


def kept_for_two(folder: Path) -> tuple[Path, VectorCache]:
    """Return the folder of another encoder's vectors, and the cache of this one's."""
    VectorCache(folder, "other").add(["d"], VECTORS[:1])
    (theirs,) = shards(folder, ".json")
    return theirs.parent, filled(folder)


@pytest.mark.parametrize("forged", [False, True], ids=["copied", "with its commit changed"])
def test_a_shard_of_another_encoder_is_named_and_neither_used_nor_removed(
    forged: bool, tmp_path: Path
) -> None:
    theirs, cache = kept_for_two(tmp_path)
    (mine,) = {path.parent for path in shards(tmp_path, ".json")} - {theirs}
    for path in theirs.iterdir():
        text = path.read_bytes()
        name = theirs.name.encode()
        new = text.replace(name, mine.name.encode()) if forged and path.suffix == ".json" else text
        (mine / path.name).write_bytes(new)

    with pytest.warns(Notice, match="belong to another encoder"):
        known, _ = cache.load([*SENTENCES, "d"])

    assert known.tolist() == [True, True, True, False]
    assert len(list(mine.iterdir())) == 4


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.EMFILE, errno.EACCES])
@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
def test_a_shard_that_cannot_be_read_just_now_is_named_and_left(
    suffix: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, real = filled(tmp_path), os.open

    def fail(file: str | Path, *rest: object, **named: object) -> int:
        if os.fspath(file).endswith(suffix):
            raise OSError(number, os.strerror(number))
        return real(file, *rest, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", fail)
        with pytest.warns(Notice, match="cannot be read"):
            known, _ = cache.load(SENTENCES)

    assert not known.any()
    assert cache.load(SENTENCES)[0].all()


def test_a_shard_that_cannot_be_read_is_not_replaced_when_its_sentences_are_encoded_again(
    tmp_path: Path,
) -> None:
    cache = filled(tmp_path)
    (path,) = shards(tmp_path, ".safetensors")
    theirs = path.stat().st_ino

    cache.add(SENTENCES, VECTORS)

    assert path.stat().st_ino == theirs
    assert len(shards(tmp_path, ".json")) == 2


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.EACCES])
def test_a_shard_stays_while_its_commit_cannot_be_seen(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, real = filled(tmp_path), os.lstat

    def fail(path: str | Path, *rest: object, **named: object) -> os.stat_result:
        if os.fspath(path).endswith(".json"):
            raise OSError(number, os.strerror(number))
        return real(path, *rest, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(os, "lstat", fail)
        patched.setattr(Path, "lstat", fail)
        with cache.locked():
            pass

    assert cache.load(SENTENCES)[0].all()


def test_a_shard_behind_a_link_that_leads_nowhere_now_is_left(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    (path,) = shards(tmp_path, ".safetensors")
    moved = path.rename(tmp_path / "unmounted")
    path.symlink_to(tmp_path / "disk")

    with cache.locked(), pytest.warns(Notice, match="cannot be read"):
        known, _ = cache.load(SENTENCES)
    moved.rename(tmp_path / "disk")

    assert not known.any()
    assert cache.load(SENTENCES)[0].all()


def test_files_that_are_not_ours_stay(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    (commit,) = shards(tmp_path, ".json")
    theirs = [commit.with_name(name) for name in ("notes.json", "mine.safetensors")]
    for path in theirs:
        path.write_text("{}")

    with cache.locked():
        known, _ = cache.load(SENTENCES)

    assert known.all()
    assert all(path.is_file() for path in theirs)


@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_what_is_no_file_in_the_place_of_a_shard_is_passed_over(
    kind: str, suffix: str, tmp_path: Path
) -> None:
    cache = filled(tmp_path)
    (path,) = shards(tmp_path, suffix)
    path.unlink()
    path.mkdir() if kind == "folder" else os.mkfifo(path)

    with cache.locked():
        with pytest.warns(Notice, match="cannot be read"):
            known, _ = cache.load(SENTENCES)
        cache.add(SENTENCES, VECTORS)
        with pytest.warns(Notice, match="cannot be read"):
            kept, _ = cache.load(SENTENCES)

    assert not known.any()
    assert kept.all()
    assert path.is_dir() if kind == "folder" else path.is_fifo()


def test_vectors_that_cannot_be_listed_just_now_are_not_taken_for_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = filled(tmp_path)

    def fail(_: str | Path = ".") -> list[str]:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(os, "listdir", fail)

    with pytest.raises(CacheError, match="Permission denied"):
        cache.load(SENTENCES)
