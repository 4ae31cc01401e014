"""The seeds that a caller names."""

from collections import Counter
from collections.abc import Iterable

from harness.argument_types import check_type
from harness.errors import SettingError


def checked_seeds(seeds: Iterable[int]) -> tuple[int, ...]:
    """Return seeds that can be trained with, one after the other.

    Raises:
        SettingError: If there is none, one is below 0, or one comes twice.
        TypeError: If it is not a list of whole numbers.
    """
    check_type(Iterable, seeds=seeds)
    taken = tuple(seeds)
    for seed in taken:
        check_type(int, seed=seed)
        if seed < 0:
            raise SettingError(f"seeds must be 0 or more, got {seed}")
    if not taken:
        raise SettingError("seeds must be at least one, got none")
    ((most, count),) = Counter(taken).most_common(1)
    if count > 1:
        raise SettingError(f"seeds must differ, got {most} {count} times")
    return taken
