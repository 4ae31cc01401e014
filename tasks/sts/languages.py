"""STS in other languages than English: Korean, Japanese, translated STS-B, news articles."""

from functools import partial

from harness.tasks.sts.multilingual import FAMILY
from harness.tasks.sts.tables import read_jsts, read_korsts, read_sts22, read_translated_stsb
from harness.tasks.sts.task import StsDefinition

STS22_TRACKS = (
    *("ar", "de", "en", "es", "fr", "it", "pl", "ru", "tr", "zh"),
    *("de-en", "de-fr", "de-pl", "es-en", "es-it", "fr-pl", "pl-en", "zh-en"),
)


def _korsts(split: str, pairs: int) -> StsDefinition:
    return StsDefinition(
        title="KorSTS" if split == "test" else f"KorSTS {split}",
        summary=f"STS-B in Korean, post-edited by people, {split} split, {pairs} pairs",
        citation="Ham et al. (2020), https://aclanthology.org/2020.findings-emnlp.39",
        pairs={split: pairs},
        reader=read_korsts,
        family=FAMILY,
    )


def _translated(language: str) -> StsDefinition:
    return StsDefinition(
        title=f"STS-B {language}",
        summary=f"STS-B translated by a machine ({language}), test split, 1379 pairs",
        citation="May (2021), https://github.com/PhilipMay/stsb-multi-mt",
        pairs={"test": 1379},
        reader=partial(read_translated_stsb, language=language),
        family=FAMILY,
    )


def _sts22(title: str, tracks: tuple[str, ...]) -> StsDefinition:
    return StsDefinition(
        title=title,
        summary=f"SemEval 2022 task 8, whole news articles, {', '.join(tracks)}",
        citation="Chen et al. (2022), https://aclanthology.org/2022.semeval-1.155",
        pairs=dict.fromkeys(tracks),  # how many depends on the articles that could be had
        reader=read_sts22,
        family=FAMILY,
    )


def _track(track: str) -> StsDefinition:
    return _sts22(f"STS22 {track}", (track,))


KORSTS = _korsts("test", 1379)
KORSTS_DEV = _korsts("dev", 1500)
JSTS = StsDefinition(
    title="JSTS",
    summary="Japanese captions of images, validation split of JGLUE, 1457 pairs",
    citation="Kurihara et al. (2022), https://aclanthology.org/2022.lrec-1.317",
    pairs={"valid": 1457},
    reader=read_jsts,
    family=FAMILY,
)
STSB_DE = _translated("de")
STSB_ES = _translated("es")
STSB_FR = _translated("fr")
STSB_IT = _translated("it")
STSB_NL = _translated("nl")
STSB_PL = _translated("pl")
STSB_PT = _translated("pt")
STSB_RU = _translated("ru")
STSB_ZH = _translated("zh")
STS22 = _sts22("STS22", STS22_TRACKS)
"""All tracks; each is a task of its own too."""

STS22_AR = _track("ar")
STS22_DE = _track("de")
STS22_EN = _track("en")
STS22_ES = _track("es")
STS22_FR = _track("fr")
STS22_IT = _track("it")
STS22_PL = _track("pl")
STS22_RU = _track("ru")
STS22_TR = _track("tr")
STS22_ZH = _track("zh")
STS22_DE_EN = _track("de-en")
STS22_DE_FR = _track("de-fr")
STS22_DE_PL = _track("de-pl")
STS22_ES_EN = _track("es-en")
STS22_ES_IT = _track("es-it")
STS22_FR_PL = _track("fr-pl")
STS22_PL_EN = _track("pl-en")
STS22_ZH_EN = _track("zh-en")
