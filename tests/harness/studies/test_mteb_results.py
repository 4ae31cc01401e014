import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness.cli.main import main
from harness.errors import RecordError
from harness.results.notices import Notice
from harness.results.records.record import Record
from harness.studies import mteb_results
from harness.studies.folder_report import read_report
from harness.studies.mteb_results import read_mteb_results

MakeRecord = Callable[..., Record]
WriteRecords = Callable[[Path, Iterable[Record]], None]

MINILM = "sentence-transformers/all-MiniLM-L6-v2"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a result file of mteb in mteb's layout."""

    def write(
        task: str = "STSBenchmark",
        score: object = 0.82,
        *,
        model: str = MINILM,
        subset: str = "default",
        **fields: Any,
    ) -> Path:
        path = tmp_path / "published" / model.replace("/", "__") / "8b3219a929" / f"{task}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        entry = {"cosine_spearman": score, "main_score": score, "hf_subset": subset}
        content = {
            "task_name": task,
            "dataset_revision": "b0fddb56ed",
            "mteb_version": "1.18.0",
            "scores": {"test": [{**entry, "languages": ["eng-Latn"]}]},
        }
        path.write_text(json.dumps({**content, **fields}))
        return path

    return write


@pytest.fixture
def runs(tmp_path: Path, make_record: MakeRecord, write_records: WriteRecords) -> Path:
    scores = {"spearman": {"all": 0.8, "wmean": 0.7, "mean": 0.6}}
    records = [
        make_record("sentence-transformers", "stsb-test", model="minilm", scores=scores),
        make_record("mean", "stsb-test", model="minilm", scores=scores),
        make_record(
            f"mteb:model={MINILM}", "sts12", model=MINILM, scores={"spearman": {"all": 0.75}}
        ),
    ]
    write_records(tmp_path / "runs", records)
    return tmp_path / "runs"


def table(runs: Path, place: Path) -> dict[str, tuple[str, ...]]:
    report = read_report(runs, published=[str(place)])
    (found,) = (table for section in report.sections for table in section.tables)
    return {row[0]: row[1:] for row in found.rows}


def test_the_same_model_has_a_difference_under_mteb_s_protocol(
    runs: Path, write: Callable[..., Path]
) -> None:
    write(score=0.82)
    rows = table(runs, write("STS12", 0.7).parents[2])

    published = next(row for row in rows if row.startswith(MINILM))
    assert published == f"{MINILM}@8b3219a9"
    assert rows[published] == ("all", "70.00", "82.00")
    assert rows["  sentence-transformers, minilm (measured)"] == ("all", "–", "80.00")
    assert rows[f"  mteb:model={MINILM}, {MINILM} (measured)"] == ("all", "75.00", "–")
    assert not any(row.startswith("  mean") for row in rows)


def test_another_model_is_not_compared(runs: Path, write: Callable[..., Path]) -> None:
    rows = table(runs, write(model="acme/other"))

    assert "  sentence-transformers, minilm (measured) §" in rows
    assert "  difference" not in rows


def test_scores_of_another_similarity_are_not_shown(
    tmp_path: Path,
    make_record: MakeRecord,
    write_records: WriteRecords,
    write: Callable[..., Path],
) -> None:
    other = {"task_settings": {"similarity": "dot"}, "model": "minilm"}
    write_records(tmp_path / "runs", [make_record("sentence-transformers", **other)])

    assert list(table(tmp_path / "runs", write())) == [f"{MINILM}@8b3219a9"]


def test_the_revisions_of_the_data_are_named(runs: Path, write: Callable[..., Path]) -> None:
    report = read_report(runs, published=[str(write())])

    notes = " ".join(report.sections[0].tables[0].notes)
    assert "revisions of the data sets there: STSBenchmark b0fddb56;" in notes
    assert "whether the data measured here are the same is not known" in notes


def test_tracks_meet_tracks(
    tmp_path: Path,
    make_record: MakeRecord,
    write_records: WriteRecords,
    write: Callable[..., Path],
) -> None:
    splits = {track: {"pairs": 2, "spearman": 0.5} for track in ("ar-en", "en-en")}
    fields = {"splits": splits, "details": {"tracks": True}, "family": "sts-multilingual"}
    scores = {"spearman": {"all": 0.1, "mean": 0.5}}
    record = make_record("sentence-transformers", "sts17", model="minilm", scores=scores, **fields)
    write_records(tmp_path / "runs", [record])

    rows = table(tmp_path / "runs", write("STS17", 0.4, subset="en-ar"))

    assert rows["  sentence-transformers, minilm (measured)"] == ("all", "50.00")
    assert rows["  difference"] == ("", "+10.00")


def test_metadata_beside_the_file_name_the_model(write: Callable[..., Path]) -> None:
    path = write()
    path.with_name("model_meta.json").write_text('{"name": "acme/x", "revision": "12"}')

    (score,) = read_mteb_results(path.parents[2])

    assert (score.model, score.revision, score.task) == ("acme/x", "12", "stsb-test")


@pytest.mark.parametrize(
    ("task", "test", "scores"),
    [
        ("STS12", {"cos_sim": {"spearman": 0.7, "pearson": 0.6}}, {"sts12": 0.7}),
        (
            "STS17",
            {"en-ar": {"cos_sim": {"spearman": 0.5}}, "en-en": {"cos_sim": {"spearman": 0.6}}},
            {"sts17:ar-en": 0.5, "sts17:en-en": 0.6},
        ),
    ],
)
def test_files_of_before_mteb_1_11_are_read(
    tmp_path: Path, task: str, test: dict[str, Any], scores: dict[str, float]
) -> None:
    path = tmp_path / f"{task}.json"
    old = {"dataset_revision": None, "mteb_dataset_name": task, "mteb_version": "1.1.0"}
    path.write_text(json.dumps({**old, "test": {**test, "evaluation_time": 3.1}}))

    assert {score.task: score.spearman for score in read_mteb_results(path)} == scores


def test_results_of_other_tasks_are_passed_over_and_named(write: Callable[..., Path]) -> None:
    write("ArguAna")
    folder = write().parents[2]

    with pytest.warns(Notice, match=r"passed over in .*, as no registered tasks: 'ArguAna'$"):
        scores = read_mteb_results(folder)

    assert [score.task for score in scores] == ["stsb-test"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"scores": {"test": [{"hf_subset": "default", "cosine_spearman": 82.0}]}},
            "less than or",
        ),
        ({"scores": {"test": [{"cosine_spearman": 0.8}]}}, r"scores.test.0.hf_subset: Field req"),
        ({"scores": []}, "scores: Input should be"),
        ({"task_name": "ArguAna"}, "must hold scores of mteb .*, got 'ArguAna'"),
        ({"task_name": "x" * 400}, "task_name: String should have at most 300"),
    ],
)
def test_what_is_no_result_of_mteb_is_refused_in_one_line(
    write: Callable[..., Path], fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(RecordError, match=message) as caught:
        read_mteb_results(write(**fields))

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[" * 100_000, b"[]", b"{}", b""])
def test_broken_files_are_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "STS12.json"
    path.write_bytes(content)

    with pytest.raises(RecordError, match=r"STS12.json must be") as caught:
        read_mteb_results(path)

    assert "\n" not in str(caught.value)


def test_a_score_that_is_no_number_is_refused(write: Callable[..., Path]) -> None:
    with pytest.raises(RecordError, match=r"cosine_spearman: Input should be"):
        read_mteb_results(write(score=float("nan")))


def test_files_too_large_or_too_many_are_refused(
    write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write()
    monkeypatch.setattr(mteb_results, "_MOST_BYTES", 10)
    with pytest.raises(RecordError, match="must be at most"):
        read_mteb_results(path)

    monkeypatch.setattr(mteb_results, "_MOST_FILES", 0)
    with pytest.raises(RecordError, match="must hold at most 0 files, got more"):
        read_mteb_results(path.parents[2])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "STS12.json")

    with pytest.raises(RecordError, match="cannot be read: Not a plain file"):
        read_mteb_results(tmp_path)


def test_report_writes_mteb_s_files_and_reads_them_as_published(
    runs: Path, tmp_path: Path
) -> None:
    written = CliRunner().invoke(
        main, ["report", str(runs), "--format", "mteb", "-o", str(tmp_path / "out")]
    )
    shown = CliRunner().invoke(main, ["report", str(runs), "--published", str(tmp_path / "out")])

    assert written.stderr.endswith(f"wrote 6 files to {tmp_path / 'out'}\n")
    assert "sentence-harness/mean-minilm" in shown.stdout
    assert (written.exit_code, shown.exit_code) == (0, 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "mteb", "-o", "-"], "must be a folder, got the terminal"),
        (["--format", "csv", "-o", "."], "must be a file, got the folder '.'"),
        (["--published", "nowhere"], "must be of consert, sg-bert, or a result file of mteb or"),
    ],
)
def test_wrong_places_are_refused_in_one_line(
    runs: Path, arguments: list[str], message: str
) -> None:
    result = CliRunner().invoke(main, ["report", str(runs), *arguments])

    assert result.exit_code in (1, 2)
    assert message in result.stderr
