from pathlib import Path

import numpy as np
import pytest
import torch

from harness.corpus import Corpus
from harness.encoder import Context
from harness.encoders.fine_tuning.fine_tuned_encoder import LossInputs
from harness.encoders.fine_tuning.losses import nt_xent
from harness.encoders.methods.bt import BtEncoder, BtSettings, ParaphraseContrast
from harness.encoders.transformer.loading import load_transformer
from harness.trainable import Training

PAIRS = (
    ("a man is playing a guitar", "a man plays the guitar"),
    ("two dogs run on the grass", "two dogs are running in the grass"),
    ("stocks fell on friday", "on friday the stocks went down"),
    ("a woman is slicing an onion", "a woman cuts an onion"),
)
CORPUS = Corpus("pairs", paraphrases=PAIRS)


def make(tiny_bert: Path, **settings: float) -> BtEncoder:
    chosen = BtSettings(batch_size=4, head_width=8, learning_rate=1e-3, epochs=4, **settings)  # type: ignore[arg-type] # floats all
    return BtEncoder(Context(model=str(tiny_bert), device="cpu"), chosen)


@pytest.mark.parametrize("regularizer", [0.1, 0.5])
def test_the_loss_is_sg_s_base_loss_plus_lambda_times_the_distance(
    tiny_bert: Path, regularizer: float
) -> None:
    encoder = make(tiny_bert, temperature=0.1, regularizer=regularizer)
    model = load_transformer(tiny_bert, "tiny")
    order = np.arange(4).reshape(1, 4)
    module, collate = encoder.objective(LossInputs(model, encoder.source, CORPUS, order, seed=0))
    assert isinstance(module, ParaphraseContrast)
    module.eval()
    batch = collate(order[0])
    with torch.no_grad():
        dict(model.named_parameters())["encoder.layer.1.output.dense.bias"].add_(0.5)
        cls = model(**batch).last_hidden_state[:, 0]
        expected = nt_xent(*module.head(cls).chunk(2), temperature=0.1)

    found = module(**batch)

    torch.testing.assert_close(found["contrast"], expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found["regulariser"], torch.tensor(32 * 0.25))
    torch.testing.assert_close(found["loss"], found["contrast"] + regularizer * 32 * 0.25)


def test_the_hyperparameters_are_sg_s() -> None:
    assert (BtSettings().regularizer, BtSettings().temperature) == (0.1, 0.01)


def test_training_leaves_the_embeddings_as_they_are(tiny_bert: Path, tmp_path: Path) -> None:
    encoder = make(tiny_bert)
    encoder.fit(CORPUS, Training(seed=0, folder=tmp_path / "work"))
    encoder.save(tmp_path / "checkpoint")
    before = load_transformer(tiny_bert, "tiny").state_dict()
    after = load_transformer(tmp_path / "checkpoint", "tuned").state_dict()

    moved = {name for name in before if not torch.equal(before[name], after[name])}

    assert moved
    assert all(name.startswith("encoder.layer") for name in moved)
