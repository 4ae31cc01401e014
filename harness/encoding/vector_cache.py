"""Vectors kept between runs: shards of rows, each counted only once its commit record is there.

A shard is a safetensors file with the text keys and the vectors; its commit record, written
after it, holds the shard's checksum. A run that is killed loses only its unwritten shard, and the
next one removes what it left of it.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray
from platformdirs import user_cache_path

from harness.data import checksum
from harness.encoder import Embeddings
from harness.encoding.made_with import Described
from harness.errors import CacheError, unwritable
from harness.results.files import drop_leftovers, write_atomically

_KEY_BYTES = 16


def cache_folder() -> Path:
    """Return where vectors are kept: ``HARNESS_CACHE``, or the user's cache folder."""
    named = os.environ.get("HARNESS_CACHE")
    return Path(named).expanduser() if named else user_cache_path("harness")


class VectorCache:
    """The kept vectors of one encoder.

    Args:
        folder: The cache's folder.
        key: Text that differs whenever the encoder's vectors may differ, see `vector_key`.

    Attributes:
        key: The same text.
        made_with: What the vectors that were loaded were made with, each once.
    """

    def __init__(self, folder: Path, key: str) -> None:
        digest = hashlib.sha256(key.encode()).hexdigest()[:32]
        self.key = key
        self._folder = folder / "vectors" / digest
        self.made_with: list[Described] = []

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the encoder's lock, so that no two runs encode the same sentences.

        Raises:
            CacheError: If the folder cannot be used.
        """
        lock = FileLock(self._folder / "lock")
        with self._explained():
            self._folder.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        try:
            with self._explained():
                self._drop_leftovers()
            yield
        finally:
            lock.release()

    def load(self, sentences: Sequence[str]) -> tuple[NDArray[np.bool_], Embeddings]:
        """Return which sentences are kept, and a matrix with their rows filled.

        A damaged shard is removed and counts as absent.

        Returns:
            Shapes (n_sentences,) and (n_sentences, dim); dim is 0 when nothing is kept.
        """
        rows = {_key(sentence): row for row, sentence in enumerate(sentences)}
        known = np.zeros(len(sentences), dtype=bool)
        matrix: Embeddings = np.zeros((len(sentences), 0), dtype=np.float32)
        for commit, keys, vectors in self._shards():
            places = [(rows[key], i) for i, key in enumerate(keys) if key in rows]
            if not places or matrix.shape[1] not in {0, vectors.shape[1]}:
                continue
            if matrix.shape[1] == 0:
                matrix = np.zeros((len(sentences), vectors.shape[1]), dtype=np.float32)
            into, taken = np.array(places).T
            matrix[into] = vectors[taken]
            known[into] = True
            if (made_with := _read_made_with(commit)) not in self.made_with:
                self.made_with.append(made_with)
        return known, matrix

    def add(
        self, sentences: Sequence[str], vectors: Embeddings, made_with: Described | None = None
    ) -> None:
        """Keep the vectors of these sentences. Shape: (n_sentences, dim).

        Args:
            sentences: Each has a vector.
            vectors: Shape: (n_sentences, dim).
            made_with: What they were made with, for the record of whoever finds them.

        Raises:
            CacheError: If the disk refuses.
        """
        from safetensors.numpy import save  # deferred with _shards' load: reads need not pay

        keys = np.frombuffer(b"".join(map(_key, sentences)), np.uint8).reshape(-1, _KEY_BYTES)
        content = save({"keys": keys, "vectors": np.ascontiguousarray(vectors)})
        digest = hashlib.sha256(content).hexdigest()
        shard = self._folder / f"{digest[:24]}.safetensors"
        commit = {
            "sha256": digest,
            "rows": len(sentences),
            "dim": vectors.shape[1],
            "made_with": dict(made_with or {}),
        }
        with self._explained():
            write_atomically(shard, content)
            write_atomically(shard.with_suffix(".json"), json.dumps(commit).encode())

    def _shards(self) -> Iterator[tuple[Path, list[bytes], Embeddings]]:
        for commit in sorted(self._folder.glob("*.json")):
            found = _read_shard(commit)
            if found is None:
                with self._explained():
                    commit.unlink()
                    _shard_of(commit).unlink(missing_ok=True)
                continue
            yield commit, *found

    def _drop_leftovers(self) -> None:
        """Remove shards without commit record, and half-written files."""
        shards = self._folder.glob("*.safetensors")
        uncommitted = [path for path in shards if not path.with_suffix(".json").is_file()]
        for path in uncommitted:
            path.unlink(missing_ok=True)
        drop_leftovers(self._folder)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (OSError, NotImplementedError) as error:  # the latter: no locks on this disk
            what = f"vectors cannot be kept in {self._folder}"
            ways = "name another folder with HARNESS_CACHE", "use --no-cache"
            raise CacheError(unwritable(what, error, *ways)) from error


def _shard_of(commit: Path) -> Path:
    return commit.with_suffix(".safetensors")


def _read_shard(commit: Path) -> tuple[list[bytes], Embeddings] | None:
    """Return keys and vectors of a shard; None unless it is what its commit record says."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    shard = _shard_of(commit)
    try:
        expected = json.loads(commit.read_bytes())["sha256"]
        if checksum(shard) != str(expected):
            return None
        tensors = load_file(shard)
        keys, vectors = tensors["keys"], tensors["vectors"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError, SafetensorError):
        return None
    fits = keys.shape == (len(vectors), _KEY_BYTES) and vectors.ndim == 2  # noqa: PLR2004
    if not fits or keys.dtype != np.uint8 or vectors.dtype != np.float32:
        return None
    return [bytes(key) for key in keys], vectors


def _read_made_with(commit: Path) -> Described:
    """Return what a shard's commit record says that its vectors were made with."""
    made_with = json.loads(commit.read_bytes()).get("made_with")
    return made_with if isinstance(made_with, dict) else {}


def _key(sentence: str) -> bytes:
    return hashlib.sha256(sentence.encode("utf-8", "surrogatepass")).digest()[:_KEY_BYTES]
