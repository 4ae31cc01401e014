import csv
import io
import json
from collections.abc import Callable

import pytest

from harness.results.comparisons.record_comparison import compare_records
from harness.results.families import AVERAGED
from harness.results.formats.markdown import to_markdown
from harness.results.records.matching import UnlikeRecordsError
from harness.results.records.record import Record
from harness.results.statistics.protocols import Protocol
from harness.results.statistics.resampling import Resampling

SEVEN = AVERAGED["sts"]
MakeRecord = Callable[..., Record]


def test_a_clearly_better_encoder_wins_and_a_twin_ties(make_record: MakeRecord) -> None:
    matched = {
        "good": [make_record("good", noise=0.05)],
        "twin": [make_record("twin", noise=0.05)],
        "bad": [make_record("bad", noise=3, random_state=1)],
    }

    comparison = compare_records(matched, Resampling(draws=500))

    column = comparison.columns["STS-B"]
    assert set(column.groups) == {("good", "twin"), ("bad",)}
    assert column.beats("good") == ("bad",)
    assert comparison.encoders[-1] == "bad"
    rows = comparison.difference_table(all_pairs=True).rows
    starred = {row[0]: row[-1].endswith("*") for row in rows}
    assert starred == {name: "bad" in name for name in starred}
    assert sorted(starred.values()) == [False, True, True]


def test_the_average_stands_only_where_every_averaged_task_does(make_record: MakeRecord) -> None:
    def records(encoder: str, tasks: tuple[str, ...]) -> list[Record]:
        return [make_record(encoder, task) for task in tasks]

    whole = {name: records(name, (*SEVEN, "extra")) for name in ("a", "b")}
    part = {name: records(name, SEVEN[:-1]) for name in ("a", "b")}

    assert list(compare_records(whole, Resampling(draws=20)).columns)[-2:] == ["Avg.", "extra"]
    assert "Avg." not in compare_records(part, Resampling(draws=20)).columns


def test_the_average_leaves_other_tasks_out(make_record: MakeRecord) -> None:
    matched = {"a": [make_record("a", task) for task in (*SEVEN, "extra")]}

    columns = compare_records(matched, Resampling(draws=20)).columns

    scores = [make_record("a", task).score("spearman", "all") for task in SEVEN]
    assert columns["Avg."].scores[0].score.value == pytest.approx(sum(filter(None, scores)) / 7)


def test_a_record_whose_score_was_edited_is_refused(make_record: MakeRecord) -> None:
    edited = make_record("a", scores={"spearman": {"all": 0.99}})

    with pytest.raises(UnlikeRecordsError, match=r"says 0\.9900, but its items give"):
        compare_records({"a": [edited]}, Resampling(draws=20))


def test_a_metric_that_was_not_measured_is_refused(make_record: MakeRecord) -> None:
    with pytest.raises(UnlikeRecordsError, match="no pearson, only spearman"):
        compare_records({"a": [make_record("a")]}, Resampling(metric="pearson"))


def test_a_metric_that_one_task_lacks_names_the_tasks_that_have_it(
    make_record: MakeRecord,
) -> None:
    matched = {"a": [make_record("a", "first"), make_record("a", "second", scores={"mrr": 0.5})]}

    with pytest.raises(UnlikeRecordsError, match=r"only spearman: choose with --tasks second$"):
        compare_records(matched, Resampling(metric="mrr"))


def test_seed_spread_and_test_interval_are_shown_apart(make_record: MakeRecord) -> None:
    seeds = [make_record("a", seed=seed, random_state=seed) for seed in range(3)]

    matched = {"a": seeds, "b": [make_record("b")]}
    table = compare_records(matched, Resampling(draws=50)).score_table()

    cells = {row[0]: row[1] for row in table.rows}
    assert " ± " in cells["a"]
    assert " ± " not in cells["b"]
    assert "±: standard deviation over seeds (their number)" in table.notes


def test_tables_letter_the_groups_and_count_the_wins(make_record: MakeRecord) -> None:
    matched = {
        name: [make_record(name, noise=noise, random_state=seed)]
        for seed, (name, noise) in enumerate({"good": 0.05, "fair": 0.5, "bad": 5}.items())
    }

    comparison = compare_records(matched, Resampling(draws=500))

    scores, beats, differences = comparison.tables(all_pairs=True)

    assert [row[1].split()[-1] for row in scores.rows] == ["a", "b", "c"]
    assert beats.columns[1:] == ("1", "2", "3")
    assert beats.rows == (
        ("1 good", "", "1", "1"),
        ("2 fair", "0", "", "1"),
        ("3 bad", "0", "0", ""),
    )
    assert len(differences.rows) == 3
    assert "good − bad" in to_markdown(differences)


def test_training_on_the_tests_text_and_sample_data_are_reported(make_record: MakeRecord) -> None:
    leaky = make_record("a", data="sample", trained_on=("stsb-test",))

    table = compare_records({"a": [leaky]}, Resampling(draws=20)).score_table()

    assert "SAMPLE DATA" in table.title
    assert "† a saw text of STS-B in training, or scores on it picked the weights" in table.notes


def test_draws_too_few_for_any_difference_are_refused(make_record: MakeRecord) -> None:
    matched = {name: [make_record(name)] for name in "abc"}

    with pytest.raises(ValueError, match="at least 60 to distinguish 3 encoders, got 50"):
        compare_records(matched, Resampling(draws=50))


def test_draws_that_would_fill_the_memory_are_refused(make_record: MakeRecord) -> None:
    two = {name: [make_record(name)] for name in "ab"}
    many = {str(n): [make_record(str(n), task) for task in AVERAGED["sts"]] for n in range(90)}

    with pytest.raises(ValueError, match="must be at most 1,000,000 for 2 encoders on 1 task: m"):
        compare_records(two, Resampling(draws=1_000_001))
    with pytest.raises(ValueError, match=r"90 encoders on 7 tasks need 80,100 draws, .*fewer"):
        compare_records(many, Resampling())


@pytest.mark.parametrize(("protocol", "total"), [("all", 4 * 60), ("mean", 6 * 60)])
def test_progress_ends_at_its_total(
    make_record: MakeRecord, protocol: Protocol, total: int
) -> None:
    matched = {
        name: [make_record(name), make_record(name, "sts12", split_names=("one", "two"))]
        for name in "ab"
    }
    reported: list[tuple[str, int, int]] = []

    compare_records(
        matched,
        Resampling(protocol=protocol, draws=60),
        on_progress=lambda *at: reported.append(at),
    )

    assert reported[-1] == ("resampling", total, total)
    assert len(reported) >= 4


def test_json_and_csv_hold_every_difference(make_record: MakeRecord) -> None:
    matched = {name: [make_record(name, random_state=i)] for i, name in enumerate("abc")}

    comparison = compare_records(matched, Resampling(draws=60))

    content = json.loads(json.dumps(comparison.as_json(), allow_nan=False))
    rows = list(csv.DictReader(io.StringIO(comparison.as_csv())))
    assert len(content["columns"]["STS-B"]["differences"]) == len(rows) == 3
    assert float(rows[0]["low"]) <= float(rows[0]["difference"]) <= float(rows[0]["high"])


def test_a_protocol_without_a_score_is_named(make_record: Callable[..., Record]) -> None:
    undefined = {"spearman": {"all": 0.5, "mean": None, "wmean": None}}
    records = {name: [make_record(name, scores=undefined)] for name in ("mean", "cls")}

    with pytest.raises(ValueError, match=r"has no spearman under protocol mean$"):
        compare_records(records, Resampling(protocol="mean"))
