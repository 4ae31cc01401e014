"""Tables of names, as the list and show commands print them."""

import rich.box
from rich.table import Table


def plain_table(*columns: str) -> Table:
    """Return an empty table with these heads."""
    table = Table(box=rich.box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
