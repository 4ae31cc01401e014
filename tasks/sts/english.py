"""The English STS tasks: what is registered, with citations and published numbers of pairs."""

from collections.abc import Mapping

from harness.results.families import TITLES
from harness.tasks.sts.files import SICK_FILES, read_sick, read_split, read_sts_benchmark
from harness.tasks.sts.task import StsDefinition


def _shared_task(year: int, citation: str, pairs: Mapping[str, int]) -> StsDefinition:
    folder = f"STS/STS{year}-en-test"
    return StsDefinition(
        title=TITLES[f"sts{year}"],
        summary=f"SemEval 20{year} English, {sum(pairs.values())} pairs in {len(pairs)} splits",
        citation=citation,
        pairs=pairs,
        reader=lambda data, split: read_split(data, folder, split),
        cased=False,
    )


STS12 = _shared_task(
    12,
    "Agirre et al. (2012), https://aclanthology.org/S12-1051",
    {
        "MSRpar": 750,
        "MSRvid": 750,
        "SMTeuroparl": 459,
        "surprise.OnWN": 750,
        "surprise.SMTnews": 399,
    },
)
STS13 = _shared_task(
    13,
    "Agirre et al. (2013), https://aclanthology.org/S13-1004",
    {"FNWN": 189, "headlines": 750, "OnWN": 561},
)
STS14 = _shared_task(
    14,
    "Agirre et al. (2014), https://aclanthology.org/S14-2010",
    {
        "deft-forum": 450,
        "deft-news": 300,
        "headlines": 750,
        "images": 750,
        "OnWN": 750,
        "tweet-news": 750,
    },
)
STS15 = _shared_task(
    15,
    "Agirre et al. (2015), https://aclanthology.org/S15-2045",
    {
        "answers-forums": 375,
        "answers-students": 750,
        "belief": 375,
        "headlines": 750,
        "images": 750,
    },
)
STS16 = _shared_task(
    16,
    "Agirre et al. (2016), https://aclanthology.org/S16-1081",
    {
        "answer-answer": 254,
        "headlines": 249,
        "plagiarism": 230,
        "postediting": 244,
        "question-question": 209,
    },
)


_PARTS = {  # of a data set in three files; the test part's task stands for all of it
    "dev": {"valid": ("dev",)},
    "test": {"train": ("train",), "valid": ("dev",), "test": ("test",)},
}


def _title(test_task: str, split: str) -> str:
    title = TITLES[test_task]
    return title if split == "test" else f"{title} {split}"


def _benchmark(split: str, pairs: int) -> StsDefinition:
    return StsDefinition(
        title=_title("stsb-test", split),
        summary=f"STS Benchmark, {split} split, {pairs} pairs",
        citation="Cer et al. (2017), https://aclanthology.org/S17-2001",
        pairs={split: pairs},
        reader=read_sts_benchmark,
        parts=_PARTS[split],
        cased=False,
    )


def _sick(split: str, pairs: int) -> StsDefinition:
    return StsDefinition(
        title=_title("sickr-test", split),
        summary=f"SICK relatedness, {split} split, {pairs} pairs, no training",
        citation="Marelli et al. (2014), https://aclanthology.org/L14-1314",
        pairs={split: pairs},
        reader=lambda data, part: read_sick(data, SICK_FILES[part]),
        parts=_PARTS[split],
        cased=True,
    )


STSB_DEV = _benchmark("dev", 1500)
STSB_TEST = _benchmark("test", 1379)
SICKR_DEV = _sick("dev", 500)
SICKR_TEST = _sick("test", 4927)
