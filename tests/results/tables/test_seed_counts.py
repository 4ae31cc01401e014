from collections.abc import Callable
from pathlib import Path

import pytest

import harness
from harness.results.comparisons.record_comparison import compare_records
from harness.results.html_report.page import html_report
from harness.results.records.record import Record
from harness.results.statistics.resampling import Resampling
from harness.results.tables.scoreboard_table import score_table, scoreboard_table
from harness.results.tables.scoreboards import scoreboards

MakeRecord = Callable[..., Record]

FLAKY = """
import numpy as np


class Flaky:
    seeded = True

    def __init__(self, context, settings):
        if context.seed == 1:
            raise ValueError("unlucky")
        self._seed = context.seed

    def encode(self, sentences):
        generator = np.random.default_rng(self._seed)
        tables = generator.normal(size=(256, 8))
        return np.array([sum(tables[b] for b in s.encode()) for s in sentences], np.float32)
"""


@pytest.fixture
def seeds(make_record: MakeRecord) -> list[Record]:
    """An encoder's three seeds on one task, two of them on another."""
    many = [make_record("sg", seed=seed, noise=1 + seed) for seed in range(3)]
    few = [make_record("sg", "sts12", seed=seed, noise=1 + seed) for seed in range(2)]
    return [*many, *few, make_record("mean")]


def test_the_number_of_seeds_stands_with_every_mean(seeds: list[Record]) -> None:
    sg, mean = score_table(seeds, metric="spearman", protocol="all").rows

    assert sg[1].endswith(" (2 of 3 seeds)")
    assert sg[2].endswith(" (3)")
    assert "(" not in "".join(mean)


def test_it_stands_in_the_page_and_in_comparisons(seeds: list[Record]) -> None:
    own = [record for record in seeds if record.task == "stsb-test"]
    matched = {name: [r for r in own if r.encoder == name] for name in ("sg", "mean")}

    (scores, *_) = compare_records(matched, Resampling(draws=50)).tables()

    cells = {row[0]: row[1] for row in scores.rows}
    assert " (3) [" in cells["sg"]
    assert "(" not in cells["mean"].partition("[")[0]
    assert "(2 of 3 seeds)" in html_report(scoreboards(seeds), title="")


def test_seeds_that_were_asked_for_and_have_no_score_count(make_record: MakeRecord) -> None:
    records = [make_record("sg", seed=2), make_record("mean")]

    (board,) = scoreboards(records, protocols=["all"], asked={"sg": 3, "mean": 3})

    sg, mean = scoreboard_table(board).rows
    assert sg[1].endswith(" (1 of 3 seeds)")
    assert "seeds" not in mean[1]


def test_an_evaluation_says_of_how_many_seeds_a_mean_is(tmp_path: Path) -> None:
    plugin = tmp_path / "flaky.py"
    plugin.write_text(FLAKY)
    module: dict[str, type] = {}
    exec(compile(FLAKY, str(plugin), "exec"), module)  # noqa: S102 - written above

    encoders = {"flaky": module["Flaky"]}
    report = harness.evaluate(
        encoders, "stsb-test", data="sample", seeds=(0, 1, 2), cache=False, out=None
    )

    assert [failure.encoder for failure in report.failures] == ["flaky seed 1"]
    assert "(2 of 3 seeds)" in report.to_markdown()
