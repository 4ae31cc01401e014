"""Find what is kept in each kind of store: vectors, checkpoints, merged models, downloads."""

import re
from collections.abc import Iterator
from pathlib import Path

from harness.checkpoints.manifest import MANIFEST, is_finished, read_manifest
from harness.encoding.shards import describe_shards
from harness.errors import TrainingError
from harness.results.files import entries
from harness.results.notices import notify
from harness.upkeep.kept_item import KeptItem, names_below, plain_file, plain_folder

_OWNER = re.compile(r"[0-9a-f]{32}")
_MERGED = re.compile(r"[0-9a-f]{24}")
_WORK = re.compile(r".+-[0-9a-f]{16}")  # neither a new nor an old checkpoint, which end in a word
_DIGEST_NAMED = re.compile(r"[0-9a-f]{16,64}\.(json|npz|safetensors)")


def find_vectors(folder: Path) -> Iterator[KeptItem]:
    """Yield each shard of vectors, with its commit record."""
    for owner in entries(folder):
        if plain_folder(owner) and _OWNER.fullmatch(owner.name):
            for shard in describe_shards(owner):
                yield KeptItem(
                    (shard.commit, shard.path), shard.encoder, shard.model, owner / "lock"
                )


def find_keyed_files(folder: Path) -> Iterator[KeptItem]:
    """Yield each file that is named by a checksum, of folders that hold nothing else of ours."""
    for path in entries(folder):
        if plain_file(path) and _DIGEST_NAMED.fullmatch(path.name):
            yield KeptItem((path,))


def find_merged_models(folder: Path) -> Iterator[KeptItem]:
    """Yield each model that an adapter was merged into."""
    for path in entries(folder):
        is_ours = plain_folder(path) and _MERGED.fullmatch(path.name)
        if is_ours and plain_file(path / "merged_from.json"):
            yield KeptItem((path,), lock=path.with_suffix(".lock"))


def find_checkpoints(folder: Path) -> Iterator[KeptItem]:
    """Yield each finished checkpoint; a notice names each that cannot be read."""
    for path in entries(folder):
        try:
            if not plain_folder(path) or not is_finished(path):
                continue
            manifest = read_manifest(path)
        except TrainingError as error:
            notify(f"left out: {error}")
            continue
        expected = {*manifest["files"], MANIFEST}
        yield KeptItem(
            (path / MANIFEST, path),
            f"{manifest['spec']} seed {manifest['seed']}",
            manifest["model"],
            _lock(folder, path.name),
            tuple(sorted(set(names_below(path)) - expected)),
        )


def find_unfinished(folder: Path) -> Iterator[KeptItem]:
    """Yield what is kept of each training that was stopped, to resume it."""
    for path in entries(folder / ".training"):
        if plain_folder(path) and _WORK.fullmatch(path.name):
            yield KeptItem((path,), path.name, lock=_lock(folder, path.name))


def find_downloads(folder: Path) -> Iterator[KeptItem]:
    """Yield each file of a folder of downloads, whole or not."""
    for path in entries(folder):
        if plain_file(path) and path.name != "lock":
            yield KeptItem((path,), lock=folder / "lock")


def _lock(folder: Path, name: str) -> Path:
    return folder / ".training" / f"{name}.lock"
