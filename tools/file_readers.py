"""Every reader of files, as a function that a fuzzer can call on any bytes."""

import gzip
import hashlib
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import save
from seed_files import (
    GLOVE,
    JSON,
    MANIFEST,
    MRPC,
    NLI,
    PAIR,
    RECORD,
    SICK,
    STSB,
    TOML,
    tar_file,
    zip_file,
)

from encoders.word_vectors import find_dim, read_vectors
from harness.acquisition.archives import Limits, unpack
from harness.acquisition.licences import unaccepted
from harness.acquisition.manifest import read_manifest
from harness.acquisition.preparation import prepare
from harness.acquisition.verification import count_rows
from harness.cache import VectorCache
from harness.checkpoints import CheckpointStore
from harness.corpus import read_text
from harness.data import DataFolder
from harness.errors import HarnessError
from harness.translation import _whole_lines
from results.store import ResultStore, UnreadableRecordError
from tasks.corpora import _shared_task
from tasks.nli_files import read_nli
from tasks.paraphrases import read_paraphrases
from tasks.sts import STS12
from tasks.sts_files import read_sick, read_split, read_sts_benchmark
from tasks.transfer_files import (
    read_mrpc,
    read_sick_entailment,
    read_sst,
    read_trec,
    read_two_files,
)

REFUSALS = (HarnessError, UnreadableRecordError)


@dataclass(frozen=True)
class Reader:
    """A reader of one kind of file.

    Attributes:
        name: The file's name, which may decide how it is read.
        seeds: Whole files to begin with.
        read: Reads the file; returns how many rows it had, or None where it has none to lose.
        rows: How many rows the bytes hold.
    """

    name: str
    seeds: tuple[bytes, ...]
    read: Callable[[Path], int | None]
    rows: Callable[[bytes], int] = lambda content: 0

    def try_on(self, content: bytes, folder: Path) -> bool:
        """Read the bytes as a file; return whether they were accepted.

        Raises:
            RowsLostError: If rows are missing without a word.
            Exception: Whatever the reader raises that is no refusal in one line.
        """
        path = folder / self.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        try:
            found = self.read(path)
        except REFUSALS as error:
            if "\n" in str(error) and "\n" not in str(path):
                raise ValueError(f"more than one line: {error}") from error
            return False
        if found is not None and found != self.rows(content):
            raise RowsLostError(f"{self.name}: {found} of {self.rows(content)} rows")
        return True


class RowsLostError(Exception):
    """A reader returned another number of rows than the file holds."""


def lines(content: bytes) -> int:
    """Count lines, the last whether it ends or not; a byte order mark is none."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    return content.count(b"\n") + (not content.endswith(b"\n") and bool(content))


def filled_lines(content: bytes) -> int:
    """Count lines that hold more than white space."""
    text = content.decode("utf-8-sig")
    return sum(bool(line.strip()) for line in text.split("\n"))


def _done(_value: object) -> None: ...


def _data(path: Path, depth: int) -> DataFolder:
    return DataFolder(path.parents[depth], "fuzzed")


def _split(path: Path) -> int:
    pairs = read_split(_data(path, 1), "S", "x")
    return len(pairs.gold)


def _with(path: Path, other: str, content: bytes) -> Path:
    path.with_name(other).write_bytes(content)
    return path


def _unpack(path: Path) -> None:
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        unpack(path, Path(folder), Limits(bytes=1 << 20, members=50))


def _read_shard(path: Path) -> None:
    """Read a shard that a commit record vouches for, and one that it does not."""
    cache = VectorCache(path.parent, "fuzzed")
    cache._folder.mkdir(parents=True, exist_ok=True)
    content = path.read_bytes()
    shard = cache._folder / "shard.safetensors"
    shard.write_bytes(content)
    commit = {"sha256": hashlib.sha256(content).hexdigest()}
    shard.with_suffix(".json").write_text(json.dumps(commit))
    cache.load(["a", "b"])


def _read_commit(path: Path) -> None:
    cache = VectorCache(path.parent, "fuzzed")
    cache.add(["a", "b"], np.ones((2, 3), np.float32))
    (commit,) = cache._folder.glob("*.json")
    commit.write_bytes(path.read_bytes())
    cache.load(["a", "b"])


def _read_glove(path: Path) -> None:
    dim = find_dim(path)
    for _, vector in read_vectors(path, {"the", "cat", "."}, dim):
        if vector.shape != (dim,) or not np.isfinite(vector).all():
            raise RowsLostError(f"vector of shape {vector.shape} for dimension {dim}")


def _read_checkpoints(path: Path) -> None:
    store = CheckpointStore(path.parents[1])
    for manifest in store.manifests():
        name, steps = manifest["spec"].partition(":")[0], manifest["history"].get("steps")
        (name, steps, manifest["model"], manifest["seed"], manifest["corpus_sha256"])
    store.manifest(path.parent)


def _prepare(path: Path) -> None:
    for step in ("sts", "sts-benchmark", "sick", "penn", "trec", "first-250-rows"):
        try:
            prepare(path.read_bytes(), step)  # type: ignore[arg-type]
        except ValueError:
            continue


def _nli_rows(path: Path) -> int:
    found = read_nli(path)
    return len(found.pairs) + found.skipped


def _read_year(path: Path) -> None:
    for split in STS12.pairs:
        _with(path, f"STS.input.{split}.txt", path.read_bytes())
    _shared_task(_data(path, 2), 12)


def _part(path: Path) -> None:
    _whole_lines(path, ["a b", "c"])


READERS = {
    reader.name: reader
    for reader in (
        Reader(
            "S/STS.input.x.txt",
            (PAIR * 3, b"a\xc2\x85b\tc\xe2\x80\xa8d\r\n" * 3),
            lambda path: _split(_with(path, "STS.gs.x.txt", b"1\n2\n3\n")),
            lines,
        ),
        Reader(
            "S/STS.gs.x.txt",
            (b"1\n2.5\n5\n", b"0.0\r\n\r\n4\n"),
            lambda path: _split(_with(path, "STS.input.x.txt", PAIR * 3)),
            lambda content: sum(bool(line.strip()) for line in content.decode().split("\n")),
        ),
        Reader(
            "STS/STSBenchmark/sts-dev.csv",
            (STSB,),
            lambda path: len(read_sts_benchmark(_data(path, 2), "dev").gold),
            lines,
        ),
        Reader(
            "SICK/SICK_train.txt",
            (SICK,),
            lambda path: len(read_sick(_data(path, 1), "train").gold),
            lambda content: lines(content) - 1,
        ),
        Reader(
            "SICK/SICK_trial.txt",
            (SICK,),
            lambda path: len(read_sick_entailment(_data(path, 1), "trial").labels),
            lambda content: lines(content) - 1,
        ),
        Reader(
            "MRPC/msr_paraphrase_train.txt",
            (MRPC,),
            lambda path: len(read_mrpc(_data(path, 1), "train").labels),
            lambda content: lines(content) - 1,
        ),
        Reader(
            "SST/binary/sentiment-train",
            (b"a b\t1\nc\t0\n",),
            lambda path: len(read_sst(_data(path, 2), "binary", "train").labels),
            lines,
        ),
        Reader(
            "SST/fine/sentiment-train",
            (b"4 a b\n0 c\n",),
            lambda path: len(read_sst(_data(path, 2), "fine", "train").labels),
            lines,
        ),
        Reader(
            "TREC/train_5500.label",
            (b"DESC:manner How ?\nNUM:date When ?\n",),
            lambda path: len(read_trec(_data(path, 1), "train_5500.label").labels),
            lines,
        ),
        Reader(
            "MR/rt-polarity.pos",
            (b"a b\n\nc\n",),
            lambda path: len(read_two_files(_data(path, 1), *["MR/rt-polarity.pos"] * 2).labels),
            lambda content: 2 * lines(content),
        ),
        Reader("nli.tsv", (NLI,), _nli_rows, lambda content: lines(content) - 1),
        Reader("nli.jsonl", (JSON,), _nli_rows, lines),
        Reader("nli.tsv.gz", (gzip.compress(NLI), NLI), lambda path: _done(_nli_rows(path))),
        Reader(
            "text.txt", (b"a b\n\nc\n",), lambda path: len(read_text(path).sentences), filled_lines
        ),
        Reader("pairs.tsv", (PAIR * 2,), lambda path: len(read_paraphrases(path)), filled_lines),
        Reader("pairs.tsv.part", (b"a b\tx\nc\ty\nd",), _part),
        Reader(
            "STS/STS12-en-test/STS.input.MSRpar.txt",
            (PAIR,),
            _read_year,
        ),
        Reader("runs/record.json", (RECORD,), lambda path: _done(ResultStore(path.parent).read())),
        Reader("checkpoints/sg/training.json", (MANIFEST,), _read_checkpoints),
        Reader("manifest.toml", (TOML,), lambda path: _done(read_manifest([path]))),
        Reader(
            "accepted-licences.json",
            (b'{"x": "none"}',),
            lambda path: _done(unaccepted(path.parent, [])),
        ),
        Reader("a.zip", (zip_file(),), _unpack),
        Reader("a.tar", (tar_file("w"),), _unpack),
        Reader("a.tar.gz", (tar_file("w:gz"),), _unpack),
        Reader("rows.txt.gz", (gzip.compress(b"a\nb"),), lambda path: _done(count_rows(path))),
        Reader(
            "shard",
            (save({"keys": np.zeros((2, 16), np.uint8), "vectors": np.ones((2, 3), np.float32)}),),
            _read_shard,
        ),
        Reader("commit", (b'{"sha256": "0", "rows": 2}',), _read_commit),
        Reader("glove.txt", (GLOVE, b"3 2\n" + GLOVE), _read_glove),
        Reader("glove.txt.gz", (gzip.compress(GLOVE),), _read_glove),
        Reader("raw.txt", (SICK, STSB, PAIR, b'caf\xe9 "it\'s" U.S.\n'), _prepare),
    )
}
