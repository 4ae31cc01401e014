"""Ask a server for the vectors of one batch, again for as long as that may help."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event
from time import monotonic
from typing import Any

from harness.encoder import Embeddings
from harness.encoders.served.address import Api
from harness.encoders.served.answers import WrongAnswerError, read_vectors
from harness.encoders.served.connection import (
    Connection,
    PassingError,
    ServerError,
    TooLargeError,
)
from harness.encoders.served.retries import Retries
from harness.encoders.served.usage import Usage
from harness.errors import quoted

_BYTES_PER_TEXT = 1 << 20  # of an answer; 40,000 numbers, written out
_TRIES_UNREACHED = 2  # of a server that never answered: its address may be wrong


@dataclass(frozen=True)
class ServedModel:
    """A model that a server runs; asked from several threads.

    Attributes:
        connection: To the server.
        request: Makes the JSON that asks for the vectors of texts.
        api: The server's interface.
        dimensions: What their length must be; None for any.
        retries: How often a request is tried.
        usage: What the server has said so far.
        stop: Once set, nothing is tried again.
    """

    connection: Connection
    request: Callable[[Sequence[str]], dict[str, Any]]
    api: Api
    dimensions: int | None
    retries: Retries
    usage: Usage
    stop: Event

    def embed(self, texts: Sequence[str]) -> Embeddings:
        """Return the vectors of one batch. Shape: (n_texts, dim).

        Raises:
            TooLargeError: If the server refuses so many texts together.
            ServerError: If it refuses them otherwise, or all tries have failed.
        """
        started, attempt = monotonic(), 0
        while True:
            attempt += 1
            try:
                return self._ask(texts)
            except PassingError as error:
                wait = self.retries.wait_before(attempt + 1, error.wait)
                ends = monotonic() + wait - started > self.retries.seconds
                never_reached = error.is_unreachable and not self.usage.has_answers
                most = _TRIES_UNREACHED if never_reached else self.retries.tries
                if ends or attempt >= most or self.stop.wait(wait):
                    later = f", asks to wait {error.wait:.0f} s" if error.wait else ""
                    tried = f"{later} (tried {attempt} times)"
                    raise ServerError(f"{self.connection.url} {error}{tried}") from error
            except TooLargeError as error:
                if len(texts) > 1:
                    raise
                what = f"to one text, {quoted(texts[0])}: if it is too long, set max_characters"
                raise ServerError(f"{self.connection.url} {error} {what}") from error
            except WrongAnswerError as error:
                raise ServerError(f"the answer of {self.connection.url} {error}") from error

    def _ask(self, texts: Sequence[str]) -> Embeddings:
        answer = self.connection.post(self.request(texts), _BYTES_PER_TEXT * len(texts))
        vectors = read_vectors(answer, len(texts), self.api)
        if self.dimensions not in {None, vectors.shape[1]}:
            msg = f"must have {self.dimensions} dimensions, got {vectors.shape[1]}"
            raise WrongAnswerError(f"{msg}: the model cannot shorten its vectors")
        return vectors
