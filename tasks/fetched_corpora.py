"""Training text that is no task's own: labelled NLI pairs and plain sentences."""

from dataclasses import dataclass
from pathlib import Path

from harness.corpus import Corpus, read_text
from harness.data import DataFolder
from harness.errors import MissingDataError
from tasks.nli_files import read_nli


@dataclass(frozen=True)
class NliCorpus:
    """What is registered under the name of labelled pairs.

    Attributes:
        name: The registered name.
        summary: One line about it.
        files: Files that are read one after the other; of each, the first name that is there.
    """

    name: str
    summary: str
    files: tuple[tuple[str, ...], ...]

    def __call__(self, data: DataFolder) -> Corpus:
        """Read the pairs."""
        read = [read_nli(_first_found(data, names)) for names in self.files]
        return Corpus(self.name, pairs=tuple(pair for file in read for pair in file.pairs))

    def read(self, path: Path) -> Corpus:
        """Read a user's own labelled pairs."""
        return Corpus(path.name, pairs=read_nli(path).pairs)


@dataclass(frozen=True)
class PlainText:
    """What is registered under the name of a text with one sentence a line.

    Attributes:
        name: The registered name.
        summary: One line about it.
        file: The file.
    """

    name: str
    summary: str
    file: str

    def __call__(self, data: DataFolder) -> Corpus:
        """Read the sentences."""
        return Corpus(self.name, read_text(data.find("text", self.file)).sentences)


def _first_found(data: DataFolder, names: tuple[str, ...]) -> Path:
    for name in names[:-1]:
        try:
            return data.find("nli", name)
        except MissingDataError:
            continue
    return data.find("nli", names[-1])


NLI = NliCorpus(
    "nli",
    "labelled pairs of nli_train.tsv, gzipped or not",
    (("nli_train.tsv.gz", "nli_train.tsv"),),
)
NLI_FULL = NliCorpus(
    "nli-full",
    "all labelled pairs of the SNLI and MultiNLI training sets",
    (("snli_1.0/snli_1.0_train.jsonl",), ("multinli_1.0/multinli_1.0_train.jsonl",)),
)
WIKI1M = PlainText(
    "wiki1m",
    "a million sentences of English Wikipedia, from Gao et al. (2021)",
    "wiki1m_for_simcse.txt",
)
