"""What a reader of one form finds in a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.table_files.cells import Cell, Unusable


@dataclass(frozen=True)
class Content:
    """Columns and rows, as `DataTable` describes them."""

    columns: tuple[str, ...]
    form: str
    rows: Sequence[Sequence[Cell]]
    lines: Sequence[int]
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unusable: Unusable = field(default_factory=dict)
    has_header: bool = True
    are_lines: bool = True
