"""The Moses tokeniser, as SentEval runs it on English: `tokenizer.perl -l en -no-escape`."""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sacremoses import MosesTokenizer

_FINAL_STOP = re.compile(r"(?<=[^\s.])\.$")


def tokenise(text: str) -> str:
    """Return the tokens of a line, joined by single spaces.

    sacremoses keeps a full stop at the end of a line with the word before it where that is an
    abbreviation ("in the U.S."); today's Moses splits it off there too, and SentEval's files
    have it so.
    """
    tokens: str = _moses().tokenize(text, escape=False, return_str=True)
    return _FINAL_STOP.sub(" .", tokens)


@cache
def _moses() -> "MosesTokenizer":
    from sacremoses import MosesTokenizer  # deferred: only the preparation of data needs it

    return MosesTokenizer("en")
