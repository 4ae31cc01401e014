"""Read training text and dev data once a run, whatever number of encoders and seeds need them."""

from pathlib import Path
from typing import TypeAlias

from harness.corpus import Corpus
from harness.data import DataFolder
from harness.errors import MissingDataError
from harness.own_text import OwnText, read_sentences
from harness.planning.asked_tasks import file_spec
from harness.plugins import registry
from harness.results.display.shown_text import shown_line
from harness.results.progress import doing
from harness.settings import make_settings
from harness.training.dev_score import DevData, read_dev
from harness.training.options import TrainingOptions

_KEPT = 2  # texts at a time: an encoder's own, and that of the first stage it starts from

_Place: TypeAlias = tuple[str, OwnText | None, DataFolder]
_Asked: TypeAlias = tuple[type, str, str | None, bool, DataFolder, str]


class CorpusReader:
    """Reads training texts and holds the last two, each with the checksum once it is known.

    It holds the dev data too, and is to be dropped with the run: a file that changes in the
    meantime is not read again.
    """

    def __init__(self) -> None:
        self._held: dict[_Place, Corpus] = {}  # the last one used at the end
        self._dev: dict[_Asked, DevData | None] = {}

    def read(self, name: str, options: TrainingOptions, data: DataFolder) -> Corpus:
        """Return a whole text.

        Args:
            name: Of a registered corpus; in its form a text of the user's own is read.
            options: Whether such a text is asked for instead.
            data: Where the corpus lies.

        Raises:
            HarnessError: If it cannot be read.
        """
        text = None if options.text is None else own_text(options.text)
        place = (registry.corpora.meant(name), text, data)
        corpus = self._held.pop(place, None)
        if corpus is None:
            corpus = _read(*place)
            _report(corpus.understood, options)
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
            found = self._dev[asked] = read_dev(data, options, device)
            _report(found.planned.understood if found else "", options)
        return self._dev[asked]

    def drop(self) -> None:
        """Free the memory."""
        self._held.clear()
        self._dev.clear()


def own_text(text: str | Path) -> OwnText:
    """Read what a caller names a text by: a file, with ``,NAME=VALUE`` behind it if need be.

    Raises:
        SettingError: If no file is named, or a setting has no value.
        UnknownNameError: If there is no such setting.
    """
    return make_settings(OwnText, file_spec("text", str(text)).settings, "--text")


def _report(understood: str, options: TrainingOptions) -> None:
    if understood:
        options.on_read(shown_line(understood))


def _read(name: str, text: OwnText | None, data: DataFolder) -> Corpus:
    plugin = registry.corpora.load(name)

    def read() -> Corpus:
        if text is None:
            try:
                return plugin.factory(data)
            except MissingDataError as error:
                if "--text" in str(error):
                    raise
                msg = f"{error}; or train on a text of your own with --text FILE"
                raise MissingDataError(msg) from error
        corpus: Corpus = getattr(plugin.factory, "read", read_sentences)(text)
        return corpus

    with doing(f"reading the training text {name if text is None else text.file}"):
        return plugin.boundary.call_unlimited(f"corpus {name!r} cannot be read", read)
