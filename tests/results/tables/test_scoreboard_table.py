import pytest

from harness.results.families import AVERAGED
from harness.results.records.record import Record
from harness.results.records.training import TrainingRecord
from harness.results.tables.scoreboard_table import score_table
from harness.results.tables.table import Table

SEVEN = AVERAGED["sts"]


def make(
    encoder: str = "mean", task: str = "sts12", score: float = 0.5, **values: object
) -> Record:
    base: dict[str, object] = {
        "encoder": encoder,
        "model": "minilm",
        "seed": None,
        "task": task,
        "title": task.upper(),
        "family": "sts",
        "data": "/data",
        "scores": {"spearman": {"mean": score, "wmean": score / 2, "all": score / 4}},
        "splits": {"a": {}, "b": {}},
        "dim": 4,
    }
    return Record.model_validate({**base, **values})


def table(*records: Record, protocol: str = "mean") -> Table:
    return score_table(records, metric="spearman", protocol=protocol)


def all_seven(encoder: str = "mean", **values: object) -> list[Record]:
    return [make(encoder, task, 0.1 * (1 + i), **values) for i, task in enumerate(SEVEN)]


@pytest.mark.parametrize(
    ("protocol", "score", "meaning"),
    [
        ("mean", "40.00", "protocol mean (mean over splits)"),
        ("wmean", "20.00", "protocol wmean (mean over splits, weighted by pairs)"),
        ("all", "10.00", "protocol all (all pairs of a task at once)"),
    ],
)
def test_a_table_shows_one_protocol_and_says_which(
    protocol: str, score: str, meaning: str
) -> None:
    shown = table(make(score=0.4), protocol=protocol)

    assert shown.rows == (("mean", score),)
    assert shown.title == f"STS: Spearman × 100, {meaning}, model minilm"


def test_the_seven_tasks_come_in_their_order_then_the_average_then_the_others() -> None:
    records = [make(task="stsb-dev"), *reversed(all_seven())]

    shown = table(*records)

    assert shown.columns == (
        "encoder",
        *(task.upper() for task in SEVEN),
        "Avg.",
        "STSB-DEV",
    )
    assert shown.rows[0][-2:] == ("40.00", "50.00")
    assert shown.notes[0] == (
        "Avg. is the mean of STS12, STS13, STS14, STS15, STS16, STSB-TEST, SICKR-TEST"
    )


@pytest.mark.parametrize("missing", SEVEN)
def test_a_partial_set_of_tasks_has_no_average(missing: str) -> None:
    shown = table(*(record for record in all_seven() if record.task != missing))

    assert "Avg." not in shown.columns
    assert not any("Avg." in note for note in shown.notes)


def test_an_encoder_that_lacks_a_task_has_no_average() -> None:
    shown = table(*all_seven("whole"), *all_seven("partial")[:-1])
    rows = {row[0]: row for row in shown.rows}

    assert rows["whole"][-1] == "40.00"
    assert rows["partial"][-2:] == ("–", "–")


def test_seeds_are_one_row_with_mean_and_deviation() -> None:
    records = [make(score=score, seed=seed) for seed, score in enumerate([0.4, 0.5, 0.6])]

    shown = table(*records)

    assert shown.rows == (("mean", "50.00 ± 10.00 (3)"),)
    assert "mean ± standard deviation over seeds (their number)" in shown.notes


def test_seeds_are_averaged_seed_by_seed() -> None:
    first, second = all_seven(seed=0), all_seven(seed=1)
    lacking = [record for record in second if record.task != "sts12"]

    shown = table(*second, *first)
    partly = table(*first, *lacking)

    assert shown.rows[0][-1] == "40.00 ± 0.00 (2)"
    assert partly.rows[0][-1] == "40.00 (1 of 2 seeds)"


def test_the_best_score_of_each_column_is_marked_by_what_is_shown() -> None:
    records = [make("a", score=0.50001), make("b", score=0.50002), make("c", score=0.4)]

    assert table(*records).best == {1: (0, 1)}


def test_a_single_row_beats_nobody() -> None:
    assert table(make()).best == {1: ()}


def test_rows_name_the_model_only_where_there_are_several() -> None:
    shown = table(make(), make(model="bert"))

    assert [row[0] for row in shown.rows] == ["mean (minilm)", "mean (bert)"]
    assert "model" not in shown.title


def test_sample_data_is_reported_in_the_title() -> None:
    assert table(make(data="sample")).title.endswith("SAMPLE DATA, not a benchmark")


def test_a_score_without_protocols_has_none_in_its_title() -> None:
    records = [make(family="transfer", scores={"accuracy": 0.8})]

    shown = score_table(records, metric="accuracy", protocol="all")

    assert shown.title == "Transfer: Accuracy × 100, model minilm"


def test_training_on_a_task_s_own_text_is_noted() -> None:
    training = TrainingRecord(corpus="x", corpus_sha256="0", sentences=2, tasks=("sts12",))

    notes = table(make(training=training)).notes

    note = "† the encoder saw text of this task in training, or scores on it picked the weights"
    assert note in notes


def test_counts_that_are_not_the_published_ones_are_noted() -> None:
    details = {"unpublished_counts": {"MSRpar": {"pairs": 7, "published": 750}}}

    assert "STS12 MSRpar: 7 pairs where 750 are published" in table(make(details=details)).notes


def test_a_task_of_one_split_among_others_is_noted_where_protocols_differ() -> None:
    one = make(task="stsb-dev", scores={"spearman": {"all": 0.3}}, splits={"dev": {}})

    assert table(make(), one).notes == (
        "STSB-DEV have one split, so one score whatever the protocol",
    )
    assert table(make(), one, protocol="all").notes == ()
    assert table(make(), one).rows == (("mean", "50.00", "30.00"),)
