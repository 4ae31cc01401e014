import os
from pathlib import Path

import pytest

import harness
from harness.errors import PluginError
from harness.evaluation.evaluation import evaluate
from harness.keys.checkpoints import CheckpointKey, TrainedEncoder
from harness.plugins import registry
from harness.plugins.files import broken_files

ENCODER = '''
import zlib
from dataclasses import dataclass
import numpy as np
import harness

@dataclass(frozen=True)
class Settings:
    salt: int = harness.setting(0, help="changes all")

@harness.register_encoder("hashed")
class Hashed:
    """Random numbers that are the sentence's own."""
    Settings = Settings
    def __init__(self, context, settings): self.salt = settings.salt
    def encode(self, sentences):
        seeds = [[self.salt, zlib.crc32(s.encode())] for s in sentences]
        return np.array([np.random.default_rng(s).normal(size=4) for s in seeds], np.float32)
    def fingerprint(self): return f"salt {self.salt}"
'''
TASK = """
import harness
from harness.tasks.sts.english import STSB_DEV, StsDefinition

again = StsDefinition("Again", "STS-B dev again", "Nobody (2026)", {"dev": 1500}, STSB_DEV.reader)
harness.register_task("again", again)
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    path = tmp_path / "hashed.py"
    path.write_text(ENCODER)
    return path


def test_a_file_s_encoder_is_scored_and_its_record_names_file_and_checksum(plugin: Path) -> None:
    harness.load_plugin(plugin)

    (record,) = evaluate(["hashed"], "stsb-dev", data="sample").records

    name, _, digest = record.origin.partition(" sha256:")
    assert name == "hashed.py"
    assert len(digest) == 64
    assert record.fingerprint == (
        f"vectors 2; encoder 'hashed' of class Hashed; code {record.origin}; salt 0"
    )


def test_a_file_s_task_is_scored(tmp_path: Path, plugin: Path) -> None:
    (tmp_path / "again.py").write_text(TASK)
    harness.load_plugin(plugin)
    harness.load_plugin(tmp_path / "again.py")

    first, second = evaluate(["hashed"], ["stsb-dev", "again"], data="sample").records

    assert second.title == "Again"
    assert second.scores == first.scores


def test_an_edited_file_is_run_again_and_its_old_vectors_are_not_used(plugin: Path) -> None:
    harness.load_plugin(plugin)
    (first,) = evaluate(["hashed"], ["stsb-dev"], data="sample").records
    plugin.write_text(ENCODER.replace("[self.salt,", "[1 + self.salt,"))
    harness.load_plugin(plugin)

    (second,) = evaluate(["hashed"], ["stsb-dev"], data="sample").records

    assert second.times["sentences_from_cache"] == 0
    assert second.scores != first.scores


def test_an_unchanged_file_is_run_once_and_its_vectors_are_kept(plugin: Path) -> None:
    with plugin.open("a") as file:
        file.write("with open('runs.txt', 'a') as file:\n    file.write('run ')\n")
    for _ in range(2):
        harness.load_plugin(plugin)
        (record,) = evaluate(["hashed"], ["stsb-dev"], data="sample").records

    assert Path("runs.txt").read_text() == "run "
    assert record.times["sentences_encoded"] == 0


def test_an_edited_file_s_encoder_is_trained_anew() -> None:
    def digest(origin: str) -> str:
        return CheckpointKey(TrainedEncoder("x", {}, origin), "m", "b", "c", "d", 0).digest

    assert digest("x.py sha256:1") != digest("x.py sha256:2")
    assert digest("dist 1.0") == digest("dist 2.0")


def test_the_variable_names_files(
    plugin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "again.py").write_text(TASK)
    monkeypatch.setenv("HARNESS_PLUGINS", os.pathsep.join([str(plugin), f"{tmp_path}/again.py"]))

    assert "hashed" in registry.encoders.names()
    assert registry.tasks.load("again").place == f"{tmp_path}/again.py"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1", "must call harness.register_encoder or harness.register_task, it registers not"),
        ("import nowhere", "cannot be used: ModuleNotFoundError: No module named 'nowhere'"),
        ("def f(:", "cannot be used: SyntaxError: invalid syntax"),
        ("raise SystemExit(3)", "cannot be used: SystemExit: 3"),
        (
            "import harness; harness.evaluate(['nosuch'], data='sample')",
            "unknown encoder 'nosuch'",
        ),
    ],
)
def test_a_file_that_registers_nothing_or_fails_is_named(
    tmp_path: Path, source: str, message: str
) -> None:
    path = tmp_path / "bad.py"
    path.write_text(source)

    with pytest.raises(PluginError) as caught:
        harness.load_plugin(path)

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(PluginError) as caught:
        harness.load_plugin("no/such.py")

    assert str(caught.value) == (
        "plug-in file 'no/such.py' cannot be read: No such file or directory"
    )


def test_what_a_file_registered_before_it_failed_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "half.py"
    path.write_text(f"{ENCODER}\n1 / 0\n")

    with pytest.raises(PluginError, match="ZeroDivisionError"):
        harness.load_plugin(path)

    assert "hashed" not in registry.encoders.names()


def test_a_name_that_two_files_register_is_refused_with_both(plugin: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.py"
    other.write_text(ENCODER)
    harness.load_plugin(plugin)

    with pytest.raises(PluginError) as caught:
        harness.load_plugin(other)

    assert str(caught.value) == (
        f"plug-in file '{other}' cannot be used: encoder 'hashed' is registered twice, by"
        f" {plugin} and {other}: rename one"
    )
    assert list(broken_files()) == [str(other)]


def test_an_unknown_name_is_explained_by_the_file_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad.py").write_text("1 / 0")
    monkeypatch.setenv("HARNESS_PLUGINS", str(tmp_path / "bad.py"))

    with pytest.raises(PluginError) as caught:
        registry.encoders.load("bad")

    assert str(caught.value) == (
        f"unknown encoder 'bad', and plug-in file '{tmp_path}/bad.py' cannot be used:"
        " ZeroDivisionError: division by zero"
    )
