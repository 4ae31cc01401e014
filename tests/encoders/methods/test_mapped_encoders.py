import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.corpus import Corpus, LabelledPair
from harness.data import DataFolder
from harness.encoder import Context
from harness.encoders.learned_maps.mapped_encoder import MappedEncoder
from harness.encoders.methods.flow import FlowEncoder, FlowSettings
from harness.encoders.methods.mean import MeanEncoder
from harness.encoders.methods.whitening import WhiteningEncoder, WhiteningSettings
from harness.encoders.transformer.backbone import Backbone
from harness.encoders.transformer.pooled_encoder import PoolingSettings
from harness.errors import TrainingError
from harness.evaluation.evaluation import evaluate
from harness.evaluation.report import Report
from harness.tasks.corpora.task_text import STSB_TEXT
from harness.trainable import Training

FLOW = FlowSettings(batch_size=16, epochs=3, held_out=0.2)
WHITENING = WhiteningSettings(layers="last", k=8)


@pytest.fixture
def corpus(sample: DataFolder) -> Corpus:
    return STSB_TEXT(sample)


def make(kind: str, context: Context) -> MappedEncoder:
    if kind == "flow":
        return FlowEncoder(context, FLOW)
    return WhiteningEncoder(context, WHITENING)


each_kind = pytest.mark.parametrize("kind", ["flow", "whitening"])


@each_kind
def test_loaded_weights_give_the_vectors_that_training_gave(
    kind: str, context: Context, corpus: Corpus, tmp_path: Path
) -> None:
    trained, loaded = make(kind, context), make(kind, context)
    trained.fit(corpus, Training(seed=0, folder=tmp_path))
    trained.save(tmp_path)
    loaded.load(tmp_path)
    sentences = corpus.sentences[:5]

    np.testing.assert_array_equal(loaded.encode(sentences), trained.encode(sentences))
    assert loaded.fingerprint() == trained.fingerprint()


@each_kind
def test_each_distinct_sentence_is_embedded_once_and_not_again_at_a_second_try(
    kind: str,
    context: Context,
    corpus: Corpus,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tokenized: list[str] = []
    original = Backbone.tokenize

    def tokenize(self: Backbone, sentences: Sequence[str]) -> list[list[int]]:
        tokenized.extend(sentences)
        return original(self, sentences)

    monkeypatch.setattr(Backbone, "tokenize", tokenize)
    make(kind, context).fit(corpus, Training(seed=0, folder=tmp_path))
    first = list(tokenized)
    make(kind, context).fit(corpus, Training(seed=0, folder=tmp_path))

    assert sorted(first) == sorted(set(corpus.sentences))
    assert tokenized == first


@each_kind
def test_encoding_before_training_is_refused(kind: str, context: Context) -> None:
    with pytest.raises(TrainingError, match="must be trained or loaded"):
        make(kind, context).encode(["a man"])


@each_kind
def test_labelled_pairs_are_text_like_any_other(
    kind: str, context: Context, corpus: Corpus, tmp_path: Path
) -> None:
    sides = zip(corpus.sentences[::2], corpus.sentences[1::2], strict=True)
    pairs = tuple(LabelledPair(premise, hypothesis, 0) for premise, hypothesis in sides)
    from_pairs, from_sentences = make(kind, context), make(kind, context)
    from_pairs.fit(Corpus("nli", pairs=pairs), Training(seed=0, folder=tmp_path))
    from_sentences.fit(corpus, Training(seed=0, folder=tmp_path))

    np.testing.assert_array_equal(from_pairs.encode(["a man"]), from_sentences.encode(["a man"]))


@each_kind
def test_one_sentence_over_and_over_is_too_little_text(
    kind: str, context: Context, tmp_path: Path
) -> None:
    with pytest.raises(
        TrainingError, match="'x' must have two different sentences or more, got 1"
    ):
        make(kind, context).fit(Corpus("x", ("a man",) * 9), Training(seed=0, folder=tmp_path))


@pytest.mark.parametrize("spec", ["flow", "whitening:layers=last,k=8"])
def test_evaluation_trains_once_and_then_loads_the_checkpoint(
    spec: str, tiny_bert: Path, tmp_path: Path
) -> None:
    def run() -> Report:
        return evaluate(
            [spec],
            ["stsb-test"],
            data="sample",
            context=Context(model=str(tiny_bert)),
            out=tmp_path / "runs",
        )

    first, second = run(), run()

    assert not first.failures
    assert first.records[0].scores == second.records[0].scores
    assert first.records[0].trained_on_this_task
    trained, loaded = first.records[0].training, second.records[0].training
    assert trained is not None
    assert loaded is not None
    assert trained.seconds > 0 == loaded.seconds


def test_whitened_training_vectors_have_mean_0_and_covariance_1(
    context: Context, corpus: Corpus, tmp_path: Path
) -> None:
    encoder = WhiteningEncoder(context, WHITENING)
    encoder.fit(corpus, Training(seed=0, folder=tmp_path))
    whitened = encoder.encode(sorted(set(corpus.sentences)))

    np.testing.assert_allclose(whitened.mean(axis=0), np.zeros(8), atol=1e-4)
    np.testing.assert_allclose(np.cov(whitened, rowvar=False), np.eye(8), atol=1e-3)


def test_whitening_more_directions_than_there_are_names_the_rank_and_the_cure(
    context: Context, tmp_path: Path
) -> None:
    text = Corpus("few", ("a man is here", "the dog runs", "stocks fell"))
    encoder = WhiteningEncoder(context, WhiteningSettings(layers="last"))

    with pytest.raises(TrainingError, match=r"k of at most 2, .* got 32: --set k=2$"):
        encoder.fit(text, Training(seed=0, folder=tmp_path))


def test_held_out_bits_fall_below_a_standard_normal_and_keep_falling(
    context: Context, corpus: Corpus, tmp_path: Path
) -> None:
    history = FlowEncoder(context, FLOW).fit(corpus, Training(seed=0, folder=tmp_path))
    bits = [point["bits_per_dim"] for point in history["held_out_bits_per_dim"]]

    assert history["held_out_sentences"] == int(0.2 * history["distinct_sentences"])
    assert bits[0] < history["standard_normal_bits_per_dim"]
    assert bits[-1] < bits[len(bits) // 2] < bits[0]


def test_flow_trains_on_every_sentence_and_measures_its_training_text(
    context: Context, corpus: Corpus, tmp_path: Path
) -> None:
    reported: list[float] = []
    training = Training(0, tmp_path, on_step=lambda _, __, values: reported.append(values["loss"]))

    history = FlowEncoder(context, FlowSettings(batch_size=16)).fit(corpus, training)

    assert history["steps"] == math.ceil(len(corpus.sentences) / 16)
    assert history["held_out_sentences"] == 0
    assert "held_out_bits_per_dim" not in history
    assert reported == [point["bits_per_dim"] for point in history["training_bits_per_dim"][1:]]


def test_flow_with_max_grad_norm_0_trains_with_gradients_as_they_are(
    context: Context, corpus: Corpus, tmp_path: Path
) -> None:
    def vector(max_grad_norm: float) -> NDArray[np.float32]:
        encoder = FlowEncoder(context, replace(FLOW, max_grad_norm=max_grad_norm))
        encoder.fit(corpus, Training(seed=0, folder=tmp_path))
        return encoder.encode(["a man"])

    np.testing.assert_array_equal(vector(0.0), vector(1e9))
    assert not np.allclose(vector(0.0), vector(1e-9), atol=1e-4)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate must be between 0 and 1, got 0.0"),
        ({"weight_decay": -0.1}, "weight_decay must be 0 or more, got -0.1"),
        ({"max_grad_norm": float("nan")}, "max_grad_norm must be 0 or more, got nan"),
        ({"held_out": 1.0}, "held_out must be 0 or more and below 1, got 1.0"),
    ],
)
def test_flow_settings_out_of_range_are_refused(values: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(FLOW, **values)  # type: ignore[arg-type] # floats all


def test_flow_is_repeatable_with_a_seed_and_another_with_another(
    context: Context, corpus: Corpus, tmp_path: Path
) -> None:
    vectors = []
    for seed in (0, 0, 1):
        encoder = FlowEncoder(context, replace(FLOW, epochs=1))
        encoder.fit(corpus, Training(seed=seed, folder=tmp_path))
        vectors.append(encoder.encode(["a man"]))

    np.testing.assert_array_equal(vectors[0], vectors[1])
    assert not np.allclose(vectors[0], vectors[2], atol=1e-3)


def test_flow_can_be_inverted_back_to_the_pooled_vectors(
    context: Context, corpus: Corpus, tmp_path: Path
) -> None:
    encoder = FlowEncoder(context, FLOW)
    encoder.fit(corpus, Training(seed=0, folder=tmp_path))
    sentences = corpus.sentences[:5]
    pooled = MeanEncoder(context, PoolingSettings(layers="first-last")).encode(sentences)
    latent = encoder.encode(sentences)

    assert encoder.invert(latent) == pytest.approx(pooled, abs=1e-4)


def test_flow_reports_its_steps(context: Context, corpus: Corpus, tmp_path: Path) -> None:
    reported: list[tuple[int, int]] = []
    training = Training(
        seed=0, folder=tmp_path, on_step=lambda step, total, values: reported.append((step, total))
    )

    history = FlowEncoder(context, FLOW).fit(corpus, training)

    assert reported[-1] == (history["steps"], history["steps"])


def test_a_flow_too_deep_for_its_vectors_is_refused_with_a_cure(
    context: Context, corpus: Corpus, tmp_path: Path
) -> None:
    encoder = FlowEncoder(context, FlowSettings(config="l9-d1-w4"))

    with pytest.raises(TrainingError, match=r"257 or more for 9 levels, got 32: --set config="):
        encoder.fit(corpus, Training(seed=0, folder=tmp_path))
