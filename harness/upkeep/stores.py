"""The table of stores: everything that the harness keeps, where, and what clearing it costs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.acquisition.scratch import DOWNLOADS
from harness.upkeep.finders import (
    find_checkpoints,
    find_downloads,
    find_keyed_files,
    find_merged_models,
    find_unfinished,
    find_vectors,
)
from harness.upkeep.kept_item import KeptItem


@dataclass(frozen=True)
class Places:
    """The folders in which stores lie.

    Attributes:
        cache: Of what is kept between runs: ``HARNESS_CACHE``, or the user's cache folder.
        checkpoints: Of trained encoders, beside the records.
        data: Of the data sets.
    """

    cache: Path
    checkpoints: Path
    data: Path


@dataclass(frozen=True)
class Store:
    """One kind of thing that is kept.

    Attributes:
        name: Names it on the command line.
        cost: What happens once it is gone.
        folder: Returns where it lies.
        find: Returns what there is in that folder.
    """

    name: str
    cost: str
    folder: Callable[[Places], Path]
    find: Callable[[Path], Iterator[KeptItem]]


STORES = {
    store.name: store
    for store in (
        Store(
            "vectors",
            "sentences are encoded again",
            lambda places: places.cache / "vectors",
            find_vectors,
        ),
        Store(
            "intervals",
            "intervals are computed again",
            lambda places: places.cache / "intervals",
            find_keyed_files,
        ),
        Store(
            "merged-models",
            "adapters are merged again",
            lambda places: places.cache / "merged-models",
            find_merged_models,
        ),
        Store(
            "checkpoints",
            "encoders are trained again",
            lambda places: places.checkpoints,
            find_checkpoints,
        ),
        Store(
            "unfinished",
            "stopped trainings begin again",
            lambda places: places.checkpoints,
            find_unfinished,
        ),
        Store(
            "downloads",
            "stopped downloads begin again",
            lambda places: places.data / DOWNLOADS,
            find_downloads,
        ),
    )
}
"""Every store by its name."""
