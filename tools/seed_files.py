"""Whole files of every kind that the harness reads, for fuzzing to begin with."""

import io
import json
import tarfile
import zipfile

PAIR = b"a man sings\ta woman sings\n"
SICK_HEAD = b"pair_ID\tsentence_A\tsentence_B\trelatedness_score\tentailment_judgment\n"
SICK = SICK_HEAD + b"1\ta b\tc d\t4.5\tNEUTRAL\n2\te\tf\t1\tCONTRADICTION\n"
MRPC = (
    b"\xef\xbb\xbfQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t1\t2\ta b\tc d\n0\t3\t4\te\tf\n"
)
NLI = b"gold_label\tsentence1\tsentence2\nentailment\ta b\tc\n-\td\te\nneutral\tf\tg\n"
JSON = b'{"gold_label": "neutral", "sentence1": "a b", "sentence2": "c\\u00e9"}\n' * 3
STSB = b"main\tMSRvid\t2012\t1\t5.0\ta b\tc d\n" * 3
RECORD = json.dumps(
    {
        "schema_version": 1,
        "encoder": "mean",
        "model": "m",
        "seed": None,
        "task": "sts12",
        "title": "STS12",
        "family": "sts",
        "data": "sample",
        "scores": {"spearman": {"all": 0.5}},
        "items": {"x": {"system": [0.1, 1e-5], "gold": [1, 2]}},
        "dim": 4,
    }
).encode()
MANIFEST = json.dumps(
    {
        "schema_version": 1,
        "spec": "sg",
        "model": "m",
        "corpus_sha256": "0",
        "seed": 0,
        "history": {"steps": 7},
        "files": {"model.safetensors": "0"},
    }
).encode()
TOML = b"""[archives.a]
urls = ["https://example.org/a.zip"]
[[data_set]]
name = "x"
title = "X"
suite = "sts"
collection = "senteval"
folder = "X"
licence = "none"
citation = "none"
origin = "nobody"
archives = ["a"]
files = [{ name = "x.txt", rows = 2, urls = ["https://example.org/x.txt"] }]
"""
GLOVE = b"the 0.1 0.2\ncat 1 2\n. . 3 4\n"


def zip_file() -> bytes:
    """Return a zip archive of two files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("x/a.txt", "one\n" * 9)
        file.writestr("x/b.txt", "two\n")
    return content.getvalue()


def tar_file(mode: str) -> bytes:
    """Return a tar archive of two files."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode=mode) as file:  # type: ignore[call-overload]
        for name in ("x/a.txt", "x/b.txt"):
            info = tarfile.TarInfo(name)
            info.size = 4
            file.addfile(info, io.BytesIO(b"one\n"))
    return content.getvalue()
