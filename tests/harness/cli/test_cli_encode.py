import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from safetensors.numpy import load_file

from harness.cli.main import main
from harness.encoding import vector_files
from harness.errors import HarnessError
from harness.evaluation.embedding import encode
from harness.results.records.store import ResultStore

LENGTHS = '''
import numpy as np

class Lengths:
    """Length of a sentence and its number of words."""
    def __init__(self, context, settings): ...
    def encode(self, sentences):
        print("chatter")
        with open("seen.txt", "a") as file:
            file.write("".join(f"{s}\\n" for s in sentences))
        return np.array([[len(s), len(s.split())] for s in sentences], np.float32)
'''
ROWS = [[3, 1], [9, 2], [0, 0], [3, 1]]
LINES = "one\ntwo words\n\none\n"


@pytest.fixture(autouse=True)
def lengths(install_plugin: Callable[..., None]) -> None:
    install_plugin(
        "lengths-dist",
        LENGTHS,
        module="lengths_code",
        encoders={"lengths": "lengths_code:Lengths"},
    )


def run(*arguments: str, text: str | bytes = LINES) -> Result:
    return CliRunner().invoke(main, ["encode", *arguments], input=text)


def test_rows_are_in_the_order_of_the_lines_and_each_sentence_is_encoded_once() -> None:
    result = run("lengths", "--out", "v.npy")

    assert result.exit_code == 0
    assert np.load("v.npy").tolist() == ROWS
    assert np.load("v.npy").dtype == np.float32
    assert Path("seen.txt").read_text() == "one\ntwo words\n\n"
    assert "v.npy: 4 vectors of 2 numbers\n" in result.stderr


def test_standard_output_holds_vectors_alone_whatever_a_plug_in_prints() -> None:
    result = run("lengths", "--format", "jsonl")

    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"sentence": sentence, "vector": row}
        for sentence, row in zip(["one", "two words", "", "one"], ROWS, strict=True)
    ]
    assert "chatter" in result.stderr


def test_npy_is_the_format_of_a_pipe() -> None:
    path = Path("piped.npy")
    path.write_bytes(run("lengths").stdout_bytes)

    assert np.load(path).tolist() == ROWS


def test_safetensors_hold_one_tensor_called_vectors() -> None:
    run("lengths", "-o", "v.safetensors")

    assert {name: rows.tolist() for name, rows in load_file("v.safetensors").items()} == {
        "vectors": ROWS
    }


def test_json_lines_are_utf_8_and_read_back_to_the_bit() -> None:
    text = "café 東京\n"
    run("bow", "--set", "buckets=8", "-o", "v.jsonl", text=text)
    (line,) = Path("v.jsonl").read_text("utf-8").splitlines()

    assert "café 東京" in line
    np.testing.assert_array_equal(
        np.float32(json.loads(line)["vector"]),
        encode("bow", ["café 東京"], settings={"buckets": 8})[0],
    )


def test_parquet_has_a_sentence_and_a_vector_a_row() -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed")
    run("lengths", "-o", "v.parquet")
    table = parquet.read_table("v.parquet").to_pydict()

    assert table == {"sentence": ["one", "two words", "", "one"], "vector": ROWS}


def test_parquet_without_its_package_is_reported_before_anything_is_encoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vector_files, "find_spec", lambda name: None)
    result = run("lengths", "-o", "v.parquet")

    assert result.exit_code == 1
    assert result.stderr == (
        "Error: format parquet needs the package pyarrow:"
        " pip install 'sentence-harness[parquet]', or choose npy, safetensors or jsonl\n"
    )
    assert not Path("seen.txt").exists()


@pytest.mark.parametrize("suffix", ["npy", "safetensors"])
def test_encoded_and_read_back_an_encoder_has_the_same_scores(suffix: str) -> None:
    tasks = "stsb-dev,sts12"
    printed = CliRunner().invoke(main, ["tasks", "sentences", tasks, "--data", "sample"])
    Path("s.txt").write_bytes(printed.stdout_bytes)
    run("bow", "-o", f"v.{suffix}", text=printed.stdout_bytes)
    spec = f"precomputed:vectors=v.{suffix},sentences=s.txt"
    CliRunner().invoke(main, ["eval", "bow", spec, "-t", tasks, "--data", "sample"])

    scores: dict[str, list[object]] = {}
    for record in ResultStore(Path("runs")).read():
        scores.setdefault(record.encoder, []).append((record.task, record.scores, record.items))
    assert len(scores["bow"]) == 2
    assert scores["bow"] == scores[spec]


def test_a_task_s_distinct_sentences_are_printed_once() -> None:
    printed = CliRunner().invoke(main, ["tasks", "sentences", "stsb-dev", "--data", "sample"])
    lines = printed.stdout.splitlines()

    assert len(lines) == len(set(lines)) == 32


def test_an_existing_file_is_replaced_whole_or_left_as_it_was() -> None:
    Path("v.npy").write_text("old")

    assert run("nosuch", "-o", "v.npy").exit_code == 1
    assert Path("v.npy").read_text() == "old"
    assert run("lengths", "-o", "v.npy").exit_code == 0
    assert np.load("v.npy").tolist() == ROWS
    assert [path.name for path in Path().glob("*v.npy*")] == ["v.npy"]


@pytest.mark.parametrize(
    ("arguments", "text", "message"),
    [
        ([], "", "standard input must have one sentence per line, got nothing"),
        ([], b"good\nb\xffd\n", "standard input:2: must be utf-8, got byte 0xff"),
        (["-o", "v.txt"], LINES, "--out must end in one of .npy, .safetensors, .parquet, .jsonl"),
        (["-o", "/dev/null"], LINES, "--out must be a plain file or a new one, got '/dev/null'"),
        (
            ["-o", "seen/v.npy"],
            LINES,
            "--out seen/v.npy cannot be written (File exists): name another file",
        ),
        (["--checkpoint", "x"], LINES, "encoder 'lengths' needs no training: leave the"),
        (["--set", "k=1"], LINES, "unknown setting 'k' of lengths."),
    ],
)
def test_what_cannot_be_is_reported_in_one_line(
    arguments: list[str], text: str | bytes, message: str
) -> None:
    Path("seen").write_text("a file, no folder")
    result = run("lengths", *arguments, text=text)

    assert result.exit_code == 1
    assert f"Error: {message}" in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_vectors_are_not_written_to_a_terminal() -> None:
    pty = pytest.importorskip("pty", reason="no pseudo-terminals here")
    _, writer = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "harness", "encode", "bow"],
        input=b"a\n",
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.decode() == (
        "Error: vectors are not for the terminal: use --out FILE, or --format jsonl\n"
    )


def test_vectors_that_are_not_finite_are_reported(install_plugin: Callable[..., None]) -> None:
    source = LENGTHS.replace("len(s), ", "len(s) if s != 'one' else np.nan, ")
    install_plugin("nan-dist", source, module="nan_code", encoders={"nan": "nan_code:Lengths"})

    with pytest.raises(HarnessError) as caught:
        encode("nan", ["two", "one", "one"])

    assert str(caught.value) == "2 of 3 vectors of 'nan' are not finite, the first of 'one'"


def test_an_encoder_that_must_be_trained_is_encoded_from_its_checkpoint(
    tiny_bert: Path,
) -> None:
    model = ["--model", str(tiny_bert), "--device", "cpu"]
    untrained = run("whitening", *model, "--set", "k=8", "-o", "v.npy")
    trained = CliRunner().invoke(
        main, ["train", "whitening", *model, "--k", "8", "--data", "sample"]
    )
    result = run("whitening", *model, "--set", "k=8", "-o", "v.npy")
    (folder,) = (path.parent for path in Path("runs/checkpoints").glob("*/training.json"))
    named = run("whitening", *model, "--set", "k=8", "--checkpoint", str(folder), "-o", "w.npy")
    other = run("whitening", *model, "--set", "k=4", "--checkpoint", str(folder), "-o", "w.npy")

    assert trained.exit_code == result.exit_code == named.exit_code == 0
    assert np.load("v.npy").shape == (4, 8)
    np.testing.assert_array_equal(np.load("v.npy"), np.load("w.npy"))
    cure = f"run harness train whitening:k=8 --model {tiny_bert} --seed 0\n"
    assert untrained.stderr.endswith(f"is not trained with seed 0: {cure}")
    assert result.stderr.startswith(f"{folder}: seed 0, on stsb\n")
    assert "must be of encoder 'whitening:k=4' for" in other.stderr


def test_checkpoints_are_looked_for_in_one_s_own_folder(tiny_bert: Path) -> None:
    Path("harness.toml").write_text(
        f"model = {str(tiny_bert)!r}\nout = 'mine'\ndata = 'sample'\ndevice = 'cpu'\n"
    )
    trained = CliRunner().invoke(main, ["train", "whitening", "--k", "4", "--limit", "30"])
    result = run("whitening:k=4", "-o", "v.npy")

    assert trained.exit_code == result.exit_code == 0
    assert result.stderr.startswith("mine/checkpoints/")
    assert not Path("runs").exists()


def test_a_missing_checkpoint_s_error_names_those_of_other_seeds_and_texts(
    tiny_bert: Path,
) -> None:
    spec, model = "whitening:k=4", ["--model", str(tiny_bert), "--device", "cpu"]

    def train(*more: str) -> Path:
        arguments = ["train", spec, *model, "--data", "sample", *more]
        return Path(CliRunner().invoke(main, arguments).stdout.splitlines()[-1].split(": ")[1])

    first = train("--seed", "1", "--limit", "40").resolve()
    of_seed_1 = run(spec, *model, "-o", "v.npy")
    places = [train("--seed", "0", *limit).resolve() for limit in ([], ["--limit", "30"])]
    several = run(spec, *model, "-o", "v.npy")

    command = f"run harness train {spec} --model {tiny_bert} --seed 0"
    assert of_seed_1.stderr == (
        f"Error: encoder '{spec}' for '{tiny_bert}' is not trained with seed 0: {command}, or use"
        f" --checkpoint {first.relative_to(Path.cwd())} (seed 1, on stsb[40])\n"
    )
    assert "has several checkpoints: use --checkpoint" in several.stderr
    for place, text in zip(places, ["stsb", "stsb[30]"], strict=True):
        assert f"{place.relative_to(Path.cwd())} (seed 0, on {text})" in several.stderr
    assert "seed 1" not in several.stderr


@pytest.mark.parametrize("make", [lambda path: None, Path.mkdir])
def test_a_checkpoint_that_is_none_is_reported(
    make: Callable[[Path], None], tiny_bert: Path
) -> None:
    make(Path("mine"))

    result = run("whitening:k=4", "--model", str(tiny_bert), "--checkpoint", "mine")

    expected = "checkpoint must be an existing folder with training.json, got 'mine'"
    assert result.stderr == f"Error: {expected}\n"


def test_no_sentence_at_all_is_refused() -> None:
    with pytest.raises(HarnessError, match="sentences must be at least one, got none"):
        encode("bow", [])
