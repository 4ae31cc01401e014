"""Training text made of the tasks' own sentences, without their labels."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from harness.corpus import Corpus
from harness.data import DataFolder
from harness.tasks.data_lines import clean_sentence, read_lines
from harness.tasks.sts.english import STS12, STS13, STS14, STS15, STS16
from harness.tasks.sts.files import ScoredPairs, read_sick, read_sts_benchmark

_YEARS = {12: STS12, 13: STS13, 14: STS14, 15: STS15, 16: STS16}
_STSB_TASKS = ("stsb-dev", "stsb-test")
_SICK_TASKS = ("sickr-dev", "sickr-test")


@dataclass(frozen=True)
class TextOfTasks:
    """What is registered under a corpus's name.

    Attributes:
        name: The registered name.
        summary: One line about it.
        tasks: Tasks whose sentences are in it.
        reader: Returns the sentences in order.
    """

    name: str
    summary: str
    tasks: tuple[str, ...]
    reader: Callable[[DataFolder], Sequence[str]]

    def __call__(self, data: DataFolder) -> Corpus:
        """Read the sentences."""
        return Corpus(self.name, tuple(self.reader(data)), tasks=self.tasks)


def _sts_benchmark_test(data: DataFolder) -> list[str]:
    return _both_sides([read_sts_benchmark(data, "test")])


def _sts_benchmark(data: DataFolder) -> list[str]:
    return _both_sides(read_sts_benchmark(data, split) for split in ("train", "dev", "test"))


def _sick(data: DataFolder) -> list[str]:
    return _both_sides(read_sick(data, split) for split in ("train", "trial", "test_annotated"))


def _both_sides(splits: Iterable[ScoredPairs]) -> list[str]:
    return [
        sentence
        for pairs in splits
        for both in zip(pairs.first, pairs.second, strict=True)
        for sentence in both
    ]


def _shared_task(data: DataFolder, year: int) -> list[str]:
    """Return both sides of every row, those without a gold score too."""
    sentences: list[str] = []
    for split in _YEARS[year].pairs:
        name = f"STS/STS{year}-en-test/STS.input.{split}.txt"
        file = read_lines(data, "senteval", name)
        for first, second, *_ in file.rows(2, 4):  # 4: the raw STS16 release
            sentences.extend(filter(None, map(clean_sentence, (first, second))))
    return sentences


def _sts(data: DataFolder) -> list[str]:
    years = [sentence for year in _YEARS for sentence in _shared_task(data, year)]
    return [*years, *_sts_benchmark(data), *_sick(data)]


STSB_TEXT = TextOfTasks(
    "stsb", "STS-B train, dev and test sentences, 17,256", _STSB_TASKS, _sts_benchmark
)
STSB_TEST_TEXT = TextOfTasks(
    "stsb-test", "STS-B test sentences, 2,758", ("stsb-test",), _sts_benchmark_test
)
STS_TEXT = TextOfTasks(
    "sts",
    "all sentences of the seven STS tasks, unlabelled rows included, 89,192",
    (*(f"sts{year}" for year in _YEARS), *_STSB_TASKS, *_SICK_TASKS),
    _sts,
)
