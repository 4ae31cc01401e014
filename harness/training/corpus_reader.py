"""Read training text and dev data once a run, whatever number of encoders and seeds need them."""

from pathlib import Path
from typing import TypeAlias

from harness.corpus import Corpus, read_text
from harness.data import DataFolder
from harness.plugins import registry
from harness.training.dev_score import DevData, read_dev
from harness.training.options import TrainingOptions

_KEPT = 2  # texts at a time: an encoder's own, and that of the first stage it starts from

_Place: TypeAlias = tuple[str, Path | None, DataFolder]
_Asked: TypeAlias = tuple[type, str, str | None, bool, DataFolder, str]


class CorpusReader:
    """Reads training texts and holds the last two, each with the checksum once it is known.

    It holds the dev data too, and is to be dropped with the run: a file that changes in the
    meantime is not read again.
    """

    def __init__(self) -> None:
        self._held: dict[_Place, Corpus] = {}  # the last one used at the end
        self._dev: dict[_Asked, DevData | None] = {}

    def read(self, name: str, text: Path | None, data: DataFolder) -> Corpus:
        """Return a whole text.

        Args:
            name: Of a registered corpus.
            text: A file in its form to read instead.
            data: Where the corpus lies.
        """
        place = (name, text, data)
        corpus = self._held.pop(place, None) or _read(*place)
        self._held[place] = corpus
        if len(self._held) > _KEPT:
            self._held.pop(next(iter(self._held)))
        return corpus

    def dev(self, options: TrainingOptions, data: DataFolder, device: str) -> DevData | None:
        """Return what picks the weights; None if the last ones are to be kept.

        Args:
            options: What was asked for.
            data: Where the files lie.
            device: Where a task that trains a classifier does.

        Raises:
            HarnessError: If it cannot be read, see `plan_dev`.
        """
        dev, has_text = options.dev, options.text is not None
        asked = (type(dev), str(dev), options.dev_metric, has_text, data, device)
        if asked not in self._dev:
            self._dev[asked] = read_dev(data, options, device)
        return self._dev[asked]

    def drop(self) -> None:
        """Free the memory."""
        self._held.clear()
        self._dev.clear()


def _read(name: str, text: Path | None, data: DataFolder) -> Corpus:
    plugin = registry.corpora.load(registry.corpora.meant(name))

    def read() -> Corpus:
        if text is None:
            return plugin.factory(data)
        corpus: Corpus = getattr(plugin.factory, "read", read_text)(text)
        return corpus

    return plugin.boundary.call_unlimited(f"corpus {name!r} cannot be read", read)
