"""Which of two labels counts as 1."""

import re
from collections.abc import Iterable

_YES = ("1", "yes", "y", "true", "t", "same", "positive", "pos", "similar", "relevant", "match")
_NO = ("0", "-1", "no", "n", "false", "f", "different", "negative", "neg", "dissimilar", "other")
_NEGATION = re.compile(r"^(?:not?|non|un|in|ir)[ _-]*")


def positive_label(labels: Iterable[str]) -> str | None:
    """Return which of two labels counts as 1: ``yes`` beside ``no``, ``x`` beside ``not_x``.

    Returns:
        None if there are not two labels, or their names do not say which.
    """
    first, second, *others = [*labels, "", ""]
    if others != ["", ""]:
        return None
    for one, other in ((first, second), (second, first)):
        name, against = one.casefold(), other.casefold()
        is_negated = _NEGATION.search(against) and _NEGATION.sub("", against) == name
        if is_negated or (name in _YES and against in _NO):
            return one
    return None
