import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor

from harness.encoders.fine_tuning.augmentations import (
    adversarial_shift,
    cut_features,
    cut_tokens,
    drop_elements,
    shuffled_order,
)

LENGTHS = (20, 7, 6, 1)


@pytest.fixture
def generator() -> Generator:
    return Generator().manual_seed(5)


@pytest.fixture
def mask() -> Tensor:
    return (torch.arange(20) < torch.tensor(LENGTHS)[:, None]).long()


@pytest.fixture
def tokens() -> Tensor:
    return torch.randn(4, 20, 30, generator=Generator().manual_seed(0)) + 10  # no zero in it


def test_shuffle_permutes_the_places_of_real_tokens_only(
    mask: Tensor, generator: Generator
) -> None:
    order = shuffled_order(mask, generator)

    for row, length in zip(order.tolist(), LENGTHS, strict=True):
        assert sorted(row[:length]) == list(range(length))
        assert row[length:] == list(range(length, 20))


def test_shuffle_draws_every_permutation_equally_often(generator: Generator) -> None:
    mask = torch.tensor([[1, 1, 1, 0]]).repeat(6000, 1)

    order = shuffled_order(mask, generator)

    counts = torch.unique(order, dim=0, return_counts=True)[1].tolist()
    assert len(counts) == 6
    assert all(abs(count - 1000) < 150 for count in counts)  # five standard deviations


def test_token_cutoff_zeroes_whole_tokens_at_the_rate(
    tokens: Tensor, mask: Tensor, generator: Generator
) -> None:
    view = cut_tokens(tokens, mask, 0.15, generator)

    zeroed = (view == 0).all(dim=2)
    assert zeroed.sum(dim=1).tolist() == [3, 1, 0, 0]  # 20, 7, 6 and 1 tokens
    assert torch.equal(view[~zeroed], tokens[~zeroed])


def test_token_cutoff_hits_every_token_equally_often(generator: Generator) -> None:
    tokens, mask = torch.ones(4000, 20, 1), torch.ones(4000, 20)

    share = (cut_tokens(tokens, mask, 0.15, generator) == 0).double().mean(dim=0)

    assert (share - 0.15).abs().max() < 0.03  # five standard deviations


def test_feature_cutoff_zeroes_the_same_columns_in_all_tokens_of_a_sentence(
    tokens: Tensor, mask: Tensor, generator: Generator
) -> None:
    view = cut_features(tokens, mask, 0.2, generator)

    for row, length in enumerate(LENGTHS):
        zeroed = view[row, :length] == 0
        assert torch.equal(zeroed, zeroed[:1].expand_as(zeroed))
        assert zeroed[0].sum() == 6  # of 30
    assert not torch.equal(view[0, 0] == 0, view[1, 0] == 0)  # drawn again for each sentence


def test_feature_cutoff_hits_every_column_equally_often(generator: Generator) -> None:
    tokens, mask = torch.ones(4000, 2, 20), torch.ones(4000, 2)

    share = (cut_features(tokens, mask, 0.2, generator)[:, 0] == 0).double().mean(dim=0)

    assert (share - 0.2).abs().max() < 0.032  # five standard deviations


def test_dropout_zeroes_single_elements_without_rescaling(generator: Generator) -> None:
    tokens, mask = torch.full((50, 40, 64), 3.0), torch.ones(50, 40)

    view = drop_elements(tokens, mask, 0.2, generator)

    assert view.unique().tolist() == [0.0, 3.0]
    assert (view == 0).double().mean().item() == pytest.approx(0.2, abs=0.006)
    assert not (view == 0).all(dim=2).any()
    assert not (view == 0).all(dim=1).any()


@settings(max_examples=30, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=5),
    rate=st.floats(0, 1),
    seed=st.integers(0, 2**31),
)
def test_no_augmentation_touches_padding(lengths: list[int], rate: float, seed: int) -> None:
    generator = Generator().manual_seed(seed)
    mask = (torch.arange(9) < torch.tensor(lengths)[:, None]).long()
    tokens = torch.rand(len(lengths), 9, 4) + 1
    padding = ~mask.bool()

    cut = [augment(tokens, mask, rate, generator) for augment in (cut_tokens, cut_features)]
    dropped = drop_elements(tokens, mask, rate, generator)
    shift = adversarial_shift(tokens, mask, 1.0)

    assert all(torch.equal(view[padding], tokens[padding]) for view in [*cut, dropped])
    assert not shift[padding].any()


def test_adversarial_steps_of_all_tokens_have_the_given_length_along_the_gradient() -> None:
    gradient = torch.tensor([[[3e-7, 4e-7], [0.0, 0.0], [5.0, 5.0]]])

    shift = adversarial_shift(gradient, torch.tensor([[1, 1, 0]]), 0.5)

    assert torch.allclose(shift, torch.tensor([[[0.3, 0.4], [0.0, 0.0], [0.0, 0.0]]]))


def test_equal_seeds_give_equal_views(tokens: Tensor, mask: Tensor) -> None:
    views = [cut_tokens(tokens, mask, 0.3, Generator().manual_seed(seed)) for seed in (1, 1, 2)]

    assert torch.equal(views[0], views[1])
    assert not torch.equal(views[0], views[2])
