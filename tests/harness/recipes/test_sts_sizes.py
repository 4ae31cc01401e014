from pathlib import Path

import pytest

from harness.data import DataFolder, open_data
from harness.errors import HarnessError
from harness.recipes.sts_sizes import sts_sizes
from harness.results.published.papers import publications


def test_the_sample_is_counted_by_part(sample: DataFolder) -> None:
    table = sts_sizes(["sts15", "stsb-test"], sample)

    assert table.title.endswith("SAMPLE DATA")
    assert table.columns == ("", "STS15", "STS-B", "total")
    assert table.rows == (
        ("train samples", "0", "24", "24"),
        ("valid samples", "0", "16", "16"),
        ("test samples", "60", "16", "76"),
        ("unlabeled texts", "150", "112", "262"),
    )


def test_a_task_of_one_part_is_counted_as_that_part(sample: DataFolder) -> None:
    table = sts_sizes(["stsb-dev", "sickr-dev"], sample)

    assert [row[1:] for row in table.rows] == [
        ("0", "0", "0"),
        ("16", "12", "28"),
        ("0", "0", "0"),
        ("32", "24", "56"),
    ]


@pytest.mark.parametrize("task", ["mr", "stsb-trained"])
def test_a_task_without_sizes_is_refused(task: str, sample: DataFolder) -> None:
    with pytest.raises(HarnessError, match=f"must be STS tasks, got '{task}'"):
        sts_sizes(["sts15", task], sample)


@pytest.mark.real
def test_real_data_has_the_published_sizes(shared: Path) -> None:
    table = sts_sizes(["sts"], open_data(shared / "data" / "senteval"))

    published = publications()["consert"].table("statistics")
    assert [row[1:-1] for row in table.rows] == [
        tuple(f"{value:g}" for value in row.values) for row in published.rows
    ]
    assert table.rows[-1][-1] == "89192"
