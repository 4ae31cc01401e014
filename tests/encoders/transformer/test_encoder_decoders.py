"""Encoders of encoder-decoders, read without their decoders."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    BartConfig,
    BlenderbotConfig,
    BlenderbotSmallConfig,
    LongT5Config,
    M2M100Config,
    MBartConfig,
    MT5Config,
    MvpConfig,
    PegasusConfig,
    PLBartConfig,
    PreTrainedConfig,
    T5Config,
    T5EncoderModel,
    UMT5Config,
)

from harness.data import DataFolder
from harness.encoder import Context
from harness.encoders.methods.cls import ClsEncoder
from harness.encoders.methods.max import MaxEncoder
from harness.encoders.methods.mean import MeanEncoder
from harness.encoders.methods.random import RandomEncoder
from harness.encoders.methods.wk import WkEncoder, WkSettings
from harness.encoders.transformer.backbone import Backbone
from harness.encoders.transformer.pooled_encoder import PoolingSettings
from harness.errors import ModelError
from harness.evaluation.evaluation import evaluate

SENTENCES = ["yes", "a man is playing a guitar", "two dogs run", "the end of the day " * 4]
LIKE_T5 = [T5Config, MT5Config, UMT5Config, LongT5Config]
LIKE_BART = [
    *(BartConfig, MBartConfig, PLBartConfig, MvpConfig, PegasusConfig, M2M100Config),
    *(BlenderbotConfig, BlenderbotSmallConfig),
]
Make = Callable[[type[PreTrainedConfig]], Path]


@pytest.fixture(scope="module")
def make(tiny_bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Write a random encoder-decoder, with the tiny BERT's tokenizer, once per kind."""
    root = tmp_path_factory.mktemp("encoder-decoders")
    words = len(AutoTokenizer.from_pretrained(tiny_bert))

    def write(kind: type[PreTrainedConfig]) -> Path:
        folder = root / kind.model_type
        if folder.is_dir():
            return folder
        shutil.copytree(tiny_bert, folder)
        (folder / "model.safetensors").unlink()
        like_t5 = {
            "num_layers": 2,
            "num_decoder_layers": 1,
            "num_heads": 2,
            "d_kv": 16,
            "d_ff": 64,
        }
        like_bart = {
            f"{side}_{what}": number
            for side, layers in (("encoder", 2), ("decoder", 1))
            for what, number in (("layers", layers), ("attention_heads", 2), ("ffn_dim", 64))
        }
        sizes = like_t5 if kind in LIKE_T5 else {**like_bart, "max_position_embeddings": 64}
        config = kind(vocab_size=words, d_model=32, pad_token_id=0, **sizes)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            model = AutoModelForSeq2SeqLM.from_config(config)
            for weight in model.parameters():
                weight.data.add_(0.3 * torch.randn_like(weight))  # else all sentences are alike
        model.save_pretrained(folder)
        return folder

    return write


def open_context(folder: Path) -> Context:
    return Context(model=str(folder), device="cpu")


@pytest.mark.parametrize("kind", [*LIKE_T5, *LIKE_BART])
def test_the_hidden_states_are_those_that_the_whole_model_gives_its_decoder(
    kind: type[PreTrainedConfig], make: Make
) -> None:
    folder = make(kind)
    whole = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    source = Backbone(folder, open_context(folder))
    found: dict[int, list[np.ndarray]] = {}
    readings = [lambda states, k=k: states.layers[k][:, 0] for k in range(3)]

    for rows, vectors in source.read(SENTENCES, readings):
        for place, row in enumerate(rows):
            found[int(row)] = [layer[place] for layer in vectors]

    assert source.layer_count == 2
    for row, ids in enumerate(source.tokenize(SENTENCES)):  # alone: padding must not count
        with torch.no_grad():
            expected = whole.get_encoder()(
                input_ids=torch.tensor([ids]), output_hidden_states=True
            ).hidden_states
        for layer, states in enumerate(expected):
            np.testing.assert_allclose(found[row][layer], states[0, 0], rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("kind", [T5Config, BartConfig])
def test_no_weight_of_the_decoder_is_in_memory(kind: type[PreTrainedConfig], make: Make) -> None:
    folder = make(kind)
    model = Backbone(folder, open_context(folder)).model
    stored = load_file(folder / "model.safetensors")
    decoder = sum(weight.numel() for name, weight in stored.items() if "decoder." in name)

    assert decoder > 0
    assert not [name for name, _ in model.named_parameters() if "decoder" in name]


def test_a_t5_saved_as_its_encoder_alone_is_the_same_model(make: Make, tmp_path: Path) -> None:
    folder = make(T5Config)
    alone = tmp_path / "alone"
    shutil.copytree(folder, alone)
    T5EncoderModel.from_pretrained(folder).save_pretrained(alone)
    vectors = [
        MeanEncoder(open_context(each), PoolingSettings()).encode(SENTENCES)
        for each in (folder, alone)
    ]

    np.testing.assert_array_equal(*vectors)


@pytest.mark.parametrize(("kind", "limit"), [(T5Config, 512), (BartConfig, 64)])
def test_the_longest_input_is_the_position_tables_or_the_usual(
    kind: type[PreTrainedConfig], limit: int, make: Make, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(make(kind), folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.model_max_length = 10**30
    tokenizer.save_pretrained(folder)

    assert Backbone(folder, open_context(folder)).max_length == limit


@pytest.mark.parametrize("kind", [T5Config, BartConfig])
def test_every_reading_takes_the_encoder(kind: type[PreTrainedConfig], make: Make) -> None:
    context = open_context(make(kind))
    encoders = [
        *(each(context, PoolingSettings()) for each in (ClsEncoder, MeanEncoder, MaxEncoder)),
        WkEncoder(context, WkSettings(first_layer=0)),
        RandomEncoder(context, RandomEncoder.Settings()),
    ]

    vectors = [encoder.encode(SENTENCES) for encoder in encoders]

    assert {each.shape for each in vectors} == {(4, 32)}
    assert all(np.linalg.matrix_rank(each) == 4 for each in vectors)


@pytest.mark.parametrize(("kind", "layer"), [(T5Config, "block"), (BartConfig, "layers")])
def test_a_config_that_names_fewer_layers_than_the_weights_have_is_refused(
    kind: type[PreTrainedConfig], layer: str, make: Make, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(make(kind), folder)
    weights = load_file(folder / "model.safetensors")
    more = {
        name.replace(f"encoder.{layer}.1.", f"encoder.{layer}.2."): weight.clone()
        for name, weight in weights.items()
        if f"encoder.{layer}.1." in name
    }
    save_file({**weights, **more}, folder / "model.safetensors", metadata={"format": "pt"})

    with pytest.raises(ModelError, match="must name all layers of its weights, got fewer"):
        _ = Backbone(folder, open_context(folder)).model


@pytest.mark.parametrize("kind", [T5Config, BartConfig])
def test_fine_tuned_methods_train_its_encoder_and_read_it_again(
    kind: type[PreTrainedConfig], make: Make, sample: DataFolder, tmp_path: Path
) -> None:
    specs = ["sg-opt:max_steps=2", "simcse:max_steps=2", "ct:max_steps=2"]

    report = evaluate(
        [*specs, "cls"], "stsb-dev", data=sample, context=open_context(make(kind)), out=tmp_path
    )
    scores = [record.score("pearson", "all") for record in report.records]

    assert not report.failures
    assert len(set(scores)) == 4


def test_augmentations_of_the_embedding_layer_are_refused_in_one_line(
    make: Make, sample: DataFolder
) -> None:
    report = evaluate(
        "consert:max_steps=1",
        "stsb-dev",
        data=sample,
        context=open_context(make(T5Config)),
        out=None,
    )

    assert [failure.reason for failure in report.failures] == [
        "a model to shuffle must use position ids, T5EncoderModel ignores them: use another view"
    ]
