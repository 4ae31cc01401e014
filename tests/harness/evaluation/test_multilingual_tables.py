"""How results of the multilingual family are shown: both metrics, and the tracks of STS17."""

from harness.evaluation.report import Report
from harness.results.records.record import Record

TRACKS = {"ar-ar": 0.1, "es-es": 0.4}


def record(encoder: str, shift: float = 0.0, *, seed: int | None = None) -> Record:
    tracks = {track: value + shift for track, value in TRACKS.items()}
    mean = sum(tracks.values()) / len(tracks)
    protocols = {"mean": mean, "wmean": mean, "all": 0.2}
    return Record(
        encoder=encoder,
        model="tiny",
        seed=seed,
        task="sts17",
        title="STS17",
        family="sts-multilingual",
        data="folder",
        dim=8,
        scores={"pearson": protocols, "spearman": protocols},
        splits={
            track: {"pairs": 250, "pearson": value, "spearman": value}
            for track, value in tracks.items()
        },
        details={"tracks": True},
    )


def test_both_metrics_are_shown_and_named_when_none_is_asked_for() -> None:
    titles = [table.title for table in Report([record("mean")]).tables(protocols=["mean"])]

    assert titles == [
        "Multilingual STS: Pearson × 100, protocol mean (mean over splits), model tiny",
        "Multilingual STS: Pearson × 100, tracks of STS17, model tiny",
        "Multilingual STS: Spearman × 100, protocol mean (mean over splits), model tiny",
        "Multilingual STS: Spearman × 100, tracks of STS17, model tiny",
    ]


def test_tracks_are_columns_and_their_mean_closes_the_table() -> None:
    report = Report([record("mean"), record("cls", 0.2)])

    table = report.tables(metrics=["pearson"], protocols=["mean"])[-1]

    assert table.columns == ("encoder", "ar-ar", "es-es", "mean")
    assert table.rows == (("mean", "10.00", "40.00", "25.00"), ("cls", "30.00", "60.00", "45.00"))
    assert table.best == {1: (1,), 2: (1,), 3: (1,)}


def test_a_task_whose_record_says_nothing_of_tracks_has_no_track_table() -> None:
    report = Report([record("mean").model_copy(update={"details": {}})])

    titles = [table.title for table in report.tables(metrics=["pearson"], protocols=["mean"])]

    assert titles == [
        "Multilingual STS: Pearson × 100, protocol mean (mean over splits), model tiny"
    ]


def test_a_track_without_a_score_has_an_empty_cell() -> None:
    undefined = record("mean").model_copy(deep=True)
    undefined.splits["ar-ar"]["pearson"] = None
    undefined.scores["pearson"] = {"all": 0.2, "mean": None, "wmean": None}

    table = Report([undefined]).tables(metrics=["pearson"], protocols=["all"])[-1]

    assert table.rows == (("mean", "–", "40.00", "–"),)


def test_seeds_share_a_row_of_the_track_table() -> None:
    report = Report([record("sg", seed=1), record("sg", 0.02, seed=2)])

    table = report.tables(metrics=["pearson"], protocols=["mean"])[-1]

    assert table.rows == (("sg", "11.00 ± 1.41 (2)", "41.00 ± 1.41 (2)", "26.00 ± 1.41 (2)"),)
