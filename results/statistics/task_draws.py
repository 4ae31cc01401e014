"""The draws of one task: scores of resamples, and differences under random exchange."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from harness.results.statistics.correlation import FloatArray
from harness.results.statistics.draw_memory import DrawMemory, digest
from harness.results.statistics.resampling import (
    OnDraws,
    Resampling,
    Split,
    bootstrap_parts,
    swap_parts,
    weighted_parts,
    weighted_sum,
)


@dataclass(frozen=True, slots=True)
class TaskDraws:
    """The draws of a task, from memory where they are there.

    Attributes:
        name: Of the task; the draws depend on it.
        splits: Of the task.
        resampling: How they are scored.
        memory: Of draws that were made before; None to keep none.
        on_draws: Called with the draws of each part.
    """

    name: str
    splits: Sequence[Split]
    resampling: Resampling
    memory: DrawMemory | None = None
    on_draws: OnDraws | None = None

    def bootstrap(self) -> FloatArray:
        """Return the scores of resamples. Shape: (systems, draws)."""
        weights, parts = weighted_parts(self.splits, self.resampling.protocol)

        def make(systems: Sequence[int]) -> FloatArray:
            some = [Split(part.systems[list(systems)], part.gold) for part in parts]
            rng = self._generator("bootstrap")
            return bootstrap_parts(some, self.resampling, rng, on_draws=self.on_draws)

        systems = [(row,) for row in range(len(parts[0].systems))]
        return weighted_sum(weights, self._draws("bootstrap", parts, systems, make))

    def swaps(self, pairs: Sequence[tuple[int, int]]) -> FloatArray:
        """Return the differences of pairs of systems. Shape: (pairs, draws)."""
        weights, parts = weighted_parts(self.splits, self.resampling.protocol)

        def make(places: Sequence[int]) -> FloatArray:
            some, rng = [pairs[place] for place in places], self._generator("swaps")
            return swap_parts(parts, some, self.resampling, rng, on_draws=self.on_draws)

        return weighted_sum(weights, self._draws("swaps", parts, pairs, make))

    def _draws(
        self,
        what: str,
        parts: Sequence[Split],
        rows: Sequence[tuple[int, ...]],
        make: Callable[[Sequence[int]], FloatArray],
    ) -> FloatArray:
        """Return the draws of rows, each of one system or two. Shape: (rows, parts, draws)."""
        if self.memory is None:
            return make(range(len(rows)))
        how = (what, self.name, self.resampling.metric, self.resampling.draws)
        source = digest(*how, self.resampling.seed, *(part.gold for part in parts))
        systems = [
            digest(*(part.systems[row] for part in parts)) for row in range(len(parts[0].systems))
        ]
        texts = [tuple(systems[system] for system in row) for row in rows]
        if self.memory.has_all(source, texts) and self.on_draws is not None:
            self.on_draws(self.resampling.draws * len(parts))
        return self.memory.draws(source, texts, make)

    def _generator(self, what: str) -> np.random.Generator:
        """Return the source of the draws, the same for every call."""
        entropy = [self.resampling.seed, zlib.crc32(self.name.encode())]
        bootstrap, swaps = np.random.SeedSequence(entropy).spawn(2)
        return np.random.default_rng(bootstrap if what == "bootstrap" else swaps)
