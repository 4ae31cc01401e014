"""Every reader of files, as a function that a fuzzer can call on any bytes."""

import gzip

import numpy as np
from fuzzed_calls import (
    count_nli,
    count_paraphrases,
    count_split,
    data_of,
    done,
    prepare_raw,
    put_beside,
    read_checkpoints,
    read_commit,
    read_glove,
    read_part,
    read_shard,
    read_year,
    unpack_archive,
)
from fuzzed_reader import Reader, filled_lines, lines
from safetensors.numpy import save
from seed_files import (
    GLOVE,
    JSON,
    MANIFEST,
    MRPC,
    NLI,
    PAIR,
    RECORD,
    SICK,
    STSB,
    TOML,
    tar_file,
    zip_file,
)

from harness.acquisition.licences import unaccepted
from harness.acquisition.manifest import read_manifest
from harness.acquisition.verification import count_rows
from harness.corpus import read_text
from harness.results.records.store import ResultStore
from harness.tasks.sts.files import read_sick, read_sts_benchmark
from harness.tasks.transfer.files import (
    read_mrpc,
    read_sick_entailment,
    read_sst,
    read_trec,
    read_two_files,
)

READERS = {
    reader.name: reader
    for reader in (
        Reader(
            "S/STS.input.x.txt",
            (PAIR * 3, b"a\xc2\x85b\tc\xe2\x80\xa8d\r\n" * 3),
            lambda path: count_split(put_beside(path, "STS.gs.x.txt", b"1\n2\n3\n")),
            lines,
        ),
        Reader(
            "S/STS.gs.x.txt",
            (b"1\n2.5\n5\n", b"0.0\r\n\r\n4\n"),
            lambda path: count_split(put_beside(path, "STS.input.x.txt", PAIR * 3)),
            lambda content: sum(bool(line.strip()) for line in content.decode().split("\n")),
        ),
        Reader(
            "STS/STSBenchmark/sts-dev.csv",
            (STSB,),
            lambda path: len(read_sts_benchmark(data_of(path, 2), "dev").gold),
            lines,
        ),
        Reader(
            "SICK/SICK_train.txt",
            (SICK,),
            lambda path: len(read_sick(data_of(path, 1), "train").gold),
            lambda content: lines(content) - 1,
        ),
        Reader(
            "SICK/SICK_trial.txt",
            (SICK,),
            lambda path: len(read_sick_entailment(data_of(path, 1), "trial").labels),
            lambda content: lines(content) - 1,
        ),
        Reader(
            "MRPC/msr_paraphrase_train.txt",
            (MRPC,),
            lambda path: len(read_mrpc(data_of(path, 1), "train").labels),
            lambda content: lines(content) - 1,
        ),
        Reader(
            "SST/binary/sentiment-train",
            (b"a b\t1\nc\t0\n",),
            lambda path: len(read_sst(data_of(path, 2), "binary", "train").labels),
            lines,
        ),
        Reader(
            "SST/fine/sentiment-train",
            (b"4 a b\n0 c\n",),
            lambda path: len(read_sst(data_of(path, 2), "fine", "train").labels),
            lines,
        ),
        Reader(
            "TREC/train_5500.label",
            (b"DESC:manner How ?\nNUM:date When ?\n",),
            lambda path: len(read_trec(data_of(path, 1), "train_5500.label").labels),
            lines,
        ),
        Reader(
            "MR/rt-polarity.pos",
            (b"a b\n\nc\n",),
            lambda path: len(read_two_files(data_of(path, 1), *["MR/rt-polarity.pos"] * 2).labels),
            lambda content: 2 * lines(content),
        ),
        Reader("nli.tsv", (NLI,), count_nli, lambda content: lines(content) - 1),
        Reader("nli.jsonl", (JSON,), count_nli, lines),
        Reader("nli.tsv.gz", (gzip.compress(NLI), NLI), lambda path: done(count_nli(path))),
        Reader(
            "text.txt", (b"a b\n\nc\n",), lambda path: len(read_text(path).sentences), filled_lines
        ),
        Reader("pairs.tsv", (PAIR * 2,), count_paraphrases, filled_lines),
        Reader("pairs.tsv.part", (b"a b\tx\nc\ty\nd",), read_part),
        Reader(
            "STS/STS12-en-test/STS.input.MSRpar.txt",
            (PAIR,),
            read_year,
        ),
        Reader("runs/record.json", (RECORD,), lambda path: done(ResultStore(path.parent).read())),
        Reader("checkpoints/sg/training.json", (MANIFEST,), read_checkpoints),
        Reader("manifest.toml", (TOML,), lambda path: done(read_manifest([path]))),
        Reader(
            "accepted-licences.json",
            (b'{"x": "none"}',),
            lambda path: done(unaccepted(path.parent, [])),
        ),
        Reader("a.zip", (zip_file(),), unpack_archive),
        Reader("a.tar", (tar_file("w"),), unpack_archive),
        Reader("a.tar.gz", (tar_file("w:gz"),), unpack_archive),
        Reader("rows.txt.gz", (gzip.compress(b"a\nb"),), lambda path: done(count_rows(path))),
        Reader(
            "shard",
            (save({"keys": np.zeros((2, 16), np.uint8), "vectors": np.ones((2, 3), np.float32)}),),
            read_shard,
        ),
        Reader("commit", (b'{"sha256": "0", "rows": 2}',), read_commit),
        Reader("glove.txt", (GLOVE, b"3 2\n" + GLOVE), read_glove),
        Reader("glove.txt.gz", (gzip.compress(GLOVE),), read_glove),
        Reader("raw.txt", (SICK, STSB, PAIR, b'caf\xe9 "it\'s" U.S.\n'), prepare_raw),
    )
}
