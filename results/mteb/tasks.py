"""The tasks that mteb and the harness both have: one table of their names."""

from collections.abc import Mapping
from typing import NamedTuple

MAIN_METRIC = "spearman"
"""Of the harness, whose protocol ``all`` over cosines is mteb's main score ``cosine_spearman``."""


class MtebPart(NamedTuple):
    """A part of one of mteb's tasks, which mteb scores by itself.

    Attributes:
        task: As mteb names it.
        split: Of its data.
        subset: Of its data, as the hub names it.
        languages: With their scripts, as mteb names them.
    """

    task: str
    split: str
    subset: str
    languages: tuple[str, ...]


_LANGUAGES = {
    "ar": "ara-Arab",
    "de": "deu-Latn",
    "en": "eng-Latn",
    "es": "spa-Latn",
    "fr": "fra-Latn",
    "it": "ita-Latn",
    "nl": "nld-Latn",
    "pl": "pol-Latn",
    "pt": "por-Latn",
    "ru": "rus-Cyrl",
    "tr": "tur-Latn",
    "zh": "cmn-Hans",
}


def _part(task: str, subset: str) -> MtebPart:
    languages = dict.fromkeys(_LANGUAGES[language] for language in subset.split("-"))
    return MtebPart(task, "test", subset, tuple(languages))


def _english(task: str) -> MtebPart:
    return MtebPart(task, "test", "default", ("eng-Latn",))


_STS17 = {  # track here: subset there, where the second Spanish-English track is missing
    "ar-ar": "ar-ar",
    "ar-en": "en-ar",
    "es-es": "es-es",
    "es-en-a": "es-en",
    "en-en": "en-en",
    "tr-en": "en-tr",
}
_STS22 = (
    *("ar", "de", "en", "es", "fr", "it", "pl", "ru", "tr", "zh"),
    *("de-en", "de-fr", "de-pl", "es-en", "es-it", "fr-pl", "pl-en", "zh-en"),
)
_TRANSLATED = ("de", "es", "fr", "it", "nl", "pl", "pt", "ru", "zh")

MTEB_PARTS: Mapping[str, MtebPart] = {
    **{f"sts{year}": _english(f"STS{year}") for year in (12, 13, 14, 15, 16)},
    "stsb-test": _english("STSBenchmark"),
    "sickr-test": _english("SICK-R"),
    **{f"sts17:{track}": _part("STS17", subset) for track, subset in _STS17.items()},
    **{f"sts22:{track}": _part("STS22", track) for track in _STS22},
    **{f"stsb-{one}": _part("STSBenchmarkMultilingualSTS", one) for one in _TRANSLATED},
    "korsts": MtebPart("KorSTS", "test", "default", ("kor-Hang",)),
    "jsts": MtebPart("JSTS", "validation", "default", ("jpn-Jpan",)),
}
"""What mteb calls a registered task; a track of a task is a task of its own.

Only splits that mteb itself scores are here: it averages all that a file has.
"""

TASKS_BY_PART = {(part.task, part.split, part.subset): task for task, part in MTEB_PARTS.items()}
