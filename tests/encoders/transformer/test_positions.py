"""The longest input is what each architecture has positions for, whatever they begin at."""

from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModel, AutoTokenizer

from harness.encoder import Context
from harness.encoders.transformer.backbone import open_backbone
from harness.encoders.transformer.loading import outline
from harness.encoders.transformer.positions import longest_input, padding_position
from harness.errors import ModelError

POSITIONS = 34
SIZES = {
    "vocab_size": 60,
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": POSITIONS,
    "pad_token_id": 1,
}
FROM_ZERO = ["bert", "distilbert", "electra", "deberta", "deberta-v2"]
BEHIND_PADDING = [
    "roberta",
    "xlm-roberta",
    "xlm-roberta-xl",
    "camembert",
    "mpnet",
    "data2vec-text",
    "roberta-prelayernorm",
    "ibert",
    "esm",
]


def config_of(kind: str, **changed: int) -> AutoConfig:
    return AutoConfig.for_model(kind, **{**SIZES, **changed})


@pytest.mark.parametrize(
    ("kind", "longest"),
    [(kind, 34) for kind in FROM_ZERO] + [(kind, 32) for kind in BEHIND_PADDING],
)
def test_the_longest_input_is_the_longest_that_the_transformer_takes(
    kind: str, longest: int
) -> None:
    config = config_of(kind)
    model = AutoModel.from_config(config).eval()
    ids = torch.full((1, longest + 1), 7)

    assert longest_input(config, outline(config, "tiny")) == longest
    assert model(input_ids=ids[:, :-1]).last_hidden_state.shape[1] == longest
    with pytest.raises((IndexError, RuntimeError)):
        model(input_ids=ids)


@pytest.mark.parametrize(("padding", "longest"), [(0, 33), (1, 32), (3, 30)])
def test_tokens_are_counted_from_behind_the_padding_position(padding: int, longest: int) -> None:
    config = config_of("roberta", pad_token_id=padding)

    assert padding_position(AutoModel.from_config(config)) == padding
    assert longest_input(config, outline(config, "tiny")) == longest


def test_the_longest_input_is_reported_without_loading_or_drawing_weights() -> None:
    state, config = torch.get_rng_state(), config_of("roberta")
    before = config.to_dict()

    longest_input(config, outline(config, "tiny"))

    assert torch.equal(torch.get_rng_state(), state)
    assert config.to_dict() == before


def test_a_long_sentence_is_cut_for_a_relative_of_roberta(tiny_bert: Path, tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_bert)
    tokenizer.model_max_length = int(1e30)
    tokenizer.save_pretrained(tmp_path)
    config = config_of("data2vec-text", vocab_size=len(tokenizer))
    AutoModel.from_config(config).save_pretrained(tmp_path)

    backbone = open_backbone(Context(model=str(tmp_path), device="cpu"))
    ((rows, _),) = backbone.read(["the man is playing a guitar " * 30], [])

    assert backbone.max_length == 32
    assert rows.tolist() == [0]


def test_a_kind_without_a_transformer_is_refused_in_one_line() -> None:
    with pytest.raises(ModelError, match=r"^model 'tiny' cannot be loaded: .+$"):
        outline(object(), "tiny")
