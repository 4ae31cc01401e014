"""Pretraining a small BERT, on the sample's own text."""

import hashlib
import lzma
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from pretrain_mini import main
from pretraining.heldout import masked_scores, unigram_scores
from pretraining.loop import Learner, make_model, step_rows
from pretraining.masking import IGNORED, WordMasking, word_masking
from pretraining.plan import Budget, PretrainingSettings, learning_rate_share
from pretraining.text import check_text, documents, learn_vocabulary, pack
from safetensors.torch import load_file
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from harness.cli.main import main as harness
from harness.data import DataFolder
from harness.errors import MissingDataError

TINY = [
    "--layers",
    "1",
    "--width",
    "16",
    "--heads",
    "2",
    "--length",
    "24",
    "--vocabulary",
    "300",
    "--batch-size",
    "8",
]


@pytest.fixture(scope="module")
def text(sample: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pretraining text: two shards and a held-out file, made of the sample's."""
    folder: Path = tmp_path_factory.mktemp("pretraining")
    (folder / "shards").mkdir()
    lines = [
        line
        for path in sorted(sample.root.glob("senteval/downstream/STS/*/STS.input.*.txt"))
        for line in path.read_text("utf-8").replace("\t", "\n").splitlines()
    ]
    lines = [lines[i] for i in np.random.default_rng(0).permutation(len(lines))]
    found = ["\n".join(lines[start : start + 4]) for start in range(0, len(lines), 4)]
    third = len(found) // 3
    parts = {"shards/000": found[:third], "shards/001": found[third : 2 * third]}
    sums = ""
    for name, some in {**parts, "heldout": found[2 * third :]}.items():
        content = lzma.compress("\n\n".join(some).encode())
        (folder / f"{name}.txt.xz").write_bytes(content)
        sums += f"{hashlib.sha256(content).hexdigest()}  {name}.txt.xz\n"
    (folder / "SHA256SUMS").write_text(sums)
    (folder / "SOURCES.md").write_text(
        "## Sources\n\n| source | genre | repository | licence | docs |\n| --- | --- | --- | --- |"
        " --- |\n| sample | made up | this one | Apache-2.0 | 9 |\n"
    )
    return folder


@pytest.fixture(scope="module")
def tokenizer(text: Path) -> PreTrainedTokenizerBase:
    return learn_vocabulary(documents(sorted(text.glob("shards/*.xz"))), 300, 24)


def run(text: Path, out: Path, *more: str) -> str:
    """Call the script; return what it printed."""
    arguments = ["--text", str(text), "--out", str(out), "--device", "cpu", *TINY, *more]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@contextmanager
def interrupted_after(steps: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Interrupt training when it begins another step."""
    learn = Learner.learn

    def interrupting(
        learner: Learner, ids: torch.Tensor, step: int, progress: float
    ) -> torch.Tensor:
        if step == steps:
            raise KeyboardInterrupt
        return learn(learner, ids, step, progress)

    with monkeypatch.context() as patched:
        patched.setattr(Learner, "learn", interrupting)
        yield


def test_documents_are_what_empty_lines_part(tmp_path: Path) -> None:
    path = tmp_path / "some.txt.xz"
    path.write_bytes(lzma.compress(b"one\ntwo\n\n\nthree\n\n \nfour"))

    assert list(documents([path])) == ["one\ntwo", "three", "four"]


def test_text_that_differs_from_its_sums_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("other")
    (tmp_path / "SHA256SUMS").write_text(f"{'0' * 64}  a.txt\n")

    with pytest.raises(MissingDataError, match=r"a\.txt must be there with sha256 0000"):
        check_text(tmp_path)


def test_a_packed_text_holds_every_token_in_order(tokenizer: PreTrainedTokenizerBase) -> None:
    text = ["A man is playing a guitar.", "Two dogs run in the snow.", "It is raining."]

    rows = pack(text, tokenizer, 6)

    expected = [
        token
        for document in text
        for token in [
            *tokenizer(document, add_special_tokens=False)["input_ids"],
            tokenizer.sep_token_id,
        ]
    ]
    assert (rows[:, 0] == tokenizer.cls_token_id).all()
    assert rows[:, 1:].ravel().tolist() == expected[: len(expected) // 5 * 5]
    assert len(rows) > 2


def test_whole_words_are_hidden_at_the_given_rate(tokenizer: PreTrainedTokenizerBase) -> None:
    masking = word_masking(tokenizer, 0.15, torch.device("cpu"))
    ids = torch.randint(5, len(tokenizer), (400, 64), generator=torch.Generator().manual_seed(1))
    ids[:, 0] = tokenizer.cls_token_id
    ids[:, 40] = tokenizer.sep_token_id
    ids[:, [1, 41]] = tokenizer.convert_tokens_to_ids("a")

    inputs, labels = masking(ids, torch.Generator().manual_seed(0))

    drawn = labels != IGNORED
    pieces = ~masking.starts[ids]
    assert not drawn[:, [0, 40]].any()
    assert (drawn[:, 1:][pieces[:, 1:]] == drawn[:, :-1][pieces[:, 1:]]).all()
    assert drawn[:, 1:].float().mean() == pytest.approx(0.15, abs=0.01)
    assert (labels[drawn] == ids[drawn]).all()
    assert (inputs[~drawn] == ids[~drawn]).all()
    hidden = inputs[drawn] == tokenizer.mask_token_id
    kept = inputs[drawn] == ids[drawn]
    assert hidden.float().mean() == pytest.approx(0.8, abs=0.03)
    assert kept.float().mean() == pytest.approx(0.1, abs=0.03)


def test_a_unigram_model_scores_as_counted_by_hand() -> None:
    special = torch.tensor([True, True, False, False])
    masking = WordMasking(0, torch.ones(4, dtype=torch.bool), ~special, rate=1 - 1e-9)
    training = np.array([[1, 2, 2, 2, 3]], np.uint16)  # with one each: 1, 2, 4, 2 of 9
    heldout = np.array([[1, 2, 2, 3, 2]], np.uint16)

    scores = unigram_scores(training, heldout, masking)

    assert scores.tokens == 4
    assert scores.accuracy == 0.75
    assert scores.loss == pytest.approx(-(3 * np.log(4 / 9) + np.log(2 / 9)) / 4)


def test_untrained_weights_tell_hidden_tokens_no_better_than_chance(
    tokenizer: PreTrainedTokenizerBase, text: Path
) -> None:
    settings = PretrainingSettings(layers=1, width=16, heads=2, length=24)
    rows = pack(documents([text / "heldout.txt.xz"]), tokenizer, 24)
    model = make_model(settings, tokenizer, torch.device("cpu"))

    scores = masked_scores(model, rows, word_masking(tokenizer, 0.15, model.device))

    assert scores.loss == pytest.approx(np.log(len(tokenizer)), abs=0.05)


def test_the_learning_rate_rises_to_its_peak_and_falls_to_nothing() -> None:
    shares = [learning_rate_share(p, 0.25) for p in (0, 0.125, 0.25, 0.625, 1)]

    assert shares == [0, 0.5, 1, 0.5, 0]


def test_a_budget_counts_minutes_or_steps() -> None:
    assert Budget(2).progress(30, 999) == 0.25
    assert Budget(2).progress(500, 0) == 1
    assert Budget(None, 10).progress(1e9, 5) == 0.5


def test_each_row_is_seen_once_an_epoch_in_another_order_each_time() -> None:
    settings = PretrainingSettings(batch_size=8)

    first, second = (
        np.concatenate([step_rows(32, settings, step) for step in steps])
        for steps in (range(4), range(4, 8))
    )

    assert sorted(first) == sorted(second) == list(range(32))
    assert first.tolist() != second.tolist()


def test_an_interrupted_run_ends_with_the_weights_of_an_unbroken_one(
    text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pretrain_mini._SAVE_SECONDS", 0.0)
    run(text, tmp_path / "whole", "--steps", "6")
    shutil.copytree(tmp_path / "whole" / "vocabulary", tmp_path / "broken" / "vocabulary")
    with interrupted_after(3, monkeypatch), pytest.raises(AssertionError, match="Aborted"):
        run(text, tmp_path / "broken", "--steps", "6")
    broken_at = torch.load(tmp_path / "broken" / "checkpoint.pt", weights_only=True)["step"]
    run(text, tmp_path / "broken", "--steps", "6")

    whole, resumed = (
        load_file(tmp_path / name / "model" / "model.safetensors") for name in ("whole", "broken")
    )
    assert broken_at == 3
    assert whole.keys() == resumed.keys()
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_a_paused_run_goes_on_to_its_end_with_the_same_command(text: Path, tmp_path: Path) -> None:
    paused = run(text, tmp_path / "out", "--steps", "4", "--pause-after", "0")
    done = run(text, tmp_path / "out", "--steps", "4")

    assert "paused after step 1; the same command resumes" in paused
    assert "4 steps" in done


def test_another_plan_in_the_same_folder_is_refused(text: Path, tmp_path: Path) -> None:
    run(text, tmp_path / "out", "--steps", "1")
    with pytest.raises(AssertionError, match=r"plan\.json must hold the plan of this run"):
        run(text, tmp_path / "out", "--steps", "2")


def test_training_learns_more_than_the_unigram_knows_and_the_model_evaluates(
    text: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    printed = run(text, out, "--steps", "150", "--learning-rate", "0.01", "--dropout", "0")
    losses = {
        line.partition(":")[0]: float(line.split()[line.split().index("loss") + 1])
        for line in printed.splitlines()
        if "accuracy" in line
    }
    card = (out / "model" / "README.md").read_text("utf-8")
    command = ["eval", "mean", "cls", "--model", str(out / "model"), "--device", "cpu"]
    evaluated = CliRunner().invoke(
        harness, [*command, "--data", "sample", "--tasks", "stsb-test", "--out", str(tmp_path)]
    )

    assert losses["this model"] < losses["unigram"] < losses["random weights"]
    assert "| sample | made up | this one | Apache-2.0 |" in card
    assert "| The capital of France is [MASK]. | paris |" in card
    assert evaluated.exit_code == 0, evaluated.output
    assert AutoTokenizer.from_pretrained(out / "model").model_max_length == 24
