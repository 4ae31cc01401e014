"""Vectors kept between runs: shards of rows, each counted only once its commit record is there.

A shard is a safetensors file with the text keys and the vectors; its commit record, written
after it, holds the shard's checksum. Both name the key that they belong to. A run that is killed
loses only its unwritten shard, and the next one removes what it left of it.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from harness.encoder import Embeddings
from harness.encoding.made_with import Described
from harness.encoding.shards import (
    DAMAGE,
    NAME_LENGTH,
    ForeignShardError,
    commit_of,
    kept_keys,
    own_files,
    read_shard,
    sentence_key,
    shard_content,
    shard_of,
)
from harness.errors import CacheError, unwritable
from harness.results.files import drop_leftovers, is_there, write_atomically
from harness.results.locks import locked
from harness.results.notices import notify


def cache_folder() -> Path:
    """Return where vectors are kept: ``HARNESS_CACHE``, or the user's cache folder."""
    named = os.environ.get("HARNESS_CACHE")
    return Path(named).expanduser().absolute() if named else user_cache_path("harness")


class VectorCache:
    """The kept vectors of one encoder.

    Args:
        folder: The cache's folder.
        key: Text that differs whenever the encoder's vectors may differ, see `vector_key`.
        encoder: What the encoder is called, for whoever looks at what is kept; nothing is found
            by it.
        model: The transformer that it reads, likewise; empty for none.

    Attributes:
        key: The same text.
        made_with: What the vectors that were loaded were made with, each once.
    """

    def __init__(self, folder: Path, key: str, *, encoder: str = "", model: str = "") -> None:
        self.key = key
        self._names = {"encoder": encoder, "model": model}
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
        rows = {sentence_key(sentence): row for row, sentence in enumerate(sentences)}
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

    def known(self, sentences: Sequence[str]) -> set[str]:
        """Return which sentences are kept, without reading or checking their vectors.

        Raises:
            CacheError: If the folder cannot be read.
        """
        with self._explained():
            keys = kept_keys(self._folder)
        return {sentence for sentence in sentences if sentence_key(sentence) in keys}

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
        content = shard_content(self._owner, sentences, vectors)
        digest = hashlib.sha256(content).hexdigest()
        commit = {
            "sha256": digest,
            "owner": self._owner,
            "rows": len(sentences),
            "dim": vectors.shape[1],
            "made_with": dict(made_with or {}),
            **self._names,
        }
        with self._explained():
            shard = self._free_place(digest[:NAME_LENGTH])
            write_atomically(shard, content)
            write_atomically(commit_of(shard), json.dumps(commit).encode())

    def _free_place(self, name: str) -> Path:
        """Return where a shard goes: under another name if that is taken by what was not read."""
        shard = self._folder / f"{name}.safetensors"
        if is_there(shard) or is_there(commit_of(shard)):
            return shard.with_stem(secrets.token_hex(NAME_LENGTH // 2))
        return shard

    def _shards(self) -> Iterator[tuple[Described, list[bytes], Embeddings]]:
        for commit in self._ours(".json"):
            try:
                yield read_shard(commit, self._owner)
            except OSError as error:
                self._pass_over(commit, f"cannot be read ({error.strerror or error})")
            except ForeignShardError:
                self._pass_over(commit, "belong to another encoder")
            except DAMAGE:
                with self._explained():
                    commit.unlink()
                    shard_of(commit).unlink(missing_ok=True)

    def _ours(self, suffix: str) -> list[Path]:
        with self._explained():
            return own_files(self._folder, suffix)

    def _pass_over(self, commit: Path, why: str) -> None:
        notify(f"vectors of {shard_of(commit)} {why}: not used, encoded again")

    def _drop_leftovers(self) -> None:
        """Remove shards without commit record, and half-written files."""
        for shard in self._ours(".safetensors"):
            with suppress(OSError):  # whether there is one cannot be seen just now
                if shard.is_file() and not is_there(commit_of(shard)):
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
