import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli.main import main
from harness.data import open_data
from harness.encoder import Context
from harness.plugins.files import load_plugin
from harness.studies.peak_memory import peak_memory

PLUGIN = '''
from dataclasses import dataclass
import numpy as np
import harness

@dataclass(frozen=True)
class Settings:
    scale: float = harness.setting(1.0, help="factor", source="Nobody (2026)")

@harness.register_encoder("lengths")
class Lengths:
    """Numbers of letters and words.

    Source: Nobody (2026)
    """
    Settings = Settings
    citation = "Nobody (2026), https://example.org"
    def __init__(self, context, settings): self.scale = settings.scale
    def encode(self, sentences):
        rows = [[self.scale * len(s), len(s.split()) + 1] for s in sentences]
        return np.array(rows, np.float32)

@harness.register_encoder("learner")
class Learner(Lengths):
    """Learns the longest length."""
    corpus = "sts"
    longest = 0
    def base_fingerprint(self): return "nothing"
    def fit(self, corpus, training):
        self.longest = max(map(len, corpus.text))
        return {"longest": self.longest}
    def save(self, folder): (folder / "longest").write_text(str(self.longest))
    def load(self, folder): self.longest = int((folder / "longest").read_text())
    def encode(self, sentences): return super().encode(sentences) / np.float32(self.longest)

@harness.register_encoder("sorting")
class Sorting(Lengths):
    """Sorts, and forgets to undo it."""
    def encode(self, sentences): return super().encode(sorted(sentences, key=len))
'''


@pytest.fixture
def plugin(tmp_path: Path) -> str:
    path = tmp_path / "lengths.py"
    path.write_text(PLUGIN)
    return str(path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_a_file_s_encoder_is_evaluated(plugin: str) -> None:
    place = ("--tasks", "stsb-dev", "--data", "sample", "--json")

    result = run("eval", "lengths:scale=2", "--plugin", plugin, *place)

    assert (result.exit_code, result.stderr) == (0, "")
    (record,) = json.loads(result.stdout)["records"]
    assert record["encoder"] == "lengths:scale=2.0"
    assert record["origin"].startswith("lengths.py sha256:")


@pytest.mark.parametrize("given", [("--plugin", "{}"), ("--plugin={}",)])
def test_a_file_s_encoder_is_trained_though_its_name_comes_first(
    plugin: str, given: tuple[str, ...]
) -> None:
    options = [word.format(plugin) for word in given]

    result = run("train", "learner", *options, "--data", "sample", "--scale", "3")

    assert result.exit_code == 0, result.output
    assert "learner:scale=3.0 from bert-base-uncased, on sts" in result.stdout


def test_a_file_s_encoder_is_known_to_a_process_of_its_own(plugin: str, tmp_path: Path) -> None:
    load_plugin(plugin)

    most = peak_memory("lengths", ["a sentence"], Context(), open_data("sample"), tmp_path)

    assert most is None or most > 0


def test_a_file_s_encoder_is_swept(plugin: str) -> None:
    grid = ("--grid", "scale=1,2", "--tasks", "stsb-dev", "--data", "sample")

    result = run("sweep", "lengths", "--plugin", plugin, *grid)

    assert result.exit_code == 0, result.output


def test_a_broken_file_is_reported_once_by_a_sweep_of_many_points(
    plugin: str, tmp_path: Path
) -> None:
    (tmp_path / "bad.py").write_text("1 / 0")
    grid = ("--grid", "scale=1,2,3", "--tasks", "stsb-dev", "--data", "sample")

    result = run("sweep", "lengths", "--plugin", plugin, "--plugin", f"{tmp_path}/bad.py", *grid)

    reported = [line for line in result.stderr.splitlines() if "ZeroDivisionError" in line]
    assert (result.exit_code, len(reported)) == (1, 1)


def test_the_list_says_where_from_and_whether_it_learns(plugin: str) -> None:
    run("train", "learner", "--plugin", plugin, "--data", "sample")

    shown = " ".join(run("encoders", "list", "--plugin", plugin).stdout.split())

    assert "lengths Numbers of letters and words. needs none" in shown
    assert "learner Learns the longest length. bert-base-uncased, seed 0" in shown
    assert "bow A bag of words" in shown
    assert "needs none, or with svd not yet" in shown


def test_an_encoder_is_shown_with_source_citation_and_settings(plugin: str) -> None:
    lines = run("encoders", "show", "lengths", "--plugin", plugin).stdout.splitlines()

    assert lines[0] == f"lengths, from {plugin}"
    assert "Cite: Nobody (2026), https://example.org" in lines
    assert any(
        line.split() == ["scale=1.0", "factor", "number", "Nobody", "(2026)"] for line in lines
    )


PASSED = """\
  check                 result   what is wrong
 ─────────────────────────────────────────────────────
  made                  passed
  settings round trip   passed
  save and load         –        it needs no training
  row count             passed
  dtype                 passed
  finite                passed
  determinism           passed
  order                 passed
  batch independence    passed
  empty sentence        passed
  very long sentence    passed
  fingerprint           –        it has none: its vectors are not kept between runs
"""


def test_a_check_that_all_is_well_is_a_table(plugin: str) -> None:
    result = run("encoders", "check", "lengths", "--plugin", plugin)
    lines = [line.rstrip() for line in result.stdout.strip("\n").splitlines()]

    assert result.exit_code == 0
    assert [line for line in lines if line and "─" not in line] == [
        line for line in PASSED.splitlines() if "─" not in line
    ]


def test_a_check_that_fails_explains_it_and_exits_1(plugin: str) -> None:
    result = run("encoders", "check", "sorting", "--plugin", plugin)

    assert result.exit_code == 1
    (line,) = [line for line in result.stdout.splitlines() if "FAILED" in line]
    assert " ".join(line.split()).startswith(
        "order FAILED the row of 'A man is playing a guitar.'"
    )


def test_a_broken_file_is_a_warning_where_nothing_of_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("1 / 0")

    result = run("encoders", "show", "mean", "--plugin", f"{tmp_path}/bad.py")

    assert result.exit_code == 0
    assert result.stderr == (
        f"Warning: plug-in file '{tmp_path}/bad.py' cannot be used: ZeroDivisionError: division"
        " by zero\n"
    )


@pytest.mark.parametrize(
    "command",
    [
        ("eval", "mean"),
        ("train", "mean"),
        ("bench", "mean"),
        ("sweep",),
        ("encoders", "list"),
        ("encoders", "show", "mean"),
        ("encoders", "check", "mean"),
        ("tasks", "list"),
        ("tasks", "show", "sts12"),
        ("data", "verify"),
    ],
)
def test_every_command_that_names_encoders_or_tasks_takes_plug_ins(
    command: tuple[str, ...],
) -> None:
    result = run(*command, "--plugin", "no/such.py")

    assert result.exit_code == 2
    assert "Invalid value for '--plugin': Path 'no/such.py' does not exist." in result.stderr


def test_a_factory_s_encoder_that_learns_is_trained(tiny_bert: Path) -> None:
    place = ("--model", str(tiny_bert), "--data", "sample", "--device", "cpu")

    assert "mean:drop_frequent=3 from" in run("train", "mean:drop_frequent=3", *place).stdout
    assert "bow:svd=4, on sts" in run("train", "bow", "--svd", "4", *place).stdout
    assert run("train", "bow", *place).stderr == (
        "Error: encoder 'bow' needs no training: run harness eval bow\n"
    )
    assert run("train", "cls", *place).stderr == (
        "Error: encoder 'cls' needs no training: run harness eval cls\n"
    )


def test_a_new_package_passes_its_own_tests_at_once(tmp_path: Path) -> None:
    result = run("encoders", "new", "word-order", "--out", f"{tmp_path}/new")
    folder = tmp_path / "new" / "word-order-encoder"

    assert result.exit_code == 0
    assert result.stdout.startswith(f"Written to {folder}. Now:\n")
    assert f"  cd {folder} && pip install -e . && harness encoders check word-" in result.stdout
    assert sorted(path.name for path in folder.iterdir()) == [
        "README.md",
        "pyproject.toml",
        "test_word_order_encoder.py",
        "word_order_encoder.py",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Upper", "name of a new encoder must be small letters and digits, words joined by '-'"),
        ("../up", "name of a new encoder must be small letters"),
        ("a_b", "name of a new encoder must be small letters"),
        ("", "name of a new encoder must be small letters"),
        ("x" * 51, "name of a new encoder must be small letters"),
        (
            "mean",
            "name of a new encoder must be new, 'mean' belongs to sentence-harness 0.1.0: choose",
        ),
        ("there", "folder of a new encoder must not exist yet, got 'there-encoder'"),
    ],
)
def test_a_bad_name_or_a_folder_that_exists_is_refused(name: str, message: str) -> None:
    Path("there-encoder").mkdir()
    before = sorted(Path().iterdir())

    result = run("encoders", "new", name)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {message}")
    assert sorted(Path().iterdir()) == before


def test_a_new_package_s_name_may_be_a_python_word() -> None:
    assert run("encoders", "new", "none").exit_code == 0
    assert "class NoneEncoder:" in Path("none-encoder/none_encoder.py").read_text()
