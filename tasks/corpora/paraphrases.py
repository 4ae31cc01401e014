"""Pairs files: sentences and their paraphrases, as ``harness data back-translate`` writes them."""

from dataclasses import dataclass

from harness.corpus import Corpus
from harness.data import DataFolder
from harness.errors import MissingDataError
from harness.own_text import OwnText, refuse_numbers
from harness.table_files.columns import FIRST, SCORE, SECOND, choose_columns, find_columns
from harness.tasks.data_lines import clean_sentence

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
        """Read the pairs.

        Raises:
            MissingDataError: If the file is absent.
            BadDataError: If it is damaged, or a row does not fit.
        """
        try:
            path = data.find("text", self.file)
        except MissingDataError as error:
            msg = f"pairs file {self.file} not found below {data.root}: {_CURE}"
            raise MissingDataError(msg) from error
        return Corpus(self.name, paraphrases=self.read(OwnText(str(path))).paraphrases)

    def read(self, text: OwnText) -> Corpus:
        """Read a user's own pairs.

        Args:
            text: A table of two columns, or with two columns of usual names, or as `text.columns`
                names them.

        Raises:
            MissingDataError: If there is no such file.
            BadDataError: If it is damaged, has no pair, a row does not fit, or a third column
                scores or labels the pairs, so that not all of them mean the same.
        """
        source = text.rows()
        table = source.table
        scores = find_columns(table, SCORE) if table.has_header and not text.columns else ()
        if scores:
            got = f"pairs with a {scores[0]}"
            cure = "leave the others out, and name the columns with --text FILE,columns=A,B"
            expected = "must be pairs that mean the same"
            raise table.error(None, None, f"{expected}, got {got}: {cure}")
        columns = choose_columns(table, (FIRST, SECOND), text.columns)
        refuse_numbers(table, columns)
        first, second = (
            [clean_sentence(table.text(row, column)) for row in source.rows] for column in columns
        )
        pairs = tuple(zip(first, second, strict=True))
        what = f"{len(pairs):,} pairs of paraphrases"
        return Corpus(
            text.name, paraphrases=pairs, understood=text.understood(source, what, columns, 0)
        )


BACK_TRANSLATED = Paraphrases(
    "back-translated",
    "sentences and their back-translations, of back-translated.tsv",
    "back-translated.tsv",
)
