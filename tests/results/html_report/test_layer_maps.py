from collections.abc import Callable

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import colors

from harness.results.html_report.heat_colours import STOPS, heat_colour
from harness.results.html_report.layer_maps import layer_maps
from harness.results.records.record import Record
from harness.results.tables.intervals import with_intervals
from harness.results.tables.scoreboards import scoreboards

MakeRecord = Callable[..., Record]


def swept(make_record: MakeRecord, *poolings: str, step: float = 1.0) -> list[Record]:
    """Records of a sweep over three layers, each noisier than the one before."""
    return [
        make_record(
            f"{pooling}:layers={layer}", settings={"layers": str(layer)}, noise=1 + step * layer
        )
        for pooling in poolings
        for layer in (0, 1, 2)
    ]


def contrast(first: str, second: str) -> float:
    """The contrast of two colours by WCAG 2.2."""
    lights = []
    for colour in (first, second):
        channels = np.array(colors.to_rgb(colour))
        linear = np.where(
            channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4
        )
        lights.append(float(linear @ [0.2126, 0.7152, 0.0722]))
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def test_layer_maps_have_a_row_per_pooling_and_a_column_per_layer(make_record: MakeRecord) -> None:
    records = [r for r in swept(make_record, "cls", "mean") if r.encoder != "cls:layers=0"]
    records += [make_record("mean"), make_record("wk:layers=1,2", settings={"layers": "1,2"})]

    (found,) = layer_maps(scoreboards(records))

    assert found.layers == (0, 1, 2)
    assert [name for name, _ in found.rows] == ["cls", "mean"]
    assert found.rows[0][1][0] is None


def test_the_best_cell_has_the_last_colour_and_the_worst_the_first(
    make_record: MakeRecord,
) -> None:
    (found,) = layer_maps(scoreboards(swept(make_record, "mean")))

    cells = sorted((c for _, row in found.rows for c in row if c), key=lambda c: float(c["text"]))
    assert [(c["fill"], c["best"]) for c in (cells[0], cells[-1])] == [
        (STOPS[0], False),
        (STOPS[-1], True),
    ]
    assert found.ends == tuple(f"{float(cells[at]['text']):.1f}" for at in (0, -1))


def test_colours_span_no_less_than_an_interval(make_record: MakeRecord) -> None:
    (board,) = scoreboards(swept(make_record, "mean", step=0.001))
    board = with_intervals(board, draws=50)

    (found,) = layer_maps([board])

    low, high = map(float, found.ends)
    narrowest = min(interval.high - interval.low for interval in board.intervals.values())
    assert high - low > narrowest - 0.11


def test_colours_without_intervals_span_a_point(make_record: MakeRecord) -> None:
    (found,) = layer_maps(scoreboards(swept(make_record, "mean", step=0.0)))

    low, high = map(float, found.ends)
    assert high - low == pytest.approx(1.0)


def test_heat_colours_are_cividis() -> None:
    cividis = mpl.colormaps["cividis"]

    apart = [
        np.subtract(colors.to_rgb(heat_colour(share)[0]), cividis(share)[:3])
        for share in np.linspace(0, 1, 101)
    ]

    assert np.abs(apart).max() < 10 / 255


def test_text_on_every_heat_colour_has_contrast() -> None:
    assert min(contrast(*heat_colour(share)) for share in np.linspace(0, 1, 1001)) >= 4.5
