import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.encoders.transformer.layers import LayerChoice, parse_layers

STATES = tuple(torch.full((1, 2, 3), float(layer)) for layer in range(5))  # embedding output, 1-4


@pytest.mark.parametrize(
    ("text", "layers"),
    [
        ("last", (4,)),
        ("last2", (3, 4)),
        ("first-last", (1, 4)),
        ("embedding-last", (0, 4)),
        ("all", (0, 1, 2, 3, 4)),
        ("0", (0,)),
        ("-2", (3,)),
        ("1,3", (1, 3)),
        ("1, -1", (1, 4)),
    ],
)
def test_a_choice_names_hidden_states_by_number(text: str, layers: tuple[int, ...]) -> None:
    choice = parse_layers(text)

    assert choice.resolve(4) == layers
    assert choice.average(STATES)[0, 0, 0].item() == sum(layers) / len(layers)


@pytest.mark.parametrize(
    "text", ["", "3-1", "1_0", "first", "1,,2", "1.5", "last,1", "first_last"]
)
def test_text_that_names_no_layers_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"layers must be an index, a list such as 1,6, or one"):
        parse_layers(text)


@pytest.mark.parametrize("index", [5, -6])
def test_a_layer_out_of_range_is_refused(index: int) -> None:
    with pytest.raises(ValueError, match=rf"layer must be 0 to 4 for this model, got {index}"):
        parse_layers(str(index)).resolve(4)


def test_averaging_leaves_the_hidden_states_alone() -> None:
    before = [state.clone() for state in STATES]

    LayerChoice((0, 1)).average(STATES)

    assert all(torch.equal(*both) for both in zip(STATES, before, strict=True))


@given(st.lists(st.integers(-5, 4), min_size=1))
def test_a_list_of_layers_is_read_as_written(indices: list[int]) -> None:
    assert parse_layers(",".join(map(str, indices))).indices == tuple(indices)
