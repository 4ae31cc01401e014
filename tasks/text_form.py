"""Whether a task's text is SentEval's, which is tokenised, or that of the raw releases."""

import re
from collections.abc import Sequence
from typing import Literal, TypeAlias

TextForm: TypeAlias = Literal["tokenised", "raw"]

_JOINED = re.compile(r"[^\W\d_][,;!?)](?:\s|$)|\w\w\.$")  # "word, ", "word." at the end
_SHARE = 0.01  # of a split's sentences: none of SentEval's files, 3 % and more of the raw ones


def text_form(sentences: Sequence[str], *, cased: bool) -> TextForm:
    """Determine the form of a split's text from the text itself.

    Args:
        sentences: English ones.
        cased: Whether SentEval keeps the case of this data set, as of SICK; no capital letters
            are left in the others.

    Returns:
        ``raw`` where at least a few sentences have punctuation joined to a word, or capital
        letters that SentEval's files do not have.
    """
    raw = sum(
        bool(_JOINED.search(sentence)) or (not cased and sentence != sentence.lower())
        for sentence in sentences
    )
    return "raw" if raw > _SHARE * len(sentences) else "tokenised"
