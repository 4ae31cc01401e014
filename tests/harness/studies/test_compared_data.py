from collections.abc import Callable, Sequence

import pytest

from harness.results.records.record import Record
from harness.results.statistics.resampling import Resampling
from harness.studies.comparison import compare

MEASURED = (("mean", "sample"), ("cls", "sample"), ("bow", "sample"), ("bow", "/d"), ("max", "/d"))


@pytest.mark.parametrize(
    ("named", "data"),
    [
        (["mean", "cls"], "sample"),
        (["mean", "bow"], "sample"),
        (["bow", "max"], "/d"),
        ([], "/d"),
    ],
)
def test_encoders_are_compared_on_data_that_all_of_them_were_measured_on(
    make_record: Callable[..., Record], named: Sequence[str], data: str
) -> None:
    records = [make_record(encoder, data=place) for encoder, place in MEASURED]

    compared = compare(named, ["stsb-test"], records=records, resampling=Resampling(draws=20))

    (group,) = compared.groups
    assert {record.data for found in group.records.values() for record in found} == {data}
    assert set(group.records) >= set(named)
