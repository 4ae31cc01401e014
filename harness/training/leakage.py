"""Which tasks' sentences are in a training text, whatever the text is called.

The data sets of this field are made from one another: STS-B is a selection of STS12 to STS17, half
of STS12 to STS16 is in it and all of STS17's English pairs. So a text is searched, not trusted.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

from harness.corpus import Corpus
from harness.results.notices import notify
from harness.results.progress import doing

_SHARE = 0.05
_SAME_DATA = 0.5  # two parts of one data set share some sentences too
_NO_WORDS = re.compile(r"[\W_]+")


class TaskTexts:
    """The sentences of some tasks, to be looked for in training text.

    Args:
        tasks: Each task's name and sentences; one that comes twice, with other settings, may look
            up others.
    """

    def __init__(self, tasks: Iterable[tuple[str, Sequence[str]]]) -> None:
        self._tasks: dict[str, list[str]] = {}
        for name, sentences in tasks:
            self._tasks.setdefault(name, []).extend(sentences)
        self._found: dict[str, tuple[str, ...]] = {}  # by the text's checksum

    def within(self, corpus: Corpus) -> tuple[str, ...]:
        """Return the tasks of which at least a twentieth of the distinct sentences are in a text.

        Case, spaces and punctuation do not count: one release is tokenised, the next is not. A
        text is searched once, whatever number of seeds trains on it.
        """
        if corpus.checksum not in self._found:
            with doing(f"looking for sentences of tasks in {corpus.name}"):
                self._found[corpus.checksum] = self._search(corpus)
        return self._found[corpus.checksum]

    def scored_on(self, sentences: Sequence[str]) -> tuple[str, ...]:
        """Return the tasks of which at least half of the sentences are among some of a task."""
        others = frozenset(map(_fold, sentences))
        return tuple(
            name
            for name, own in self._folded.items()
            if own and len(own & others) >= _SAME_DATA * len(own)
        )

    def _search(self, corpus: Corpus) -> tuple[str, ...]:
        wanted = frozenset[str]().union(*self._folded.values())
        found = wanted.intersection(map(_fold, corpus.text))
        return tuple(
            name
            for name, sentences in self._folded.items()
            if sentences and len(sentences & found) >= _SHARE * len(sentences)
        )

    @cached_property
    def _folded(self) -> dict[str, frozenset[str]]:
        return {
            name: frozenset(map(_fold, sentences)) - {""}
            for name, sentences in self._tasks.items()
        }


def note_overlap(task: str, sentences: Sequence[str], corpus: Corpus) -> None:
    """Notify that a dev task does not score unseen text, if a twentieth of it is trained on.

    Args:
        task: The dev task's name.
        sentences: Its sentences.
        corpus: The training text.
    """
    wanted = frozenset(map(_fold, sentences)) - {""}
    seen = wanted.intersection(map(_fold, corpus.text))
    if wanted and len(seen) >= _SHARE * len(wanted):
        part = f"{100 * len(seen) / len(wanted):.0f} % of its sentences"
        notify(f"dev task {task!r} scores text that is trained on: {part} are in {corpus.name!r}")


def _fold(sentence: str) -> str:
    return _NO_WORDS.sub("", sentence.casefold())
