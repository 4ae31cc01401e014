from collections.abc import Callable

import pytest

from harness.results.html_report.row_order import row_order
from harness.results.html_report.verdict_cards import Card, listed, verdict_cards
from harness.results.records.record import Record
from harness.results.tables.intervals import with_intervals
from harness.results.tables.scoreboards import scoreboards

MakeRecord = Callable[..., Record]


def cards_of(*records: Record, draws: int = 200) -> list[Card]:
    (board,) = scoreboards(records, protocols=["all"])
    board = with_intervals(board, draws=draws) if draws else board
    return verdict_cards(board, row_order(board))


def test_a_real_lead_is_said_with_its_points_and_interval(make_record: MakeRecord) -> None:
    best, lead, real = cards_of(make_record("mean", noise=0.1), make_record("cls", noise=3))

    assert (best.label, best.head) == ("Best", "mean")
    assert best.lines[0].startswith("best score on STS-B: 9")
    assert lead.head.endswith("points")
    assert lead.lines[0] == "ahead of cls on STS-B"
    assert lead.lines[1].startswith("95 % interval ")
    assert real.head == "Real"
    assert real.lines[0].startswith("on STS-B (p ")


def test_a_tie_names_who_is_tied(make_record: MakeRecord) -> None:
    close = make_record("cls", noise=0.305, random_state=1)

    best, _, real = cards_of(make_record("mean", noise=0.3), close)

    assert best.label == "Highest, but tied"
    assert real.head == "A tie"
    assert real.lines[0].endswith(("with mean", "with cls"))


def test_leads_that_round_to_one_number_are_shown_as_one(make_record: MakeRecord) -> None:
    encoders, tasks = ("mean", "cls"), ("sts12", "sts13")

    _, lead, _ = cards_of(*(make_record(e, task) for e in encoders for task in tasks), draws=0)

    assert lead.head == "0.0 points"


def test_tasks_are_counted_where_there_is_no_average(make_record: MakeRecord) -> None:
    noises = {"mean": (0.1, 0.1, 3), "cls": (3, 3, 0.1)}
    tasks = ("sts12", "sts13", "stsb-test")
    records = [
        make_record(encoder, task, noise=noise)
        for encoder, by_task in noises.items()
        for task, noise in zip(tasks, by_task, strict=True)
    ]

    best, lead, real = cards_of(*records)

    assert best.head == "mean"
    assert best.lines == ("best on 2 of 3 tasks", "cls leads on STS-B")
    assert lead.lines == ("ahead of the next (cls) on the 2 tasks where it leads",)
    assert (real.head, real.lines[0]) == ("Real on 2 of 2", "real on STS12 and STS13")


def test_one_encoder_has_nothing_to_be_compared_with(make_record: MakeRecord) -> None:
    measured, score, real = cards_of(make_record("mean", noise=0.3))

    assert (measured.head, real.head) == ("mean", "Nothing to compare")
    assert score.lines[0] == "on STS-B"


def test_without_items_the_card_says_why_nothing_was_tested(make_record: MakeRecord) -> None:
    records = [make_record("mean", items={}), make_record("cls", noise=3, items={})]

    real = cards_of(*records)[-1]

    assert real.head == "Not tested"
    assert "no intervals for STS-B" in real.lines[0]


def test_seeds_leaks_and_picked_settings_qualify_the_best(make_record: MakeRecord) -> None:
    trained = ("stsb-test",)
    seeds = [
        make_record("mean:layers=0", noise=0.1, seed=seed, random_state=seed, trained_on=trained)
        for seed in range(3)
    ]
    others = [make_record(f"mean:layers={k}", noise=1 + k) for k in range(1, 4)]

    best, lead, _ = cards_of(*seeds, make_record("cls", noise=2), *others, draws=0)

    assert "† trained on text of STS-B, or picked by its scores" in best.lines
    assert "over 3 seeds" in lead.lines[-1]


@pytest.mark.parametrize(
    ("names", "text"),
    [("a", "a"), ("ab", "a and b"), ("abcd", "a, b, c and d"), ("abcdef", "a, b, c and 3 more")],
)
def test_many_names_are_counted(names: str, text: str) -> None:
    assert listed(list(names)) == text


def test_without_an_average_a_lead_that_is_a_tie_everywhere_is_no_best(
    make_record: MakeRecord,
) -> None:
    records = [
        make_record(encoder, task, noise=1, random_state=place)
        for place, encoder in enumerate(("mean", "cls"))
        for task in ("sts12", "sts13")
    ]

    best, _, real = cards_of(*records)

    assert (best.label, real.head) == ("Highest, but tied", "A tie")


def test_a_lead_that_is_real_everywhere_is_said_of_all_tasks(make_record: MakeRecord) -> None:
    records = [
        make_record(encoder, task, noise=noise)
        for encoder, noise in (("mean", 0.1), ("cls", 3))
        for task in ("sts12", "stsb-test")
    ]

    *_, real = cards_of(*records)

    assert (real.head, real.lines[0]) == ("Real on 2 of 2", "real on all 2 tasks")
