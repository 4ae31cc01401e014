from collections.abc import Callable, Mapping, Sequence

import pytest

from harness.errors import RecordError
from harness.results.comparisons.forest import forest_lines
from harness.results.comparisons.outcome import RecordComparison
from harness.results.comparisons.record_comparison import compare_records
from harness.results.families import AVERAGED
from harness.results.records.record import Record
from harness.results.statistics.estimates import Comparison
from harness.results.statistics.resampling import Resampling
from harness.studies.comparison import compare

MakeRecord = Callable[..., Record]


def compared(
    make_record: MakeRecord, noises: Mapping[str, float], *tasks: str
) -> RecordComparison:
    matched = {
        name: [make_record(name, task, noise=noise, random_state=place) for task in tasks]
        for place, (name, noise) in enumerate(noises.items())
    }
    return compare_records(matched, Resampling(draws=300))


def test_a_clear_lead_is_called_real(make_record: MakeRecord) -> None:
    found = compared(make_record, {"bad": 3, "good": 0.05}, "stsb-test")

    (sentence,) = found.verdict()

    first, second = found.columns["STS-B"].scores
    points = 100 * (first.score.value - second.score.value)
    assert sentence.startswith(f"good is ahead of bad by {points:.1f} points on STS-B [")
    assert sentence.endswith("]: real (p ≤0.0033).")


def test_encoders_that_cannot_be_distinguished_are_tied(make_record: MakeRecord) -> None:
    matched = {name: [make_record(name)] for name in ("a", "twin", "third")}

    (sentence,) = compare_records(matched, Resampling(draws=200)).verdict()

    assert sentence == (
        "a and third are tied on STS-B: 0.0 points apart [0.0, 0.0], p = 1.0000; a is tied with"
        " third and twin."
    )


def test_many_tasks_are_counted_after_their_average(make_record: MakeRecord) -> None:
    found = compared(make_record, {"bad": 3, "good": 0.05}, *AVERAGED["sts"])

    average, counts = found.verdict()

    assert " on the average of 7 tasks [" in average
    assert counts == (
        "good has the best score on 7 of 7 tasks; its lead over the next is real on all."
    )


def test_a_lead_that_is_real_on_some_tasks_names_them(make_record: MakeRecord) -> None:
    tasks = ("one", "two", "three", "four")
    noisy = {"one": 3.0, "two": 3.0}
    matched = {
        "good": [make_record("good", task, title=task, noise=0.05) for task in tasks],
        "other": [
            make_record("other", task, title=task, noise=noisy.get(task, 0.05)) for task in tasks
        ],
    }

    _, sentence = compare_records(matched, Resampling(draws=300)).verdict()

    assert sentence == (
        "good has the best score on 4 of 4 tasks; its lead over the next is real on 2: one and"
        " two."
    )


def test_what_cannot_be_tested_is_said_to_be_so(make_record: MakeRecord) -> None:
    matched = {
        name: [make_record(name, scores={"mrr": score}, items={})]
        for name, score in (("a", 0.5), ("b", 0.25))
    }

    found = compare_records(matched, Resampling(metric="mrr"))

    assert found.verdict() == ["a is ahead of b by 25.0 points on STS-B, which cannot be tested."]
    (plot,) = found.plots(80)
    assert not any("├" in line for line in plot)


def test_a_lone_encoder_has_no_verdict_and_no_plot(make_record: MakeRecord) -> None:
    found = compare_records({"a": [make_record("a")]}, Resampling(draws=20))

    assert (found.verdict(), found.plots(80)) == ([], [])


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_a_plot_fits_the_width_and_places_what_it_draws(
    make_record: MakeRecord, width: int
) -> None:
    noises = {"good": 0.05, "an encoder with a long name": 0.06, "bad": 3}
    column = compared(make_record, noises, "stsb-test").columns["STS-B"]

    title, *lines = forest_lines("STS-B", column, 0.95, width)

    best = column.scores[0].encoder
    assert title == f"STS-B: points behind {best}, 95% paired bootstrap intervals; ○: tied"
    assert all(len(line) <= max(width, 48) for line in lines)
    dots = [line.index(dot) for line in lines for dot in "●○" if dot in line]
    assert len(dots) == len(column.scores)
    assert dots == sorted(dots, reverse=True), "sorted by score, so the dots move left"
    assert _hollow(lines) == _tied(column)
    ends = [line[-6:].strip() for line in lines[: len(noises)]]
    assert ends == [f"{100 * score.score.value:.2f}" for score in column.scores]


def _hollow(lines: Sequence[str]) -> int:
    return sum("○" in line for line in lines)


def _tied(column: Comparison) -> int:
    best = column.scores[0].encoder
    return sum(d.first == best and not d.significant for d in column.differences)


def test_differences_are_those_to_the_best_unless_all_are_asked_for(
    make_record: MakeRecord,
) -> None:
    found = compared(make_record, {"bad": 3, "good": 0.05, "fair": 1}, "stsb-test")

    def pairs(*, all_pairs: bool) -> list[str]:
        return [row[0] for row in found.difference_table(all_pairs=all_pairs).rows]

    assert pairs(all_pairs=False) == ["good − fair", "good − bad"]
    assert pairs(all_pairs=True) == ["good − fair", "good − bad", "fair − bad"]
    assert len(found.tables()) == 2
    assert len(found.tables(all_pairs=True)) == 3


def test_the_sample_counts_only_where_nothing_else_was_measured(make_record: MakeRecord) -> None:
    places = [(name, data) for data in ("sample", "/data") for name in ("a", "b")]
    records = [make_record(name, data=data) for name, data in places]

    few = Resampling(draws=20)
    measured = compare(["a", "b"], ["stsb-test"], records=records, resampling=few)
    asked = compare(["a", "b"], ["stsb-test"], records=records, data="sample", resampling=few)

    def places_of(found: RecordComparison) -> set[str]:
        return {record.data for own in found.records.values() for record in own}

    assert (places_of(measured), places_of(asked)) == ({"/data"}, {"sample"})


def test_differences_to_a_reference_are_signed_as_they_are_seen_from_it(
    make_record: MakeRecord,
) -> None:
    noises = {"good": 0.05, "fair": 1, "bad": 3}
    records = [
        make_record(name, noise=noise, random_state=place)
        for place, (name, noise) in enumerate(noises.items())
    ]
    few = Resampling(draws=300)

    found = compare(list(noises), ["stsb-test"], records=records, reference="fair", resampling=few)

    good, bad = found.verdict()
    assert " points ahead of fair on STS-B [" in good
    assert good.startswith("good is ")
    assert bad.startswith("bad is ")
    assert " points behind fair on STS-B [" in bad
    assert [row[0] for row in found.groups[0].difference_table().rows] == [
        "good − fair",
        "fair − bad",
    ]
    ((title, *lines),) = found.plots(80)
    assert title.startswith("STS-B: points from fair, ")
    zero = lines[2].index("│") if "│" in lines[2] else lines[0].index("│")
    assert lines[0].index("●") > zero
    assert lines[1].index("●") == zero
    assert lines[2].index("●") < zero
    with pytest.raises(RecordError, match="reference must be one of good, fair, bad, got 'god'"):
        compare(list(noises), ["stsb-test"], records=records, reference="god", resampling=few)
