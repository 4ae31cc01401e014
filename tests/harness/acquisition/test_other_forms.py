"""STS-B and SICK are imported from the forms in which people have them."""

import csv
import gzip
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.acquisition.importing import import_data
from harness.acquisition.manifest import DataSetEntry, built_in_manifest
from harness.acquisition.other_forms import read_other_form
from harness.cli.main import main
from harness.data import open_data
from harness.planning.planned_tasks import plan_tasks

GLUE = "index genre filename year old_index source1 source2 sentence1 sentence2 score"
SICK = (
    "pair_ID sentence_A sentence_B entailment_label relatedness_score entailment_AB entailment_BA"
    " sentence_A_original sentence_B_original sentence_A_dataset sentence_B_dataset SemEval_set"
)
Rows = list[list[str]]


@pytest.fixture
def release(real: Path) -> Rows:
    """The test part of STS-B as it was released: seven columns."""
    return read(real / "senteval-raw/STS/STSBenchmark/sts-test.csv")


@pytest.fixture
def published(real: Path) -> bytes:
    """The test part of STS-B as SentEval lays it out."""
    return (real / "senteval/downstream/STS/STSBenchmark/sts-test.csv").read_bytes()


def read(path: Path) -> Rows:
    return [line.split("\t") for line in path.read_text("utf-8").splitlines()]


def tabbed(header: str, rows: Sequence[Sequence[str]]) -> bytes:
    return "".join("\t".join(row) + "\n" for row in [header.split(), *rows]).encode()


def entry(name: str) -> list[DataSetEntry]:
    return built_in_manifest().select([name])


def harness_import(source: Path, target: Path) -> Result:
    return CliRunner().invoke(main, ["data", "import", str(source), "--data", str(target)])


def target_file(root: Path) -> Path:
    return root / "senteval/downstream/STS/STSBenchmark/sts-test.csv"


def as_glue(release: Rows) -> bytes:
    rows = [
        [str(place), *row[:4], "none", "none", *row[5:7], row[4]]
        for place, row in enumerate(release)
    ]
    return tabbed(GLUE, rows)


def as_sentence_transformers(release: Rows) -> bytes:
    header = "split genre dataset year sid score sentence1 sentence2"
    return gzip.compress(tabbed(header, [["test", *row] for row in release]), mtime=0)


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "write"),
    [("STS-B/test.tsv", as_glue), ("stsbenchmark.tsv.gz", as_sentence_transformers)],
)
def test_other_columns_of_stsb_become_the_published_file(
    tmp_path: Path, release: Rows, published: bytes, name: str, write: Callable[[Rows], bytes]
) -> None:
    path = tmp_path / "mine" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(write(release))
    (outcome,) = import_data(tmp_path / "mine", entry("stsb"), tmp_path / "data").outcomes

    assert target_file(tmp_path / "data").read_bytes() == published
    assert outcome.missing == ["sts-train.csv", "sts-dev.csv"]
    assert outcome.notes == []


@pytest.mark.real
@pytest.mark.parametrize("name", ["dev.tsv", "sts-dev.csv"])
def test_a_second_import_of_a_part_says_again_what_is_missing(
    tmp_path: Path, real: Path, name: str
) -> None:
    path = real / "senteval-raw/STS/STSBenchmark/sts-dev.csv"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / name).write_bytes(
        as_glue(read(path)) if name == "dev.tsv" else path.read_bytes()
    )

    first, second = (harness_import(tmp_path / "mine", tmp_path / "data") for _ in range(2))

    assert first.exit_code == second.exit_code == 1
    assert first.stderr == second.stderr
    assert second.stderr == "stsb: INCOMPLETE, missing sts-train.csv, sts-test.csv\n"


@pytest.mark.real
def test_the_hub_s_csv_has_the_pairs_and_is_marked_as_altered(
    tmp_path: Path, release: Rows
) -> None:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([["sentence1", "sentence2", "score"]])
    writer.writerows([[*row[5:7], str(float(row[4]) / 5)] for row in release])
    (tmp_path / "test.csv").write_text(text.getvalue(), "utf-8")
    imported = import_data(tmp_path / "test.csv", entry("stsb"), tmp_path / "data")
    (task,) = plan_tasks(["stsb-test"], open_data(tmp_path / "data"), {})
    (raw,) = plan_tasks(["stsb-test"], open_data(_raw(tmp_path, release)), {})

    assert (
        "its sentences are those published, its checksum is not" in imported.outcomes[0].notes[0]
    )
    assert "multiplied by 5" in imported.outcomes[0].notes[0]
    scores = [round(score, 3) for *_, score in raw.task.scored_pairs]  # type: ignore[attr-defined]
    assert [score for *_, score in task.task.scored_pairs] == scores  # type: ignore[attr-defined]


def _raw(tmp_path: Path, release: Rows) -> Path:
    path = target_file(tmp_path / "raw")
    path.parent.mkdir(parents=True)
    path.write_text("".join("\t".join(row) + "\n" for row in release), "utf-8")
    return tmp_path / "raw"


@pytest.mark.real
def test_sick_in_one_file_becomes_its_three_published_ones(tmp_path: Path, real: Path) -> None:
    rows = []
    for part in ("train", "trial", "test_annotated"):
        for number, first, second, score, label in read(
            real / f"senteval-raw/SICK/SICK_{part}.txt"
        )[1:]:
            own = part.partition("_")[0].upper()
            rows.append([number, first, second, label, score, *"xxxxxx", own])
    rows.sort(key=lambda row: int(row[0]))
    with zipfile.ZipFile(tmp_path / "SICK.zip", "w") as archive:
        archive.writestr("SICK.txt", tabbed(SICK, rows))
    (outcome,) = import_data(tmp_path / "SICK.zip", entry("sick"), tmp_path / "data").outcomes

    assert (outcome.missing, outcome.notes) == ([], [])
    for file in entry("sick")[0].files:
        published = real / "senteval/downstream/SICK" / file.name
        found = tmp_path / "data/senteval/downstream/SICK" / file.name
        assert found.read_bytes() == published.read_bytes()


@pytest.mark.real
def test_zips_of_the_shared_tasks_in_a_folder_are_unpacked(tmp_path: Path, real: Path) -> None:
    folder = real / "senteval-raw/STS/STS13-en-test"
    with zipfile.ZipFile(tmp_path / "STS2013-en-test.zip", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, f"test-gs/{path.name}")
    (outcome,) = import_data(tmp_path, entry("sts13"), tmp_path / "data").outcomes

    assert sorted(outcome.placed) == sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("header", [GLUE.removesuffix(" score"), GLUE])
def test_glue_s_test_part_has_no_scores_and_it_is_said(tmp_path: Path, header: str) -> None:
    (tmp_path / "test.tsv").write_bytes(
        tabbed(header, [["0", "g", "f", "2012", "1", "none", "none", 'A "dog barks.', "A dog."]])
    )
    form = read_other_form(tmp_path / "test.tsv")
    result = harness_import(tmp_path / "test.tsv", tmp_path / "data")

    assert form is not None
    assert form.lacking == {"stsb": ["sts-test.csv"]}
    assert result.exit_code == 1
    assert (
        f"  {tmp_path / 'test.tsv'}: has no scores for sts-test.csv: get it with" in result.stderr
    )
    assert "'harness data fetch stsb'" in result.stderr


def test_a_file_in_an_archive_is_named_as_it_is_there(tmp_path: Path) -> None:
    row = ["0", "g", "f", "2012", "1", "none", "none", "A dog barks.", "A dog."]
    with zipfile.ZipFile(tmp_path / "STS-B.zip", "w") as archive:
        archive.writestr("STS-B/test.tsv", tabbed(GLUE.removesuffix(" score"), [row]))

    for source in (tmp_path / "STS-B.zip", tmp_path):
        result = harness_import(source, tmp_path / "data")
        assert "\n  STS-B.zip/STS-B/test.tsv: has no scores" in result.stderr


def test_a_part_of_another_length_is_left_out(tmp_path: Path) -> None:
    row = ["0", "g", "f", "2012", "1", "none", "none", "A dog barks.", "A dog.", "5.0"]
    (tmp_path / "dev.tsv").write_bytes(tabbed(GLUE, [row]))
    result = harness_import(tmp_path, tmp_path / "data")

    assert result.exit_code == 1
    assert "dev.tsv: has 1 rows for sts-dev.csv where 1500 are published" in result.stderr
    assert not (tmp_path / "data/senteval").exists()


def test_other_pairs_are_not_recognised(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/test.csv").write_text("sentence1,sentence2,score\nA dog.,A cat.,0.5\n")
    (tmp_path / "mine/notes.md").write_text("Mine.\n")
    (tmp_path / "mine/.lock").touch()
    result = harness_import(tmp_path / "mine", tmp_path / "data")

    assert result.exit_code == 1
    assert result.output == (
        f"Error: nothing recognised in {tmp_path / 'mine'}: found notes.md, test.csv\n"
    )
    assert not (tmp_path / "data").exists()


def test_a_translation_is_no_stsb(tmp_path: Path) -> None:
    row = ["g", "f", "2012", "1", "5.0", "개가 짖는다.", "개."]
    header = "genre filename year id score sentence1 sentence2"
    (tmp_path / "sts-test.tsv").write_bytes(tabbed(header, [row]))

    assert read_other_form(tmp_path / "sts-test.tsv") is None


def test_a_damaged_archive_in_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "STS2012-en-test.zip").write_bytes(b"PK\x03\x04")
    result = harness_import(tmp_path, tmp_path / "data")

    assert result.exit_code == 1
    assert "found STS2012-en-test.zip (must be a whole zip or tar archive" in result.output


@pytest.mark.parametrize("suffix", ["", "/KorSTS"])
def test_a_translation_with_another_checksum_is_named(tmp_path: Path, suffix: str) -> None:
    folder = tmp_path / f"mine{suffix}"
    folder.mkdir(parents=True)
    row = ["g", "f", "2012", "1", "5.0", "개가 짖는다.", "개."]
    header = "genre filename year id score sentence1 sentence2"
    (folder / "sts-test.tsv").write_bytes(tabbed(header, [row]))
    result = harness_import(tmp_path / "mine", tmp_path / "data")

    said = "KorSTS/sts-test.tsv" if suffix else "found sts-test.tsv (not korsts's sts-test.tsv"
    assert result.exit_code == 1
    assert f"{said}: sha256 must be " in result.stderr
    assert "1 rows where 1379 are published" in result.stderr
