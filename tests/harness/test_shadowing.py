import subprocess
import sys
from pathlib import Path

import pytest

from harness.shadowing import check_not_shadowed

SHADOW = "Error: module 'tasks' must be the harness's own, got {}: it hides ours;"


def test_our_own_packages_are_not_shadowed() -> None:
    check_not_shadowed()


@pytest.mark.parametrize("name", ["tasks.py", "tasks/__init__.py"])
def test_a_module_of_the_user_s_that_hides_ours_is_told_in_one_line(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("raise RuntimeError('imported')")

    done = subprocess.run(
        [sys.executable, "-m", "harness", "tasks", "list"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(SHADOW.format(path))
    assert len(done.stderr.splitlines()) == 1


def test_the_python_api_tells_it_too(tmp_path: Path) -> None:
    (tmp_path / "results.py").write_text("")

    done = subprocess.run(
        [sys.executable, "-c", "import harness; harness.evaluate"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "HarnessError: module 'results' must be the harness's own" in done.stderr
