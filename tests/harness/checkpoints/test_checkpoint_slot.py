"""One checkpoint's place: empty, found whole, replaced, or left alone where training fails."""

import errno
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from harness.checkpoints.store import CheckpointStore
from harness.corpus import Corpus
from harness.encoder import Embeddings
from harness.errors import TrainingError
from harness.keys.checkpoints import CheckpointKey, TrainedEncoder
from harness.results.notices import Notice
from harness.trainable import Training

KEY = CheckpointKey(
    TrainedEncoder("learner", {}, "dist 1.0"), "model", "base", "text", "0" * 64, 0
)


class Learned:
    """An encoder whose one weight is learned already."""

    corpus = "text"

    def __init__(self, weight: float = 1.0) -> None:
        self.weight = np.array([weight])

    def base_fingerprint(self) -> str:
        return "base"

    def fit(self, corpus: Corpus, training: Training) -> dict[str, int]:
        return {}

    def save(self, folder: Path) -> None:
        save_file({"weight": self.weight}, folder / "weight.safetensors")

    def load(self, folder: Path) -> None: ...

    def encode(self, sentences: list[str]) -> Embeddings:
        return np.zeros((len(sentences), 1), np.float32)


@pytest.fixture
def store(tmp_path: Path) -> CheckpointStore:
    return CheckpointStore(tmp_path)


def keep(store: CheckpointStore, weight: float = 1.0, *, retrain: bool = False) -> Path:
    with store.reserve(KEY, retrain=retrain) as slot:
        (slot.work / "progress").touch()
        return slot.keep(Learned(weight), {"steps": 3})


def test_the_files_of_a_checkpoint_obey_the_umask(store: CheckpointStore) -> None:
    umask = os.umask(0o027)
    try:
        folder = keep(store)
    finally:
        os.umask(umask)

    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o640}


def test_what_is_kept_is_found_and_its_progress_dropped(store: CheckpointStore) -> None:
    folder = keep(store)

    with store.reserve(KEY) as slot:
        assert slot.checkpoint == folder
        assert not slot.work.exists()


def test_a_place_with_nothing_in_it_has_a_work_folder_while_it_is_held(
    store: CheckpointStore,
) -> None:
    with store.reserve(KEY) as slot:
        assert slot.checkpoint is None
        assert slot.work.is_dir()

    assert not slot.work.exists()


def test_progress_of_an_unfinished_training_is_there_next_time(store: CheckpointStore) -> None:
    with store.reserve(KEY) as slot:
        (slot.work / "progress").touch()

    with store.reserve(KEY) as again:
        assert (again.work / "progress").is_file()


def test_the_old_checkpoint_stays_until_the_new_one_is_kept(store: CheckpointStore) -> None:
    old = (keep(store) / "weight.safetensors").read_bytes()

    with store.reserve(KEY, retrain=True) as slot:
        assert slot.checkpoint is None
    with store.reserve(KEY) as slot:
        assert slot.checkpoint is not None
    new = (keep(store, 2.0, retrain=True) / "weight.safetensors").read_bytes()

    assert old != new


def test_a_damaged_checkpoint_is_refused_unless_it_is_trained_anew(store: CheckpointStore) -> None:
    (keep(store) / "weight.safetensors").write_bytes(b"x")

    with pytest.raises(TrainingError, match="is not what training wrote"), store.reserve(KEY):
        pass
    assert keep(store, retrain=True).is_dir()


def _write(folder: Path) -> None:
    (folder / "special_tokens_map.json").write_text("{}")


def _write_below(folder: Path) -> None:
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text("{}")


def _write_hidden(folder: Path) -> None:
    (folder / "._weight.safetensors").write_bytes(b"x")


def _link_folder(folder: Path) -> None:
    elsewhere = folder.parent.parent / "elsewhere"
    elsewhere.mkdir()
    (folder / "1_Pooling").symlink_to(elsewhere, target_is_directory=True)


def _link_to_nothing(folder: Path) -> None:
    (folder / "vocab.txt").symlink_to("nowhere")


def _make_pipe(folder: Path) -> None:
    os.mkfifo(folder / "merges.txt")


@pytest.mark.parametrize(
    ("add", "name"),
    [
        (_write, "special_tokens_map.json"),
        (_write_below, "1_Pooling/config.json"),
        (_write_hidden, "._weight.safetensors"),
        (_link_folder, "1_Pooling"),
        (_link_to_nothing, "vocab.txt"),
        (_make_pipe, "merges.txt"),
    ],
)
def test_a_file_that_training_did_not_write_is_refused_by_name(
    store: CheckpointStore, add: Callable[[Path], None], name: str
) -> None:
    folder = keep(store)
    add(folder)

    with pytest.raises(TrainingError) as caught, store.reserve(KEY):
        pass

    assert str(caught.value) == (
        f"checkpoint {folder} must hold only what training wrote, got '{name}':"
        " remove it, or train again with harness train --retrain"
    )
    assert not (keep(store, retrain=True) / name).exists()


def test_what_a_file_manager_leaves_and_empty_folders_are_no_part_of_a_checkpoint(
    store: CheckpointStore,
) -> None:
    folder = keep(store)
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / "empty").mkdir()

    with store.reserve(KEY) as slot:
        assert slot.checkpoint == folder


@pytest.mark.parametrize("put", [os.mkfifo, Path.mkdir])
def test_what_is_no_file_in_place_of_one_is_refused(
    store: CheckpointStore, put: Callable[[Path], None]
) -> None:
    weights = keep(store) / "weight.safetensors"
    weights.unlink()
    put(weights)

    with pytest.raises(TrainingError, match="is not what training wrote"), store.reserve(KEY):
        pass


@pytest.mark.parametrize("put", [os.mkfifo, Path.mkdir])
def test_what_is_no_manifest_in_place_of_one_is_named_and_the_weights_stay(
    store: CheckpointStore, put: Callable[[Path], None]
) -> None:
    folder = keep(store)
    (folder / "training.json").unlink()
    put(folder / "training.json")

    with pytest.raises(TrainingError, match=r"training\.json cannot be read"), store.reserve(KEY):
        pass
    with pytest.warns(Notice, match=r"left out: .*training\.json cannot be read"):
        assert store.manifests() == []
    assert (folder / "weight.safetensors").is_file()


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.EACCES])
def test_a_checkpoint_that_cannot_be_seen_just_now_is_not_trained_anew(
    store: CheckpointStore, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, real = keep(store), os.lstat

    def fail(path: str | Path, *rest: object, **named: object) -> os.stat_result:
        if os.fspath(path).endswith("training.json"):
            raise OSError(number, os.strerror(number))
        return real(path, *rest, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(os, "lstat", fail)
        patched.setattr(Path, "lstat", fail)
        with pytest.raises(TrainingError, match="cannot be read"), store.reserve(KEY):
            pass

    with store.reserve(KEY) as slot:
        assert slot.checkpoint == folder


def test_progress_stays_while_the_checkpoint_that_it_replaces_cannot_be_seen(
    store: CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(store)
    with store.reserve(KEY, retrain=True) as slot:
        (slot.work / "progress").touch()
    real = Path.stat

    def fail(path: Path, **named: Any) -> os.stat_result:
        if path.name == "training.json":
            raise OSError(errno.EIO, "x")
        return real(path, **named)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "stat", fail)
        with pytest.raises(TrainingError), store.reserve(KEY, retrain=True):
            pass

    assert (slot.work / "progress").is_file()


def test_an_equal_file_behind_a_link_is_what_training_wrote(store: CheckpointStore) -> None:
    weights = keep(store) / "weight.safetensors"
    weights.rename(store.folder / "moved")
    weights.symlink_to(store.folder / "moved")

    with store.reserve(KEY) as slot:
        assert slot.checkpoint is not None


def _rewrite(folder: Path, **changed: object) -> None:
    manifest = json.loads((folder / "training.json").read_bytes())
    (folder / "training.json").write_text(json.dumps({**manifest, **changed}))


def test_a_checkpoint_that_is_described_alike_serves_whatever_its_folder_is_called(
    store: CheckpointStore,
) -> None:
    folder = keep(store).rename(store.folder / "learner-model-seed0-0123456789abcdef")

    assert store.is_known(KEY)
    with store.reserve(KEY) as slot:
        assert slot.checkpoint == folder
    assert keep(store, retrain=True) == folder


def test_a_checkpoint_of_another_training_under_this_one_s_name_is_refused_and_left(
    store: CheckpointStore,
) -> None:
    folder = keep(store)
    _rewrite(folder, seed=1)

    with pytest.raises(TrainingError, match="must be what its name says"), store.reserve(KEY):
        pass
    assert (folder / "training.json").is_file()


@pytest.mark.parametrize("put", [os.mkfifo, Path.touch])
@pytest.mark.parametrize("retrain", [False, True])
def test_what_is_no_folder_in_place_of_a_checkpoint_is_refused_and_left(
    store: CheckpointStore, put: Callable[[Path], None], *, retrain: bool
) -> None:
    place = store.folder / KEY.folder_name
    put(place)

    with (
        pytest.raises(TrainingError, match=r"must be a folder"),
        store.reserve(KEY, retrain=retrain),
    ):
        pass
    assert place.is_fifo() or place.is_file()


def test_checkpoints_that_cannot_be_listed_just_now_are_not_trained_anew(
    store: CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(store)
    unlisted(store.folder, monkeypatch)

    with pytest.raises(TrainingError, match="Permission denied"), store.reserve(KEY):
        pass
    with pytest.warns(Notice, match="left out: checkpoints of .*Permission denied"):
        assert store.manifests() == []


def test_the_old_checkpoint_stays_aside_while_its_place_cannot_be_seen(
    store: CheckpointStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, real = keep(store), os.lstat
    aside = store.folder / ".training" / f"{folder.name}.old"
    aside.parent.mkdir(exist_ok=True)
    folder.rename(aside)

    def fail(path: str | Path, *rest: object, **named: object) -> os.stat_result:
        if os.fspath(path) == str(folder):
            raise OSError(errno.EIO, "x")
        return real(path, *rest, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(os, "lstat", fail)
        patched.setattr(Path, "lstat", fail)
        with pytest.raises(TrainingError), store.reserve(KEY):
            pass

    with store.reserve(KEY) as slot:
        assert slot.checkpoint == folder


def unlisted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a folder refuse to be listed, as another user's does."""
    real = os.listdir

    def fail(place: str | Path = ".") -> list[str]:
        if os.fspath(place) == str(folder):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))
        return real(place)

    monkeypatch.setattr(os, "listdir", fail)
