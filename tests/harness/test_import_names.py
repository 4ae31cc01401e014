"""A user's own modules named ``tasks``, ``encoders`` or ``results`` do not meet ours."""

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = ("encoders", "tasks", "results")
FROM_PYTHON = (
    "import harness, tasks, encoders, results\n"
    "harness.evaluate, harness.Record\n"
    "print(tasks.OWNER, encoders.OWNER, results.OWNER)\n"
)
IN_A_TEST = """\
import encoders, results, tasks
import harness
from harness.tasks import suites

def test_both_are_there():
    assert {encoders.OWNER, results.OWNER, tasks.OWNER} == {"the user"}
    assert suites.__name__ == "harness.tasks.suites"
    assert harness.Record.__module__ == "harness.results.records.record"
"""
FOR_SENTEVAL = """\
import sys
sys.path.insert(0, "../")
import senteval
import encoders, results, tasks

def batcher(params, batch):
    return [[len(words), len(tasks.OWNER)] for words in batch]
"""
SENTEVAL = (
    "from harness.encoder import Context\n"
    "from harness.encoders.adapters.senteval import SentEvalEncoder, SentEvalSettings\n"
    "encoder = SentEvalEncoder(Context(), SentEvalSettings(module='bow.py'))\n"
    "print(encoder.encode(['three short words']).tolist())\n"
)


@pytest.fixture(params=["{}.py", "{}/__init__.py"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A working folder with the user's modules of those names."""
    for package in PACKAGES:
        path = tmp_path / request.param.format(package)
        path.parent.mkdir(exist_ok=True)
        path.write_text("OWNER = 'the user'")
    return tmp_path


def run_python(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout


def test_the_command_line_runs_beside_modules_of_those_names(folder: Path) -> None:
    assert "sts12" in run_python(folder, "-m", "harness", "tasks", "list")


def test_the_python_api_and_the_user_s_modules_are_both_imported(folder: Path) -> None:
    assert run_python(folder, "-c", FROM_PYTHON) == "the user the user the user\n"


@pytest.mark.parametrize("folder", ["{}.py"], indirect=True)
def test_a_test_imports_both(folder: Path) -> None:
    (folder / "test_both.py").write_text(IN_A_TEST)

    assert "1 passed" in run_python(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider")


@pytest.mark.parametrize("folder", ["{}.py"], indirect=True)
def test_a_script_for_senteval_imports_the_modules_beside_it(folder: Path) -> None:
    (folder / "bow.py").write_text(FOR_SENTEVAL)

    assert run_python(folder, "-c", SENTEVAL) == "[[3.0, 8.0]]\n"
