"""What vectors were made with that their key does not hold: threads, batch budget, processor."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TypeAlias

Described: TypeAlias = Mapping[str, str | int | float]
"""What an encoder reports of its device and limits."""

_OF_EVERY_RUN = {
    *("model", "model_commit", "not_guaranteed"),  # where it is, a text of the code's
    *("requests", "prompt_tokens", "cost"),  # what one run asked of a server
}


def to_keep(described: Described) -> dict[str, str | int | float]:
    """Return what is kept beside vectors of what their encoder reports."""
    return {name: described[name] for name in described if name not in _OF_EVERY_RUN}


def describe_vectors(
    described: Described, made_with: Sequence[Described]
) -> dict[str, str | int | float]:
    """Return what an encoder reports, as it was when its vectors were made.

    Args:
        described: What it reports now.
        made_with: What it reported each time that it made some of the vectors; a value that
            varies is given as one text, such as ``512 and 1024``.
    """
    found = dict(described)
    for name in dict.fromkeys(chain(to_keep(described), *made_with)):
        values = list(dict.fromkeys(each[name] for each in made_with if name in each))
        if values:
            found[name] = values[0] if len(values) == 1 else " and ".join(map(str, values))
    return found
