"""Plug-ins that each break the contract in their own way, beside others that keep it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from harness.cli.main import main
from harness.data import open_data
from harness.evaluation.run_options import RunOptions
from harness.plugins.files import load_plugin
from harness.results.records.store import ResultStore
from harness.studies.spaces import analyse

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

class Learner(Good):
    """Learns nothing."""
    corpus = "stsb"
    def base_fingerprint(self): return "nothing"
    def fit(self, corpus, training): return {}
    def save(self, folder): (folder / "learned.txt").write_text("nothing")
    def load(self, folder): ...
'''
ENCODE = {  # name: (body of encode, what is recorded of it)
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
AROUND = {  # what is asked of an encoder besides `encode`: (its body, what is recorded of it)
    "releasing": (
        "(Good):\n    def release(self): raise KeyError('boom')",
        "encoder 'releasing' failed in release: KeyError: 'boom'",
    ),
    "describing": (
        "(Good):\n    def describe(self): raise KeyError('boom')",
        "encoder 'describing' failed in describe: KeyError: 'boom'",
    ),
    "loading": (
        "(Learner):\n    def load(self, folder): raise KeyError('boom')",
        "encoder 'loading' failed in load: KeyError: 'boom'",
    ),
    "founding": (
        "(Learner):\n    def base_fingerprint(self): raise KeyError('boom')",
        "encoder 'founding' failed in base_fingerprint: KeyError: 'boom'",
    ),
    "forgetting": (
        "(Learner):\n    def fit(self, corpus, training): ...",
        "encoder 'forgetting' cannot be made ready: TypeError: 'NoneType' object is not iterable",
    ),
}
DEVICE = "cuda:0" if torch.cuda.is_available() else "meta"


BROKEN_TASKS = """
import harness
from harness.task import TaskResult
from harness.tasks.sts.english import STSB_DEV, StsDefinition

BROKEN = {
    "unscored": {"score": lambda task, vectors, **options: 1 / 0},
    "unpacked": {"score": lambda task, vectors, **options: {"spearman": 1.0}},
    "empty": {"score": lambda task, vectors, **options: TaskResult(None)},
    "listed": {"score": lambda task, vectors, **options: TaskResult({"spearman": [1, 2]})},
    "unwritable": {"score": lambda task, vectors, **options: TaskResult({"x": object()})},
    "silent": {"sentences": property(lambda task: {}["sentences"])},
    "nested": {"sentences": property(lambda task: [["unhashable"]])},
    "unfiled": {"files": property(lambda task: {}["files"])},
}

class Unmade(StsDefinition):
    def __call__(self, data, settings): raise KeyError("column")

class Broken(StsDefinition):
    def __call__(self, data, settings):
        task = super().__call__(data, settings)
        task.__class__ = type("Task", (type(task),), BROKEN[self.title])
        return task

for name in ("unmade", *BROKEN):
    kind = Broken if name in BROKEN else Unmade
    task = kind(name, "a task", "Nobody (2026)", {"dev": 1500}, STSB_DEV.reader)
    harness.register_task(name, task)
"""
UNDESCRIBED = """
import copy
import harness
from harness.encoders.methods.mean import MeanEncoder

class Vague(MeanEncoder):
    '''Pools, and cannot tell with what.'''
    def __init__(self, context, settings):
        super().__init__(context, settings)
        self.source = copy.copy(self.source)
        self.source.describe = lambda: {}["boom"]

harness.register_encoder("vague", Vague)
"""
RECIPE = """
name = "mine"
title = "My tables"
models = ["any"]

[[sections]]
name = "one"
title = "Table 1"
encoders = ["loading", "good"]
tasks = ["stsb-dev"]

[[sections]]
name = "two"
title = "Table 2"
encoders = ["better"]
tasks = ["stsb-dev"]
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
    classes += [
        f'class {name.title()}{body}\nharness.register_encoder("{name}", {name.title()})\n'
        for name, (body, _) in AROUND.items()
    ]
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
    for name, (_, reported) in ENCODE.items():
        (line,) = [line for line in lines if line.startswith(f"Error: {name}")]
        assert reported.replace("DEVICE", DEVICE) in line
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


def test_a_file_that_fails_is_reported_even_if_nothing_of_it_is_asked_for(
    plugins: list[str],
) -> None:
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


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("silent", "every encoder on silent: task 'silent' failed in sentences: KeyError: 'sen"),
        ("nested", "every encoder on nested: each of the sentences of task 'nested' must be str"),
        ("unfiled", "every encoder on unfiled: task 'unfiled' failed in files: KeyError: 'files'"),
        ("unpacked", "good on unpacked: task 'unpacked' must return a TaskResult, got dict"),
        ("empty", "good on empty: task 'empty' failed: ValidationError: 1 validation error"),
        ("listed", "good on listed: task 'listed' failed: ValidationError: 2 validation errors"),
        ("unwritable", "good on unwritable: task 'unwritable' failed: ValidationError: 2 valid"),
    ],
)
def test_a_task_that_breaks_the_contract_is_named_in_a_line_and_the_others_are_scored(
    plugins: list[str], tmp_path: Path, task: str, expected: str
) -> None:
    (tmp_path / "mine.py").write_text(BROKEN_TASKS)
    mine = ["--plugin", f"{tmp_path}/mine.py", "--tasks", task]

    result = evaluate(plugins[:2], "good", *mine, "--json")

    (line,) = result.stderr.splitlines()
    assert result.exit_code == 1
    assert line.startswith(f"Error: {expected}")
    assert [each["task"] for each in json.loads(result.stdout)["records"]] == ["stsb-dev"]


@pytest.mark.parametrize("name", AROUND)
def test_an_encoder_that_fails_around_its_encoding_does_not_stop_the_others(
    plugins: list[str], name: str
) -> None:
    result = evaluate(plugins[:2], name, "good", "--tasks", "stsb-test", "--json")

    assert result.exit_code == 1
    assert result.stderr == f"Error: {name}: {AROUND[name][1]}\n"
    shown = json.loads(result.stdout)["records"]
    assert [each["encoder"] for each in shown] == ["good", "good"]


def test_a_source_that_cannot_be_described_is_blamed_on_its_encoder(
    tiny_bert: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(UNDESCRIBED)
    options = ["--data", "sample", "--tasks", "stsb-dev", "--model", str(tiny_bert), "--json"]

    result = CliRunner().invoke(
        main, ["eval", "vague", "cls", *options, "--plugin", f"{tmp_path}/mine.py"]
    )

    assert result.exit_code == 1
    assert result.stderr == "Error: vague: encoder 'vague' failed in describe: KeyError: 'boom'\n"
    assert [each["encoder"] for each in json.loads(result.stdout)["records"]] == ["cls"]


def test_an_analysis_goes_on_though_an_encoder_cannot_be_described(plugins: list[str]) -> None:
    load_plugin(plugins[1])

    found = analyse(["describing", "good"], ["stsb-dev"], RunOptions(open_data("sample")))

    assert [str(failure) for failure in found.failures] == [
        f"describing: {AROUND['describing'][1]}"
    ]
    assert [space.encoder for space in found.spaces] == ["good"]


def test_a_recipe_goes_on_though_an_encoder_cannot_be_loaded(
    plugins: list[str], tmp_path: Path
) -> None:
    (tmp_path / "mine.toml").write_text(RECIPE)

    result = CliRunner().invoke(
        main, ["run", f"{tmp_path}/mine.toml", "--data", "sample", *plugins[:2]]
    )

    assert result.exit_code == 1
    assert f"loading: {AROUND['loading'][1]}\n" in result.stderr
    assert {record.encoder for record in ResultStore(Path("runs/mine/one")).read()} == {"good"}
    assert {record.encoder for record in ResultStore(Path("runs/mine/two")).read()} == {"better"}


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
        timeout=600,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.endswith("encoder 'hanging' took longer than 1 s: raise --timeout\n")
    assert [each["encoder"] for each in json.loads(done.stdout)["records"]] == ["good"]
