"""Pairs files: sentences and their paraphrases, as ``harness data back-translate`` writes them."""

from dataclasses import dataclass
from pathlib import Path

from harness.corpus import Corpus
from harness.data import DataFolder
from harness.errors import BadDataError, MissingDataError
from harness.file_layouts import refuse_binary, refuse_columns
from harness.tasks.data_lines import clean_sentence
from harness.text_files import decode_text

_CURE = "make one with harness data back-translate, and name it with --text FILE"


@dataclass(frozen=True)
class Paraphrases:
    """What is registered under the name of a pairs file.

    Attributes:
        name: The registered name.
        summary: One line about it.
        file: The file.
    """

    name: str
    summary: str
    file: str

    def __call__(self, data: DataFolder) -> Corpus:
        """Read the pairs."""
        try:
            path = data.find("text", self.file)
        except MissingDataError as error:
            msg = f"pairs file {self.file} not found below {data.root}: {_CURE}"
            raise MissingDataError(msg) from error
        return Corpus(self.name, paraphrases=read_paraphrases(path))

    def read(self, path: Path) -> Corpus:
        """Read a user's own pairs."""
        return Corpus(path.name, paraphrases=read_paraphrases(path))


def read_paraphrases(path: Path) -> tuple[tuple[str, str], ...]:
    """Read a file with a sentence, a tab and its paraphrase on each line.

    Raises:
        MissingDataError: If there is no such file.
        BadDataError: If it is not UTF-8, has no pair, or a line or column does not fit.
    """
    if not path.is_file():
        raise MissingDataError(f"pairs must be a file, got {str(path)!r}: {_CURE}")
    content = path.read_bytes()
    refuse_binary(content, path)
    text = decode_text(content, path)
    pairs = []
    for number, row in enumerate(text.split("\n"), start=1):
        sides = [clean_sentence(side) for side in row.split("\t")]
        if sides == [""]:
            continue
        if len(sides) != 2 or not all(sides):  # noqa: PLR2004 - a pair
            raise BadDataError(path, number, "must be a sentence, a tab and its paraphrase")
        pairs.append((sides[0], sides[1]))
    if not pairs:
        raise BadDataError(path, None, "must have at least one pair, got none")
    refuse_columns(pairs, path)
    return tuple(pairs)


BACK_TRANSLATED = Paraphrases(
    "back-translated",
    "sentences and their back-translations, of back-translated.tsv",
    "back-translated.tsv",
)
