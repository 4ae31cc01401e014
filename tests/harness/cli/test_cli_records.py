import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.main import main
from harness.results.records.record import Record

MakeRecord = Callable[..., Record]
WriteRecords = Callable[[Path, Iterable[Record]], None]

OF_THEM, ENCODERS = "of the records in 'runs'.", "Known: bow, cls, mean."


@pytest.fixture
def runs(make_record: MakeRecord, write_records: WriteRecords) -> Path:
    folder = Path("runs")
    write_records(folder, [make_record(encoder) for encoder in ("bow", "cls", "mean")])
    return folder


def run(*arguments: str, answer: str = "") -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["records", *arguments], input=answer)
    return result.exit_code, result.stdout, result.stderr


def names(folder: Path) -> list[str]:
    return sorted(path.name.partition("-")[0] for path in folder.glob("*.json"))


def test_the_list_names_each_record_and_its_file(runs: Path) -> None:
    code, shown, _ = run("list", "-e", "*n", "--format", "markdown")

    (path,) = runs.glob("mean-*")
    assert code == 0
    assert shown.splitlines()[0] == (
        "**1 record in runs: model tiny, metric Spearman, data /data, schema 2**"
    )
    score = json.loads(path.read_text())["scores"]["spearman"]["all"]
    assert shown.rstrip().splitlines()[-1] == (
        f"| mean | stsb-test | {100 * score:.2f} | 2030-01-01 00:00 | {path.name} |"
    )


def test_json_holds_what_the_filters_admit(runs: Path) -> None:
    _, shown, _ = run("list", "-e", "cls", "-e", "bow", "--sort", "encoder", "--json")

    assert [one["encoder"] for one in json.loads(shown)["records"]] == ["bow", "cls"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-e", "mea"], f"unknown encoder 'mea' {OF_THEM} Did you mean 'mean'? {ENCODERS}"),
        (["-m", "huge"], f"unknown model 'huge' {OF_THEM} Known: tiny."),
        (["nowhere"], "no folder 'nowhere': harness eval writes records to one"),
        (["-t", "sts12"], f"unknown task 'sts12' {OF_THEM} Known: stsb-test."),
    ],
)
def test_what_no_record_is_of_is_one_line(runs: Path, arguments: list[str], message: str) -> None:
    assert run("list", *arguments) == (1, "", f"Error: {message}\n")


def test_records_go_only_after_a_yes(runs: Path) -> None:
    silence = run("rm", "-e", "mean")
    no = run("rm", "-e", "mean", answer="n\n")
    assert names(runs) == ["bow", "cls", "mean"]
    yes = run("rm", "-e", "mean", answer="y\n")

    assert (silence[0], no[0], yes[0]) == (1, 1, 0)
    assert silence[2].endswith("\nError: nothing was removed: nobody answered, use --yes\n")
    assert "1 record in runs: " in yes[2]
    assert yes[2].endswith("Remove 1 record? [y/N]: y\nremoved 1 record from runs\n")
    assert names(runs) == ["bow", "cls"]


def test_nothing_is_removed_without_a_choice(runs: Path) -> None:
    assert run("rm", "--yes")[0] == 2
    assert run("rm", "--yes", "--all", "-e", "mean")[0] == 2
    assert names(runs) == ["bow", "cls", "mean"]


def test_all_means_the_records_and_nothing_else_of_the_folder(runs: Path) -> None:
    others = [runs / "report.html", runs / "done/note.json", runs / "checkpoints/sg/x.bin"]
    for path in others:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("kept")

    code, _, stderr = run("rm", "--all", "--yes")

    assert code == 0
    assert stderr.endswith("removed 3 records from runs\n")
    assert names(runs) == []
    assert all(path.read_text() == "kept" for path in others)


def test_migrating_says_what_it_does_and_what_it_cannot_do(runs: Path) -> None:
    old = Path(__file__).parents[2] / "trust/records/schema-1-first.json"
    nothing = run("migrate")
    (runs / "old.json").write_bytes(old.read_bytes())
    dry = run("migrate", "--dry-run")
    (runs / "bad.json").write_text("{")
    done = run("migrate")

    assert nothing == (0, "", "nothing to migrate: no record in runs is of an older schema\n")
    assert dry[0] == 0
    assert dry[1].startswith("old.json -> sg-opt-minilm-stsb-test-0-")
    assert dry[2] == "would migrate 1 record in runs\n"
    assert (done[0], done[1]) == (1, dry[1])
    first, second = done[2].splitlines()
    assert first == "migrated 1 record in runs; originals in runs/originals"
    assert second.startswith("Error: not migrated: ")
    assert "bad.json is no record" in second
