from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

import harness.encoders.fine_tuning.fixed_views
from harness.encoder import Context
from harness.encoders.fine_tuning.fixed_views import FixedViews
from harness.encoders.transformer.backbone import Backbone, open_backbone
from harness.encoders.transformer.pooling import masked_max, masked_mean

SENTENCES = [
    "a man is playing a guitar",
    "yes",
    "two dogs run on the grass near the river",
    "yes",
    "the committee will meet in march",
    "no",
]
ORDER = np.array([[5, 1], [3, 2], [0, 4], [1, 5]])


@pytest.fixture
def backbone(tiny_bert: Path) -> Backbone:
    return open_backbone(Context(model=str(tiny_bert), device="cpu"))


def count_reads(backbone: Backbone, monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    reads: list[Sequence[str]] = []
    read = backbone.read

    def counted(sentences: Sequence[str], readings: Sequence[object]) -> object:
        reads.append(sentences)
        return read(sentences, readings)  # type: ignore[arg-type]

    monkeypatch.setattr(backbone, "read", counted)
    return reads


@pytest.mark.parametrize("memory_bytes", [4 << 30, 0])
def test_views_are_the_pooled_hidden_states_of_each_layer(
    backbone: Backbone, memory_bytes: int
) -> None:
    views = FixedViews(
        backbone, SENTENCES, ORDER, pool=masked_max, layers=(0, 3), memory_bytes=memory_bytes
    )

    found = views(ORDER[1])

    for row, sentence in enumerate(ORDER[1]):
        states = backbone.forward(backbone.tokenize([SENTENCES[sentence]]))
        for k, layer in enumerate((0, 3)):
            expected = masked_max(states.layers[layer], states.mask)[0]
            torch.testing.assert_close(found[row, k], expected, rtol=1e-4, atol=1e-5)


def test_each_distinct_sentence_is_read_once(
    backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harness.encoders.fine_tuning.fixed_views, "_WINDOW", 2)
    views = FixedViews(backbone, SENTENCES, ORDER, pool=masked_mean, layers=(1,))
    reads = count_reads(backbone, monkeypatch)

    for rows in [*ORDER, *ORDER]:
        views(rows)

    assert sorted(s for read in reads for s in read) == sorted(set(SENTENCES))


def test_views_do_not_depend_on_the_step_that_asks_first(
    backbone: Backbone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(harness.encoders.fine_tuning.fixed_views, "_WINDOW", 3)
    whole, resumed = (
        FixedViews(backbone, SENTENCES, ORDER, pool=masked_mean, layers=(1, 2)) for _ in range(2)
    )
    expected = [whole(rows) for rows in ORDER]

    assert torch.equal(resumed(ORDER[3]), expected[3])
    assert torch.equal(resumed(ORDER[1]), expected[1])
