"""Ten plug-ins that each break the contract in their own way, beside two that keep it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from harness.cli.main import main
from results.store import ResultStore

PREAMBLE = '''
import time, zlib
import numpy as np
import torch
import harness

def vectors(sentences):
    """Vectors that are each sentence's own."""
    seeds = [zlib.crc32(s.encode()) for s in sentences]
    return np.array([np.random.default_rng(s).normal(size=8) for s in seeds], np.float32)

class Good:
    """Random vectors."""
    def __init__(self, context, settings): ...
    def encode(self, sentences): return vectors(sentences)
'''
ENCODE = {  # name: (body of encode, what is told of it)
    "raising": (
        "raise RuntimeError('out of\\ncheese')",
        "encoder 'raising' failed in encode: RuntimeError: out of",
    ),
    "listing": (
        "return vectors(sentences).tolist()",
        "encoder 'listing' must return a NumPy array, got list: return np.asarray(vectors, dtyp",
    ),
    "rows": (
        "return vectors(sentences)[1:]",
        "encoder 'rows' must return shape (32, dim), got (31, 8)",
    ),
    "dim": (
        "return vectors(sentences)[:, : min(8, 1 + len(sentences))]",
        "encoder 'dim' must keep one dimension, got 8, then 2",
    ),
    "reordered": (
        "return vectors(sorted(sentences, key=len))",
        "encoder 'reordered' must return rows in the order of its sentences: '",
    ),
    "nan": (
        "return np.where(np.arange(8) == 3, np.float32('nan'), vectors(sentences))",
        "STS-B dev: 16 of 16 pairs have a zero or non-finite vector",
    ),
    "half": (
        "return vectors(sentences).astype(np.float16)",
        "encoder 'half' must return float32, got float16: return vectors.astype(np.float32)",
    ),
    "gpu": (
        "return torch.zeros(len(sentences), 8, device=DEVICE)",
        "encoder 'gpu' must return a NumPy array, got Tensor on DEVICE: return vectors.detach()",
    ),
    "hanging": (
        "time.sleep(3600)",
        "encoder 'hanging' took longer than 2 s: raise --timeout",
    ),
}
DEVICE = "cuda:0" if torch.cuda.is_available() else "meta"


BROKEN_TASKS = """
import harness
from tasks.sts import STSB_DEV, StsDefinition

class Unmade(StsDefinition):
    def __call__(self, data, settings): raise KeyError("column")

class Unscored(StsDefinition):
    def __call__(self, data, settings):
        task = super().__call__(data, settings)
        task.score = lambda vectors, **options: 1 / 0
        return task

for name, kind in {"unmade": Unmade, "unscored": Unscored}.items():
    task = kind(name, "a task", "Nobody (2026)", {"dev": 1500}, STSB_DEV.reader)
    harness.register_task(name, task)
"""


@pytest.fixture
def plugins(tmp_path: Path) -> list[str]:
    """Options that name two files: one of encoders, one that fails at import."""
    classes = [
        f'class {name.title()}(Good):\n    """{name}"""\n    def encode(self, sentences): {body}\n'
        f'harness.register_encoder("{name}", {name.title()})\n'
        for name, (body, _) in ENCODE.items()
    ]
    good = "".join(f'harness.register_encoder("{name}", Good)\n' for name in ("good", "better"))
    source = "\n".join([PREAMBLE, good, *classes]).replace("DEVICE", repr(DEVICE))
    (tmp_path / "hostile.py").write_text(source)
    (tmp_path / "importing.py").write_text("import harness\nraise OSError('no licence')\n")
    return ["--plugin", f"{tmp_path}/hostile.py", "--plugin", f"{tmp_path}/importing.py"]


ALL = ("good", "importing", *ENCODE, "better")


def evaluate(plugins: list[str], *arguments: str) -> Result:
    place = ("--data", "sample", "--tasks", "stsb-dev", "--timeout", "2")
    return CliRunner().invoke(main, ["eval", *arguments, *place, *plugins])


def test_ten_hostile_plug_ins_are_each_named_in_a_line_and_the_others_are_complete(
    plugins: list[str], tmp_path: Path
) -> None:
    result = evaluate(plugins, *ALL, "--json")

    lines = result.stderr.splitlines()
    assert result.exit_code == 1
    assert sorted(line.split()[1].rstrip(":") for line in lines) == sorted(
        {*ALL} - {"good", "better"}
    )
    for name, (_, told) in ENCODE.items():
        (line,) = [line for line in lines if line.startswith(f"Error: {name}")]
        assert told.replace("DEVICE", DEVICE) in line
    (line,) = [line for line in lines if line.startswith("Error: importing: ")]
    assert line.endswith("importing.py' cannot be used: OSError: no licence")
    shown = json.loads(result.stdout)["records"]
    assert [record["encoder"] for record in shown] == ["good", "better"]
    assert {record.encoder for record in ResultStore(Path("runs")).read()} == {"good", "better"}


@pytest.mark.parametrize("name", ["raising", "hanging", "reordered"])
def test_a_hostile_plug_in_changes_no_number_of_the_others(plugins: list[str], name: str) -> None:
    alone = json.loads(evaluate(plugins[:2], "good", "--json").stdout)["records"]
    beside = json.loads(evaluate(plugins[:2], name, "good", "--json").stdout)["records"]

    assert beside[0]["scores"] == alone[0]["scores"]


def test_nothing_of_an_encoder_that_broke_the_contract_is_kept(
    plugins: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "hostile.py"
    mark = "class Good:\n    def fingerprint(self): return type(self).__name__\n"
    path.write_text(path.read_text().replace("class Good:\n", mark))

    for _ in range(2):
        assert evaluate(plugins[:2], "reordered").exit_code == 1

    assert not list((tmp_path / "cache").rglob("*.safetensors"))


def test_a_file_that_fails_is_told_even_if_nothing_of_it_is_asked_for(plugins: list[str]) -> None:
    result = evaluate(plugins, "good", "--json")

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: importing.py: plug-in file ")
    assert len(json.loads(result.stdout)["records"]) == 1


def test_the_list_names_what_is_broken_in_a_line_and_goes_on(plugins: list[str]) -> None:
    result = CliRunner().invoke(main, ["encoders", "list", *plugins])

    assert result.exit_code == 0
    assert "\n  mean " in result.stdout
    assert "\n  good " in result.stdout
    assert result.stdout.splitlines()[-1].endswith("' cannot be used: OSError: no licence")
    assert result.stdout.splitlines()[-1].startswith("Broken: plug-in file '")


def test_broken_tasks_are_named_and_the_others_are_scored(
    plugins: list[str], tmp_path: Path
) -> None:
    (tmp_path / "tasks_of_mine.py").write_text(BROKEN_TASKS)
    mine = ["--plugin", f"{tmp_path}/tasks_of_mine.py"]

    result = evaluate([*plugins, *mine], "good", "--tasks", "unmade,importing,unscored", "--json")

    assert result.exit_code == 1
    broken = f"plug-in file '{tmp_path}/importing.py' cannot be used: OSError: no licence"
    assert result.stderr.splitlines() == [
        f"Error: every encoder on importing: unknown task 'importing', and {broken}",
        "Error: every encoder on unmade: task 'unmade' cannot be made: KeyError: 'column'",
        "Error: good on unscored: task 'unscored' failed: ZeroDivisionError: division by zero",
    ]
    assert [each["task"] for each in json.loads(result.stdout)["records"]] == ["stsb-dev"]


def test_nothing_is_scored_where_every_task_is_broken(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(BROKEN_TASKS)
    options = ["--plugin", f"{tmp_path}/mine.py", "--tasks", "unmade", "--data", "sample"]

    result = CliRunner().invoke(main, ["eval", "bow", *options, "--json"])

    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"records": []}


def test_a_process_ends_though_a_plug_in_hangs_where_nothing_stops_it(
    plugins: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "hostile.py"
    stubborn = "threading.Event().wait()"
    path.write_text("import threading\n" + path.read_text().replace("time.sleep(3600)", stubborn))
    command = ["eval", "hanging", "good", "--timeout", "1", "--tasks", "stsb-dev", *plugins[:2]]

    done = subprocess.run(
        [sys.executable, "-m", "harness", *command, "--data", "sample", "--json"],
        env={**os.environ, "PYTHONUNBUFFERED": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.endswith("encoder 'hanging' took longer than 1 s: raise --timeout\n")
    assert [each["encoder"] for each in json.loads(done.stdout)["records"]] == ["good"]
