"""Ask for many texts at once: in batches, several at a time, each answered as it comes."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from typing import TypeAlias

import numpy as np

from harness.encoder import EmbeddedPart, Embeddings
from harness.encoders.served.connection import TooLargeError
from harness.encoding.returned_vectors import stack_parts

_Came: TypeAlias = tuple[list[int], Embeddings] | BaseException | None
"""A batch and its vectors, what went wrong, or None for a thread that ends."""

_LOOK_UP_SECONDS = 0.5  # how long a run that is given up may go unnoticed


class _Batches:
    """Texts that are still to be asked for, by number."""

    def __init__(self, count: int, size: int) -> None:
        self._waiting = deque(range(count))
        self._size = size
        self._lock = Lock()

    def take(self) -> list[int]:
        """Return the next batch; empty if nothing is left."""
        with self._lock:
            count = min(self._size, len(self._waiting))
            return [self._waiting.popleft() for _ in range(count)]

    def halve(self, batch: list[int]) -> None:
        """Take back a batch that is too large, and hand out smaller ones."""
        with self._lock:
            self._size = min(self._size, max(1, len(batch) // 2))
            self._waiting.extendleft(reversed(batch))


class Answers:
    """The vectors of all texts, from threads that end with the process or with `stop`.

    Args:
        ask: Returns the vectors of one batch; raises `TooLargeError` for one to be halved. Returns
            or raises soon after `stop` is set.
        count: How many texts there are.
        size: Texts in a batch at most.
        workers: Batches asked for at a time.
        stop: Set when no further answer is wanted.
    """

    def __init__(
        self,
        ask: Callable[[list[int]], Embeddings],
        count: int,
        size: int,
        workers: int,
        stop: Event,
    ) -> None:
        self._ask = ask
        self._batches = _Batches(count, size)
        self._workers = min(workers, -(-count // size))
        self._stop = stop
        self._came: SimpleQueue[_Came] = SimpleQueue()

    def __iter__(self) -> Iterator[EmbeddedPart]:
        """Yield places and vectors, all together that are there at a time.

        Once a batch has failed no other is asked for; what was under way is yielded first.

        Raises:
            Exception: What `ask` raised first.
        """
        running, failures = self._workers, []
        for _ in range(self._workers):
            Thread(target=self._work, daemon=True).start()
        try:
            while running:
                came = self._wait()
                running -= came.count(None)
                failures += [each for each in came if isinstance(each, BaseException)]
                if answers := [each for each in came if isinstance(each, tuple)]:
                    places = [place for batch, _ in answers for place in batch]
                    yield np.array(places), stack_parts([vectors for _, vectors in answers])
        finally:
            self._stop.set()
        if failures:
            raise failures[0]

    def _wait(self) -> list[_Came]:
        """Return what has come since, at least one."""
        came: list[_Came] = []
        while not came:
            with suppress(Empty):
                came.append(self._came.get(timeout=_LOOK_UP_SECONDS))
        while not self._came.empty():
            came.append(self._came.get())
        return came

    def _work(self) -> None:
        try:
            while not self._stop.is_set() and (batch := self._batches.take()):
                try:
                    self._came.put((batch, self._ask(batch)))
                except TooLargeError:
                    self._batches.halve(batch)
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            self._came.put(error)
            self._stop.set()
        finally:
            self._came.put(None)
