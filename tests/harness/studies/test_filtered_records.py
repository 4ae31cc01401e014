from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import RecordError
from harness.results.records.record import Record
from harness.results.records.store import ResultStore
from harness.studies.comparison import compare
from harness.studies.folder_report import read_report

RUNS = Path("runs")


@pytest.fixture(autouse=True)
def stored(make_record: Callable[..., Record]) -> None:
    store = ResultStore(RUNS)
    for spec, model in (("mean", "a"), ("mean", "b"), ("mean:layers=0", "a"), ("cls", "c")):
        store.add(make_record(spec, model=model, data="sample"))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"encoders": ["mean"]}, [("mean", "a"), ("mean", "b")]),
        ({"encoders": ["mean@b", "cls"]}, [("cls", "c"), ("mean", "b")]),
        ({"encoders": ["mean:*"]}, [("mean:layers=0", "a")]),
        ({"model": ["b", "c"]}, [("cls", "c"), ("mean", "b")]),
        ({"model": "b"}, [("mean", "b")]),
        ({"rename": {"mean@b": "new"}, "encoders": ["new"]}, [("mean", "b")]),
    ],
)
def test_a_report_holds_the_encoders_and_models_asked_for(
    asked: dict[str, object], found: list[tuple[str, str]]
) -> None:
    report = read_report(RUNS, **asked)  # type: ignore[arg-type]

    assert sorted((record.encoder, record.model) for record in report.records) == found


def test_an_encoder_that_no_record_is_of_is_refused() -> None:
    with pytest.raises(RecordError, match="no record of encoder 'max'"):
        read_report(RUNS, encoders=["max"])


def test_renamed_encoders_are_compared_under_their_new_names() -> None:
    names = {"mean:layers=0": "first", "mean@b": "second"}

    compared = compare(["first", "second"], ["stsb-test"], records=RUNS, rename=names)

    assert {name for group in compared.groups for name in group.records} == {"first", "second"}
