"""What a recipe leaves to read: a file for each section, and one report of all."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.checkpoints.store import CheckpointStore
from harness.evaluation.report import Report
from harness.recipes.jobs import JobResult
from harness.recipes.recipe import Recipe, Section
from harness.recipes.section_figures import Figure, draw_section, section_grids
from harness.results.files import refuse_other_kinds, write_atomically
from harness.results.formats.formats import FORMATS
from harness.results.formats.markdown import markdown_text, to_markdown
from harness.results.plots.page import FOR_SCREEN, Drawing
from harness.results.published.beside_measured import published_table, published_tables
from harness.results.records.record import Record
from harness.results.tables.layer_grid import grid_table
from harness.results.tables.scoreboard_table import scoreboard_table
from harness.results.tables.scoreboards import scoreboards
from harness.results.tables.section import Picture, TableSection
from harness.results.tables.setting_table import setting_table
from harness.results.tables.space_tables import space_tables
from harness.results.tables.sweep_scores import SweepPoint
from harness.results.tables.table import Table
from harness.training.options import checkpoint_folder


@dataclass(frozen=True)
class SectionReport:
    """The report of one section.

    Attributes:
        section: The section.
        path: Its file.
        tables: Measured, then published.
        figures: Drawings and what they show, in each format; PNG among them.
    """

    section: Section
    path: Path
    tables: Sequence[Table]
    figures: Sequence[Figure]

    @property
    def drawn(self) -> list[Figure]:
        """The figures as PNG alone."""
        return [(path, caption) for path, caption in self.figures if path.suffix == ".png"]


def write_section(
    results: Sequence[JobResult], recipe: Recipe, folder: Path, drawing: Drawing = FOR_SCREEN
) -> SectionReport:
    """Write one section's file: measured tables and figures, published scores beside them.

    Args:
        results: What the section's jobs found, at least one.
        recipe: What they are of.
        folder: Of the run.
        drawing: How to draw.
    """
    section = results[0].job.section
    report = SectionReport(
        section,
        folder / f"{section.name}.md",
        section_tables(results, CheckpointStore(checkpoint_folder(folder))),
        draw_section(results, folder, drawing),
    )
    parts = [f"# {markdown_text(section.title)}\n\nOf: {markdown_text(recipe.title)}.\n"]
    parts += [to_markdown(table) for table in report.tables]
    parts += [f"![{markdown_text(caption)}](<{path.name}>)\n" for path, caption in report.drawn]
    refuse_other_kinds(report.path)
    write_atomically(report.path, "\n".join(parts).encode())
    return report


def write_recipe_report(
    recipe: Recipe,
    results: Sequence[JobResult],
    sections: Sequence[SectionReport],
    folder: Path,
) -> list[Path]:
    """Write the report of all sections in each of the recipe's formats.

    Encoders that were trained on parts of their text are in their section's tables alone: among
    the scores they would pass for encoders that were trained on all of it.

    Args:
        recipe: What was measured.
        results: What was found.
        sections: The report of each section.
        folder: Of the run.
    """
    records = _records(result for result in results if not result.job.section.varies_text)
    report = Report(
        records,
        checkpoints=CheckpointStore(checkpoint_folder(folder)).manifests(),
        sections=_sections(recipe, records, sections),
        title=recipe.title,
    )
    paths = []
    for name in recipe.outputs:
        output_format = FORMATS[name]
        paths.append(folder / f"report.{output_format.suffix}")
        refuse_other_kinds(paths[-1])
        content = report.render(name)
        write_atomically(paths[-1], content.encode())
    return paths


def _sections(
    recipe: Recipe, records: Sequence[Record], sections: Sequence[SectionReport]
) -> list[TableSection]:
    found = [
        TableSection(
            section.section.name,
            section.section.title,
            section.tables,
            [Picture(caption, path.read_bytes()) for path, caption in section.drawn],
        )
        for section in sections
    ]
    if recipe.published:
        tables = published_tables(records, recipe.published)
        title = "Published scores beside measured ones"
        found.append(TableSection("published", title, tables))
    return found


def section_tables(results: Sequence[JobResult], checkpoints: CheckpointStore) -> list[Table]:
    """Return the tables of one section: what was measured, then what is published.

    Args:
        results: What the section's jobs found, at least one.
        checkpoints: Where its encoders were trained.
    """
    section = results[0].job.section
    records = _records(results)
    if section.layers:
        measured = [grid_table(grid) for result in results for grid in section_grids(result)]
    elif section.grid:
        measured = [table for result in results for table in _grid_tables(result, checkpoints)]
    elif section.measure == "space":
        measured = space_tables([space for result in results for space in result.spaces])
    else:
        asked = {spec: result.job.seeds for result in results for spec in result.job.encoders}
        boards = scoreboards(records, protocols=(section.protocol,), asked=asked)
        measured = [scoreboard_table(board) for board in boards]
    measured += [table for result in results for table in result.tables]
    return [*measured, *_published(section, records)]


def _grid_tables(result: JobResult, checkpoints: CheckpointStore) -> Iterator[Table]:
    for swept in result.scores.by_family.values():
        table = setting_table(swept, metric=None, protocol=result.job.section.protocol)
        steps = [_steps(point, checkpoints) for point in swept.points]
        if any(steps):
            rows = tuple((*row, step) for row, step in zip(table.rows, steps, strict=True))
            table = replace(table, columns=(*table.columns, "steps"), rows=rows)
        yield replace(table, title=f"{', '.join(result.job.encoders)}: {table.title}")


def _steps(point: SweepPoint, checkpoints: CheckpointStore) -> str:
    """Return for how many steps a point's encoders were trained, one number per seed."""
    digests = dict.fromkeys(r.training.checkpoint for r in point.records if r.training)
    steps = [checkpoints.steps(digest) for digest in digests]
    return ", ".join(str(count) for count in steps if count is not None)


def _published(section: Section, records: Sequence[Record]) -> Iterator[Table]:
    """Yield the printed tables that the section names, the measured scores below their rows."""
    for place in section.published:
        paper, _, name = place.partition("/")
        yield published_table([] if section.varies_text else records, paper, name)


def _records(results: Iterable[JobResult]) -> list[Record]:
    """Return the records of all results, oldest first, as tables take them."""
    every = [record for result in results for record in result.records]
    return sorted(every, key=lambda record: record.created)
