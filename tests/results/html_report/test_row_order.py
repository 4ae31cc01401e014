from collections.abc import Callable

from harness.results.families import AVERAGED
from harness.results.html_report.row_order import BoardRow, row_order
from harness.results.records.record import Record
from harness.results.tables.scoreboards import scoreboards

MakeRecord = Callable[..., Record]


def rows_of(*records: Record) -> list[BoardRow]:
    (board,) = scoreboards(records, protocols=["all"])
    return row_order(board)


def test_the_best_row_is_first_and_a_missing_score_is_last(make_record: MakeRecord) -> None:
    records = [make_record("max", "sts12", noise=0.1)]
    records += [make_record(e, t, noise=n) for e, n in (("cls", 2), ("mean", 0.3))
                for t in ("sts12", "stsb-test")]  # fmt: skip

    assert [row.name for row in rows_of(*records)] == ["mean", "cls", "max"]


def test_many_settings_are_folded_under_their_encoder_but_for_the_best(
    make_record: MakeRecord,
) -> None:
    sweep = [make_record(f"mean:layers={k}", noise=0.5 + k) for k in range(4)]

    rows = rows_of(make_record("mean", noise=9), make_record("cls", noise=1), *sweep)

    assert [row.name for row in rows if not row.head] == ["mean:layers=0", "cls", "mean"]
    assert [row.picked_of for row in rows if not row.head] == [5, 0, 0]
    assert [row.name for row in rows if row.head == "mean"] == [
        f"mean:layers={k}" for k in (1, 2, 3)
    ]


def test_a_few_settings_stand_beside_each_other(make_record: MakeRecord) -> None:
    rows = rows_of(*(make_record(f"mean:layers={k}", noise=1 + k) for k in range(3)))

    assert [(row.head, row.folded, row.picked_of) for row in rows] == [("", 0, 0)] * 3


def test_a_sweep_without_its_plain_encoder_is_folded_under_its_best(
    make_record: MakeRecord,
) -> None:
    best, *others = rows_of(*(make_record(f"mean:layers={k}", noise=1 + k) for k in range(4)))

    assert (best.name, best.folded, best.picked_of) == ("mean:layers=0", 3, 4)
    assert {row.head for row in others} == {"mean:layers=0"}


def test_rows_without_the_average_are_ordered_by_the_tasks_that_they_have(
    make_record: MakeRecord,
) -> None:
    whole = [make_record("cls", task, noise=1) for task in AVERAGED["sts"]]
    sweep = [make_record(f"mean:layers={k}", noise=9 - 2 * k) for k in range(4)]

    first, best, *_ = rows_of(*whole, *sweep)

    assert (first.name, best.name, best.picked_of) == ("cls", "mean:layers=3", 4)
