import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from harness.checkpoints.manifest import read_manifest, whole
from harness.encoder import Context
from harness.encoders.transformer.model_folder import hash_model
from harness.evaluation.embedding import encode
from harness.training.options import TrainingOptions
from harness.training.training import train

SENTENCES = ["a man plays a flute .", "", "the dog runs " * 200]
FILES = {
    "1_WeightedLayerPooling/config.json",
    "1_WeightedLayerPooling/model.safetensors",
    "2_Pooling/config.json",
    "modules.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
}


@pytest.fixture(scope="module")
def checkpoint(tiny_bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("trained")
    options = TrainingOptions(checkpoints=out, limit=40, dev="none")
    context = Context(model=str(tiny_bert), device="cpu")
    (trained,) = train("consert:max_steps=1", data="sample", context=context, options=options)
    return trained.folder


def test_sentence_transformers_reads_a_checkpoint_as_it_was_trained(
    checkpoint: Path, context: Context
) -> None:
    package = pytest.importorskip("sentence_transformers", reason="the extra is not installed")
    found = package.SentenceTransformer(str(checkpoint), device="cpu").encode(SENTENCES)
    own = encode(
        "consert:max_steps=1", SENTENCES, context=context, checkpoint=checkpoint, cache=False
    )

    np.testing.assert_allclose(found, own, atol=1e-4)


def test_the_files_for_it_are_in_the_checkpoint_s_manifest(checkpoint: Path) -> None:
    assert read_manifest(checkpoint)["files"].keys() >= FILES
    assert whole(checkpoint) == checkpoint


def test_they_change_nothing_of_the_weights_that_another_training_starts_from(
    checkpoint: Path, context: Context, tmp_path: Path
) -> None:
    older = tmp_path / checkpoint.name
    shutil.copytree(checkpoint, older)
    manifest = read_manifest(checkpoint)
    manifest["files"] = {n: s for n, s in manifest["files"].items() if n not in FILES}
    for name in FILES:
        (older / name).unlink()
    (older / "training.json").write_text(json.dumps(manifest))

    assert hash_model(older) == hash_model(checkpoint)
    spec, texts = "consert:max_steps=1", SENTENCES[:2]
    vectors = [
        encode(spec, texts, context=context, checkpoint=each, cache=False)
        for each in (older, checkpoint)
    ]
    assert vectors[0].tobytes() == vectors[1].tobytes()
