"""SentEval's transfer tasks: what is registered, with citations, classes and split protocols."""

from harness.results.families import TITLES
from harness.tasks.transfer.files import (
    read_mrpc,
    read_sick_entailment,
    read_sst,
    read_trec,
    read_two_files,
)
from harness.tasks.transfer.task import TransferDefinition


def _nested(name: str, summary: str, citation: str, files: tuple[str, str]) -> TransferDefinition:
    return TransferDefinition(
        title=TITLES[name],
        summary=f"{summary}; nested k-fold",
        citation=citation,
        classes=2,
        split_protocol="nested_k_fold",
        reader=lambda data: {"all": read_two_files(data, *files)},
    )


def _sst(title: str, kind: str, classes: int) -> TransferDefinition:
    return TransferDefinition(
        title=title,
        summary=f"Stanford Sentiment Treebank, {classes} classes; train, dev, test",
        citation="Socher et al. (2013), https://aclanthology.org/D13-1170",
        classes=classes,
        split_protocol="train_dev_test",
        reader=lambda data: {
            split: read_sst(data, kind, split) for split in ("train", "dev", "test")
        },
    )


MR = _nested(
    "mr",
    "sentiment of film reviews, 10,662 sentences",
    "Pang & Lee (2005), https://aclanthology.org/P05-1015",
    ("MR/rt-polarity.pos", "MR/rt-polarity.neg"),
)
CR = _nested(
    "cr",
    "sentiment of product reviews, 3,775 sentences",
    "Hu & Liu (2004), https://doi.org/10.1145/1014052.1014073",
    ("CR/custrev.pos", "CR/custrev.neg"),
)
SUBJ = _nested(
    "subj",
    "objective or subjective, 10,000 sentences",
    "Pang & Lee (2004), https://aclanthology.org/P04-1035",
    ("SUBJ/subj.objective", "SUBJ/subj.subjective"),
)
MPQA = _nested(
    "mpqa",
    "polarity of opinions, 10,606 phrases",
    "Wiebe et al. (2005), https://doi.org/10.1007/s10579-005-7880-9",
    ("MPQA/mpqa.pos", "MPQA/mpqa.neg"),
)
SST2 = _sst(TITLES["sst2"], "binary", 2)
SST5 = _sst("SST5", "fine", 5)
TREC = TransferDefinition(
    title=TITLES["trec"],
    summary="kind of question, 6 classes, 5,452 and 500; k-fold on train, then test",
    citation="Li & Roth (2002), https://aclanthology.org/C02-1150",
    classes=6,
    split_protocol="k_fold_then_test",
    reader=lambda data: {
        "train": read_trec(data, "train_5500.label"),
        "test": read_trec(data, "TREC_10.label"),
    },
)
MRPC = TransferDefinition(
    title=TITLES["mrpc"],
    summary="paraphrase or not, 4,076 and 1,725 pairs; k-fold on train, then test; F1 too",
    citation="Dolan et al. (2004), https://aclanthology.org/C04-1051",
    classes=2,
    split_protocol="k_fold_then_test",
    reader=lambda data: {split: read_mrpc(data, split) for split in ("train", "test")},
    f1=True,
)
SICK_E = TransferDefinition(
    title="SICK-E",
    summary="entailment, neutral or contradiction, 4,500, 500 and 4,927 pairs; train, dev, test",
    citation="Marelli et al. (2014), https://aclanthology.org/L14-1314",
    classes=3,
    split_protocol="train_dev_test",
    reader=lambda data: {
        "train": read_sick_entailment(data, "train"),
        "dev": read_sick_entailment(data, "trial"),
        "test": read_sick_entailment(data, "test_annotated"),
    },
)
