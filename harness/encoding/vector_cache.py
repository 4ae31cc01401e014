"""Vectors kept between runs: shards of rows, each counted only once its commit record is there.

A shard is a safetensors file with the text keys and the vectors; its commit record, written
after it, holds the shard's checksum. Both name the key that they belong to. A run that is killed
loses only its unwritten shard, and the next one removes what it left of it.
"""

import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from harness.encoder import Embeddings
from harness.encoding.made_with import Described
from harness.errors import CacheError, unwritable
from harness.results.files import (
    drop_leftovers,
    entries,
    is_there,
    read_file,
    write_atomically,
)
from harness.results.locks import locked
from harness.results.notices import notify

_KEY_BYTES = 16
_NAME_LENGTH = 24
_NAME = re.compile(rf"[0-9a-f]{{{_NAME_LENGTH}}}")  # other files in the folder are not ours


def cache_folder() -> Path:
    """Return where vectors are kept: ``HARNESS_CACHE``, or the user's cache folder."""
    named = os.environ.get("HARNESS_CACHE")
    return Path(named).expanduser().absolute() if named else user_cache_path("harness")


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
        self.key = key
        self._owner = hashlib.sha256(key.encode()).hexdigest()[:32]
        self._folder = folder / "vectors" / self._owner
        self.made_with: list[Described] = []

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the encoder's lock, so that no two runs encode the same sentences.

        Raises:
            CacheError: If the folder cannot be used.
        """
        with ExitStack() as held:
            with self._explained():
                self._folder.mkdir(parents=True, exist_ok=True)
                held.enter_context(locked(self._folder / "lock"))
                self._drop_leftovers()
            yield

    def load(self, sentences: Sequence[str]) -> tuple[NDArray[np.bool_], Embeddings]:
        """Return which sentences are kept, and a matrix with their rows filled.

        A damaged shard is removed and counts as absent. One that cannot be read, or is another
        encoder's, is left where it is; a notice names it.

        Returns:
            Shapes (n_sentences,) and (n_sentences, dim); dim is 0 when nothing is kept.
        """
        rows = {_key(sentence): row for row, sentence in enumerate(sentences)}
        known = np.zeros(len(sentences), dtype=bool)
        matrix: Embeddings = np.zeros((len(sentences), 0), dtype=np.float32)
        for made_with, keys, vectors in self._shards():
            places = [(rows[key], i) for i, key in enumerate(keys) if key in rows]
            if not places or matrix.shape[1] not in {0, vectors.shape[1]}:
                continue
            if matrix.shape[1] == 0:
                matrix = np.zeros((len(sentences), vectors.shape[1]), dtype=np.float32)
            into, taken = np.array(places).T
            matrix[into] = vectors[taken]
            known[into] = True
            if made_with not in self.made_with:
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
        owner = np.frombuffer(bytes.fromhex(self._owner), np.uint8)
        content = save({"owner": owner, "keys": keys, "vectors": np.ascontiguousarray(vectors)})
        digest = hashlib.sha256(content).hexdigest()
        commit = {
            "sha256": digest,
            "owner": self._owner,
            "rows": len(sentences),
            "dim": vectors.shape[1],
            "made_with": dict(made_with or {}),
        }
        with self._explained():
            shard = self._free_place(digest[:_NAME_LENGTH])
            write_atomically(shard, content)
            write_atomically(_commit_of(shard), json.dumps(commit).encode())

    def _free_place(self, name: str) -> Path:
        """Return where a shard goes: under another name if that is taken by what was not read."""
        shard = self._folder / f"{name}.safetensors"
        if is_there(shard) or is_there(_commit_of(shard)):
            return shard.with_stem(secrets.token_hex(_NAME_LENGTH // 2))
        return shard

    def _shards(self) -> Iterator[tuple[Described, list[bytes], Embeddings]]:
        for commit in self._ours(".json"):
            try:
                yield _read_shard(commit, self._owner)
            except OSError as error:
                self._pass_over(commit, f"cannot be read ({error.strerror or error})")
            except _ForeignShardError:
                self._pass_over(commit, "belong to another encoder")
            except _DAMAGE:
                with self._explained():
                    commit.unlink()
                    _shard_of(commit).unlink(missing_ok=True)

    def _ours(self, suffix: str) -> list[Path]:
        with self._explained():
            every = entries(self._folder)
        return [path for path in every if path.suffix == suffix and _NAME.fullmatch(path.stem)]

    def _pass_over(self, commit: Path, why: str) -> None:
        notify(f"vectors of {_shard_of(commit)} {why}: not used, encoded again")

    def _drop_leftovers(self) -> None:
        """Remove shards without commit record, and half-written files."""
        for shard in self._ours(".safetensors"):
            with suppress(OSError):  # whether there is one cannot be seen just now
                if shard.is_file() and not is_there(_commit_of(shard)):
                    shard.unlink()
        drop_leftovers(self._folder)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            what = f"vectors cannot be kept in {self._folder}"
            ways = "name another folder with HARNESS_CACHE", "use --no-cache"
            raise CacheError(unwritable(what, error, *ways)) from error


class _ForeignShardError(Exception):
    """A shard belongs to another encoder."""


_DAMAGE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What reading damaged JSON and damaged shards raises."""


def _shard_of(commit: Path) -> Path:
    return commit.with_suffix(".safetensors")


def _commit_of(shard: Path) -> Path:
    return shard.with_suffix(".json")


def _read_shard(commit: Path, owner: str) -> tuple[Described, list[bytes], Embeddings]:
    """Return what a shard's vectors were made with, their keys, and the vectors.

    Raises:
        OSError: If it cannot be read; its content may be whole.
        _ForeignShardError: If it belongs to another encoder.
        ValueError: Or another of `_DAMAGE`, if it is not what its commit record says.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    said = json.loads(read_file(commit))
    shard = _shard_of(commit)
    if not is_there(shard):
        raise ValueError("a commit record without its shard")
    content = read_file(shard)
    if hashlib.sha256(content).hexdigest() != str(said["sha256"]):
        raise ValueError("another checksum than the commit record's")
    try:
        tensors = load(content)
    except SafetensorError as error:
        raise ValueError("no safetensors file") from error
    if "owner" not in tensors or {said.get("owner"), tensors["owner"].tobytes().hex()} != {owner}:
        raise _ForeignShardError
    keys, vectors = tensors["keys"], tensors["vectors"]
    fits = keys.shape == (len(vectors), _KEY_BYTES) and vectors.ndim == 2  # noqa: PLR2004
    if not fits or keys.dtype != np.uint8 or vectors.dtype != np.float32:
        raise ValueError("no keys and vectors")
    made_with = said["made_with"]
    return made_with if isinstance(made_with, dict) else {}, [bytes(key) for key in keys], vectors


def _key(sentence: str) -> bytes:
    return hashlib.sha256(sentence.encode("utf-8", "surrogatepass")).digest()[:_KEY_BYTES]
