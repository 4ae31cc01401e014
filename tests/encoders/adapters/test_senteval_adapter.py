import csv
import logging
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from harness.data import DataFolder
from harness.encoder import Context
from harness.encoders.adapters.senteval import SentEvalEncoder, SentEvalSettings
from harness.errors import HarnessError
from harness.evaluation.evaluation import evaluate

SCRIPT = Path(__file__).with_name("senteval_bow.py")
Write = Callable[[str], SentEvalEncoder]


@pytest.fixture(autouse=True)
def own_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what scripts put on the path out of other tests."""
    monkeypatch.setattr(sys, "path", list(sys.path))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that makes the encoder of a module with this source."""

    def write(source: str, **settings: object) -> SentEvalEncoder:
        path = tmp_path / "module.py"
        path.write_text(source, "utf-8")
        return SentEvalEncoder(Context(), SentEvalSettings(module=str(path), **settings))

    return write


@pytest.fixture
def pairs(sample: DataFolder) -> list[tuple[str, str, float]]:
    path = sample.find("senteval", "STS/STSBenchmark/sts-dev.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [(row[5], row[6], float(row[4])) for row in rows]


@pytest.fixture
def word_vectors(pairs: list[tuple[str, str, float]]) -> dict[str, np.ndarray]:
    """Random vectors of most words, in the file that the script reads."""
    words = sorted({word for first, second, _ in pairs for word in f"{first} {second}".split()})
    rows = np.random.default_rng(0).normal(size=(len(words), 8)).round(4)
    known = dict(
        list(zip(words, rows, strict=True))[::3] + list(zip(words, rows, strict=True))[1::3]
    )
    lines = [f"{word} {' '.join(map(str, row))}\n" for word, row in known.items()]
    Path("vectors").mkdir()
    Path("vectors/words.vec").write_text("".join(lines), "utf-8")
    return known


def test_an_unchanged_senteval_script_scores_as_computed_directly(
    pairs: list[tuple[str, str, float]], word_vectors: dict[str, np.ndarray]
) -> None:
    def embed(sentence: str) -> np.ndarray:
        known = [word_vectors[word] for word in sentence.split() if word in word_vectors]
        return np.asarray(np.mean(known, axis=0))

    def cosine(one: np.ndarray, other: np.ndarray) -> float:
        return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))

    direct = [cosine(embed(first), embed(second)) for first, second, _ in pairs]
    expected = spearmanr(direct, [gold for _, _, gold in pairs]).statistic

    report = evaluate([f"senteval:module={SCRIPT}"], ["stsb-dev"], data="sample", out=None)

    assert report.failures == []
    (record,) = report.records
    assert record.items["dev"]["system"] == pytest.approx(direct, abs=1e-6)
    assert record.scores["spearman"]["all"] == pytest.approx(expected, abs=1e-9)


@pytest.mark.usefixtures("word_vectors")
def test_the_record_says_what_prepare_was_shown() -> None:
    report = evaluate([f"senteval:module={SCRIPT}"], ["stsb-dev"], data="sample", out=None)
    (record,) = report.records

    assert record.runtime["prepare"] == (
        "called once, with the 32 distinct sentences of all tasks of the run"
    )
    assert len(record.runtime["code_sha256"]) == 64
    assert record.fingerprint is None


@pytest.mark.usefixtures("word_vectors")
def test_a_script_s_import_leaves_the_program_as_it_was() -> None:
    before = (logging.getLogger().level, list(logging.getLogger().handlers), list(sys.meta_path))

    SentEvalEncoder(Context(), SentEvalSettings(module=str(SCRIPT)))

    after = (logging.getLogger().level, list(logging.getLogger().handlers), list(sys.meta_path))
    assert after == before
    assert "senteval" not in sys.modules


def test_prepare_is_called_once_and_batcher_gets_words_in_batches_of_like_length(
    write: Write,
) -> None:
    encoder = write(
        """
calls = []
def prepare(params, samples):
    calls.append(("prepare", samples))
def batcher(params, batch):
    calls.append(("batcher", batch))
    return [[float(len(sentence)), params.batch_size] for sentence in batch]
""",
        batch_size=2,
    )
    encoder.prepare(["a b c", "a", "", "a b"])
    vectors = encoder.encode(["a b c", "a", "", "a b"])

    assert encoder._engine.batcher.__globals__["calls"] == [
        ("prepare", [["a", "b", "c"], ["a"], [], ["a", "b"]]),
        ("batcher", [[], ["a"]]),
        ("batcher", [["a", "b"], ["a", "b", "c"]]),
    ]
    assert vectors.tolist() == [[3, 2], [1, 2], [0, 2], [2, 2]]
    assert vectors.dtype == np.float32


def test_params_are_attributes_and_keys_and_hold_the_module_s_own(write: Write) -> None:
    encoder = write(
        """
params_senteval = {"kfold": 10, "model": 7}
def batcher(params, batch):
    params.seen = params["model"] + params.kfold
    assert params.absent is None and params.seed == 1111 and params.usepytorch
    return [[params["seen"]] for _ in batch]
"""
    )

    assert encoder.encode(["a"]).tolist() == [[17]]
    assert encoder.describe()["prepare"] == "none in the module"


def test_a_script_that_evaluates_when_imported_is_taken_for_its_batcher(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    encoder = write(
        """
from senteval import engine
import senteval.utils
def batcher(params, batch): return [[1.0]] * len(batch)
scores = engine.SE({"task_path": "data"}, batcher).eval(["STS12"])
print(f"{scores['STS12']['all']:.3f}", list(scores))
"""
    )

    assert encoder.encode(["a"]).tolist() == [[1]]
    assert capsys.readouterr().out == ""  # standard output is for scores


def test_a_real_senteval_is_found_before_the_stand_in(
    write: Write, install_plugin: Callable[..., None]
) -> None:
    install_plugin("senteval-dist", "REAL = 5.0", module="senteval")
    encoder = write("import senteval\ndef batcher(params, batch): return [[senteval.REAL]]")

    assert encoder.encode(["a"]).tolist() == [[5]]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1", "must define batcher(params, batch)"),
        ("import nowhere_at_all", "cannot be run: ModuleNotFoundError: No module named"),
        (
            "import sys\nsys.exit(2)",
            "cannot be run: it ended with exit status 2 (module.py, line 2)",
        ),
    ],
)
def test_a_module_that_is_none_is_reported_in_one_line(
    write: Write, source: str, message: str
) -> None:
    with pytest.raises(HarnessError) as caught:
        write(source)

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ("[[1.0]]", "batcher must return shape (2, dim), got (1, 1)"),
        ("None", "batcher must return shape (2, dim), got ()"),
        ("[[1.0], [1.0, 2.0]]", "batcher must return rows of numbers, got list: "),
        ("'text'", "batcher must return numbers of vectors, got <U4, which is no kind"),
    ],
)
def test_a_batcher_that_returns_no_rows_is_reported(
    write: Write, returned: str, message: str
) -> None:
    encoder = write(f"def batcher(params, batch): return {returned}")

    with pytest.raises(HarnessError) as caught:
        encoder.encode(["a", "b"])

    assert str(caught.value).startswith(message)


def test_batches_of_different_dimensions_are_reported(write: Write) -> None:
    encoder = write("def batcher(params, batch): return [[1.0] * len(batch[0])]", batch_size=1)

    with pytest.raises(HarnessError, match="batches must have one dimension, got 1, then 2"):
        encoder.encode(["a", "a b"])


def test_no_module_at_all_is_reported_with_an_example() -> None:
    with pytest.raises(HarnessError, match="needs its module: senteval:module="):
        SentEvalEncoder(Context(), SentEvalSettings())
