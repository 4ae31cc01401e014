import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from harness.cli.main import main
from harness.recipes import measuring
from harness.results.records.store import ResultStore

RECIPE = """
name = "mine"
title = "My tables"
models = ["{model}"]
published = ["sg-bert"]

[[sections]]
name = "plain"
title = "Table 1"
encoders = ["mean", "whitening"]
optional = ["glove"]
tasks = ["stsb-test"]
settings = {{ top_k = 8 }}
published = ["sg-bert/layers"]

[[sections]]
name = "varied"
title = "Figure 2"
encoders = ["mean"]
tasks = ["stsb-test"]
grid = {{ layers = ["1", "last"] }}

[[sections]]
name = "layers"
title = "Figure 3"
encoders = ["cls", "max"]
tasks = ["stsb-test"]
layers = "1-2"

[[sections]]
name = "timed"
title = "Table 4"
measure = "time"
encoders = ["mean"]
tasks = ["stsb-test"]
"""


@pytest.fixture
def place(tiny_bert: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The recipe's file; what is measured is always of the same committed code."""
    monkeypatch.setattr("harness.recipes.notes.git_revision", lambda: "abc")
    path = Path("mine.toml")
    path.write_text(RECIPE.replace("top_k", "k").format(model=tiny_bert), encoding="utf-8")
    return str(path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["run", *arguments, "--device", "cpu"])


def sample(*arguments: str) -> Result:
    return run(*arguments, "--data", "sample")


def scores(folder: str) -> dict[str, float | None]:
    return {
        f"{path.parent.name}/{path.name}": record.score("spearman", "all")
        for path in sorted(Path(folder).glob("*/*.json"))
        for record in ResultStore(path.parent).read()
        if ResultStore(path.parent).path(record) == path
    }


def test_every_section_leaves_its_file_and_all_together_a_report(place: str) -> None:
    result = sample(place)

    assert result.exit_code == 0
    assert "left out: glove: glove needs its word vectors" in result.stderr
    folder = Path("runs/mine")
    plain, varied, layers, timed = (
        (folder / f"{name}.md").read_text("utf-8")
        for name in ("plain", "varied", "layers", "timed")
    )
    assert plain.startswith("# Table 1\n\nOf: My tables.\n")
    assert "| whitening:k=8 | " in plain
    assert "Lowest and highest layer and pooling on STS-B, BERT-base: Kim" in plain
    assert "| layers | STS-B |" in varied
    assert "| layer | cls | max |" in layers
    assert "| mean | – | " in timed
    for text in (varied, layers):
        (name,) = (line[line.index("<") + 1 : -2] for line in text.splitlines() if "![" in line)
        assert (folder / name).read_bytes().startswith(b"\x89PNG")
    page = (folder / "report.html").read_text("utf-8")
    assert "<title>My tables</title>" in page
    assert all(f'<section id="{name}"' in page for name in ("plain", "timed", "published"))
    assert page.count('src="data:image/png') == 2
    assert "# " not in (folder / "report.md").read_text("utf-8")[:2]


def test_what_is_done_is_not_done_again(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sample(place)
    before = scores("runs/mine")
    report = Path("runs/mine/report.md").read_text("utf-8")
    times = Path("runs/mine/timed.md").read_text("utf-8")
    monkeypatch.setattr(measuring, "run_sweep", None)  # to call it would fail
    monkeypatch.setattr(measuring, "benchmark", None)

    again = sample(place)

    assert again.exit_code == 0
    assert "4 jobs were done before" in again.stderr
    assert scores("runs/mine") == before
    assert Path("runs/mine/report.md").read_text("utf-8") == report
    assert Path("runs/mine/timed.md").read_text("utf-8") == times


@pytest.mark.parametrize("revision", ["abd", "abc+changes"])
def test_what_other_code_measured_is_measured_again(
    revision: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample(place, "--only", "varied")
    for module in ("keys.jobs", "recipes.notes"):
        monkeypatch.setattr(f"harness.{module}.git_revision", lambda: revision)

    assert "done before" not in sample(place, "--only", "varied").stderr


def test_a_record_that_is_gone_is_measured_again(place: str) -> None:
    sample(place, "--only", "varied")
    before = scores("runs/mine")
    next(Path("runs/mine/varied").glob("*.json")).unlink()

    assert "done before" not in sample(place, "--only", "varied").stderr
    assert scores("runs/mine") == before


def test_one_section_alone_leaves_the_others_in_the_report(place: str) -> None:
    sample(place, "--only", "varied")
    sample(place, "--only", "layers")

    page = Path("runs/mine/report.html").read_text("utf-8")
    assert '<section id="varied"' in page
    assert '<section id="layers"' in page
    assert '<section id="plain"' not in page


KILLED = """
import os, signal, sys
from harness.recipes import notes, runs
from harness.cli.main import main
notes.git_revision = lambda: "abc"
measured = runs.measure
def measure(job, options):
    if job.section.name == "layers":
        os.kill(os.getpid(), signal.SIGKILL)
    return measured(job, options)
runs.measure = measure
main(sys.argv[1:])
"""


def test_a_killed_run_goes_on_and_ends_with_the_same_records(place: str) -> None:
    common = ["run", place, "--device", "cpu", "--data", "sample"]
    environment = {**os.environ, "OMP_NUM_THREADS": str(torch.get_num_threads())}
    command = [sys.executable, "-c", KILLED, *common, "--out", "killed"]
    killed = subprocess.run(command, env=environment, check=False).returncode
    first = {path: path.read_bytes() for path in Path("killed/mine").glob("*/*.json")}

    resumed, whole = (CliRunner().invoke(main, [*common, "--out", out]) for out in ("killed", "w"))

    assert killed == -signal.SIGKILL
    assert (resumed.exit_code, whole.exit_code) == (0, 0)
    assert "2 jobs were done before" in resumed.stderr
    assert len(first) == 4
    assert all(path.read_bytes() == content for path, content in first.items())
    assert scores("killed/mine") == scores("w/mine")


def test_a_section_that_fails_does_not_stop_the_others(place: str) -> None:
    text = Path(place).read_text("utf-8")
    Path(place).write_text(text.replace('["cls", "max"]', '["cls", "tfidf"]'), "utf-8")

    result = sample(place)

    assert result.exit_code == 1
    (reported,) = (line for line in result.stderr.splitlines() if line.startswith("Error: "))
    assert reported.startswith("Error: cls, tfidf on layers: pooling must be an encoder")
    assert Path("runs/mine/timed.md").is_file()
    assert not Path("runs/mine/layers.md").exists()


def test_what_stops_every_section_is_reported_once(place: str) -> None:
    result = run(place)

    assert result.exit_code == 1
    assert result.stderr.count("no data yet") == 1
    assert "mean, whitening on plain; " in result.stderr
    assert "; glove on plain: no data yet" in result.stderr


def test_encoders_trained_on_part_of_their_text_are_in_their_section_alone(place: str) -> None:
    text = Path(place).read_text("utf-8")
    limited = 'encoders = ["whitening:k=4"]\ntasks = ["stsb-test"]\ngrid = { limit = [20, 40] }'
    grid = 'encoders = ["mean"]\ntasks = ["stsb-test"]\ngrid = { layers = ["1", "last"] }'
    Path(place).write_text(text.replace(grid, limited), "utf-8")

    sample(place)

    folder = Path("runs/mine")
    assert "| 40 | " in (folder / "varied.md").read_text("utf-8")
    assert "whitening:k=4" in (folder / "varied.md").read_text("utf-8")
    csv = Path("runs/mine/report.md").read_text("utf-8")
    assert "| whitening:k=8 | " in csv
    assert "| whitening:k=4 | " not in csv


def test_a_plan_says_what_cannot_be_counted_and_measures_nothing(place: str) -> None:
    only = ("--only", "plain", "--only", "varied")

    result = sample(place, "--dry-run", *only, "--model", "mini", "--seeds", "2")

    lines = result.stdout.splitlines()
    assert [line for line in lines if "not counted" not in line] == [
        "plain: Table 1",
        "    mean, whitening with mini on stsb-test",
        "    glove with mini on stsb-test, if what it needs is there",
        "    2 seeds",
        "varied: Figure 2",
        "    mean with mini on stsb-test",
        "    layers 1, last; 2 seeds",
    ]
    assert lines[2].startswith("        not counted: mean: model 'mini' ")
    assert not Path("runs").exists()


def test_a_plan_says_what_is_done_and_what_the_rest_comes_to(place: str) -> None:
    sample(place, "--only", "plain")

    lines = sample(place, "--dry-run", "--only", "plain", "--only", "layers").stdout.splitlines()

    assert lines[1].endswith("mean, whitening with " + lines[1].split(" with ")[1])
    assert lines[1].endswith(" on stsb-test: done")
    cls_max = next(line for line in lines if "    cls, max with " in line)
    assert " on stsb-test: 32 sentences to encode: " in cls_max
    assert any(line.startswith("in all, 1 of 3 jobs done: 32 sentences") for line in lines)


def test_a_plan_of_one_section_takes_what_another_has(place: str) -> None:
    result = sample(place, "--dry-run", "--only", "layers", "--model", "mini", "--set", "k=9")

    assert result.output.startswith("layers: Figure 3\n    cls, max with mini on stsb-test\n")


def test_a_plan_needs_no_data(place: str) -> None:
    result = run(place, "--dry-run", "--only", "layers", "--data", "nowhere")

    assert result.exit_code == 0
    assert result.stderr.startswith("no estimate: ")
    assert result.stdout.startswith("layers: Figure 3\n    cls, max with ")


def test_recipes_are_listed_with_their_sections() -> None:
    lines = run("--list").output.splitlines()

    assert "consert: ConSERT (Yan et al. 2021), measured again" in lines
    assert "    table-2: Table 2: STS without supervision" in lines


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "name a RECIPE, or list them with --list"),
        (("consort",), 1, "unknown recipe 'consort'. Did you mean 'consert'"),
        (("consert", "--only", "table-9", "--smoke"), 1, "unknown section"),
    ],
)
def test_a_wrong_call_is_reported(arguments: tuple[str, ...], code: int, message: str) -> None:
    result = run(*arguments)

    assert (result.exit_code, message in result.stderr) == (code, True)
