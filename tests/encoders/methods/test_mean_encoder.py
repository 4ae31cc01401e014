from pathlib import Path

import numpy as np
import pytest
import torch

from harness.corpus import Corpus
from harness.encoder import Context
from harness.encoders.methods.mean import (
    MEAN,
    MeanEncoder,
    MeanSettings,
    MeanWithoutFrequentEncoder,
)
from harness.errors import TrainingError
from harness.evaluation.evaluation import evaluate
from harness.trainable import Training

TEXT = Corpus("text", ("a man", "a a dog", "a man runs"))  # tokens: a 4, [CLS] 3, [SEP] 3, man 2


def trained(context: Context, count: int, folder: Path) -> MeanWithoutFrequentEncoder:
    encoder = MeanWithoutFrequentEncoder(context, MeanSettings(drop_frequent=count))
    encoder.fit(TEXT, Training(seed=0, folder=folder))
    return encoder


def test_mean_needs_training_only_to_leave_tokens_out(context: Context) -> None:
    assert isinstance(MEAN(context, MeanSettings()), MeanEncoder)
    assert isinstance(MEAN(context, MeanSettings(drop_frequent=1)), MeanWithoutFrequentEncoder)


def test_the_frequent_tokens_are_counted_with_the_special_ones(
    context: Context, tmp_path: Path
) -> None:
    encoder = MeanWithoutFrequentEncoder(context, MeanSettings(drop_frequent=4))

    history = encoder.fit(TEXT, Training(seed=0, folder=tmp_path))

    assert history["tokens"] == {"a": 4, "[CLS]": 3, "[SEP]": 3, "man": 2}


def test_the_average_is_over_the_rare_tokens_of_the_whole_sentence_s_states(
    context: Context, tmp_path: Path
) -> None:
    encoder = trained(context, 3, tmp_path)
    source = encoder.source
    with torch.inference_mode():
        last = source.forward(source.tokenize(["a man runs"])).layers[-1][0]
    words = source.tokenizer.convert_ids_to_tokens(source.tokenize(["a man runs"])[0])
    rare = [i for i, word in enumerate(words) if word not in {"a", "[CLS]", "[SEP]"}]

    np.testing.assert_allclose(
        encoder.encode(["a man runs"])[0], last[rare].mean(dim=0).numpy(), atol=1e-5
    )


def test_a_sentence_of_frequent_tokens_alone_keeps_them_all(
    context: Context, tmp_path: Path
) -> None:
    vectors = trained(context, 3, tmp_path).encode(["a a"])

    np.testing.assert_allclose(
        vectors, MeanEncoder(context, MeanSettings()).encode(["a a"]), atol=1e-6
    )


def test_frequent_tokens_are_loaded_as_saved(context: Context, tmp_path: Path) -> None:
    encoder = trained(context, 3, tmp_path)
    encoder.save(tmp_path)
    loaded = MeanWithoutFrequentEncoder(context, MeanSettings(drop_frequent=3))
    loaded.load(tmp_path)

    assert loaded.fingerprint() == encoder.fingerprint()
    np.testing.assert_array_equal(loaded.encode(["a man"]), encoder.encode(["a man"]))


def test_more_tokens_than_the_text_has_cannot_be_left_out(
    context: Context, tmp_path: Path
) -> None:
    with pytest.raises(TrainingError, match=r"at most the \d+ tokens of 'text', got 999"):
        trained(context, 999, tmp_path)


def test_evaluation_counts_over_sts_b_test_unless_told_otherwise(
    tiny_bert: Path, tmp_path: Path
) -> None:
    report = evaluate(
        ["mean:drop_frequent=2"],
        ["stsb-test"],
        data="sample",
        context=Context(model=str(tiny_bert)),
        out=tmp_path,
    )

    assert not report.failures
    assert report.records[0].training is not None
    assert report.records[0].training.corpus == "stsb-test"
