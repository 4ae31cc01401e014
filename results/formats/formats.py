"""The table of formats: every format that a report can be written in, by its name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from harness.results.formats.data import to_csv, to_json
from harness.results.formats.latex import to_latex
from harness.results.formats.markdown import to_markdown
from harness.results.formats.terminal import to_text
from harness.results.html_report.page import html_report
from harness.results.html_report.scored_items import ItemTexts, TaskKey
from harness.results.mteb.files import to_mteb
from harness.results.records.record import Record
from harness.results.tables.score_rows import ScoreInterval
from harness.results.tables.scoreboard import Scoreboard
from harness.results.tables.section import TableSection
from harness.results.tables.table import Table

Render = TypeVar("Render")


class RenderPage(Protocol):
    """Render a whole report; `html_report` describes the arguments."""

    def __call__(
        self,
        boards: Sequence[Scoreboard],
        *,
        title: str,
        checkpoints: Sequence[Mapping[str, Any]],
        sections: Sequence[TableSection],
        texts: Mapping[TaskKey, ItemTexts],
        with_items: bool,
    ) -> str:
        """Return the report as text."""


@dataclass(frozen=True)
class Format(Generic[Render]):
    """How a report is written.

    Attributes:
        suffix: Of a file, without the dot.
        render: Returns the content as text.
    """

    suffix: str
    render: Render


class TableFormat(Format[Callable[[Table], str]]):
    """A format of tables, rendered one by one."""


class RecordFormat(Format[Callable[[Sequence[Record], Sequence[ScoreInterval] | None], str]]):
    """A format of data: every score of the records, and the intervals if there are any."""


class PageFormat(Format[RenderPage]):
    """A format of the whole report, with every metric, pictures and training curves."""


AnyFormat: TypeAlias = TableFormat | RecordFormat | PageFormat

FORMATS: dict[str, AnyFormat] = {
    "table": TableFormat("txt", to_text),
    "markdown": TableFormat("md", to_markdown),
    "latex": TableFormat("tex", to_latex),
    "csv": RecordFormat("csv", to_csv),
    "json": RecordFormat("json", to_json),
    "html": PageFormat("html", html_report),
}
TABLE_FORMATS = {name: one for name, one in FORMATS.items() if isinstance(one, TableFormat)}
RECORD_FORMATS = {name: one for name, one in FORMATS.items() if isinstance(one, RecordFormat)}
PAGE_FORMATS = {name: one for name, one in FORMATS.items() if isinstance(one, PageFormat)}
FOLDER_FORMATS: dict[str, Callable[[Sequence[Record]], Mapping[str, str]]] = {"mteb": to_mteb}
"""Formats of several files: each returns their contents by their paths in a folder."""


def find_format(name: str) -> AnyFormat:
    """Return the format of this name.

    Raises:
        ValueError: If there is none.
    """
    if name not in FORMATS:
        raise ValueError(f"format must be one of {', '.join(FORMATS)}, got {name!r}")
    return FORMATS[name]
