"""A checkpoint given as a model is known, wherever a model is taken."""

import json
import shutil
from pathlib import Path

import pytest

from harness.encoder import Context, Encoder
from harness.errors import ModelError
from harness.planning.planned_encoders import plan_encoders

PLAIN = ["cls", "mean", "mean:drop_frequent=2", "max", "sentence-transformers"]
BUILDING = ["sg", "flow", "random", "wk"]
MANIFEST = {"spec": "sg:epochs=2", "model": "minilm", "seed": 3, "corpus": "stsb"}
CURE = "read it as it was trained with harness eval sg:epochs=2 --model minilm --seed 3"
IS_OF = "a checkpoint of 'sg:epochs=2' (seed 3, on stsb)"


def make(spec: str, model: Path | str) -> Encoder:
    """Make an encoder as a run does."""
    (planned,) = plan_encoders([spec], {})
    return planned.make(Context(model=str(model), device="cpu"))


@pytest.fixture
def checkpoint(tiny_bert: Path) -> Path:
    """A checkpoint of an encoder, in a folder of checkpoints."""
    folder = Path(shutil.copytree(tiny_bert, "mine/checkpoints/sg-seed3-0123456789abcdef"))
    (folder / "training.json").write_text(json.dumps(MANIFEST))
    return folder


@pytest.mark.parametrize("spec", PLAIN)
def test_a_checkpoint_is_not_read_as_a_plain_model(spec: str, checkpoint: Path) -> None:
    with pytest.raises(ModelError) as caught:
        make(spec, checkpoint)

    assert str(caught.value) == (
        f"model '{checkpoint}' must be a plain model, got {IS_OF}: {CURE} --records mine"
    )


@pytest.mark.parametrize("spec", PLAIN)
def test_nor_is_a_copy_a_link_or_a_folder_of_them(spec: str, checkpoint: Path) -> None:
    shutil.copytree(checkpoint, "copy")
    Path("link").symlink_to(checkpoint, target_is_directory=True)

    for name, got in (("copy", ""), ("link", ""), ("mine/checkpoints", "a folder with ")):
        with pytest.raises(ModelError, match=f"must be a plain model, got {got}a checkpoint of"):
            make(spec, name)


@pytest.mark.parametrize("spec", BUILDING)
def test_what_builds_on_a_model_takes_a_checkpoint(spec: str, checkpoint: Path) -> None:
    assert hasattr(make(spec, checkpoint), "encode")


def test_wk_says_that_it_reads_a_checkpoint_in_its_own_way(
    checkpoint: Path, caplog: pytest.LogCaptureFixture
) -> None:
    make("wk", checkpoint)

    assert caplog.messages == [
        f"wk reads {checkpoint} in its own way, {IS_OF}: {CURE} --records mine"
    ]


def test_a_checkpoint_among_the_files_of_one_s_own_code_is_named(
    checkpoint: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Path("own.py").write_text("def embed(sentences): return [[1.0] for _ in sentences]\n")

    make(f"callable:function=own.py:embed,files={checkpoint}", "any")

    (message,) = caplog.messages
    assert f"{checkpoint} in its own way, {IS_OF}" in message


def test_a_checkpoint_whose_manifest_is_damaged_is_none_the_less_known(checkpoint: Path) -> None:
    (checkpoint / "training.json").write_text("{")

    with pytest.raises(ModelError, match=r"got a checkpoint whose training\.json cannot be read"):
        make("mean", checkpoint)


def test_a_checkpoint_without_a_transformer_is_named_as_one(checkpoint: Path) -> None:
    (checkpoint / "config.json").unlink()

    with pytest.raises(ModelError, match="got a checkpoint of 'sg:epochs=2'"):
        make("sg", checkpoint)


@pytest.mark.parametrize("content", ["[]", '{"epochs": 3}'])
def test_a_training_json_of_another_program_says_nothing(content: str, checkpoint: Path) -> None:
    (checkpoint / "training.json").write_text(content)

    assert hasattr(make("mean", checkpoint), "encode")
