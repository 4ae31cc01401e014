"""Tasks with settings of their own on the command line, and data that lies in no data folder."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli.main import main
from harness.results.records.store import ResultStore

PLUGIN = '''
import hashlib
from dataclasses import dataclass
from pathlib import Path
import harness

@dataclass(frozen=True)
class Settings:
    file: str = harness.setting("", help="where it lies", recorded=False)
    factor: float = harness.setting(1.0, help="of the scores")

class Grades:
    """Graded pairs of any file."""
    def __init__(self, settings):
        path = Path(settings.file)
        rows = [line.split("\\t") for line in path.read_text().splitlines()]
        self.settings, self.name, self.title = settings, path.stem, path.name
        self.scored_pairs = [(a, b, settings.factor * float(score)) for a, b, score in rows]
        self.sentences = [side for a, b, _ in rows for side in (a, b)]
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        self.files = (harness.DataFile(path.name, digest, len(rows)),)
        self.understood = f"{path.name}: {len(rows)} pairs"
    def score(self, vectors, *, on_progress=None):
        return harness.TaskResult({"spearman": {"all": 0.5 * self.settings.factor}})

@harness.register_task("grades")
class Definition:
    """Graded pairs of any file."""
    title, family, citation = "Grades", "sts", ""
    Settings = Settings
    def __new__(cls, data, settings): return Grades(settings)
'''
READ = "mine.txt: 3 pairs\n"


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    (tmp_path / "grades.py").write_text(PLUGIN)
    rows = ["a cat\ta dog\t4", "a red car\ta blue car\t5", "rain\tsnow in winter\t1"]
    Path("mine.txt").write_text("\n".join(rows))


def run(command: str, *arguments: str) -> Result:
    plugin = ["--plugin", str(Path.cwd().parent / "grades.py")]
    return CliRunner().invoke(main, [*command.split(), *plugin, *arguments])


def test_own_data_is_scored_where_there_is_no_data_folder() -> None:
    result = run("eval", "bow", "--tasks", "grades:file=mine.txt")

    assert (result.exit_code, result.stderr) == (0, READ)
    assert "mine.txt" in result.stdout
    assert "SAMPLE" not in result.stdout
    (record,) = ResultStore(Path("runs")).read()
    assert (record.task, record.title, record.data) == ("mine", "mine.txt", "own files")
    assert record.task_settings == {"factor": 1.0}
    assert record.details["read_as"] == "mine.txt: 3 pairs"


def test_one_task_with_two_settings_gives_two_records() -> None:
    tasks = ["-t", "grades:file=mine.txt", "-t", "grades:file=mine.txt,factor=0.5"]

    result = run("eval", "bow", *tasks, "--json")

    records = json.loads(result.stdout)["records"]
    assert [record["scores"]["spearman"]["all"] for record in records] == [0.5, 0.25]
    assert result.stderr == READ


@pytest.mark.parametrize(
    "command",
    [
        "sweep bow --grid buckets=64,128",
        "analyse bow",
        "bench bow --rounds 1 --no-memory --device cpu",
        "tasks sentences",
        "tasks show",
    ],
)
def test_what_was_read_is_said_once_wherever_tasks_are_taken(
    command: str, tiny_bert: Path
) -> None:
    others = [] if command.startswith("tasks") else ["--model", str(tiny_bert), "--tasks"]

    result = run(command, *others, "grades:file=mine.txt")

    assert result.exit_code == 0, result.output
    assert result.output.count(READ) == 1


def test_a_data_folder_that_is_named_must_exist() -> None:
    result = run("eval", "bow", "--tasks", "grades:file=mine.txt", "--data", "nowhere")

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: data folder must be an existing folder, got 'nowhere'")


def test_a_folder_is_asked_for_as_soon_as_a_task_needs_one() -> None:
    result = run("eval", "bow", "-t", "stsb-dev", "-t", "grades:file=mine.txt")

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: no data yet: ")
    assert not list(Path("runs").glob("*.json"))


def test_an_encoder_that_lacks_its_training_text_may_learn_another() -> None:
    result = run("eval", "tfidf", "--tasks", "grades:file=mine.txt")

    assert result.stderr.splitlines()[-1].startswith("Error: tfidf: no data yet: ")
    assert result.stderr.endswith("; or train on a text of your own with --text FILE\n")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("grades:fil=mine.txt", "unknown setting 'fil' of task 'grades'. Did you mean 'file'?"),
        ("grades:file=", "setting file of task 'grades' must have a value, got none"),
        ("mr:classifier=x", "classifier of task 'mr' must be senteval|senteval-fast|sklearn"),
        ("sts:similarty=dot", "unknown setting 'similarty' of suite 'sts'. Did you mean"),
        ("mine:file=mine.txt", "unknown task 'mine'"),
    ],
)
def test_a_wrong_spec_is_one_line(spec: str, message: str) -> None:
    result = run("eval", "bow", "--tasks", spec)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {message}")
    assert len(result.stderr.splitlines()) == 1
    assert not list(Path("runs").glob("*.json"))


def test_the_settings_asked_for_are_shown() -> None:
    shown = run("tasks show", "mr:classifier=sklearn").stdout

    assert "classifier=sklearn" in shown


def test_sentences_need_a_task() -> None:
    result = run("tasks sentences")

    assert result.exit_code == 2
    assert "name at least one task, or a file with --pairs or --labels" in result.stderr


@pytest.mark.parametrize(
    "command",
    ["eval bow", "sweep bow --grid buckets=64", "analyse bow", "bench bow --rounds 1 --no-memory"],
)
def test_pairs_are_named_by_their_file_whatever_its_name(command: str, tiny_bert: Path) -> None:
    path = Path("my reviews, v=2.tsv")
    path.write_text("q\ta\tgrade\n" + Path("mine.txt").read_text())
    model = ["--model", str(tiny_bert), "--device", "cpu"]

    result = run(command, *model, "--pairs", f"{path},columns=q,a,grade")

    assert result.exit_code == 0, result.output
    assert result.output.count(f"{path}: 3 pairs, columns q, a, grade, scores 1 to 5") == 1
    assert "STS-B" not in result.output


def test_files_of_both_kinds_are_scored_beside_tasks_in_one_run() -> None:
    Path("graded.tsv").write_text("sentence1\tsentence2\tscore\n" + Path("mine.txt").read_text())
    parts = ("train", "dev", "test")
    words = [f"{word}{n}\t{word}\t{parts[n % 3]}" for word in ("good", "bad") for n in range(9)]
    Path("words.tsv").write_text("\n".join(["sentence\tlabel\tsplit", *words]))
    files = ["--pairs", "graded.tsv", "--labels", "words.tsv,classifier=sklearn"]

    result = run("eval", "bow:buckets=16", *files, "--data=sample", "-t", "stsb-dev", "--json")

    records = json.loads(result.stdout)["records"]
    assert [(record["task"], record["data"]) for record in records] == [
        ("stsb-dev", "sample"),
        ("graded", "own files"),
        ("words", "own files"),
    ]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--pairs=", "--pairs must name a file, got ''"),
        ("--pairs=nosuch.tsv", "table must be a file, found none at 'nosuch.tsv'"),
        ("--labels=.", "table must be a file, got the folder '.'"),
        ("--labels=mine.txt,clasifier=sklearn", "unknown setting 'clasifier' of task 'labels'."),
        ("--tasks=pairs", "pairs must have a file, got none: --pairs FILE"),
    ],
)
def test_a_wrong_file_is_one_line(option: str, message: str) -> None:
    result = run("eval", "bow", option)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {message}")
    assert len(result.stderr.splitlines()) == 1
    assert not list(Path("runs").glob("*.json"))


def test_a_text_that_holds_an_own_task_s_sentences_marks_its_score(tiny_bert: Path) -> None:
    rows = [f"word {n} here\tword {n} there\t{n % 6}" for n in range(20)]
    Path("pairs.tsv").write_text("\n".join(["sentence1\tsentence2\tscore", *rows]))
    Path("text.txt").write_text("\n".join(f"{row.partition(chr(9))[0]}" for row in rows))
    whitening = ["whitening:k=2", "--model", str(tiny_bert), "--device", "cpu"]

    result = run("eval", *whitening, "--pairs", "pairs.tsv", "--text", "text.txt")

    assert result.exit_code == 0, result.output
    (record,) = ResultStore(Path("runs")).read()
    assert record.trained_on_this_task
    assert "†" in result.stdout
