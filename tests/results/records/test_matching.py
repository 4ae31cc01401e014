import re
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest

from harness.results.records.matching import UnlikeRecordsError, match_records
from harness.results.records.record import FileRecord, Record
from harness.results.records.task_items import task_splits
from harness.results.records.training import TrainingRecord

MakeRecord = Callable[..., Record]


def test_all_encoders_and_common_tasks_are_chosen_where_none_are_named(
    make_record: MakeRecord,
) -> None:
    records = [make_record("a", "sts12"), make_record("a"), make_record("b")]

    chosen = match_records(records, [], [])

    assert {name: [r.task for r in found] for name, found in chosen.items()} == {
        "a": ["stsb-test"],
        "b": ["stsb-test"],
    }


def test_the_newest_of_equal_results_counts(make_record: MakeRecord) -> None:
    old, new = make_record("a", noise=1), make_record("a", noise=2)

    chosen = match_records([old, new], ["a"], ["stsb-test"])

    assert chosen["a"] == [new]


def test_one_encoder_on_two_models_is_two_contestants(make_record: MakeRecord) -> None:
    records = [make_record("a", model="small"), make_record("a", model="large")]

    assert list(match_records(records, [], [])) == ["a@large", "a@small"]
    assert [r.model for r in match_records(records, ["a@small"], [])["a@small"]] == ["small"]
    assert [r.model for r in match_records(records, ["a"], [], model="large")["a"]] == ["large"]


def test_an_unknown_encoder_is_answered_with_the_nearest_name(make_record: MakeRecord) -> None:
    with pytest.raises(UnlikeRecordsError, match="Did you mean 'mean'"):
        match_records([make_record("mean"), make_record("wk")], ["meam"], [])
    with pytest.raises(UnlikeRecordsError, match=r"eval wk --model minilm .* There are: mean"):
        match_records([make_record("mean")], ["wk@minilm"], [])
    with pytest.raises(UnlikeRecordsError, match="harness eval wk --model tiny --data /data"):
        match_records([make_record("mean")], ["wk"], [])
    with pytest.raises(UnlikeRecordsError, match="Did you mean 'wk:k=3'"):
        match_records([make_record("mean"), make_record("wk:k=3")], ["wk"], [])


def trained_on(name: str, checksum: str) -> TrainingRecord:
    return TrainingRecord(corpus=name, corpus_sha256=checksum * 64, sentences=9)


def test_one_encoder_trained_on_two_texts_is_two_contestants(make_record: MakeRecord) -> None:
    records = [
        make_record("sg", training=trained_on("sts", "a")),
        make_record("sg", seed=0, training=trained_on("sts[5]", "b")),
        make_record("sg", seed=1, training=trained_on("sts[5]", "c")),
        make_record("mean"),
    ]

    assert {label: len(found) for label, found in match_records(records, [], []).items()} == {
        "sg (sts)": 1,
        "sg (sts[5])": 2,
        "mean": 1,
    }
    assert match_records(records, ["sg (sts)", "mean"], [])["sg (sts)"] == records[:1]
    with pytest.raises(UnlikeRecordsError, match=r"name one of 'sg \(sts\)', 'sg \(sts\[5\]\)'"):
        match_records(records, ["sg", "mean"], [])


def test_texts_of_one_name_are_distinguished_by_checksum(make_record: MakeRecord) -> None:
    records = [make_record("sg", training=trained_on("my text", sign)) for sign in "ab"]

    assert list(match_records(records, [], [])) == [f"sg (my text {12 * sign})" for sign in "ab"]


def test_encoders_without_all_tasks_are_left_out_where_none_are_named(
    make_record: MakeRecord,
) -> None:
    records = [make_record("a", "sts12"), make_record("a"), make_record("b")]

    assert list(match_records(records, [], ["sts12", "stsb-test"])) == ["a"]
    with pytest.raises(UnlikeRecordsError, match="no encoder has records on all of sts16"):
        match_records(records, [], ["sts16"])


def test_a_refusal_says_what_there_is(make_record: MakeRecord) -> None:
    records = [make_record(f"e{number}") for number in range(20)]

    with pytest.raises(UnlikeRecordsError, match="of model 'big', only of models tiny on data"):
        match_records(records, [], [], model="big")
    with pytest.raises(UnlikeRecordsError, match=r"e11, and 8 more$"):
        match_records(records, ["zz"], [])


def test_a_missing_task_is_answered_with_the_command_that_scores_it(
    make_record: MakeRecord,
) -> None:
    with pytest.raises(
        UnlikeRecordsError, match="wk --model tiny --data /data --tasks sts12 makes"
    ):
        match_records([make_record("wk")], ["wk"], ["sts12"])


def test_the_tasks_that_there_are_records_on_are_reported(make_record: MakeRecord) -> None:
    with pytest.raises(UnlikeRecordsError, match="sts16: there are some on sts12, stsb-test, ch"):
        match_records([make_record("a", "sts12"), make_record("a")], [], ["sts16"])


def test_encoders_that_read_no_transformer_stay_beside_those_of_a_model(
    make_record: MakeRecord,
) -> None:
    records = [make_record("bow", model=None), *(make_record("a", model=m) for m in "XY")]

    chosen = match_records(records, [], [], model="X")

    assert {name: [r.model for r in found] for name, found in chosen.items()} == {
        "bow": [None],
        "a": ["X"],
    }
    with pytest.raises(UnlikeRecordsError, match="no records of model 'Z', only of models X, Y"):
        match_records(records, ["bow"], [], model="Z")


def test_a_cure_names_the_model_and_the_folder_of_the_records(make_record: MakeRecord) -> None:
    records = [make_record("mean"), make_record("bow", model=None)]

    with pytest.raises(
        UnlikeRecordsError, match=r"eval wk --model tiny .* --records 'my runs'. There"
    ):
        match_records(records, ["wk"], [], out="my runs")
    with pytest.raises(UnlikeRecordsError, match="eval wk --model tiny --data /else"):
        match_records(
            [*records, make_record("bow", model=None, data="/else")], ["wk"], [], data=["/else"]
        )


OTHER_DATA = {
    "data_files": (FileRecord(name="x", sha256="f" * 64, rows=1),),
    "data_checksum": "abcdef" * 10,
}
WAYS = [  # in which two results of one encoder on one task differ
    {"model": "large"},
    {"settings": {"layers": "1", "pool": [1, 2]}},
    {"runtime": {"dtype": "fp16", "max_length": 64}},
    {"runtime": {"dtype": "fp32", "max_length": 8}},
    {"training": TrainingRecord(corpus="sts[5]", corpus_sha256="d" * 64, sentences=5)},
    OTHER_DATA,
    {"task_settings": {"similarity": "dot", "nan": "zero"}},
    {"pairs": 41},
]


@pytest.mark.parametrize("change", WAYS)
def test_every_name_that_a_refusal_offers_chooses_one_result(
    make_record: MakeRecord, change: dict[str, object]
) -> None:
    records = [make_record("a"), make_record("a", **change), make_record("a", "sts12")]

    with pytest.raises(UnlikeRecordsError) as refusal:
        match_records(records, ["a"], ["stsb-test"])
    offered = re.findall("'([^']+)'", str(refusal.value).partition("name one of ")[2])
    chosen = [match_records(records, [name], ["stsb-test"])[name] for name in offered]

    assert sorted(map(id, chain(*chosen))) == sorted(map(id, records[:2]))


def test_results_that_differ_in_several_ways_are_chosen_step_by_step(
    make_record: MakeRecord,
) -> None:
    fp16 = {"runtime": {"dtype": "fp16", "max_length": 64}}
    records = [
        make_record("a", **how, **where) for how in ({}, fp16) for where in ({}, OTHER_DATA)
    ]

    with pytest.raises(UnlikeRecordsError, match=r"name one of .*'a \(fp16, data abcdefabcdef\)'"):
        match_records(records, ["a (fp16)"], ["stsb-test"])

    name = "a (fp16, data abcdefabcdef)"
    assert match_records(records, [name], ["stsb-test"]) == {name: records[3:]}


def test_data_is_chosen_by_the_beginning_of_its_checksum(make_record: MakeRecord) -> None:
    old, new, other = make_record("a"), make_record("a", **OTHER_DATA), make_record("a", "sts12")

    with pytest.raises(
        UnlikeRecordsError, match="with --data stsb-test111 or --data abcdefabcdef"
    ):
        match_records([old, new, other], ["a"], [])

    assert match_records([old, new, other], ["a"], [], data=["abcdef"])["a"] == [new, other]
    assert match_records([old, new, other], ["a"], [], data=["stsb-test1", "/data"])["a"] == [
        old,
        other,
    ]
    with pytest.raises(UnlikeRecordsError, match="no records on data 'abc', only of models tiny"):
        match_records([old, new], ["a"], [], data=["abc"])
    of_large = new.model_copy(update={"model": "large"})
    with pytest.raises(UnlikeRecordsError, match="no records of model 'tiny' on data 'abcdef'"):
        match_records([old, of_large], ["a"], [], model="tiny", data=["abcdef"])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"model": "large"}, "model: tiny and large"),
        ({"settings": {"layers": "1"}}, "encoder settings"),
        ({"runtime": {"dtype": "fp16", "max_length": 64}}, "number format: fp32 and fp16"),
        ({"runtime": {"dtype": "fp32", "max_length": 8}}, "longest input: 64 and 8"),
    ],
)
def test_one_encoder_measured_in_two_ways_is_refused(
    make_record: MakeRecord, change: dict[str, object], problem: str
) -> None:
    with pytest.raises(UnlikeRecordsError, match=problem):
        match_records([make_record("a"), make_record("a", **change)], ["a"], ["stsb-test"])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            {"data": "sample", "data_files": (FileRecord(name="x", sha256="f" * 64, rows=1),)},
            r"data: /data \(checksum stsb-test111\) and sample",
        ),
        (
            {"task_settings": {"similarity": "dot"}},
            "task settings: similarity=cosine and similarity=dot$",
        ),
        ({"pairs": 41}, "scored items"),
        ({"items": {"test": {"gold": [1.0] * 40}}}, "gold scores differ"),
    ],
)
def test_unlike_results_are_refused_and_the_difference_named(
    make_record: MakeRecord, change: dict[str, object], problem: str
) -> None:
    matched = {"a": [make_record("a")], "b": [make_record("b", **change)]}

    with pytest.raises(UnlikeRecordsError, match=problem):
        task_splits(matched)


def test_results_without_scores_of_items_are_refused(make_record: MakeRecord) -> None:
    bare = {name: [make_record(name, items={})] for name in "ab"}

    with pytest.raises(UnlikeRecordsError, match="a on stsb-test has no scores of single items"):
        task_splits(bare)


def test_other_gold_scores_under_one_checksum_are_refused(make_record: MakeRecord) -> None:
    other = make_record("b")
    other.items["test"]["gold"][0] += 1

    with pytest.raises(UnlikeRecordsError, match="gold scores differ"):
        task_splits({"a": [make_record("a")], "b": [other]})


def test_the_same_files_in_another_folder_are_the_same_data(make_record: MakeRecord) -> None:
    moved = make_record("b", data="/elsewhere", data_checksum="e" * 64)

    splits = task_splits({"a": [make_record("a")], "b": [moved]})

    assert list(splits) == ["stsb-test"]


def test_an_encoder_with_other_seeds_on_another_task_is_refused(make_record: MakeRecord) -> None:
    records = [
        make_record("a", seed=0),
        make_record("a", seed=1),
        make_record("a", "sts12", seed=0),
    ]

    with pytest.raises(UnlikeRecordsError, match=r"\[0, 1\] on stsb-test and \[0\] on sts12"):
        task_splits({"a": records})


def test_seeds_become_rows_in_their_order(make_record: MakeRecord) -> None:
    second, first = make_record("a", seed=1, noise=2), make_record("a", seed=0)

    (split,) = task_splits({"a": [second, first]})["stsb-test"]

    assert split.systems["a"] == [first.items["test"]["system"], second.items["test"]["system"]]


def test_an_encoder_and_a_model_can_be_named_as_they_are_shown(make_record: MakeRecord) -> None:
    path = str(Path.home() / "x")
    records = [make_record(f"glove:vectors={path}", model=f"{path}\x1b"), make_record("mean")]

    matched = match_records(records, ["glove:vectors=~/x"], [], model="~/x\\x1b")

    assert list(matched.values()) == [records[:1]]


def test_a_refusal_names_only_the_settings_that_differ(make_record: MakeRecord) -> None:
    by_topic, whole = (
        make_record("a", task_settings={"columns": ["q", "a"], "split": split})
        for split in ("topic", "")
    )

    with pytest.raises(UnlikeRecordsError) as refusal:
        match_records([by_topic, whole], ["a"], ["stsb-test"])

    assert str(refusal.value) == (
        "a has several results on stsb-test, which differ in task settings: split=topic and"
        " no split: name one of 'a (split=topic)', 'a (no split)'"
    )


def test_two_versions_of_an_own_file_are_named_by_the_file_and_their_checksums(
    make_record: MakeRecord,
) -> None:
    versions = [
        make_record(
            "bow",
            data="own files",
            data_checksum=digest * 64,
            data_files=(FileRecord(name="reviews.csv", sha256=digest * 64, rows=1),),
        )
        for digest in "ab"
    ]

    with pytest.raises(UnlikeRecordsError, match=r"data: reviews\.csv \(checksum a+\) and rev"):
        match_records(versions, ["bow"], ["stsb-test"])


def test_a_cure_scores_the_file_that_was_asked_for_as_it_was_read(make_record: MakeRecord) -> None:
    own = {"family": "pairs", "data": "own files", "model": None}
    file = (FileRecord(name="reviews.csv", sha256="f" * 64, rows=1),)
    settings = {"columns": ["q", "a", "grade"], "split": "topic", "part": ""}
    asked = make_record("bow", "answers", data_files=file, task_settings=settings, **own)
    records = [asked, make_record("bow", "other", **own)]

    with pytest.raises(UnlikeRecordsError, match="Make one: harness eval wk --pairs reviews"):
        match_records(records, ["wk"], ["answers"])
    with pytest.raises(UnlikeRecordsError, match="csv,columns=q,a,grade,split=topic,name=answers"):
        match_records(records, ["wk"], ["answers"])
