import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from typing_extensions import override

from harness.results.html_report.layer_maps import layer_maps
from harness.results.html_report.page import html_report
from harness.results.html_report.training_curves import training_charts
from harness.results.records.record import Record
from harness.results.tables.intervals import with_intervals
from harness.results.tables.scoreboards import scoreboards

MakeRecord = Callable[..., Record]

VOID = {"meta", "link", "input", "line", "br", "wbr"}
CHECKPOINT = {
    "spec": "sg-opt",
    "model": "tiny",
    "corpus": "stsb",
    "seed": 3,
    "history": {"steps": 9, "dev_curve": [{"step": 0, "dev": 0.5}, {"step": 9, "dev": 0.75}]},
}


class Reader(HTMLParser):
    """Collects what is asked of a page, and fails on tags that do not nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def embedded(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found
    content: dict[str, Any] = json.loads(found.group(1))
    return content


def test_the_page_is_whole_and_asks_no_network(make_record: MakeRecord) -> None:
    html = html_report(scoreboards([make_record("a")]), title="T", checkpoints=[CHECKPOINT])

    reader = read(html)
    links = [
        value
        for _, attributes in reader.found
        for name in ("src", "href", "action")
        if (value := attributes.get(name)) is not None
    ]
    assert all(link.startswith(("#", "data:")) for link in links)
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest|https?://(?!www\.w3)", html)


def test_every_anchor_leads_somewhere_and_every_id_is_unique(make_record: MakeRecord) -> None:
    records = [make_record(f"mean:layers={k}", settings={"layers": str(k)}) for k in range(3)]

    reader = read(html_report(scoreboards(records), title="T", checkpoints=[CHECKPOINT]))

    ids = [attributes["id"] for _, attributes in reader.found if "id" in attributes]
    anchors = [a["href"] or "" for tag, a in reader.found if tag == "a"]
    assert len(ids) == len(set(ids))
    assert {anchor.removeprefix("#") for anchor in anchors} <= set(ids)
    assert {"scores", "layers", "training"} <= set(ids)


@pytest.mark.parametrize(
    "text", ["</script><script>alert(1)</script>", "<!--", "'\"&<b>", "{{ 7*7 }}"]
)
def test_hostile_names_stay_text(make_record: MakeRecord, text: str) -> None:
    record = make_record(text, title=text, model=text, details={"note": text})

    html = html_report(
        scoreboards([record]), title=text, checkpoints=[{**CHECKPOINT, "spec": text}]
    )

    reader = read(html)
    tags = [tag for tag, _ in reader.found]
    assert tags.count("script") == 2
    assert "b" not in tags
    assert "".join(reader.text).count(text) >= 4
    assert embedded(html)["results"][0]["record"]["encoder"] == text


def test_intervals_and_ties_are_in_the_table(make_record: MakeRecord) -> None:
    boards = scoreboards([make_record("a"), make_record("b")])

    html = html_report([with_intervals(board, draws=50) for board in boards], title="T")

    assert "tied with the best" in html
    assert re.search(r"<small>\[-?\d+\.\d\d, -?\d+\.\d\d\]</small>", html)


def test_a_sample_result_is_warned_of(make_record: MakeRecord) -> None:
    html = html_report(scoreboards([make_record("a", data="sample")]), title="T")

    assert "sample data: they say nothing" in html


def test_layer_maps_have_a_row_a_pooling_and_a_column_a_layer(make_record: MakeRecord) -> None:
    records = [
        make_record(f"{pooling}:layers={layer}", settings={"layers": str(layer)}, noise=layer + 1)
        for pooling in ("cls", "mean")
        for layer in (0, 1, 2)
        if (pooling, layer) != ("cls", 0)
    ]
    records += [make_record("mean"), make_record("wk:layers=1,2", settings={"layers": "1,2"})]

    (found,) = layer_maps(scoreboards(records))

    assert found.layers == (0, 1, 2)
    assert [name for name, _ in found.rows] == ["cls", "mean"]
    assert found.rows[0][1][0] is None
    cells = [cell for _, row in found.rows for cell in row if cell]
    assert max(cells, key=lambda cell: float(cell["text"]))["best"]
    assert {min(c["heat"] for c in cells), max(c["heat"] for c in cells)} == {0, 75}


def test_curves_of_all_seeds_share_a_chart_and_its_scale() -> None:
    runs = [{**CHECKPOINT, "seed": seed} for seed in range(2)]

    (trained,) = training_charts([*runs, {**CHECKPOINT, "history": {"steps": 9}}])

    (chart,) = trained.charts
    assert (trained.title, chart.title) == ("sg-opt, tiny, trained on stsb", "dev curve")
    assert [line.name for line in chart.lines] == ["seed 0", "seed 1"]
    assert chart.lines[0].points == "44.0,134.0 270.0,8.0"
    assert "from 0.5 to 0.75 over 9 steps, 2 runs" in chart.description


def test_runs_that_were_picked_by_other_scores_have_charts_of_their_own() -> None:
    usual = {"task": "stsb-dev", "sha256": "d", "metric": "spearman"}
    picked = [{**CHECKPOINT, "dev": dev} for dev in (usual, {**usual, "task": "own"})]

    titles = [trained.title for trained in training_charts(picked)]

    start = "sg-opt, tiny, trained on stsb"
    assert titles == [start, f"{start}, picked by spearman on own"]


def test_rules_of_a_chart_stand_at_round_numbers() -> None:
    ((chart,),) = (trained.charts for trained in training_charts([CHECKPOINT]))

    texts = [tick["text"] for tick in chart.ticks]
    assert texts == ["0.50", "0.55", "0.60", "0.65", "0.70", "0.75", "0", "2", "4", "6", "8"]


def test_quantities_are_charts_of_one_encoder_and_the_epoch_is_none() -> None:
    entries = [{"step": s, "epoch": s, "loss": 1 - s, "drift": s} for s in range(2)]

    (trained,) = training_charts([{**CHECKPOINT, "history": {"losses": entries}}])

    assert [chart.title for chart in trained.charts] == ["loss", "drift"]


def test_values_that_are_no_numbers_are_left_out_of_curves() -> None:
    entries = [{"step": s, "dev": v} for s, v in enumerate([0.1, None, float("nan"), 0.2])]

    (trained,) = training_charts([{**CHECKPOINT, "history": {"dev_curve": entries}}])

    assert trained.charts[0].lines[0].values == ((0, 0.1), (3, 0.2))
