"""Multilingual STS: SemEval-2014 and 2015 in Spanish, and the seven tracks of SemEval-2017."""

from harness.tasks.sts.files import read_split
from harness.tasks.sts.task import StsDefinition

FAMILY = "sts-multilingual"

_TRACK_FILES = {  # track: its name in the official files; 4a and 4b are both Spanish-English
    "ar-ar": "track1.ar-ar",
    "ar-en": "track2.ar-en",
    "es-es": "track3.es-es",
    "es-en-a": "track4a.es-en",
    "es-en-b": "track4b.es-en",
    "en-en": "track5.en-en",
    "tr-en": "track6.tr-en",
}
TRACKS = tuple(_TRACK_FILES)
_TRACK_PAIRS = 250


def _spanish(year: int, citation: str, pairs: dict[str, int]) -> StsDefinition:
    folder = f"STS{year}-es-test"
    return StsDefinition(
        title=f"STS{year}-es",
        summary=f"SemEval 20{year} Spanish, {sum(pairs.values())} pairs in {len(pairs)} splits",
        citation=citation,
        pairs=pairs,
        reader=lambda data, split: read_split(data, folder, split, collection=FAMILY),
        family=FAMILY,
    )


def _tracks(title: str, summary: str, tracks: tuple[str, ...]) -> StsDefinition:
    return StsDefinition(
        title=title,
        summary=summary,
        citation="Cer et al. (2017), https://aclanthology.org/S17-2001",
        pairs=dict.fromkeys(tracks, _TRACK_PAIRS),
        reader=lambda data, track: read_split(
            data, "STS17-test", _TRACK_FILES[track], collection=FAMILY
        ),
        family=FAMILY,
        tracks=len(tracks) > 1,
    )


def _track(track: str) -> StsDefinition:
    official = _TRACK_FILES[track].removeprefix("track")
    return _tracks(
        f"STS17 {track}", f"SemEval 2017 track {official}, {_TRACK_PAIRS} pairs", (track,)
    )


STS14_ES = _spanish(
    14,
    "Agirre et al. (2014), https://aclanthology.org/S14-2010",
    {"news": 480, "wikipedia": 324},
)
STS15_ES = _spanish(
    15,
    "Agirre et al. (2015), https://aclanthology.org/S15-2045",
    {"newswire": 500, "wikipedia": 251},
)
STS17 = _tracks("STS17", "SemEval 2017, 7 tracks in 4 languages, 250 pairs each", TRACKS)
"""All seven tracks; its protocol ``mean`` is the shared task's primary score."""

STS17_AR_AR = _track("ar-ar")
STS17_AR_EN = _track("ar-en")
STS17_ES_ES = _track("es-es")
STS17_ES_EN_A = _track("es-en-a")
STS17_ES_EN_B = _track("es-en-b")
STS17_EN_EN = _track("en-en")
STS17_TR_EN = _track("tr-en")
