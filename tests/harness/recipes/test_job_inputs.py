"""What a recipe measured is not taken for what it would measure with other weights or code."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result
from safetensors.torch import load_file, save_file

from harness.cli.main import main
from harness.data import DataFolder, open_data
from harness.encoder import Context
from harness.evaluation.run_options import RunOptions
from harness.keys.jobs import job_key
from harness.plugins.files import load_plugin
from harness.recipes.inputs import job_inputs
from harness.recipes.jobs import Job
from harness.recipes.recipe import Section
from harness.training.corpus_reader import CorpusReader
from harness.training.options import TrainingOptions

RECIPE = """
name = "mine"
title = "My tables"
models = ["{model}"]

[[sections]]
name = "plain"
title = "Table 1"
encoders = ["mean", "whitening:k=8"]
tasks = ["stsb-test"]
"""

ENCODER = """
import harness

@harness.register_encoder("words")
class Words:
    \"\"\"Count.\"\"\"

    def __init__(self, context, settings): ...

    def encode(self, sentences): return [[len(s), 1] for s in sentences]
"""

FINGERPRINT = """
    def fingerprint(self): return "words"
"""

TASK = """
import harness
from harness.tasks.sts.english import STSB_DEV, StsDefinition

again = StsDefinition("Again", "STS-B dev again", "Nobody (2026)", {"dev": 1500}, STSB_DEV.reader)
harness.register_task("again", again)
"""


@pytest.fixture
def model(tiny_bert: Path) -> Path:
    """A copy of the tiny model, whose weights may change."""
    return shutil.copytree(tiny_bert, Path.cwd() / "model")


def reweigh(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    changed = {name: 0.1 * torch.randn_like(value) for name, value in weights.items()}
    save_file(changed, folder / "model.safetensors", metadata={"format": "pt"})


def inputs(
    model: Path, *encoders: str, data: str | DataFolder = "sample", **changed: object
) -> dict[str, object] | None:
    """Return the inputs of a job of one section, as a new run finds them."""
    text = changed.pop("text", None)
    fields = {"name": "s", "title": "S", "encoders": encoders, "tasks": ("stsb-test",)}
    section = Section.model_validate({**fields, **changed})
    options = RunOptions(
        open_data(data),
        Context(device="cpu"),
        training=TrainingOptions(Path("c"), text=text),  # type: ignore[arg-type]
    )
    job = Job(section, str(model), encoders, seeds=1)
    return job_inputs(job, options, CorpusReader())


def run() -> Result:
    return CliRunner().invoke(main, ["run", "mine.toml", "--data", "sample", "--device", "cpu"])


def test_new_weights_in_the_same_folder_are_measured(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.recipes.notes.git_revision", lambda: "abc")
    Path("mine.toml").write_text(RECIPE.format(model=model), encoding="utf-8")
    table = Path("runs/mine/plain.md")
    run()
    before, noted = table.read_text("utf-8"), run()
    reweigh(model)

    result = run()

    assert "1 jobs were done before" in noted.stderr
    assert "done before" not in result.stderr
    rows = [
        [line for line in text.splitlines() if line.startswith("|")]
        for text in (before, table.read_text("utf-8"))
    ]
    assert [old != new for old, new in zip(*rows, strict=True)] == [False, False, True, True]


def test_a_checkpoint_that_was_trained_again_to_other_weights_is_measured(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.recipes.notes.git_revision", lambda: "abc")
    Path("mine.toml").write_text(RECIPE.format(model=model), encoding="utf-8")
    run()
    (manifest,) = Path("runs/mine/checkpoints").glob("*/training.json")
    content = json.loads(manifest.read_bytes())
    content["files"] = dict.fromkeys(content["files"], "0" * 64)
    manifest.write_text(json.dumps(content))

    assert "done before" not in run().stderr


@pytest.mark.parametrize(
    "encoder",
    [
        "mean:layers=1",
        "random",
        "whitening:k=8",
        "sg",
        "consert-sup-unsup",
        "mean:drop_frequent=3",
        "sentence-transformers",
    ],
)
def test_the_inputs_hold_the_weights_whatever_reads_them(encoder: str, model: Path) -> None:
    before, again = inputs(model, encoder), inputs(model, encoder)
    (model / "tokenizer_config.json").write_text('{"model_max_length": 12}')
    reweigh(model)

    assert before is not None
    assert before == again
    assert before != inputs(model, encoder)


def test_the_inputs_hold_each_point_of_a_grid(model: Path) -> None:
    one, other = (inputs(model, "mean", grid={"layers": ("1", last)}) for last in ("2", "3"))

    assert one is not None
    assert one != other


def test_the_inputs_hold_the_training_text(model: Path) -> None:
    text = Path("own.txt")
    found = []
    for content in ("one\ntwo\n", "one\nthree\n"):
        text.write_text(content)
        found.append(inputs(model, "sg", text=text))

    assert None not in found
    assert found[0] != found[1]


def test_the_inputs_hold_the_data_that_sizes_count(sample: DataFolder, model: Path) -> None:
    data = open_data(shutil.copytree(sample.root, "data"))
    before = inputs(model, data=data, measure="sizes")
    train = next(data.root.rglob("sts-train.csv"))
    train.write_text("".join(train.read_text("utf-8").splitlines(keepends=True)[:-1]), "utf-8")

    assert before is not None
    assert before != inputs(model, data=data, measure="sizes")


def test_an_encoder_without_a_fingerprint_or_one_that_fails_is_measured_each_time(
    model: Path,
) -> None:
    Path("plugin.py").write_text(ENCODER)
    load_plugin("plugin.py")

    assert inputs(model, "words") is None
    assert inputs(model, "glove") is None


@pytest.mark.parametrize("edited", [ENCODER + FINGERPRINT, TASK])
def test_the_inputs_hold_the_code_of_plug_ins(edited: str, model: Path) -> None:
    def found() -> dict[str, object] | None:
        for number, source in enumerate((ENCODER + FINGERPRINT, TASK)):
            Path(f"plugin{number}.py").write_text(sources.get(source, source))
            load_plugin(f"plugin{number}.py")
        return inputs(model, "words", tasks=("again",))

    sources: dict[str, str] = {}
    before = found()
    sources[edited] = f"{edited}\n# edited\n"

    assert before is not None
    assert before != found()


def test_a_task_s_own_settings_and_files_are_among_the_inputs(model: Path) -> None:
    def found(task: str, **changed: object) -> dict[str, object] | None:
        return inputs(model, "mean", tasks=(task,), **changed)

    Path("mine.tsv").write_text("sentence1\tsentence2\tscore\na cat\ta dog\t4\nrain\tsnow\t1\n")
    shutil.copytree(Path.cwd(), "there", ignore=shutil.ignore_patterns("there", "model"))
    plain = found("stsb-test")
    own = found("pairs:file=mine.tsv")

    assert plain is not None
    assert own is not None
    assert found("stsb-test:similarity=dot") not in (None, plain)
    assert found("stsb-test", task_settings={"similarity": "dot"}) not in (None, plain)
    assert found("stsb-test:similarity=cosine") == plain
    assert found("pairs:file=there/mine.tsv") == own
    Path("mine.tsv").write_text("sentence1\tsentence2\tscore\na cat\ta dog\t4\nrain\tsnow\t2\n")
    assert found("pairs:file=mine.tsv") not in (None, own)


def test_where_an_own_file_lies_is_no_part_of_a_job_s_key() -> None:
    keys = set()
    for place in ("a/mine.tsv", "b/mine.tsv"):
        fields = {"name": "s", "title": "S", "encoders": ("mean",)}
        section = Section.model_validate({**fields, "tasks": (f"pairs:file={place}",)})
        keys.add(job_key(Job(section, "m", ("mean",), seeds=1), Context(), {"tasks": "the same"}))

    assert len(keys) == 1
