import pytest

from harness.results.families import AVERAGED
from harness.results.formats.latex import to_latex
from harness.results.formats.markdown import to_markdown
from harness.results.records.record import Record
from harness.results.records.training import TrainingRecord
from harness.results.tables.scoreboard_table import score_table


def _record(encoder: str, task: str, *, trained_on: tuple[str, ...] = ()) -> Record:
    training = TrainingRecord(corpus="text", corpus_sha256="", sentences=2, tasks=trained_on)
    return Record(
        encoder=encoder,
        model="minilm",
        seed=0 if trained_on else None,
        task=task,
        title=task.upper(),
        family="sts",
        data="real",
        scores={"spearman": {"all": 0.5}},
        training=training if trained_on else None,
        dim=2,
    )


def test_only_scores_on_the_text_an_encoder_was_trained_on_are_marked() -> None:
    records = [
        _record("sg", "stsb-test", trained_on=("stsb-dev", "stsb-test")),
        _record("sg", "sts12", trained_on=("stsb-dev", "stsb-test")),
        _record("mean", "stsb-test"),
        _record("mean", "sts12"),
    ]

    table = score_table(records, metric="spearman", protocol="all")

    assert table.columns == ("encoder", "STS12", "STSB-TEST")
    assert table.rows == (("sg", "50.00", "50.00†"), ("mean", "50.00", "50.00"))
    note = "† the encoder saw text of this task in training, or scores on it picked the weights"
    assert note in table.notes


def test_an_average_over_a_marked_score_is_marked() -> None:
    records = [_record("sg", task, trained_on=("sickr-test",)) for task in AVERAGED["sts"]]

    table = score_table(records, metric="spearman", protocol="all")

    assert table.rows[0][table.columns.index("Avg.")] == "50.00†"


def test_a_table_without_leakage_has_no_mark() -> None:
    table = score_table([_record("mean", "sts12")], metric="spearman", protocol="all")

    assert "†" not in to_markdown(table)


@pytest.mark.parametrize(
    ("render", "mark"), [(to_markdown, "50.00†"), (to_latex, r"50.00\rlap{$^\dagger$}")]
)
def test_marks_survive_rendering(render: object, mark: str) -> None:
    table = score_table(
        [_record("sg", "sts12", trained_on=("sts12",))], metric="spearman", protocol="all"
    )

    assert callable(render)
    assert mark in render(table)
