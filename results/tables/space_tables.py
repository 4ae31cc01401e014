"""Analyses of embedding spaces as tables."""

from collections.abc import Sequence

from harness.results.records.space_record import SpaceRecord
from harness.results.statistics.embedding_space import EmbeddingSpace, SimilarityBand
from harness.results.tables.marks import ALTERED_NOTE, UNSEALED, leakage_note
from harness.results.tables.table import Table

_HALF = 0.5  # of the variance


def space_tables(records: Sequence[SpaceRecord]) -> list[Table]:
    """Lay out analyses: for each task and data folder its figures, and cosines by gold score."""
    tables = []
    for task, data in dict.fromkeys((record.task, record.data) for record in records):
        alike = [record for record in records if (record.task, record.data) == (task, data)]
        tables += [_figure_table(alike), _band_table(alike)]
    return tables


def _figure_table(records: Sequence[SpaceRecord]) -> Table:
    return Table(
        title=f"Embedding space: {records[0].place}",
        columns=(
            "encoder",
            "dim",
            "anisotropy",
            "alignment",
            "uniformity",
            "effective dim",
            "dims of half the variance",
        ),
        rows=tuple((record.name, *_figures(record.space)) for record in records),
        notes=(
            "anisotropy: mean cosine of different sentences, 0 spread all over, 1 collapsed",
            "alignment: mean squared distance of pairs with gold score 4 or more, 0 at best",
            "uniformity: log mean exp(-2 d²) of different sentences, lower is more uniform",
            "effective dim: 1 over the sum of the squared shares of the variance",
            *(
                f"{record.name}: {record.space.zero_vectors} zero vectors left out"
                for record in records
                if record.space.zero_vectors
            ),
            *(
                leakage_note(record.name, record.title)
                for record in records
                if record.training is not None and record.task in record.training.tasks
            ),
            *([ALTERED_NOTE] if any(record.altered_files for record in records) else []),
            *(f"{record.name}: {UNSEALED.note}" for record in records if not record.is_sealed),
        ),
    )


def _figures(space: EmbeddingSpace) -> tuple[str, ...]:
    return (
        str(space.dim),
        f"{space.anisotropy:.3f}",
        "–" if space.alignment is None else f"{space.alignment:.3f}",
        f"{space.uniformity:.3f}",
        f"{space.effective_dim:.1f}",
        _half_of(space.spectrum),
    )


def _half_of(spectrum: Sequence[float]) -> str:
    """Return how many of the largest shares make up half of the variance."""
    total = 0.0
    for count, share in enumerate(spectrum, start=1):
        total += share
        if total >= _HALF:
            return str(count)
    return f"> {len(spectrum)}" if spectrum else "–"


def _band_table(records: Sequence[SpaceRecord]) -> Table:
    every = {(band.low, band.high) for record in records for band in record.space.bands}
    bands = sorted(every)
    return Table(
        title=f"Cosine by gold score: {records[0].place}",
        columns=("encoder", *(f"{low:g} to {high:g}" for low, high in bands)),
        rows=tuple((record.name, *_band_cells(record.space, bands)) for record in records),
        notes=(
            "mean, and between which nine in ten pairs lie; a collapsed space is high all over",
        ),
    )


def _band_cells(space: EmbeddingSpace, bands: Sequence[tuple[float, float]]) -> tuple[str, ...]:
    own = {(band.low, band.high): band for band in space.bands}
    return tuple(_band_text(own.get(band)) for band in bands)


def _band_text(band: SimilarityBand | None) -> str:
    return f"{band.mean:.2f} [{band.lower:.2f}, {band.upper:.2f}]" if band else "–"
