import platform
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.machine import provenance
from harness.machine.provenance import git_revision, versions


def test_versions_name_python_and_what_changes_numbers() -> None:
    found = versions()

    assert found["python"] == platform.python_version()
    assert {"torch", "transformers", "tokenizers", "numpy", "scipy"} <= set(found)
    assert "absent" not in found.values()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A repository with a module of ours in it."""
    module = tmp_path / "repo/harness/provenance.py"
    module.parent.mkdir(parents=True)
    module.write_text("x = 1\n")
    monkeypatch.setattr(provenance, "__file__", str(module))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    git_revision.cache_clear()
    yield module.parent
    git_revision.cache_clear()


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_the_revision_is_the_commit_and_says_changes(checkout: Path) -> None:
    git(checkout, "init", "-q")
    git(checkout, "add", ".")
    git(checkout, "commit", "-q", "-m", "x")
    commit = git(checkout, "rev-parse", "HEAD")
    clean = git_revision()
    (checkout / "provenance.py").write_text("x = 2\n")
    git_revision.cache_clear()

    assert clean == commit
    assert git_revision() == f"{commit}+changes"


def test_an_installed_copy_inside_somebody_s_repository_has_no_revision(checkout: Path) -> None:
    git(checkout, "init", "-q")
    git(checkout, "commit", "-q", "--allow-empty", "-m", "x")

    assert git_revision() is None


def test_outside_a_repository_there_is_no_revision(checkout: Path) -> None:
    assert git_revision() is None
