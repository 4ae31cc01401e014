from collections.abc import Callable

import pytest

from harness.data import DataFolder
from harness.planning.planned_tasks import PlannedTask, plan_tasks
from harness.results.notices import Notice
from harness.results.records.record import OWN_FILES, SAMPLE, Record
from harness.studies.item_texts import read_item_texts
from harness.tasks.sts.task import StsTask

MakeRecord = Callable[..., Record]


@pytest.fixture(scope="module")
def scored(sample: DataFolder) -> PlannedTask:
    (planned,) = plan_tasks(["sts12"], sample, {})
    return planned


@pytest.fixture(scope="module")
def record(make_record: MakeRecord, scored: PlannedTask) -> Record:
    assert isinstance(scored.task, StsTask)
    columns = {
        name: (pairs.gold.tolist(), pairs.gold.tolist())
        for name, pairs in scored.task.splits.items()
    }
    return make_record(
        task="sts12", data=SAMPLE, data_checksum=scored.data_checksum, columns=columns
    )


def test_the_sentences_stand_in_the_order_of_the_record_s_items(
    record: Record, scored: PlannedTask
) -> None:
    (found,) = read_item_texts([record]).values()

    assert isinstance(scored.task, StsTask)
    texts = [tuple(item) for split in record.items for item in found.splits[split]]
    golds = [gold for columns in record.items.values() for gold in columns["gold"]]
    pairs = [(*text, gold) for text, gold in zip(texts, golds, strict=True)]
    assert tuple(pairs) == scored.task.scored_pairs


def test_files_with_another_checksum_give_no_sentences(record: Record) -> None:
    other = record.model_copy(update={"data_checksum": "0" * 64})

    with pytest.warns(Notice, match="no sentences of sts12: files in sample must be those that"):
        (found,) = read_item_texts([other]).values()

    assert not found.splits
    assert "got other checksums" in found.missing


def test_a_folder_that_is_gone_is_named(record: Record) -> None:
    gone = record.model_copy(update={"data": "/nowhere"})

    with pytest.warns(Notice, match="no sentences of sts12: .*/nowhere"):
        (found,) = read_item_texts([gone]).values()

    assert found.missing


def test_data_that_moved_are_found_in_the_users_own_folder(
    record: Record, sample: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_DATA", str(sample.root))
    gone = record.model_copy(update={"data": "/nowhere"})

    (found,) = read_item_texts([gone]).values()

    assert list(found.splits) == list(record.items)


def test_own_files_give_no_sentences(make_record: MakeRecord) -> None:
    record = make_record(task="mine", data=OWN_FILES)

    with pytest.warns(Notice, match="no sentences of mine: records do not say where"):
        (found,) = read_item_texts([record]).values()

    assert not found.splits
