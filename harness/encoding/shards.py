"""The files of kept vectors: a shard of rows, and the commit record that makes it count."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.encoder import Embeddings
from harness.encoding.made_with import Described
from harness.results.files import entries, is_there, read_file

KEY_BYTES = 16
NAME_LENGTH = 24
_NAME = re.compile(rf"[0-9a-f]{{{NAME_LENGTH}}}")  # other files in the folder are not ours

DAMAGE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What reading damaged JSON and damaged shards raises."""


class ForeignShardError(Exception):
    """A shard belongs to another encoder."""


@dataclass(frozen=True)
class KeptShard:
    """A shard as its commit record describes it.

    Attributes:
        path: Its file.
        commit: The commit record.
        encoder: Whose vectors they are; empty where the record does not say, as older ones.
        model: The transformer that was read; empty likewise.
    """

    path: Path
    commit: Path
    encoder: str = ""
    model: str = ""


def shard_of(commit: Path) -> Path:
    """Return the shard that a commit record is of."""
    return commit.with_suffix(".safetensors")


def commit_of(shard: Path) -> Path:
    """Return the commit record of a shard."""
    return shard.with_suffix(".json")


def own_files(folder: Path, suffix: str) -> list[Path]:
    """Return the commit records (``.json``) or shards (``.safetensors``) of a folder.

    Raises:
        OSError: If it cannot be read.
    """
    every = entries(folder)
    return [path for path in every if path.suffix == suffix and _NAME.fullmatch(path.stem)]


def describe_shards(folder: Path) -> Iterator[KeptShard]:
    """Yield the shards of a folder that are committed, whether damaged or not; no links.

    Raises:
        OSError: If it cannot be read.
    """
    for commit in own_files(folder, ".json"):
        if commit.is_symlink():
            continue
        said = None
        with suppress(OSError, *DAMAGE):  # then it does not say what it is of
            said = json.loads(read_file(commit))
        words = said if isinstance(said, dict) else {}
        names = (str(words.get(name, "")) for name in ("encoder", "model"))
        yield KeptShard(shard_of(commit), commit, *names)


def kept_keys(folder: Path) -> set[bytes]:
    """Return the keys of the sentences that have a kept vector, as far as shards can be read."""
    from safetensors import SafetensorError, safe_open  # deferred: as `read_shard` does

    found: set[bytes] = set()
    for shard in describe_shards(folder):
        with suppress(OSError, SafetensorError, *DAMAGE), safe_open(shard.path, "numpy") as file:
            found.update(bytes(key) for key in file.get_tensor("keys"))
    return found


def shard_content(owner: str, sentences: Sequence[str], vectors: Embeddings) -> bytes:
    """Return a shard's content.

    Args:
        owner: The encoder's folder, in hexadecimal.
        sentences: Each has a vector.
        vectors: Shape: (n_sentences, dim).
    """
    from safetensors.numpy import save  # deferred with its load: reads need not pay

    keys = np.frombuffer(b"".join(map(sentence_key, sentences)), np.uint8)
    return save(
        {
            "owner": np.frombuffer(bytes.fromhex(owner), np.uint8),
            "keys": keys.reshape(-1, KEY_BYTES),
            "vectors": np.ascontiguousarray(vectors),
        }
    )


def read_shard(commit: Path, owner: str) -> tuple[Described, list[bytes], Embeddings]:
    """Return what a shard's vectors were made with, their keys, and the vectors.

    Args:
        commit: Its commit record.
        owner: The encoder's folder, in hexadecimal.

    Raises:
        OSError: If it cannot be read; its content may be whole.
        ForeignShardError: If it belongs to another encoder.
        ValueError: Or another of `DAMAGE`, if it is not what its commit record says.
    """
    from safetensors import SafetensorError  # deferred: reads that find nothing need not pay
    from safetensors.numpy import load

    said = json.loads(read_file(commit))
    shard = shard_of(commit)
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
        raise ForeignShardError
    keys, vectors = tensors["keys"], tensors["vectors"]
    fits = keys.shape == (len(vectors), KEY_BYTES) and vectors.ndim == 2  # noqa: PLR2004
    if not fits or keys.dtype != np.uint8 or vectors.dtype != np.float32:
        raise ValueError("no keys and vectors")
    made_with = said["made_with"]
    return made_with if isinstance(made_with, dict) else {}, [bytes(key) for key in keys], vectors


def sentence_key(sentence: str) -> bytes:
    """Return what a sentence's row is found by."""
    return hashlib.sha256(sentence.encode("utf-8", "surrogatepass")).digest()[:KEY_BYTES]
