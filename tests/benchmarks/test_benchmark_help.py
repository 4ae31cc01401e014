import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.mark.parametrize("name", ["statistics_coverage", "statistics_speed"])
def test_help_tells_how_a_simulation_is_run(name: str) -> None:
    command = [sys.executable, FOLDER / f"{name}.py", "--help"]

    run = subprocess.run(command, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith(f"usage: {name}.py")
