import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from harness.cli.main import main
from harness.data import open_data
from harness.errors import BadDataError, HarnessError, PluginError, SettingError
from harness.evaluation.evaluation import evaluate
from harness.planning.planned_tasks import PlannedTask, plan_tasks
from harness.plugins.files import load_plugin
from harness.results.records.record import OWN_FILES
from harness.task import Vectors

PAIRS = "".join(
    f"sentence {i} is long\tsentence {i} is {['short', 'long'][i % 2]}\t{i % 5}\t{'ab'[i % 2]}\n"
    for i in range(12)
)
LABELS = "".join(f"a sentence of {i}\t{'good' if i % 2 else 'bad'}\n" for i in range(60))
TOML = """
name = "reviews"
kind = "pairs"
title = "My reviews"
summary = "reviews of films and books"
citation = "Me (2030)"
licence = "CC0"
file = "data/reviews.tsv"
columns = ["q", "a", "grade"]
split = "genre"
"""


@pytest.fixture(autouse=True)
def files() -> None:
    Path("tasks/data").mkdir(parents=True)
    Path("tasks/data/reviews.tsv").write_text(f"q\ta\tgrade\tgenre\n{PAIRS}", "utf-8")
    Path("tasks/data/moods.tsv").write_text(f"text\tlabel\n{LABELS}", "utf-8")


def task_file(text: str = TOML, name: str = "reviews") -> Path:
    path = Path(f"tasks/{name}.toml")
    path.write_text(text, "utf-8")
    return path


def plan(text: str = TOML, name: str = "reviews", **settings: Any) -> PlannedTask:
    load_plugin(task_file(text, name))
    (planned,) = plan_tasks([name], open_data("sample"), settings)
    return planned


def test_a_task_file_is_a_task_under_its_name() -> None:
    planned = plan(similarity="dot")

    assert (planned.name, planned.title) == ("reviews", "My reviews")
    assert planned.definition.family == "pairs"
    assert planned.data_label == OWN_FILES
    assert planned.settings.similarity == "dot"
    assert planned.recorded_settings["columns"] == ("q", "a", "grade")
    assert "file" not in planned.recorded_settings


def test_its_file_is_found_beside_it_from_any_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    load_plugin(task_file())
    monkeypatch.chdir("tasks/data")

    assert plan_tasks(["reviews"], open_data("sample"), {})


def test_labels_are_described_too() -> None:
    planned = plan('name = "moods"\nkind = "labels"\nfile = "data/moods.tsv"\n', "moods")

    assert planned.definition.family == "labels"
    assert planned.settings.positive == "good"


def test_published_counts_that_differ_are_told_and_others_refused() -> None:
    task = plan(f"{TOML}counts = {{a = 6, b = 7}}\n").task
    rows = {s: row for row, s in enumerate(dict.fromkeys(task.sentences))}
    matrix = np.random.default_rng(0).normal(size=(len(rows), 4)).astype(np.float32)

    details = task.score(Vectors(rows, matrix)).details

    assert details["unpublished_counts"] == {"b": {"pairs": 6, "published": 7}}
    with pytest.raises(HarnessError, match=r"must be of its parts \(a, b\), got one of 'c'"):
        plan(f"{TOML}counts = {{c = 7}}\n")


def test_a_score_outside_the_scale_is_refused_by_line() -> None:
    with pytest.raises(BadDataError, match=r"reviews.tsv:6: column 'grade' must be from 0 to 3"):
        plan(f"{TOML}scale = [0, 3]\n")


def test_a_file_that_has_changed_is_refused() -> None:
    content = Path("tasks/data/reviews.tsv").read_bytes()
    text = f'{TOML}sha256 = "{hashlib.sha256(content).hexdigest()}"\n'

    assert plan(text)
    Path("tasks/data/reviews.tsv").write_bytes(content + b"a b\tc d\t1\ta\n")
    with pytest.raises(BadDataError, match=r"must have the sha256 .* of reviews.toml, got"):
        plan(text)


def test_a_file_of_the_data_folder_keeps_its_place_there() -> None:
    text = """
name = "bench"
kind = "pairs"
collection = "senteval"
file = "STS/STSBenchmark/sts-test.csv"
columns = ["6", "7", "5"]
"""
    planned = plan(text, "bench")

    assert planned.data_label == "sample"
    assert planned.files[0].name == "senteval/downstream/STS/STSBenchmark/sts-test.csv"


BAD = [
    ('kind = "pairs"', "name must be given, got nothing"),
    (
        'name = "x"\nkind = "triples"\nfile = "a"',
        "kind must be 'pairs' or 'labels', got 'triples'",
    ),
    ('name = "x"\nkind = "pairs"', "file must be given, got nothing"),
    (f"{TOML}colums = 1", "unknown key 'colums'. Did you mean 'columns'?"),
    (f"{TOML}train = 'a'", "unknown setting 'train' of task 'reviews'"),
    (f"{TOML}language = 'lang'", "one of split and language must be left out"),
    (f"{TOML}scale = [5, 0]", "scale must be from low to high, got [5.0, 0.0]"),
    (f"{TOML}sha256 = 'abc'", "sha256"),
    (f"{TOML}sha256 = {{test = '{'a' * 64}'}}", "sha256.test must be of a file that is given"),
    (f"{TOML}collection = 'mine'", "collection must be"),
    ("name = \n", "Invalid value (at line 1"),
    (TOML.replace('"reviews"', '"my task"'), "name must"),
    (TOML.replace('"reviews"', '"mr"'), "task 'mr' is registered twice"),
    (TOML.replace('"reviews"', '"STS-B"'), "name must be the task's own, got 'STS-B', which"),
    (TOML.replace("My reviews", "STS-B"), "title must be the task's own, got 'STS-B', which"),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_a_bad_task_file_is_refused_in_one_line_with_the_key(text: str, message: str) -> None:
    path = task_file(text)

    with pytest.raises(PluginError) as caught:
        load_plugin(path)

    start = "plug-in file 'tasks/reviews.toml' cannot be used: "
    assert str(caught.value).startswith(start)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_task_file_in_utf_16_is_refused_with_the_cure() -> None:
    path = task_file()
    path.write_text(TOML, "utf-16")

    with pytest.raises(PluginError, match=r"got UTF-16 text: convert it with iconv"):
        load_plugin(path)


def test_it_is_shown_without_repeating_its_name_and_file() -> None:
    path = task_file('name = "reviews"\nkind = "pairs"\nfile = "data/reviews.tsv"\n')

    shown = CliRunner().invoke(main, ["tasks", "show", "reviews", "--plugin", str(path)])

    assert shown.stdout.splitlines()[:3] == ["reviews", "pairs of one's own", f"From: {path}"]


def test_a_home_folder_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(Path("tasks/data").resolve()))

    assert plan(TOML.replace("data/", "~/")).files[0].name == "reviews.tsv"


def test_a_file_for_two_parts_is_refused() -> None:
    text = 'name = "moods"\nkind = "labels"\ntrain = "data/moods.tsv"\ntest = "data/moods.tsv"\n'

    with pytest.raises(
        SettingError, match="test must have other rows than train, got the content"
    ):
        plan(text, "moods")


def test_a_folder_of_task_files_and_python_files_is_used_whole() -> None:
    task_file()
    task_file('name = "moods"\nkind = "labels"\nfile = "data/moods.tsv"\n', "moods")
    Path("tasks/pyproject.toml").write_text("[project]\n", "utf-8")
    Path("tasks/zeros.py").write_text(
        "import numpy as np, harness\n"
        "@harness.register_encoder('lengths')\n"
        "class Lengths:\n"
        "    def __init__(self, context, settings): pass\n"
        "    def encode(self, s): return np.array([[len(x), 1] for x in s], 'float32')\n",
        "utf-8",
    )
    load_plugin("tasks")

    report = evaluate("lengths", ["reviews", "moods:classifier=sklearn"], data="sample", out=None)

    assert [record.task for record in report.records] == ["reviews", "moods"]
    assert not report.failures


def test_a_folder_without_plug_ins_is_refused() -> None:
    with pytest.raises(PluginError, match=r"folder 'tasks/data' must hold files that end in .py"):
        load_plugin("tasks/data")


def test_the_command_line_and_the_variable_take_task_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = task_file()

    shown = CliRunner().invoke(main, ["tasks", "show", "reviews", "--plugin", str(path)]).output
    monkeypatch.setenv("HARNESS_PLUGINS", "tasks")
    listed = CliRunner().invoke(main, ["tasks", "list"]).output

    assert (
        "reviews: My reviews\nreviews of films and books\nLicence: CC0\nCite: Me (2030)" in shown
    )
    assert "reviews of films and books" in listed


def test_a_data_set_that_was_saved_is_found_beside_the_task_file() -> None:
    library = pytest.importorskip("datasets", reason="the extra datasets is not installed")
    rows = {"s1": ["a b", "c d", "e"], "s2": ["a", "d", "f g"], "score": [5.0, 3.0, 0.0]}
    library.Dataset.from_dict(rows).save_to_disk("tasks/data/saved")

    planned = plan('name = "saved"\nkind = "pairs"\nfile = "hf:data/saved"\n', "saved")

    assert planned.understood.startswith("hf:")
    assert len(planned.sentences) == 6
