"""A tiny random BERT, so that everything can be tried offline in no time."""

import shutil
import tempfile
from collections import Counter
from pathlib import Path

from harness.data import SAMPLE, open_data
from harness.results.files import obey_umask

_WORDS = 400  # of the sample's commonest; others are spelled
_LENGTH = 64  # tokens


def make_tiny_bert(folder: Path, layers: int = 4) -> Path:
    """Write a random BERT with a tokenizer that can spell the sample's text.

    Its scores mean nothing: it was never trained. A folder that is there already is kept.

    Args:
        folder: Where to write it; appears whole or not at all.
        layers: How many it has; wk reads from layer 4 on.

    Returns:
        The folder.
    """
    if folder.is_dir():
        return folder
    import torch  # deferred, as is transformers: they take seconds to import
    from transformers import BertConfig, BertModel, BertTokenizer
    from transformers.utils import logging

    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".tiny-") as name:
        work = Path(name) / "model"
        tokenizer = BertTokenizer({word: i for i, word in enumerate(_vocabulary())})
        tokenizer.model_max_length = _LENGTH
        tokenizer.save_pretrained(work)
        config = BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            num_hidden_layers=layers,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=_LENGTH,
            initializer_range=0.5,  # at the usual 0.02 all sentences are nearly alike
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            model = BertModel(config)
        bars = logging.is_progress_bar_enabled()
        logging.disable_progress_bar()
        try:
            model.save_pretrained(work)
        finally:
            if bars:
                logging.enable_progress_bar()
        obey_umask(work)
        shutil.move(work, folder)
    return folder


def _vocabulary() -> list[str]:
    """Return the special tokens, every character of the sample's STS text, and common words."""
    words: Counter[str] = Counter()
    for path in open_data(SAMPLE).root.rglob("STS.input.*.txt"):
        words.update(path.read_text("utf-8").lower().split())
    letters = sorted({letter for word in words for letter in word})
    pieces = [*letters, *(f"##{letter}" for letter in letters)]
    common = [
        word
        for word, _ in sorted(words.items(), key=lambda counted: (-counted[1], counted[0]))[
            :_WORDS
        ]
    ]
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    return list(dict.fromkeys([*special, *pieces, *common]))
