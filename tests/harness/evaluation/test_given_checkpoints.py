import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.main import main
from harness.errors import SettingError, TrainingError
from harness.evaluation.evaluation import evaluate
from harness.settings import Spec
from harness.training.options import TrainingOptions
from harness.training.training import train

PAIRS = Spec("pairs", {"file": "pairs.tsv"})


@pytest.fixture
def trained() -> Path:
    """The checkpoint of a tfidf, moved to a folder that nothing finds it by."""
    Path("pairs.tsv").write_text("a man\tdogs run\t1\na cat\tthe cat\t5\na man\ta man\t2\n")
    options = TrainingOptions(Path("runs/checkpoints"), limit=20)
    (checkpoint,) = train("tfidf", data="sample", options=options, seeds=[3])
    return Path(shutil.move(checkpoint.folder, "given"))


def test_exactly_the_checkpoint_given_is_scored_under_its_name(trained: Path) -> None:
    report = evaluate((), PAIRS, data="sample", out=None, checkpoints=[f"mine={trained}"])

    (record,) = report.records
    assert not report.failures
    assert (record.label, record.encoder, record.seed) == ("mine", "tfidf", 3)
    assert record.training is not None
    assert record.training.checkpoint == "given"
    assert record.training.corpus.endswith("[20]")
    assert record.training.sentences == 20


def test_the_command_line_scores_a_checkpoint_given(trained: Path) -> None:
    given = ["--checkpoint", f"mine={trained}", "--data", "sample"]

    result = CliRunner().invoke(main, ["eval", "--pairs", "pairs.tsv", *given, "--format", "csv"])

    assert result.exit_code == 0, result.output
    assert "tfidf," in result.stdout


@pytest.mark.parametrize("given", ["pairs.tsv", "none", "mine=none"])
def test_what_is_no_checkpoint_is_refused(trained: Path, given: str) -> None:
    with pytest.raises(TrainingError, match="checkpoint must be an existing folder with training"):
        evaluate((), PAIRS, data="sample", out=None, checkpoints=[given])


def test_a_damaged_checkpoint_is_refused(trained: Path) -> None:
    next(trained.glob("*.safetensors")).write_bytes(b"")

    with pytest.raises(TrainingError, match="is not what training wrote: restore it"):
        evaluate((), PAIRS, data="sample", out=None, checkpoints=[trained])


def test_checkpoints_that_tables_would_merge_need_names(trained: Path) -> None:
    with pytest.raises(SettingError, match="'tfidf' twice: name one, --checkpoint NAME=FOLDER"):
        evaluate((), PAIRS, data="sample", out=None, checkpoints=[trained, trained])
