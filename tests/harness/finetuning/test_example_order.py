import numpy as np
import pytest

from harness.errors import TrainingError
from harness.finetuning.example_order import draw_batches
from harness.finetuning.hyperparameters import FineTuningSettings


def test_each_epoch_sees_whole_batches_of_distinct_examples_in_an_order_of_its_own() -> None:
    order = draw_batches(10, FineTuningSettings(batch_size=3, epochs=2), seed=0)

    assert order.shape == (6, 3)
    assert len(set(order[:3].ravel())) == 9
    assert len(set(order[3:].ravel())) == 9
    assert order[:3].tolist() != order[3:].tolist()


def test_the_seed_fixes_the_order() -> None:
    settings = FineTuningSettings(batch_size=4)
    one, same, other = (draw_batches(40, settings, seed) for seed in (1, 1, 2))

    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert one[0].tolist() == [9, 23, 17, 28]  # on every machine


def test_max_steps_counts_whatever_the_epochs_say() -> None:
    few = draw_batches(10, FineTuningSettings(batch_size=5, epochs=3, max_steps=1), seed=0)
    many = draw_batches(10, FineTuningSettings(batch_size=5, epochs=1, max_steps=7), seed=0)

    assert len(few) == 1
    assert len(many) == 7


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        (0, "my text must have at least 2 sentences, got 0"),
        (1, "my text must have at least 2 sentences, got 1"),
        (9, "batch_size must be at most the 9 sentences of my text, got 16: set batch_size=9"),
    ],
)
def test_too_few_sentences_are_reported_with_the_cure(examples: int, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        draw_batches(examples, FineTuningSettings(), seed=0, text="my text")
