"""Read pretraining text, learn its vocabulary, and pack it into rows of equal length."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import WordPiece
from tokenizers.trainers import WordPieceTrainer
from transformers import BertTokenizer, PreTrainedTokenizerBase

from harness.bounded_files import numbered_lines
from harness.data import checksum
from harness.errors import MissingDataError

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_DOCUMENTS_AT_ONCE = 1_000


def check_text(folder: Path) -> None:
    """Compare the folder's files with its SHA256SUMS.

    Raises:
        MissingDataError: If a file is absent or another than the sums say.
    """
    sums = folder / "SHA256SUMS"
    if not sums.is_file():
        raise MissingDataError(f"folder of pretraining text {str(folder)!r} must hold SHA256SUMS")
    for line in sums.read_text("utf-8").splitlines():
        expected, name = line.split(maxsplit=1)
        path = folder / name.lstrip("*")
        if not path.is_file() or checksum(path) != expected:
            raise MissingDataError(f"{path} must be there with sha256 {expected[:12]}...")


def documents(paths: Iterable[Path]) -> Iterator[str]:
    """Yield the documents of xz files: lines, with an empty line between documents."""
    for path in paths:
        lines: list[str] = []
        for _, content in numbered_lines(path):
            if line := content.decode("utf-8").strip():
                lines.append(line)
            elif lines:
                yield "\n".join(lines)
                lines = []
        if lines:
            yield "\n".join(lines)


def learn_vocabulary(text: Iterable[str], size: int, length: int) -> PreTrainedTokenizerBase:
    """Learn a lower-cased WordPiece vocabulary.

    Pieces equally frequent may be chosen differently from call to call.

    Args:
        text: Documents.
        size: Tokens, special ones included; fewer if the text has no more.
        length: The longest input of the model, in tokens.
    """
    learner = Tokenizer(WordPiece(unk_token="[UNK]"))  # noqa: S106 - a token of text
    learner.normalizer = normalizers.BertNormalizer(lowercase=True)
    learner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = WordPieceTrainer(
        vocab_size=size, special_tokens=list(SPECIAL), show_progress=False, limit_alphabet=500
    )
    learner.train_from_iterator(text, trainer)
    tokenizer: PreTrainedTokenizerBase = BertTokenizer(learner.get_vocab())
    tokenizer.model_max_length = length
    return tokenizer


def pack(
    text: Iterable[str], tokenizer: PreTrainedTokenizerBase, length: int
) -> NDArray[np.uint16]:
    """Cut the text into full rows: [CLS], then a stretch of the documents, [SEP] after each.

    Args:
        text: Documents, in order; a row may begin within one.
        tokenizer: At most 65,536 tokens.
        length: Tokens of a row.

    Returns:
        Token ids; the last row, not full, is left out. Shape: (rows, length).
    """
    stretches = [np.zeros(0, np.uint16)]
    remaining = iter(text)
    while some := list(islice(remaining, _DOCUMENTS_AT_ONCE)):
        ids = tokenizer(some, add_special_tokens=False, verbose=False)["input_ids"]
        ended = ([*document, tokenizer.sep_token_id] for document in ids)
        stretches.append(np.fromiter(chain.from_iterable(ended), np.uint16))
    stream = np.concatenate(stretches)
    body = stream[: len(stream) // (length - 1) * (length - 1)].reshape(-1, length - 1)
    return np.insert(body, 0, tokenizer.cls_token_id, axis=1)
