"""A section of a report: tables under a heading, with the pictures that belong to them."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from harness.results.tables.table import Table


@dataclass(frozen=True)
class Picture:
    """A picture in a section.

    Attributes:
        caption: What it shows.
        png: The file's bytes.
    """

    caption: str
    png: bytes

    @property
    def base64(self) -> str:
        """The bytes as text."""
        return b64encode(self.png).decode("ascii")


@dataclass(frozen=True)
class TableSection:
    """A section of plain tables.

    Attributes:
        name: For links to it.
        heading: What it is about.
        tables: Its tables.
        pictures: Its pictures.
    """

    name: str
    heading: str
    tables: Sequence[Table]
    pictures: Sequence[Picture] = ()
