"""Calls of the readers on one file, with what they need beside it."""

import hashlib
import json
import tempfile
from pathlib import Path

import numpy as np
from fuzzed_reader import RowsLostError

from harness.acquisition.archives import Limits, unpack
from harness.acquisition.back_translation import _whole_lines
from harness.acquisition.preparation import prepare
from harness.checkpoints.manifest import read_manifest
from harness.checkpoints.store import CheckpointStore
from harness.data import DataFolder
from harness.encoders.words.word_vectors import find_dim, read_vectors
from harness.encoding.vector_cache import VectorCache
from harness.own_text import OwnText
from harness.tasks.corpora.nli_files import read_nli
from harness.tasks.corpora.paraphrases import BACK_TRANSLATED
from harness.tasks.corpora.task_text import _shared_task
from harness.tasks.sts.english import STS12
from harness.tasks.sts.files import read_split


def done(_value: object) -> None:
    """Forget what a reader returned: it has no rows to lose."""


def data_of(path: Path, depth: int) -> DataFolder:
    """Return the data folder that lies so many folders above a file's own."""
    return DataFolder(path.parents[depth], "fuzzed")


def count_split(path: Path) -> int:
    """Read a split's pairs and gold scores; return how many."""
    pairs = read_split(data_of(path, 1), "S", "x")
    return len(pairs.gold)


def put_beside(path: Path, other: str, content: bytes) -> Path:
    """Write another file beside one."""
    path.with_name(other).write_bytes(content)
    return path


def unpack_archive(path: Path) -> None:
    """Unpack an archive within small limits."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        unpack(path, Path(folder), Limits(bytes=1 << 20, members=50))


def read_shard(path: Path) -> None:
    """Read the file as a shard that a commit record vouches for."""
    cache = VectorCache(path.parent, "fuzzed")
    cache._folder.mkdir(parents=True, exist_ok=True)
    content = path.read_bytes()
    shard = cache._folder / "shard.safetensors"
    shard.write_bytes(content)
    commit = {"sha256": hashlib.sha256(content).hexdigest()}
    shard.with_suffix(".json").write_text(json.dumps(commit))
    cache.load(["a", "b"])


def read_commit(path: Path) -> None:
    """Read a shard whose commit record is the file."""
    cache = VectorCache(path.parent, "fuzzed")
    cache.add(["a", "b"], np.ones((2, 3), np.float32))
    (commit,) = cache._folder.glob("*.json")
    commit.write_bytes(path.read_bytes())
    cache.load(["a", "b"])


def read_glove(path: Path) -> None:
    """Read word vectors."""
    dim = find_dim(path)
    for _, vector in read_vectors(path, {"the", "cat", "."}, dim):
        if vector.shape != (dim,) or not np.isfinite(vector).all():
            raise RowsLostError(f"vector of shape {vector.shape} for dimension {dim}")


def read_checkpoints(path: Path) -> None:
    """Read a manifest, and what is taken from it."""
    for manifest in CheckpointStore(path.parents[1]).manifests():
        name, steps = manifest["spec"].partition(":")[0], manifest["history"].get("steps")
        (name, steps, manifest["model"], manifest["seed"], manifest["corpus_sha256"])
    read_manifest(path.parent)


def prepare_raw(path: Path) -> None:
    """Prepare a raw file in every way there is."""
    for step in ("sts", "sts-benchmark", "sick", "penn", "trec", "first-250-rows"):
        try:
            prepare(path.read_bytes(), step)
        except ValueError:
            continue


def count_nli(path: Path) -> int:
    """Read labelled pairs; return how many rows there were."""
    found = read_nli(OwnText(str(path)))
    return len(found.pairs) + found.skipped


def count_paraphrases(path: Path) -> int:
    """Read a pairs file; return how many pairs there were."""
    return len(BACK_TRANSLATED.read(OwnText(str(path))).paraphrases)


def read_year(path: Path) -> None:
    """Read the shared task of a year, each split the same."""
    for split in STS12.pairs:
        put_beside(path, f"STS.input.{split}.txt", path.read_bytes())
    _shared_task(data_of(path, 2), 12)


def read_part(path: Path) -> None:
    """Read the part of a translation that a killed run left."""
    _whole_lines(path, ["a b", "c"])
