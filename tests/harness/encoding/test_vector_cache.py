import json
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock, Timeout

from harness.encoding.vector_cache import VectorCache, cache_folder
from harness.results.files import write_atomically

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
