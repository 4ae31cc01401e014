"""``harness tasks new`` and ``harness tasks check``, on files of both kinds."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli.main import main

PAIRS = "q\ta\tgrade\tgenre\n" + "".join(
    f"one {i}\ttwo {i} {'one ' * (i % 4)}\t{i}\t{'ab'[i % 2]}\n" for i in range(12)
)
LABELS = "text\tlabel\n" + "".join(f"text {i}\t{'ab'[i % 2]}\n" for i in range(40))


def harness(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.fixture(autouse=True)
def files() -> None:
    Path("data").mkdir()
    Path("data/my reviews.tsv").write_text(PAIRS, "utf-8")
    Path("data/moods.tsv").write_text(LABELS, "utf-8")


def test_a_task_file_of_pairs_is_written_checked_and_scored() -> None:
    written = harness(
        *("tasks", "new", "reviews", "--out", "tasks"),
        *("--from", "data/my reviews.tsv,columns=q,a,grade,split=genre"),
    )

    text = Path("tasks/reviews.toml").read_text("utf-8")
    assert written.stdout.splitlines()[1:] == [
        "  harness tasks check tasks/reviews.toml",
        "  harness eval mean --tasks reviews --plugin tasks/reviews.toml",
    ]
    assert text.startswith(
        'name = "reviews"\nkind = "pairs"\ntitle = "reviews"\nfile = "../data/my reviews.tsv"\n'
        'columns = ["q", "a", "grade"]\nsplit = "genre"\ncounts = {"a" = 6, "b" = 6}\nsha256 = "'
    )
    checked = harness("tasks", "check", "tasks/reviews.toml")
    assert (checked.exit_code, "12 pairs: a 6, b 6" in checked.output) == (0, True)
    scored = harness(
        *("eval", "bow", "--tasks", "reviews", "--plugin", "tasks/reviews.toml", "--out", "runs")
    )
    assert scored.exit_code == 0, scored.output


def test_a_task_file_of_labels_is_told_from_one_of_pairs() -> None:
    harness("tasks", "new", "moods", "--from", "data/moods.tsv")

    assert 'kind = "labels"' in Path("moods.toml").read_text("utf-8")
    assert "a 20 (50%), b 20 (50%)" in harness("tasks", "check", "moods.toml").output


def test_an_own_task_file_is_never_overwritten() -> None:
    Path("moods.toml").write_text("mine", "utf-8")

    result = harness("tasks", "new", "moods", "--from", "data/moods.tsv")

    assert (result.exit_code, result.stderr) == (
        1,
        "Error: task file must not exist yet, got 'moods.toml'\n",
    )
    assert Path("moods.toml").read_text("utf-8") == "mine"


@pytest.mark.parametrize("name", ["mr", "my task", "STS-B", "../x"])
def test_a_name_that_no_task_can_have_is_refused(name: str) -> None:
    result = harness("tasks", "new", name)

    assert result.exit_code == 1
    assert "name of a new task must be letters" in result.stderr


def test_without_a_file_there_is_one_to_fill_in() -> None:
    harness("tasks", "new", "later", "--kind", "labels")

    result = harness("tasks", "check", "later.toml")

    assert 'columns = ["sentence", "label"]' in Path("later.toml").read_text("utf-8")
    assert result.exit_code == 1
    assert "later.tsv" in result.stderr


def test_a_data_file_is_checked_as_it_is() -> None:
    result = harness("tasks", "check", "data/moods.tsv")

    assert (result.exit_code, result.stderr) == (0, "")
    assert "moods.tsv: 40 sentences" in result.output


def test_a_registered_task_is_checked_on_the_data_folder() -> None:
    assert (
        "72 rows: train 48, test 24"
        in harness("tasks", "check", "mrpc", "--data", "sample").output
    )


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("data/my reviews.tsv", "got no known names of them among q, a, grade, genre"),
        ("data/my reviews.tsv,columns=q,a,genre", "must have one that counts as 1 among"),
        ("missing.tsv", "found none at 'missing.tsv'"),
        ("broken.toml", "unknown key 'nane'"),
    ],
)
def test_what_cannot_be_scored_on_is_one_line_and_exit_1(file: str, message: str) -> None:
    Path("broken.toml").write_text('nane = "x"\nname = "x"\nkind = "pairs"\nfile = "x"\n', "utf-8")

    result = harness("tasks", "check", file)

    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
