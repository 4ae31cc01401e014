import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from typing_extensions import override

from harness.results.html_report.page import html_report
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


def test_a_page_without_items_has_scores_and_no_gold(make_record: MakeRecord) -> None:
    boards = scoreboards([make_record("a"), make_record("b")])

    html = html_report(boards, title="T", with_items=False)

    content = embedded(html)
    assert content["tasks"] == []
    assert [result["record"]["encoder"] for result in content["results"]] == ["a", "b"]
    assert 'id="disagreements"' not in html
