"""Tasks that read any file: what they found out is what records say of them."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from harness import DataFile, DataFolder, TaskResult, Vectors, evaluate, register_task, setting
from harness.data import open_data
from harness.errors import PluginError, SettingError
from harness.planning.planned_tasks import PlannedTask, plan_tasks
from harness.settings import Spec
from harness.task import OnProgress, no_progress
from harness.training.corpus_reader import CorpusReader
from harness.training.options import TrainingOptions


@dataclass(frozen=True)
class LinesSettings:
    """Where the file lies, and what of it counts."""

    file: str = setting("", help="the file", recorded=False)
    most: int | None = setting(None, help="lines to read")


class Lines:
    """A file of sentences, scored by their number."""

    def __init__(self, settings: LinesSettings) -> None:
        path = Path(settings.file)
        lines = path.read_text("utf-8").splitlines()[: settings.most]
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        self.sentences, self.files = lines, (DataFile(path.name, sha256, len(lines)),)
        self.name, self.title = path.stem, f"Lines of {path.name}"
        self.settings = replace(settings, most=len(lines))
        self.understood = f"{path.name}: {len(lines)} lines"

    def score(self, vectors: Vectors, *, on_progress: OnProgress = no_progress) -> TaskResult:
        return TaskResult(
            {"lines": float(len(vectors.of(self.sentences)))}, details={"by": "hand"}
        )


class LinesDefinition:
    """Lines of any file."""

    title, family, citation, Settings = "Lines", "lines", "", LinesSettings
    made: Callable[[LinesSettings], Lines] = Lines

    def __call__(self, data: DataFolder, settings: LinesSettings) -> Lines:
        return type(self).made(settings)


@pytest.fixture(autouse=True)
def _lines() -> None:
    register_task("lines", LinesDefinition())


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    path = tmp_path / "letters, v=2: all.txt"
    path.write_text("a\nb\nc\n", "utf-8")
    return path


def plan(*specs: str | Spec) -> list[PlannedTask]:
    return plan_tasks(specs, open_data(), {})


def of(path: Path, **settings: object) -> Spec:
    return Spec("lines", {"file": path, **settings})


def test_a_task_may_say_what_it_is_called_and_what_it_has_read(letters: Path) -> None:
    (planned,) = plan(of(letters))

    assert (planned.name, planned.registered) == ("letters, v=2: all", "lines")
    assert planned.title == "Lines of letters, v=2: all.txt"
    assert planned.settings.most == 3
    assert planned.recorded_settings == {"most": 3}
    assert planned.understood == "letters, v=2: all.txt: 3 lines"


def test_own_data_needs_no_data_folder_and_is_recorded_as_own_files(letters: Path) -> None:
    (record,) = evaluate("bow", of(letters), out=None).records

    assert (record.task, record.title) == ("letters, v=2: all", "Lines of letters, v=2: all.txt")
    assert record.data == "own files"
    assert record.task_settings == {"most": 3}
    assert record.details == {"by": "hand", "read_as": "letters, v=2: all.txt: 3 lines"}
    assert str(letters.parent) not in record.model_dump_json(exclude={"runtime"})


def test_evaluate_reports_what_was_read_of_own_files(letters: Path) -> None:
    read: list[str] = []
    evaluate("bow", of(letters), out=None, on_read=read.append)

    assert read == ["letters, v=2: all.txt: 3 lines"]


def test_own_data_is_never_called_sample(letters: Path) -> None:
    (record,) = evaluate("bow", of(letters), data="sample", out=None).records

    assert record.data == "own files"
    assert not record.is_sample


def test_a_file_of_the_data_folder_is_recorded_as_such(letters: Path) -> None:
    data = open_data(letters.parent)

    (planned,) = plan_tasks([of(letters)], data, {})

    assert planned.data_label == data.label


def test_another_file_of_the_same_name_in_the_data_folder_does_not_count(
    letters: Path, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / letters.name).write_text("another")

    (planned,) = plan_tasks([of(letters)], open_data(tmp_path / "data"), {})

    assert planned.data_label == "own files"


def test_where_a_file_lies_makes_no_other_result(letters: Path, tmp_path: Path) -> None:
    evaluate("bow", of(letters), out="runs")
    moved = letters.rename(tmp_path / "work" / letters.name)
    evaluate("bow", of(moved), out="runs")

    assert len(list(Path("runs").glob("*.json"))) == 1


def test_one_task_is_scored_with_several_settings_in_one_run(letters: Path) -> None:
    report = evaluate("bow", [of(letters), of(letters, most="2"), of(letters, most=3)], out=None)

    assert [record.scores["lines"] for record in report.records] == [3, 2]


def test_settings_of_a_spec_come_before_those_for_every_task(letters: Path) -> None:
    tasks = [of(letters), of(letters, most="1")]

    planned = plan_tasks(tasks, open_data(), {"most": "2"})

    assert [task.settings.most for task in planned] == [2, 1]


def test_two_tasks_of_one_name_with_different_data_are_refused(
    letters: Path, tmp_path: Path
) -> None:
    other = tmp_path / "work" / letters.name
    other.write_text("x\ny\n")

    with pytest.raises(SettingError) as caught:
        plan(of(letters), of(other))

    assert str(caught.value) == (
        "tasks must have names of their own, got two called 'letters, v=2: all' of different"
        " data: set name=NAME for one of them"
    )


def test_the_name_of_another_task_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mr.txt").write_text("x\n")

    with pytest.raises(SettingError, match="name of a task must be its own, got 'mr', which is"):
        plan(of(tmp_path / "mr.txt"))


def test_the_title_of_another_task_is_no_name(tmp_path: Path) -> None:
    (tmp_path / "STS-B.txt").write_text("x\n")

    with pytest.raises(SettingError, match="must be its own, got 'STS-B', which is registered"):
        plan(of(tmp_path / "STS-B.txt"))


@pytest.mark.parametrize(
    ("what", "value", "wanted"),
    [("name", 5, "str"), ("understood", ["x"], "str"), ("settings", {}, "LinesSettings")],
)
def test_what_a_task_says_of_itself_is_checked(
    letters: Path, monkeypatch: pytest.MonkeyPatch, what: str, value: object, wanted: str
) -> None:
    def make(settings: LinesSettings) -> Lines:
        task = Lines(settings)
        setattr(task, what, value)
        return task

    monkeypatch.setattr(LinesDefinition, "made", staticmethod(make))

    with pytest.raises(PluginError, match=f"{what} of task 'lines' must be {wanted}, got"):
        plan(of(letters))


def test_a_task_that_needs_a_data_folder_says_so_where_there_is_none(letters: Path) -> None:
    report = evaluate("bow", of(letters), out=None)

    assert not report.failures
    with pytest.raises(Exception, match=r"no data yet: .* does not exist"):
        evaluate("bow", [of(letters), "stsb-dev"], out=None)


def test_what_was_read_of_a_training_text_is_one_line(sample: DataFolder) -> None:
    Path("a\nb.txt").write_text("One sentence.\nAnother.\n", "utf-8")
    read: list[str] = []

    options = TrainingOptions(Path("checkpoints"), text="a\nb.txt", on_read=read.append)
    CorpusReader().read("wiki1m", options, sample)

    assert read == ["a b.txt: 2 sentences, one per line"]
