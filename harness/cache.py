"""Vectors kept between runs: shards of rows, each counted only once its commit record is there.

A shard is a safetensors file with the text keys and the vectors; its commit record, written
after it, holds the shard's checksum. A run that is killed loses only its unwritten shard.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray
from platformdirs import user_cache_path

from harness.data import checksum
from harness.encoder import Embeddings

_KEY_BYTES = 16


def cache_folder() -> Path:
    """Return where vectors are kept: ``HARNESS_CACHE``, or the user's cache folder."""
    named = os.environ.get("HARNESS_CACHE")
    return Path(named).expanduser() if named else user_cache_path("harness")


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader finds all of it or none, even after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


class VectorCache:
    """The kept vectors of one encoder.

    Args:
        folder: The cache's folder.
        fingerprint: Text that differs whenever the encoder's vectors may differ.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        digest = hashlib.sha256(fingerprint.encode()).hexdigest()[:32]
        self._folder = folder / "vectors" / digest

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the encoder's lock, so that no two runs encode the same sentences."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self._folder / "lock"):
            yield

    def load(self, sentences: Sequence[str]) -> tuple[NDArray[np.bool_], Embeddings]:
        """Return which sentences are kept, and a matrix with their rows filled.

        A damaged shard is removed and counts as absent.

        Returns:
            Shapes (n_sentences,) and (n_sentences, dim); dim is 0 when nothing is kept.
        """
        rows = {_key(sentence): row for row, sentence in enumerate(sentences)}
        known = np.zeros(len(sentences), dtype=bool)
        matrix: Embeddings = np.zeros((len(sentences), 0), dtype=np.float32)
        for keys, vectors in self._shards():
            places = [(rows[key], i) for i, key in enumerate(keys) if key in rows]
            if not places or matrix.shape[1] not in {0, vectors.shape[1]}:
                continue
            if matrix.shape[1] == 0:
                matrix = np.zeros((len(sentences), vectors.shape[1]), dtype=np.float32)
            into, out_of = np.array(places).T
            matrix[into] = vectors[out_of]
            known[into] = True
        return known, matrix

    def add(self, sentences: Sequence[str], vectors: Embeddings) -> None:
        """Keep the vectors of these sentences. Shape: (n_sentences, dim)."""
        from safetensors.numpy import save  # deferred with _shards' load: reads need not pay

        keys = np.frombuffer(b"".join(map(_key, sentences)), np.uint8).reshape(-1, _KEY_BYTES)
        content = save({"keys": keys, "vectors": np.ascontiguousarray(vectors)})
        digest = hashlib.sha256(content).hexdigest()
        shard = self._folder / f"{digest[:24]}.safetensors"
        write_atomically(shard, content)
        commit = {"sha256": digest, "rows": len(sentences), "dim": vectors.shape[1]}
        write_atomically(shard.with_suffix(".json"), json.dumps(commit).encode())

    def _shards(self) -> Iterator[tuple[list[bytes], Embeddings]]:
        from safetensors.numpy import load_file

        for commit in sorted(self._folder.glob("*.json")):
            shard = commit.with_suffix(".safetensors")
            if not _is_whole(shard, commit):
                commit.unlink()
                shard.unlink(missing_ok=True)
                continue
            tensors = load_file(shard)
            yield [bytes(key) for key in tensors["keys"]], tensors["vectors"]


def _is_whole(shard: Path, commit: Path) -> bool:
    """Whether the shard is what its commit record says."""
    try:
        expected = json.loads(commit.read_bytes())["sha256"]
        return checksum(shard) == str(expected)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _key(sentence: str) -> bytes:
    return hashlib.sha256(sentence.encode("utf-8", "surrogatepass")).digest()[:_KEY_BYTES]
