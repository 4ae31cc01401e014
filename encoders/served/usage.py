"""Count what a server says that it was asked to compute."""

from collections.abc import Mapping
from threading import Lock
from typing import Any

_TOKENS_HEADER = "x-compute-tokens"  # TEI's own interface says it there
_MOST = 10**12  # of one answer; more is no count


class Usage:
    """The requests of one encoder, and the tokens that the server counted.

    Attributes:
        requests: How many were sent, those that were tried again included.
        tokens: Of all answers that said how many; None if none did.
        has_answers: Whether the server answered at least once.
        model: What the server last called the model that answered; empty if it did not.
    """

    def __init__(self) -> None:
        self.requests = 0
        self.tokens: int | None = None
        self.has_answers = False
        self.model = ""
        self._lock = Lock()

    def add_request(self) -> None:
        """Count a request."""
        with self._lock:
            self.requests += 1

    def add_answer(self, answer: Any, headers: Mapping[str, str]) -> None:  # noqa: ANN401 - JSON
        """Count the tokens of an answer, whether its vectors can be used or not."""
        self.has_answers = True
        usage = answer.get("usage") if isinstance(answer, dict) else None
        counts = usage if isinstance(usage, dict) else {}
        said = counts.get("prompt_tokens", counts.get("total_tokens"))
        header = headers.get(_TOKENS_HEADER, "")
        if said is None and header.isascii() and header.isdigit():
            said = int(header[:13])
        if type(said) is int and 0 <= said < _MOST:
            with self._lock:
                self.tokens = (self.tokens or 0) + said

    def describe(self, price_per_million: float | None) -> dict[str, str | int | float]:
        """Return what a record says: the model that answered, the counts, and what they cost.

        Args:
            price_per_million: Of a million tokens, in any currency; None if not known.
        """
        served = {"served_model": self.model} if self.model else {}
        counts: dict[str, str | int | float] = {**served, "requests": self.requests}
        if self.tokens is None and self.requests:  # nobody knows
            return counts
        tokens = self.tokens or 0
        counts["prompt_tokens"] = tokens
        if price_per_million is not None:
            counts["cost"] = tokens * price_per_million / 1e6
        return counts
