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
