from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from harness.data import DataFolder, open_data
from harness.errors import BadDataError, HarnessError, SettingError
from harness.planning.planned_tasks import plan_tasks
from harness.plugins import registry
from harness.results.records.record import TRACKS
from harness.settings import Spec, make_settings
from harness.task import Task, Vectors
from harness.tasks.own.pairs import PAIRS, OwnPairs, PairsSettings

ROWS = [
    ("A man plays a guitar.", "A man is playing guitar.", "4", "film"),
    ("A dog runs.", "A cat sleeps.", "0", "film"),
    ("He eats bread.", "He eats  some bread.", "3.5", "film"),
    ("She sings.", "The market fell.", "0.5", "news"),
    ("Stocks rose.", "Shares went up.", "4", "news"),
    ("A boy swims.", "A child is in water.", "2.5", "news"),
]


def write(name: str, rows: list[tuple[str, ...]], header: str = "q\ta\tgrade\tgenre") -> str:
    lines = ["\t".join(row) for row in rows]
    Path(name).write_text("\n".join([*([header] if header else []), *lines, ""]), "utf-8")
    return name


def read(**settings: Any) -> OwnPairs:
    return PAIRS(open_data("sample"), make_settings(PairsSettings, settings, "task 'pairs'"))


def vectors(task: Task) -> Vectors:
    rows = {sentence: row for row, sentence in enumerate(dict.fromkeys(task.sentences))}
    return Vectors(rows, np.random.default_rng(0).normal(size=(len(rows), 8)).astype(np.float32))


def test_a_file_of_pairs_says_in_one_line_what_was_understood() -> None:
    task = read(file=write("reviews.tsv", ROWS * 201), columns="q,a,grade", split="genre")

    assert task.understood == (
        "reviews.tsv: 1,206 pairs, columns q, a, grade, scores 0 to 4, splits by genre"
        " (tab-separated)"
    )
    assert (task.name, task.title) == ("reviews", "reviews")
    assert task.settings.columns == ("q", "a", "grade")


def test_control_characters_in_a_file_s_name_are_shown_in_one_line() -> None:
    task = read(file=write("a\n\x1b[1mb.tsv", ROWS), columns="q,a,grade")

    assert task.understood.startswith(r"a \x1b[1mb.tsv: 6 pairs, ")
    assert (task.title, task.files[0].name) == (r"a \x1b[1mb", r"a \x1b[1mb.tsv")
    assert task.name == "a-x1b-1mb"


def test_a_line_break_in_a_header_leaves_one_line_of_what_was_understood() -> None:
    rows = "".join(f'"{a}","{b}",{c}\n' for a, b, c, _ in ROWS)
    Path("a.csv").write_text(f'sentence1,sentence2,"score\n(0-5)"\n{rows}', "utf-8")
    spec = Spec("pairs", {"file": "a.csv", "columns": ("sentence1", "sentence2", "score\n(0-5)")})

    (planned,) = plan_tasks([spec], open_data("sample"), {})

    assert "columns sentence1, sentence2, score (0-5), scores" in planned.understood


def test_a_column_of_splits_gives_the_three_protocols() -> None:
    result = read(file=write("reviews.tsv", ROWS), columns="q,a,grade", split="genre")

    scores = result.score(vectors(result)).scores["spearman"]

    assert list(scores) == ["mean", "wmean", "all"]
    assert list(result.score(vectors(result)).splits) == ["film", "news"]


def test_sentences_are_cleaned_as_those_of_other_tasks() -> None:
    task = read(file=write("reviews.tsv", ROWS), columns="q,a,grade")

    assert "He eats some bread." in task.sentences


def test_a_column_of_languages_makes_tracks() -> None:
    task = read(file=write("reviews.tsv", ROWS), columns="q,a,grade", language="genre")

    assert task.score(vectors(task)).details[TRACKS] is True
    assert task.understood.endswith("tracks by genre (tab-separated)")


def test_splits_that_are_tracks_too_are_refused() -> None:
    with pytest.raises(SettingError, match="one of split and language must be left out, got both"):
        read(file="reviews.tsv", split="genre", language="genre")


def test_without_a_column_of_splits_there_is_one_score() -> None:
    task = read(file=write("reviews.tsv", ROWS), columns="q,a,grade")

    result = task.score(vectors(task))

    assert {metric: list(scores) for metric, scores in result.scores.items()} == {
        "spearman": ["all"],
        "pearson": ["all"],
    }
    assert len(task.files) == 1


def test_a_file_without_a_header_goes_by_position() -> None:
    rows = [row[:3] for row in ROWS]

    assert read(file=write("plain.tsv", rows, header="")).settings.columns == ("1", "2", "3")


@pytest.mark.parametrize(
    ("labels", "positive"),
    [
        (("1", "0"), ""),
        (("yes", "no"), "yes"),
        (("not_duplicate", "duplicate"), "duplicate"),
        (("True", "False"), "True"),
    ],
)
def test_binary_scores_give_average_precision_and_best_threshold_accuracy(
    labels: tuple[str, str], positive: str
) -> None:
    rows = [(*row[:2], labels[i % 2], row[3]) for i, row in enumerate(ROWS)]
    task = read(file=write("binary.tsv", rows), columns="q,a,grade")

    result = task.score(vectors(task))

    gold, system = (result.items["all"][name] for name in ("gold", "system"))
    first = float(labels[0] in ("1", positive))
    assert gold == [first, 1 - first] * 3
    assert task.settings.positive == positive
    assert result.scores["average_precision"]["all"] == pytest.approx(
        average_precision_score(gold, system)
    )
    assert 0.5 <= result.scores["best_threshold_accuracy"]["all"] <= 1


def test_labels_that_do_not_say_which_counts_as_1_need_a_setting() -> None:
    rows = [(*row[:2], "ab"[i % 2], row[3]) for i, row in enumerate(ROWS)]
    file = write("binary.tsv", rows)

    with pytest.raises(BadDataError, match=r"that counts as 1 among 'a' and 'b'.*positive=LABEL"):
        read(file=file, columns="q,a,grade")
    assert read(file=file, columns="q,a,grade", positive="b").settings.positive == "b"


def test_a_column_of_parts_is_read_as_its_test_part() -> None:
    rows = [(*row[:3], part) for row in ROWS for part in ("train", "test")]
    file = write("parts.tsv", rows, "sentence1\tsentence2\tscore\tsplit")

    test, train = read(file=file), read(file=file, part="train")

    assert len(test.scored_pairs) == len(train.scored_pairs) == 6
    assert (test.name, train.name) == ("parts", "parts-train")
    assert test.settings.part == "test"
    with pytest.raises(SettingError, match=r"part of parts.tsv must be one of train, test"):
        read(file=file, part="dev")


def test_a_column_of_parts_may_be_asked_for_as_splits() -> None:
    rows = [(*row[:3], part) for row, part in zip(ROWS, ["train", "test"] * 3, strict=True)]
    file = write("parts.tsv", rows, "sentence1\tsentence2\tscore\tsubset")

    assert list(read(file=file, split="Subset").splits) == ["train", "test"]


@pytest.mark.parametrize("odd", ["tets", " "])
def test_a_row_that_names_no_part_is_refused_where_others_do(odd: str) -> None:
    parts = ["train", "test", "test", odd, "test", "train"]
    rows = [(*row[:3], part) for row, part in zip(ROWS, parts, strict=True)]
    file = write("parts.tsv", rows, "sentence1\tsentence2\tscore\tsplit")

    with pytest.raises(BadDataError, match=r"parts.tsv:5: column 'split' must be "):
        read(file=file)


@pytest.mark.parametrize("name", ["stsb-test.tsv", "MR.tsv", "sts.tsv", "STS-B.tsv", "(mr).tsv"])
def test_a_file_named_as_a_task_or_suite_keeps_its_ending(name: str) -> None:
    file = write(name, [row[:3] for row in ROWS], "sentence1\tsentence2\tscore")

    assert read(file=file).title == name
    assert read(file=file, name="My reviews").name == "My-reviews"


BAD = [
    ("4 stars", r"bad.tsv:4: column 'grade' must be a number, got '4 stars'"),
    ("nan", r"bad.tsv:4: column 'grade' must be a number, got 'nan'"),
    ("3,5", r"bad.tsv:4: column 'grade' must be a number, got '3,5'"),
    (" ", r"bad.tsv:4: column 'grade' must be a number, got an empty cell"),
]


@pytest.mark.parametrize(("score", "message"), BAD)
def test_a_score_that_is_no_number_is_named_by_line_and_column(score: str, message: str) -> None:
    rows = [*ROWS[:2], (*ROWS[2][:2], score, "film"), *ROWS[3:]]

    with pytest.raises(BadDataError, match=message):
        read(file=write("bad.tsv", rows), columns="q,a,grade")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"columns": "q,a,rating"}, "column 'rating' is missing.*Found: q, a, grade, genre"),
        ({"columns": "q,a,grade", "split": "topic"}, "column 'topic' is missing"),
        ({}, "no column is known to be the first sentence"),
        ({"columns": "q,a,genre"}, "must have one that counts as 1 among 'film' and 'news'"),
        ({"columns": "q,a,grade", "split": "a"}, "must be on at least 2 rows, got 1"),
    ],
)
def test_columns_that_do_not_fit_are_refused(settings: dict[str, str], message: str) -> None:
    with pytest.raises(BadDataError, match=message):
        read(file=write("reviews.tsv", ROWS), **settings)


def test_equal_scores_are_refused() -> None:
    rows = [(*row[:2], "-1", row[3]) for row in ROWS]

    with pytest.raises(BadDataError, match="must have different scores, got -1 on every row"):
        read(file=write("same.tsv", rows), columns="q,a,grade")


def test_pairs_without_a_file_are_refused(sample: DataFolder) -> None:
    plugin = registry.tasks.load("pairs")

    with pytest.raises(HarnessError, match="pairs must have a file, got none: --pairs FILE"):
        plugin.factory(sample, plugin.settings({}))
