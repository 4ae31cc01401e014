"""Read each training text once a run, whatever number of encoders and seeds train on it."""

from pathlib import Path
from typing import TypeAlias

from harness.corpus import Corpus, read_text
from harness.data import DataFolder
from harness.plugins import registry

_KEPT = 2  # texts at a time: an encoder's own, and that of the first stage it starts from

_Place: TypeAlias = tuple[str, Path | None, DataFolder]


class CorpusReader:
    """Reads training texts and holds the last two, each with the checksum once it is known.

    It is to be dropped with the run: a file that changes in the meantime is not read again.
    """

    def __init__(self) -> None:
        self._held: dict[_Place, Corpus] = {}  # the last one used at the end

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

    def drop(self) -> None:
        """Free the memory."""
        self._held.clear()


def _read(name: str, text: Path | None, data: DataFolder) -> Corpus:
    plugin = registry.corpora.load(registry.corpora.meant(name))

    def read() -> Corpus:
        if text is None:
            return plugin.factory(data)
        corpus: Corpus = getattr(plugin.factory, "read", read_text)(text)
        return corpus

    return plugin.boundary.call_unlimited(f"corpus {name!r} cannot be read", read)
