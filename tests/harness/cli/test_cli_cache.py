import json
import os
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from harness.cli.main import main
from harness.encoding.vector_cache import VectorCache


def run(command: str, answer: str = "") -> tuple[int, str, str]:
    result = CliRunner().invoke(main, command.split(), input=answer)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def cache() -> Path:
    """The cache folder, with what one evaluation kept."""
    folder = Path(os.environ["HARNESS_CACHE"])
    VectorCache(folder, "a key", encoder="mean", model="tiny").add(
        ["one"], np.ones((1, 3), np.float32)
    )
    return folder


def kept(cache: Path) -> list[Path]:
    return sorted(path for path in cache.rglob("*") if path.is_file() and path.name != "lock")


def test_size_names_the_encoder_whose_vectors_an_evaluation_kept(tiny_bert: Path) -> None:
    model = f"--model {tiny_bert} --device cpu"
    run(f"eval mean {model} --data sample --tasks stsb-dev")

    code, shown, _ = run("cache size --json")

    sizes = json.loads(shown)
    vectors = next(size for size in sizes["stores"] if size["store"] == "vectors")
    files = kept(Path(os.environ["HARNESS_CACHE"]))
    assert code == 0
    assert vectors["size_bytes"] == sum(path.stat().st_size for path in files) > 0
    (of_encoder,) = sizes["encoders"]
    assert (of_encoder["encoder"], of_encoder["store"]) == ("mean", "vectors")
    assert of_encoder["model"].endswith("tiny-bert")


def test_the_table_says_where_the_stores_are(cache: Path) -> None:
    code, shown, _ = run("cache size --format markdown")

    assert code == 0
    assert "| vectors | 1 | 2 | " in shown
    assert f"vectors: {cache / 'vectors'}" in shown
    assert "| mean (tiny) | vectors | 2 |" in shown


def test_clearing_names_what_it_costs_and_asks(cache: Path) -> None:
    nothing = run("cache clear")
    no = run("cache clear --vectors", answer="n\n")
    assert len(kept(cache)) == 2
    yes = run("cache clear --vectors --yes")

    assert nothing[0] == 2
    assert "say what to clear: --vectors, --intervals, " in nothing[2]
    assert no[0] == 1
    assert "; sentences are encoded again\n" in no[2]
    assert no[2].endswith("Error: nothing was removed\n")
    assert yes[0] == 0
    assert "removed 2 files (" in yes[2]
    assert kept(cache) == []


def test_only_what_is_old_enough_is_cleared(cache: Path) -> None:
    run("cache clear --vectors --older-than 30d --yes")
    assert len(kept(cache)) == 2
    for path in kept(cache):
        os.utime(path, (time.time() - 31 * 86_400,) * 2)

    run("cache clear --vectors --older-than 30d --yes")

    assert kept(cache) == []


def test_an_age_must_have_a_unit() -> None:
    code, _, stderr = run("cache clear --vectors --older-than 30")

    assert code == 2
    assert "must be hours, days or weeks, such as 30d, got '30'" in stderr
