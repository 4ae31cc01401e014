import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness.checkpoints.manifest import MANIFEST
from harness.encoding.vector_cache import VectorCache
from harness.results.locks import locked
from harness.results.notices import Notice
from harness.upkeep.clearing import clear, older_than
from harness.upkeep.sizes import encoder_sizes, kept_items, shown_bytes, store_sizes
from harness.upkeep.stores import STORES, Places

OUTSIDE = "outside"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A folder for each store, with something of the harness's in each."""
    places = Places(tmp_path / "cache", tmp_path / "runs" / "checkpoints", tmp_path / "data")
    cache = VectorCache(places.cache, "key of mean", encoder="mean", model="tiny")
    with cache.locked():
        cache.add(["one", "two"], np.ones((2, 3), np.float32))
    write(places.cache / "intervals" / f"{'a' * 32}.json", "{}")
    merged = places.cache / "merged-models" / ("b" * 24)
    write(merged / "merged_from.json", "{}")
    write(merged / "model.safetensors", "weights")
    checkpoint = places.checkpoints / f"sg-tiny-seed0-{'c' * 16}"
    write(checkpoint / "model.safetensors", "weights")
    manifest = {
        "spec": "sg",
        "model": "tiny",
        "corpus_sha256": "0",
        "seed": 0,
        "history": {},
        "files": {"model.safetensors": "0"},
    }
    write(checkpoint / MANIFEST, json.dumps(manifest))
    write(places.checkpoints / ".training" / f"ct-tiny-seed0-{'d' * 16}" / "state.bin", "state")
    write(places.data / ".downloads" / "stsb.tar.gz.part", "half")
    return places


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def everything(places: Places) -> list[str]:
    """Return the files in all folders, locks left out."""
    roots = (places.cache, places.checkpoints, places.data)
    files = [path for root in roots for path in root.rglob("*") if path.is_file()]
    return sorted(str(path) for path in files if "lock" not in path.name)


def test_each_store_says_how_much_it_holds(places: Places) -> None:
    sizes = {size.store: size for size in store_sizes(places)}

    assert {name: (size.items, size.files) for name, size in sizes.items()} == {
        "vectors": (1, 2),
        "intervals": (1, 1),
        "merged-models": (1, 2),
        "checkpoints": (1, 2),
        "unfinished": (1, 1),
        "downloads": (1, 1),
    }
    files = everything(places)
    assert sum(size.size_bytes for size in sizes.values()) == sum(
        Path(path).stat().st_size for path in files
    )
    newest = sizes["checkpoints"].newest
    assert newest is not None
    assert abs(newest - time.time()) < 60


def test_what_is_kept_of_an_encoder_is_named(places: Places) -> None:
    found = {(size.store, size.encoder, size.model) for size in encoder_sizes(places)}

    assert found == {
        ("vectors", "mean", "tiny"),
        ("checkpoints", "sg seed 0", "tiny"),
        ("unfinished", f"ct-tiny-seed0-{'d' * 16}", ""),
    }


@pytest.mark.parametrize("store", STORES)
def test_clearing_a_store_leaves_the_others(store: str, places: Places) -> None:
    others = [item for name in STORES if name != store for item in kept_items(places, name)]

    removed = clear(kept_items(places, store))

    assert len(removed) == 1
    assert kept_items(places, store) == []
    assert [item for name in STORES for item in kept_items(places, name)] == others


def test_the_cache_works_after_it_was_cleared(places: Places) -> None:
    clear(kept_items(places, "vectors"))

    cache = VectorCache(places.cache, "key of mean")
    with cache.locked():
        known, _ = cache.load(["one"])
        cache.add(["one"], np.ones((1, 3), np.float32))
        again, _ = cache.load(["one"])

    assert (known.any(), again.all()) == (False, True)


@pytest.mark.parametrize("store", ["vectors", "checkpoints", "unfinished", "downloads"])
def test_what_another_run_holds_is_left(store: str, places: Places) -> None:
    (item,) = kept_items(places, store)
    assert item.lock is not None
    item.lock.parent.mkdir(exist_ok=True)

    with locked(item.lock), pytest.warns(Notice, match="left: .* is held by process"):
        removed = clear([item])

    assert removed == []
    assert kept_items(places, store) == [item]


def test_what_has_changed_since_it_was_shown_is_left(places: Places) -> None:
    (item,) = kept_items(places, "checkpoints")
    write(item.paths[-1] / "model.safetensors", "new weights")

    with pytest.warns(Notice, match="has changed meanwhile"):
        assert clear([item]) == []


def test_only_what_is_older_is_chosen(places: Places) -> None:
    items = [item for name in STORES for item in kept_items(places, name)]
    old = time.time() - 40 * 86_400
    for file in items[0].files:
        os.utime(file.path, (old, old))
    items = [item for name in STORES for item in kept_items(places, name)]

    assert older_than(items, 30) == items[:1]
    assert older_than(items, 50) == []


STRANGERS: dict[str, Callable[[Places], Path]] = {
    "a file beside the vectors": lambda places: places.cache / "vectors" / "notes.txt",
    "a file in an encoder's folder": lambda places: (
        next((places.cache / "vectors").iterdir()) / "notes.json"
    ),
    "another program's folder": lambda places: places.cache / "models" / "weights.bin",
    "a file beside the intervals": lambda places: places.cache / "intervals" / "mine.json",
    "a folder beside the checkpoints": lambda places: places.checkpoints / "mine" / "x.bin",
    "an old checkpoint on its way": lambda places: (
        places.checkpoints / ".training" / f"sg-{'c' * 16}.old" / MANIFEST
    ),
    "a data set": lambda places: places.data / "senteval" / "sts.txt",
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_what_is_not_the_harness_s_stays(stranger: str, places: Places) -> None:
    path = STRANGERS[stranger](places)
    write(path, "mine")

    clear([item for name in STORES for item in kept_items(places, name)])

    assert everything(places) == [str(path)]


def test_a_checkpoint_with_a_file_of_somebody_s_stays_whole(places: Places) -> None:
    (item,) = kept_items(places, "checkpoints")
    write(item.paths[-1] / "notes" / "mine.txt", "mine")
    before = everything(places)

    with pytest.warns(Notice, match=r"notes/mine.txt beside it is not the harness's"):
        assert clear(kept_items(places, "checkpoints")) == []
    assert everything(places) == before


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("store", STORES)
def test_no_link_is_followed(store: str, places: Places, tmp_path: Path) -> None:
    folder = STORES[store].folder(places)
    outside = tmp_path / OUTSIDE
    folder.rename(outside)
    folder.symlink_to(outside)
    before = sorted(outside.rglob("*"))

    with pytest.warns(Notice, match="is a link"):
        found = kept_items(places, store)

    assert found == []
    assert sorted(outside.rglob("*")) == before


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_within_a_store_are_left(places: Places, tmp_path: Path) -> None:
    outside = tmp_path / OUTSIDE
    write(outside / "x.safetensors", "mine")
    (owner,) = (places.cache / "vectors").iterdir()
    links = [
        places.cache / "vectors" / ("e" * 32),
        owner / f"{'f' * 24}.json",
        places.cache / "merged-models" / ("f" * 24),
        places.checkpoints / f"link-{'f' * 16}",
        places.data / ".downloads" / "link",
    ]
    for link in links:
        link.symlink_to(outside if link.suffix == "" else outside / "x.safetensors")

    clear([item for name in STORES for item in kept_items(places, name)])

    assert [link for link in links if not link.is_symlink()] == []
    assert (outside / "x.safetensors").read_text() == "mine"


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (2_345_678, "2.3 MB"), (5e15, "5000.0 TB")],
)
def test_bytes_are_shown_with_the_unit_that_suits_them(number: float, text: str) -> None:
    assert shown_bytes(number) == text
