from collections.abc import Callable

import pytest

from harness.results.families import AVERAGED
from harness.results.published.beside_measured import published_tables
from harness.results.records.record import Record
from harness.results.records.training import TrainingRecord
from harness.results.tables.table import Table

SEVEN = AVERAGED["sts"]
MakeRecord = Callable[..., Record]
BERT = "bert-base-uncased"


def lines(table: Table) -> dict[str, tuple[str, ...]]:
    return {row[0]: row[1:] for row in table.rows}


def table_of(records: list[Record], start: str) -> Table:
    (table,) = (t for t in published_tables(records) if t.title.startswith(start))
    return table


def scored(make_record: MakeRecord, encoder: str, **fields: object) -> list[Record]:
    """Every averaged task at 0.5, 0.6 and 0.7 under all, wmean and mean."""
    scores = {"spearman": {"all": 0.5, "wmean": 0.6, "mean": 0.7}}
    return [make_record(encoder, task, scores=scores, **fields) for task in SEVEN]


def trained_on(sentences: int, *base: int) -> TrainingRecord:
    own = TrainingRecord(corpus="text", corpus_sha256="", sentences=sentences)
    return own.model_copy(update={"base": trained_on(*base)}) if base else own


def test_an_encoder_trained_on_as_much_text_has_a_difference(make_record: MakeRecord) -> None:
    records = scored(make_record, "consert", model=BERT, training=trained_on(89192))

    rows = lines(table_of(records, "STS without supervision"))

    assert rows["  difference"][1] == "-14.64"


def test_the_difference_is_measured_less_published(make_record: MakeRecord) -> None:
    table = table_of(scored(make_record, "cls", model=BERT), "Semantic textual similarity")

    rows = lines(table)
    assert rows["No tuning, CLS"][:2] == ("all", "20.30")
    assert rows[f"  cls, {BERT} (measured)"][1] == "50.00"
    assert rows["  difference"] == (
        "",
        "+29.70",
        "+7.58",
        "+28.46",
        "+17.89",
        "+28.72",
        "+12.11",
        "+5.76",
        "+18.60",
    )


def test_a_row_of_another_protocol_is_met_under_its_own(make_record: MakeRecord) -> None:
    table = table_of(scored(make_record, "flow", model=BERT), "STS without supervision")

    rows = lines(table)
    assert rows["BERT-base-flow ‡"][0] == "wmean"
    assert rows[f"  flow, {BERT} (measured) ‖"][:2] == ("wmean", "60.00")
    assert "‡: another protocol than the table's" in table.notes


def test_one_flow_for_all_tasks_is_no_flow_of_each_task_s_own_text(
    make_record: MakeRecord,
) -> None:
    records = scored(make_record, "flow", model=BERT, training=trained_on(17256))

    copied = lines(table_of(records, "STS without supervision"))
    own = lines(table_of(records, "Semantic textual similarity"))

    assert f"  flow, {BERT} (measured) ‖" in copied
    assert "  difference" not in copied
    assert "  difference" in own  # that paper's flow is of STS-B's text alone


@pytest.mark.parametrize(
    ("encoder", "fields", "mark"),
    [
        ("ct", {"model": BERT}, "°"),
        ("consert", {"model": "minilm"}, "§"),
        ("glove:vectors=/some/file.txt", {"model": None}, "§"),
        ("consert", {"model": BERT, "data": "sample"}, "¶"),
        ("consert", {"model": BERT, "training": trained_on(89192, 17)}, "‖"),
        ("consert", {"model": BERT, "training": trained_on(100)}, "‖"),
        ("consert", {"model": BERT, "details": {"text": "raw"}}, "◊"),
        ("consert", {"model": BERT, "altered_files": ("sts-test.csv",)}, "△"),
    ],
)
def test_no_difference_is_shown_where_like_is_not_with_like(
    make_record: MakeRecord, encoder: str, fields: dict[str, str], mark: str
) -> None:
    table = table_of(scored(make_record, encoder, **fields), "STS without supervision")

    measured = [name for name in lines(table) if "(measured)" in name]
    assert measured
    assert all(mark in name for name in measured)
    assert "  difference" not in lines(table)


def test_an_ablation_is_compared_by_its_averages(make_record: MakeRecord) -> None:
    records = scored(make_record, "sg-opt:head=false", model=BERT)
    records += scored(make_record, "sg", model=BERT)[:-1]  # one task short: no average

    rows = lines(table_of(records, "Ablation of SG-OPT"))

    assert rows["Without projection head (f)"] == ("all", "-1.84", "72.78")
    assert rows[f"  sg-opt:head=false, {BERT} (measured)"] == ("all", "", "50.00")
    assert rows["  difference"] == ("", "", "-22.78")
    assert not any(name.startswith("  sg,") for name in rows)


def test_times_and_counts_stand_alone(make_record: MakeRecord) -> None:
    records = scored(make_record, "mean", model=BERT)

    seconds = table_of(records, "Seconds of training")
    sizes = table_of(records, "Sizes of the STS data sets")

    assert seconds.columns == ("published", "training", "inference")
    assert seconds.rows[1] == ("BERT + WK pooling", "–", "197.03")
    assert lines(sizes)["unlabeled texts"][-2:] == ("19854", "89192")


def test_one_encoder_measured_in_two_ways_has_two_lines(make_record: MakeRecord) -> None:
    records = scored(make_record, "cls", model=BERT)
    records += scored(make_record, "cls", model=BERT, task_settings={"similarity": "dot"})

    rows = lines(table_of(records, "Semantic textual similarity"))

    assert f"  cls, {BERT}, similarity cosine (measured)" in rows
    assert f"  cls, {BERT}, similarity dot (measured)" in rows


def test_a_local_folder_counts_as_the_model_of_its_name(make_record: MakeRecord) -> None:
    table = table_of(scored(make_record, "cls", model=f"/models/{BERT}"), "Semantic textual")

    assert "  difference" in lines(table)


def test_doubtful_rows_are_marked_and_explained(make_record: MakeRecord) -> None:
    table = table_of([], "Semantic textual similarity")

    assert "Contrastive (SG-OPT), CLS ?" in lines(table)
    assert any("the cells average 74.91" in note for note in table.notes)


def test_published_tables_stand_without_any_measured_score() -> None:
    assert [len(table.rows) for table in published_tables([])] == [4, 11, 16, 5, 3, 7, 3, 8, 4, 2]
