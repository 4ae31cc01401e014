import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli.main import main
from harness.data import DataFolder
from harness.encoder import Context
from harness.training.options import TrainingOptions
from harness.training.training import train


@pytest.fixture(autouse=True)
def package() -> None:
    pytest.importorskip("sentence_transformers", reason="the extra is not installed")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["export", *arguments])


def test_one_line_says_what_was_written_and_how_well_it_was_checked(tiny_bert: Path) -> None:
    result = run("mean", "it", "--model", str(tiny_bert), "--set", "layers=last2")

    where = re.escape(str(Path("it").absolute()))
    line = rf"{where}: mean:layers=last2 for sentence-transformers, 0 results in its card; vectors"
    assert re.fullmatch(rf"{line} differ by \S+ at most\n", result.stdout)
    assert (result.exit_code, Path("it/modules.json").is_file()) == (0, True)


def test_options_that_a_checkpoint_decides_are_refused_beside_it(
    context: Context, sample: DataFolder
) -> None:
    options = TrainingOptions(checkpoints=Path("runs/checkpoints"), limit=20, dev="none")
    (trained,) = train("sg-opt:max_steps=1", data=sample, context=context, options=options)
    refused = run(str(trained.folder), "it", "--max-length", "8")
    done = run(str(trained.folder), "it")

    assert refused.exit_code == 1
    assert "Error: --max-length is what the checkpoint says: leave it out\n" in refused.stderr
    assert "sg-opt:max_steps=1 for sentence-transformers, 0 results" in done.stdout


def test_a_refusal_is_one_line(tiny_bert: Path) -> None:
    result = run("wk", "it", "--model", str(tiny_bert))

    assert (result.exit_code, result.stdout) == (1, "")
    assert "Error: encoder 'wk' cannot be written as a model" in result.stderr
