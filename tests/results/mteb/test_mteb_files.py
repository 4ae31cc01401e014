import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.results.mteb.files import to_mteb
from harness.results.mteb.tasks import MTEB_PARTS
from harness.results.notices import Notice
from harness.results.records.record import Record

MakeRecord = Callable[..., Record]

NAME = "sentence-harness__mean-tiny"


def scored(make_record: MakeRecord, task: str, spearman: float | None, **fields: Any) -> Record:
    scores = {"spearman": {"all": spearman, "mean": 0.9}, "pearson": {"all": 0.25}}
    fields = {"fingerprint": "vectors", "scores": scores, **fields}
    return make_record(fields.pop("encoder", "mean"), task, **fields)


def contents(records: list[Record]) -> dict[str, Any]:
    return {path.split("/")[-1]: json.loads(text) for path, text in to_mteb(records).items()}


def test_scores_are_those_of_all_pairs_under_mteb_s_names(make_record: MakeRecord) -> None:
    result = contents([scored(make_record, "stsb-test", 0.5)])["STSBenchmark.json"]

    (entry,) = result["scores"]["test"]
    harness = entry.pop("harness")
    assert entry == {
        "spearman": 0.5,
        "cosine_spearman": 0.5,
        "pearson": 0.25,
        "cosine_pearson": 0.25,
        "main_score": 0.5,
        "hf_subset": "default",
        "languages": ["eng-Latn"],
    }
    assert (harness["protocol"], harness["task"]) == ("all", "stsb-test")


def test_prompts_whose_names_are_alike_have_folders_of_their_own(make_record: MakeRecord) -> None:
    encoders = ('mean:prompt="a? "', 'mean:prompt="a! "')
    records = [scored(make_record, "sts12", 0.5, encoder=encoder) for encoder in encoders]

    folders = {path.rpartition("/")[0] for path in to_mteb(records)}
    assert len(folders) == 2


def test_what_is_not_known_is_given_as_such(make_record: MakeRecord) -> None:
    files = contents([scored(make_record, "sts12", 0.5, fingerprint=None)])

    assert files["STS12.json"]["dataset_revision"] == "dataset revision not available"
    assert files["STS12.json"]["mteb_version"] is None
    assert files["model_meta.json"]["revision"] == "no_revision_available"
    assert files["model_meta.json"]["license"] is None


def test_each_encoder_seed_and_revision_has_a_folder_of_its_own(make_record: MakeRecord) -> None:
    records = [
        scored(make_record, "sts12", 0.5),
        scored(make_record, "sts12", 0.6, fingerprint="other"),
        scored(make_record, "sts12", 0.7, seed=3, model="/models/tiny"),
        scored(make_record, "sts12", 0.8, encoder="mean:layers=last2"),
    ]
    folders = [path.split("/")[1] for path in to_mteb(records) if path.endswith("STS12.json")]

    other = ["sentence-harness__mean-tiny-seed3", "sentence-harness__mean_layers=last2-tiny"]
    assert folders == [NAME, NAME, *other]


def test_tracks_are_subsets_and_the_whole_is_none(make_record: MakeRecord) -> None:
    splits = {track: {"pairs": 2, "spearman": 0.1} for track in ("ar-en", "es-en-b", "en-en")}
    record = scored(make_record, "sts17", 0.5, splits=splits, details={"tracks": True}, family="x")

    with pytest.warns(Notice, match="files: sts17:es-en-b: mteb scores no such task"):
        result = contents([record, scored(make_record, "sts17:es-en-b", 0.5)])["STS17.json"]

    subsets = [(entry["hf_subset"], entry["main_score"]) for entry in result["scores"]["test"]]
    assert subsets == [("en-ar", 0.1), ("en-en", 0.1)]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"task": "mr"}, "mteb scores no such task"),
        ({"data": "sample"}, "measured on the sample"),
        ({"task_settings": {"similarity": "dot"}}, "similarities are no cosines"),
        ({"spearman": None}, "no score"),
    ],
)
def test_what_mteb_does_not_measure_is_left_out_and_named(
    make_record: MakeRecord, fields: dict[str, Any], reason: str
) -> None:
    given: dict[str, Any] = {"task": "sts12", "spearman": 0.5, **fields}

    with pytest.warns(Notice, match=f"left out of mteb's files: .*: {reason}"):
        assert to_mteb([scored(make_record, **given)]) == {}


def test_of_the_same_result_the_newest_counts(make_record: MakeRecord) -> None:
    records = [scored(make_record, "sts12", score, data=f"/{score}") for score in (0.1, 0.2)]

    (entry,) = contents(records)["STS12.json"]["scores"]["test"]
    assert entry["main_score"] == 0.2


def test_training_text_that_holds_a_task_s_is_named(make_record: MakeRecord) -> None:
    record = scored(make_record, "sts12", 0.5, trained_on=("stsb-test", "mr"))

    assert contents([record])["model_meta.json"]["training_datasets"] == ["STSBenchmark"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning:mteb.*")
def test_mteb_itself_loads_the_files(make_record: MakeRecord, tmp_path: Path) -> None:
    mteb = pytest.importorskip("mteb", reason="mteb is not installed; it needs Python 3.11")
    splits = {track: {"pairs": 2, "spearman": 0.25} for track in ("ar-en", "en-en")}
    records = [
        scored(make_record, "stsb-test", 0.5),
        scored(make_record, "sts17", 0.5, splits=splits, details={"tracks": True}),
    ]
    for name, content in to_mteb(records).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)

    found = mteb.ResultCache(tmp_path).load_results(tasks=["STSBenchmark", "STS17"])

    (model,) = found.model_results
    assert model.model_name == "sentence-harness/mean-tiny"
    scores = {result.task_name: result.get_score() for result in model.task_results}
    assert scores == {"STSBenchmark": 0.5, "STS17": 0.25}


def test_names_are_those_of_mteb_s_own_tasks() -> None:
    mteb = pytest.importorskip("mteb", reason="mteb is not installed; it needs Python 3.11")
    tasks = {part.task: mteb.get_task(part.task).metadata for part in MTEB_PARTS.values()}

    for part in MTEB_PARTS.values():
        metadata = tasks[part.task]
        assert part.split in metadata.eval_splits
        assert metadata.main_score == "cosine_spearman"
        assert sorted(metadata.hf_subsets_to_langscripts[part.subset]) == sorted(part.languages)
