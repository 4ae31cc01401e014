from pathlib import Path

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.encoder import Context
from harness.encoders.transformer.backbone import open_backbone
from harness.encoders.transformer.length_groups import length_groups, read_by_length
from harness.encoders.transformer.pooling import masked_mean

SENTENCES = ["yes", "a man is playing a guitar on the stage", "two dogs run", "no", "the end " * 9]


def cost(lengths: list[int], groups: list[list[int]], group_tokens: int) -> int:
    return sum(max(lengths[i] for i in rows) * len(rows) + group_tokens for rows in groups)


def every_cut(order: list[int]) -> list[list[list[int]]]:
    if not order:
        return [[]]
    return [
        [order[:end], *rest] for end in range(1, len(order) + 1) for rest in every_cut(order[end:])
    ]


@given(st.lists(st.integers(1, 60), min_size=1, max_size=40), st.integers(0, 100))
def test_each_sentence_is_in_one_group_and_groups_grow_longer(
    lengths: list[int], group_tokens: int
) -> None:
    groups = length_groups(lengths, group_tokens=group_tokens)
    ordered = [lengths[row] for rows in groups for row in rows]

    assert sorted(row for rows in groups for row in rows) == list(range(len(lengths)))
    assert ordered == sorted(lengths)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=8), st.integers(0, 100))
def test_groups_are_the_cheapest_of_all_cuts(lengths: list[int], group_tokens: int) -> None:
    order = sorted(range(len(lengths)), key=lambda row: lengths[row])

    found = cost(lengths, length_groups(lengths, group_tokens=group_tokens), group_tokens)

    assert found == min(cost(lengths, cut, group_tokens) for cut in every_cut(order))


def test_reading_in_groups_equals_reading_the_padded_batch(tiny_bert: Path) -> None:
    backbone = open_backbone(Context(model=str(tiny_bert), device="cpu"))
    model = backbone.model
    ids, mask = backbone.pad(backbone.tokenize(SENTENCES))
    expected = masked_mean(model(input_ids=ids, attention_mask=mask).last_hidden_state, mask)
    weight = dict(model.named_parameters())["encoder.layer.0.output.dense.weight"]
    (gradient,) = torch.autograd.grad(expected.square().sum(), weight)

    found = read_by_length(model, ids, mask, masked_mean)

    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(
        torch.autograd.grad(found.square().sum(), weight)[0], gradient, rtol=1e-3, atol=1e-4
    )
    assert len(length_groups(np.count_nonzero(mask, axis=1).tolist())) > 1
