"""What is known of a data set before it is read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from harness.data import DataFile
from harness.errors import SettingError


@dataclass(frozen=True)
class Published:
    """What a task file says of a data set; nothing of a file that is just named.

    Attributes:
        title: Name in tables; empty to go by the file's name.
        counts: Number of rows in each split or part.
        scale: Lowest and highest score; None for any.
        places: Where files lie in the data folder, by their names; empty for files elsewhere.
    """

    title: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    scale: tuple[float, float] | None = None
    places: Mapping[str, str] = field(default_factory=dict)

    def placed(self, files: Iterable[DataFile]) -> tuple[DataFile, ...]:
        """Return files, each once, under the names of their places in the data folder."""
        placed = [replace(file, name=self.places.get(file.name, file.name)) for file in files]
        return tuple(dict.fromkeys(placed))

    def checked_counts(self, splits: Iterable[str]) -> Mapping[str, int]:
        """Return `counts`, all of which are of splits that there are.

        Raises:
            SettingError: If one is not.
        """
        known = list(splits)
        for name in self.counts:
            if name not in known:
                raise SettingError(
                    f"counts of {self.title} must be of its parts ({', '.join(known)}),"
                    f" got one of {name!r}"
                )
        return self.counts


NOTHING = Published()
"""Nothing is known of a file that is just named."""
