"""What says on which scores a checkpoint's weights were picked, as its key holds it."""

from collections.abc import Mapping
from typing import Any, TypeAlias

DevIdentity: TypeAlias = Mapping[str, Any]
"""``task``, ``sha256`` of its data, ``metric``, and ``settings`` that differ from the defaults."""

_ONCE: DevIdentity = {"metric": "spearman", "settings": {}}  # what keys did not hold before


def depends_on(dev: DevIdentity | None) -> dict[str, Any] | None:
    """Return what a digest covers; metric and settings as they always were do not count."""
    if dev is None:
        return None
    return {name: value for name, value in dev.items() if _ONCE.get(name) != value}


def is_same_dev(first: DevIdentity | None, second: DevIdentity | None) -> bool:
    """Whether two checkpoints' weights were picked alike; earlier versions left out the metric."""
    if first is None or second is None:
        return first is second
    return {**_ONCE, **first} == {**_ONCE, **second}
