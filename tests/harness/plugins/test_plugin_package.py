"""A stranger's way: write a package, build its wheel, install it beside the harness, score it."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest


def run(python: Path | str, *arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(python), "-m", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )


@pytest.fixture
def fresh_python(tmp_path: Path) -> Path:
    """The interpreter of a new environment that sees what this one has installed."""
    folder = tmp_path / "environment"
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    scheme = {"base": str(folder), "platbase": str(folder)}
    site = Path(sysconfig.get_path("purelib", vars=scheme))
    here = sysconfig.get_path("purelib")
    (site / "outer.pth").write_text(f"import site; site.addsitedir({here!r})\n")
    return Path(sysconfig.get_path("scripts", vars=scheme)) / "python"


@pytest.mark.slow
def test_a_new_package_s_wheel_is_installed_listed_checked_and_evaluated(
    tmp_path: Path, fresh_python: Path
) -> None:
    written = run(sys.executable, "harness", "encoders", "new", "tri-grams", cwd=tmp_path)
    package = tmp_path / "tri-grams-encoder"
    built = run(
        *(sys.executable, "pip", "wheel", "--no-deps", "--no-build-isolation"),
        *("--wheel-dir", tmp_path / "wheels", package),
        cwd=tmp_path,
    )
    assert (written.returncode, built.returncode) == (0, 0), built.stderr
    (wheel,) = (tmp_path / "wheels").glob("*.whl")

    installed = run(
        *(sys.executable, "pip", "--python", fresh_python, "install", "--no-deps", wheel),
        cwd=tmp_path,
    )
    listed = run(fresh_python, "harness", "encoders", "list", cwd=tmp_path)
    checked = run(fresh_python, "harness", "encoders", "check", "tri-grams", cwd=tmp_path)
    scored = run(
        *(fresh_python, "harness", "eval", "tri-grams", "tri-grams:buckets=64"),
        *("--tasks", "sts", "--data", "sample", "--json"),
        cwd=tmp_path,
    )

    assert installed.returncode == 0, installed.stderr
    (line,) = [line for line in listed.stdout.splitlines() if " tri-grams " in line]
    assert line.split()[-2:] == ["tri-grams-encoder", "0.1.0"]
    assert (checked.returncode, checked.stderr) == (0, "")
    assert (scored.returncode, scored.stderr) == (0, "")
    records = json.loads(scored.stdout)["records"]
    assert {each["encoder"] for each in records} == {"tri-grams", "tri-grams:buckets=64"}
    assert len(records) == 2 * 7
    assert {each["origin"] for each in records} == {"tri-grams-encoder 0.1.0"}
    unknown = run(sys.executable, "harness", "encoders", "show", "tri-grams", cwd=tmp_path)
    assert "unknown encoder 'tri-grams'" in unknown.stderr
