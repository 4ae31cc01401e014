"""Every encoder of the ConSERT family, and its relatives, end to end on the sample."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from harness.corpus import Corpus
from harness.data import DataFolder
from harness.encoder import Context
from harness.encoders.fine_tuning.fine_tuned_encoder import FineTunedEncoder
from harness.encoders.methods.consert import (
    ConsertEncoder,
    ConsertSettings,
    ConsertSupUnsupSettings,
)
from harness.encoders.methods.ct import CtEncoder, CtSettings
from harness.encoders.methods.sbert import SbertEncoder, SbertSettings
from harness.encoders.methods.simcse import SimcseEncoder, SimcseSettings
from harness.encoders.transformer.pooling import masked_mean
from harness.errors import HarnessError, SettingError
from harness.evaluation.evaluation import evaluate
from harness.planning.planned_encoders import plan_encoders
from harness.plugins import registry
from harness.results.published.papers import publications
from harness.trainable import Training
from harness.training.options import TrainingOptions

SPECS = [
    "consert:max_steps=3,batch_size=16",
    "consert-joint:max_steps=3,batch_size=8,second_view=adversarial",
    "consert-sup-unsup:max_steps=3,batch_size=16,base=sbert:max_steps=3",
    "consert-joint-unsup:max_steps=3,batch_size=16,base=consert-joint:max_steps=3;batch_size=8",
    "simcse:max_steps=3,batch_size=16",
    "ct:max_steps=3",
    "bt:max_steps=3,head_width=16",
]


@pytest.mark.parametrize("spec", SPECS)
def test_each_encoder_trains_and_scores_on_the_sample(
    spec: str, tiny_bert: Path, sample: DataFolder, tmp_path: Path
) -> None:
    report = evaluate(
        [spec],
        ["stsb-dev"],
        data=sample,
        context=Context(model=str(tiny_bert), device="cpu"),
        out=None,
        training=TrainingOptions(tmp_path / "checkpoints"),
    )

    assert not report.failures
    (record,) = report.records
    score = record.score("spearman", "all")
    assert score is not None
    assert -1 <= score <= 1
    assert record.training is not None
    assert record.trained_on_this_task  # its scores picked the weights
    assert ("stsb-test" in record.training.tasks) == (record.training.corpus == "sts")


@pytest.mark.parametrize(
    ("encoder", "settings"),
    [
        (ConsertEncoder, ConsertSettings(max_steps=8, batch_size=8, learning_rate=1e-3)),
        (SimcseEncoder, SimcseSettings(max_steps=8, batch_size=8, learning_rate=1e-3)),
        (CtEncoder, CtSettings(max_steps=8, learning_rate=1e-3)),
    ],
)
def test_an_interrupted_training_ends_with_the_weights_of_an_uninterrupted_one(
    encoder: type[FineTunedEncoder],
    settings: ConsertSettings,
    tiny_bert: Path,
    sample: DataFolder,
    tmp_path: Path,
) -> None:
    corpus = registry.corpora.load("sts").factory(sample)

    def interrupt(step: int, *_: object) -> None:
        if step == 5:
            raise KeyboardInterrupt

    def fit(folder: str, on_step: object = lambda *_: None) -> dict[str, np.ndarray]:
        made = encoder(Context(model=str(tiny_bert), device="cpu"), settings)
        training = Training(0, tmp_path / folder, on_step=on_step, save_seconds=0)  # type: ignore[arg-type]
        made.fit(corpus, training)
        (tmp_path / f"{folder}-trained").mkdir()
        made.save(tmp_path / f"{folder}-trained")
        weights: dict[str, np.ndarray] = load_file(
            tmp_path / f"{folder}-trained/model.safetensors"
        )
        return weights

    with pytest.raises(KeyboardInterrupt):
        fit("resumed", interrupt)
    resumed, whole = fit("resumed"), fit("whole")

    assert _differing(resumed, whole) == []
    assert _differing(whole, load_file(tiny_bert / "model.safetensors"))


def _differing(one: Mapping[str, np.ndarray], other: Mapping[str, np.ndarray]) -> list[str]:
    return [name for name in one if not np.array_equal(one[name], other[name])]


def test_an_unsupervised_adversarial_view_is_refused() -> None:
    with pytest.raises(
        SettingError, match="an adversarial view needs a supervised loss: use cons"
    ):
        plan_encoders(["consert:second_view=adversarial"], {})


@pytest.mark.parametrize(("settings", "layers"), [({}, [-1]), ({"layers": "last2"}, [-2, -1])])
def test_sbert_reads_the_layers_that_are_set(
    settings: dict[str, str], layers: list[int], tiny_bert: Path, tmp_path: Path
) -> None:
    encoder = SbertEncoder(
        Context(model=str(tiny_bert), device="cpu"),
        SbertSettings(**settings),  # type: ignore[arg-type]
    )
    encoder.load(tiny_bert)
    states = encoder.source.forward(encoder.source.tokenize(["a man", "a dog runs"]))
    hidden = torch.stack([states.layers[layer] for layer in layers]).mean(dim=0)
    expected = masked_mean(hidden, states.mask).detach()

    np.testing.assert_allclose(encoder.encode(["a man", "a dog runs"]), expected, atol=1e-5)


@pytest.mark.parametrize("layers", ["some", "9"])
def test_layers_that_sbert_s_model_lacks_are_refused(layers: str, tiny_bert: Path) -> None:
    def make() -> None:
        (planned,) = plan_encoders([f"sbert:layers={layers}"], {})
        planned.make(Context(model=str(tiny_bert), device="cpu"))

    with pytest.raises(SettingError, match="layer"):
        make()


def test_sup_unsup_starts_from_consert_s_own_sbert() -> None:
    row = publications()["consert"].table("supervised").rows[4]
    name, _, settings = ConsertSupUnsupSettings().base.partition(":")  # type: ignore[union-attr]

    assert row.method == "SBERT-base-NLI (re-impl.)"
    assert row.encoder == f"{name}:{settings.replace(';', ',')}"


@pytest.mark.parametrize("name", ["sbert", "consert-joint", "bt"])
def test_text_without_pairs_is_refused_by_encoders_that_need_them(
    name: str, tiny_bert: Path, tmp_path: Path
) -> None:
    (planned,) = plan_encoders([name], {})
    encoder = planned.make(Context(model=str(tiny_bert), device="cpu"))

    assert isinstance(encoder, FineTunedEncoder)
    with pytest.raises(HarnessError, match=r"must have at least 2 .*pairs.*, got 0"):
        encoder.fit(Corpus("text", ("one sentence", "another")), Training(0, tmp_path))
