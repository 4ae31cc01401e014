import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from harness.encoders.transformer import wk_pooling as wk
from harness.encoders.transformer.pooling import masked_mean
from harness.encoders.transformer.wk_pooling import wk_embedding

CHECKOUT = Path(__file__).resolve().parents[3]
GOLDEN = Path(os.environ.get("HARNESS_SHARED", CHECKOUT / "../shared")) / "golden/wk.json"


def naive(states: torch.Tensor, first_layer: int, window: int) -> NDArray[np.float64]:
    """The paper's formulas, one QR a token and layer. Shape: (layers, length, dim) to (dim,)."""
    vectors, variances = [], []
    tokens: NDArray[np.float64] = states[first_layer:].double().numpy().swapaxes(0, 1)
    for token in tokens:
        alignment, novelty = [], []
        for k in range(len(token)):
            below = token[k - window : k] if k >= window else token[:0]
            columns = [*below, *token[k + 1 : k + window + 1], token[k]]
            factor = np.linalg.qr(np.stack(columns, axis=1)).R
            last, others = factor[:, -1], factor[:-1, :-1]
            unit = others / np.linalg.norm(others, axis=0)
            similarity = unit.mean(axis=1) @ last[:-1] / np.linalg.norm(last[:-1])
            alignment.append(1 / (2 * len(columns) * similarity))
            novelty.append(abs(last[-1]) / np.linalg.norm(last))
        weights = alignment / np.sum(alignment) + novelty / np.sum(novelty)
        vectors.append(weights / weights.sum() @ token)
        directions = token / np.linalg.norm(token, axis=1, keepdims=True)
        variances.append(np.var(np.sum(directions[1:] * directions[:-1], axis=1)))
    return np.asarray(np.array(variances) / np.sum(variances) @ np.array(vectors))


def walk(layers: int, batch: int, length: int, dim: int, *, stride: float = 0.5) -> torch.Tensor:
    """Hidden states that move on by ``stride`` of their size from layer to layer."""
    states = torch.randn(layers, batch, length, dim, generator=torch.Generator().manual_seed(1))
    states[1:] *= stride
    return states.cumsum(dim=0)


@pytest.mark.skipif(not GOLDEN.exists(), reason=f"no golden file {GOLDEN}")
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_wk_equals_the_released_code(dtype: torch.dtype) -> None:
    cases = json.loads(GOLDEN.read_text())["cases"]
    assert cases

    for case in cases:
        states = torch.tensor(case["hidden_states"], dtype=dtype).unsqueeze(1)
        embedding = wk_embedding(
            states,
            torch.tensor([case["mask"]]),
            first_layer=case["layer_start"],
            window=case["window"],
            drop_last=case["last_token_left_out"],
        )

        assert embedding.dtype == dtype
        np.testing.assert_allclose(embedding[0], case["embedding"], atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(
    window=st.integers(1, 3),
    extra=st.integers(1, 9),
    first_layer=st.integers(0, 5),
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    dtype=st.sampled_from([torch.float64, torch.float32]),
)
def test_wk_equals_one_qr_a_token(
    window: int, extra: int, first_layer: int, lengths: list[int], dtype: torch.dtype
) -> None:
    layers = first_layer + max(3, window + extra)  # no window is empty, cosines vary
    states = walk(layers, len(lengths), max(lengths), 24).to(dtype)
    mask = (torch.arange(max(lengths)) < torch.tensor(lengths).unsqueeze(1)).long()

    embeddings = wk_embedding(states, mask, first_layer=first_layer, window=window)

    for i, n in enumerate(lengths):
        expected = naive(states[:, i, : max(1, n - 1)], first_layer, window)
        np.testing.assert_allclose(embeddings[i], expected, atol=1e-5)


@pytest.mark.parametrize("stride", [0.1, 1e-2, 1e-3])
def test_wk_stays_exact_where_float32_layers_are_nearly_collinear(stride: float) -> None:
    states = walk(13, 1, 6, 384, stride=stride)
    cosine = torch.cosine_similarity(states[4], states[5], dim=-1).min()

    embedding = wk_embedding(states, torch.ones(1, 6))

    assert cosine > 1 - stride**2
    np.testing.assert_allclose(embedding[0], naive(states[:, 0, :5], 4, 2), atol=1e-6)


def test_layer_weights_of_two_layers_at_sixty_degrees() -> None:
    """Lower layer: b = sin 60, a = 1/4. Upper layer, of empty window: b = 1, a = 0."""
    states = torch.tensor([[1.0, 0.0], [0.5, 0.75**0.5]]).view(2, 1, 1, 2)
    lower = (1 + 0.75**0.5 / (1 + 0.75**0.5)) / 2

    embedding = wk_embedding(states, torch.ones(1, 1), first_layer=0)

    torch.testing.assert_close(
        embedding[0], lower * states[0, 0, 0] + (1 - lower) * states[1, 0, 0]
    )


def test_a_sentence_embeds_the_same_alone_in_a_batch_and_in_groups(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    states = walk(9, 3, 7, 16)
    mask = torch.tensor([[1] * 7, [1] * 4 + [0] * 3, [1] * 2 + [0] * 5])
    states[:, mask == 0] = torch.nan

    together = wk_embedding(states, mask)
    alone = [
        wk_embedding(states[:, i : i + 1, :n], mask[i : i + 1, :n])
        for i, n in enumerate((7, 4, 2))
    ]
    monkeypatch.setattr(wk, "CPU_BYTES", 8 * 5 * 16 * 10)  # ten tokens
    in_groups = wk_embedding(states, mask)

    torch.testing.assert_close(together, torch.cat(alone))
    torch.testing.assert_close(together, in_groups)


def test_one_tensor_and_one_a_layer_embed_the_same() -> None:
    states, mask = walk(7, 2, 5, 8), torch.ones(2, 5)

    assert torch.equal(wk_embedding(states, mask), wk_embedding(list(states), mask))


@pytest.mark.parametrize("mask", [[1, 1, 1, 1, 0], [0, 1, 1, 1, 1], [1, 1, 1, 1, 1]])
def test_drop_last_leaves_the_last_real_token_out(mask: list[int]) -> None:
    states, kept = walk(9, 1, 5, 16), list(mask)
    kept[max(i for i, real in enumerate(mask) if real)] = 0

    dropped = wk_embedding(states, torch.tensor([mask]))

    assert torch.equal(dropped, wk_embedding(states, torch.tensor([kept]), drop_last=False))
    assert not torch.allclose(dropped, wk_embedding(states, torch.tensor([mask]), drop_last=False))


def test_sentences_of_one_and_two_tokens_are_their_first_token() -> None:
    states = walk(9, 2, 2, 16)

    embeddings = wk_embedding(states, torch.tensor([[1, 0], [1, 1]]))

    for i in range(2):
        np.testing.assert_allclose(embeddings[i], naive(states[:, i, :1], 4, 2), atol=1e-5)


def test_a_sentence_of_no_token_is_the_zero_vector() -> None:
    embeddings = wk_embedding(walk(9, 2, 3, 16), torch.tensor([[0, 0, 0], [1, 1, 1]]))

    assert embeddings[0].abs().sum() == 0
    assert embeddings[1].abs().sum() > 0


@pytest.mark.parametrize("layers", [1, 3, 5])
def test_a_model_of_too_few_layers_is_the_mean_of_its_last(layers: int) -> None:
    states = walk(layers, 2, 6, 8)

    embeddings = wk_embedding(states, torch.ones(2, 6), first_layer=4)

    torch.testing.assert_close(embeddings, masked_mean(states[-1, :, :5], torch.ones(2, 5)))


@pytest.mark.parametrize("layers", [6, 7, 13])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_equal_layers_weigh_layers_and_tokens_equally(layers: int, dtype: torch.dtype) -> None:
    layer = torch.randn(1, 2, 6, 384, dtype=dtype, generator=torch.Generator().manual_seed(0))

    embeddings = wk_embedding(layer.expand(layers, -1, -1, -1), torch.ones(2, 6))

    torch.testing.assert_close(embeddings, masked_mean(layer[0, :, :5], torch.ones(2, 5)))


def test_dependent_neighbours_count_once() -> None:
    """Two equal layers in a window span what one of them spans: novelty does not notice."""
    angle = torch.tensor(torch.pi / 3, dtype=torch.float64)
    first, other = (
        torch.tensor([1.0, 0, 0]).double(),
        torch.stack([angle.cos(), angle.sin(), 0 * angle]),
    )
    cosines = torch.stack([first, first, other]) @ torch.stack([first, first, other]).T

    weights = wk._layer_weights(cosines.unsqueeze(0), window=2)

    novelty = torch.stack([0 * angle, angle.sin(), angle.sin()]).tolist()
    alignment = [1 / (2 * 3 * 0.75), 0.5 / (2 * 2 * 0.5), 0.5 / (2 * 3 * 0.5)]
    expected = (np.array(novelty) / sum(novelty) + np.array(alignment) / sum(alignment)) / 2
    np.testing.assert_allclose(weights[0], expected, atol=1e-6)


def test_zero_vectors_and_opposite_layers_stay_finite() -> None:
    states = walk(9, 3, 4, 16)
    states[:, 0] = 0
    states[6, 1] = 0
    states[5::2, 2] = -states[4:-1:2, 2]

    embeddings = wk_embedding(states, torch.ones(3, 4))

    assert embeddings.isfinite().all()


def test_half_precision_hidden_states_are_summed_in_float64() -> None:
    states = walk(13, 1, 5, 64).bfloat16()

    embedding = wk_embedding(states, torch.ones(1, 5))

    assert embedding.dtype == torch.bfloat16
    expected = torch.tensor(naive(states[:, 0, :4], 4, 2)).bfloat16()
    torch.testing.assert_close(embedding[0], expected)


@pytest.mark.parametrize(
    ("shape", "first_layer", "window", "message"),
    [
        ((0, 2, 3, 4), 4, 2, "hidden_states must be one layer or more"),
        ((5, 2, 4, 4), 4, 2, r"got \(2, 4, 4\) and \(2, 3\)"),
        ((5, 2, 3, 4), -1, 2, "first_layer must be 0 or more, got -1"),
        ((5, 2, 3, 4), 4, 0, "window must be 1 or more, got 0"),
    ],
)
def test_wk_refuses_what_it_cannot_read(
    shape: tuple[int, ...], first_layer: int, window: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        wk_embedding(torch.zeros(shape), torch.ones(2, 3), first_layer=first_layer, window=window)
