from pathlib import Path

import numpy as np
import pytest
import torch

from harness.encoder import Context
from harness.encoders.methods.wk import WkEncoder, WkSettings
from harness.encoders.transformer.wk_pooling import wk_embedding
from harness.errors import SettingError
from harness.planning.planned_encoders import plan_encoders

SENTENCES = ["a man is playing a guitar", "stocks fell", "yes", ""]


def test_wk_encoder_reads_what_wk_embedding_makes_of_the_hidden_states(tiny_bert: Path) -> None:
    encoder = WkEncoder(
        Context(model=str(tiny_bert)), WkSettings(first_layer=1, window=1, drop_last=False)
    )
    with torch.inference_mode():
        states = encoder.source.forward(encoder.source.tokenize(SENTENCES))
        expected = wk_embedding(
            states.layers, states.mask, first_layer=1, window=1, drop_last=False
        )

    np.testing.assert_allclose(encoder.encode(SENTENCES), expected.numpy(), atol=1e-5)


def test_wk_of_a_model_of_three_layers_is_finite_with_the_published_settings(
    tiny_bert: Path,
) -> None:
    vectors = WkEncoder(Context(model=str(tiny_bert)), WkSettings()).encode(SENTENCES)

    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()


def test_wk_settings_are_part_of_the_fingerprint(tiny_bert: Path) -> None:
    context = Context(model=str(tiny_bert))

    prints = {
        WkEncoder(context, settings).fingerprint()
        for settings in (WkSettings(), WkSettings(window=1), WkSettings(drop_last=False))
    }

    assert len(prints) == 3


def test_wk_refuses_a_window_of_nothing() -> None:
    with pytest.raises(SettingError, match="window must be 1 or more, got 0"):
        plan_encoders(["wk:window=0"], {})
