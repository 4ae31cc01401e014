"""Encoders of a tiny model, trained, scored and exported once for all tests of the room."""

from pathlib import Path

import pytest

from harness.encoder import Context
from harness.evaluation.evaluation import evaluate
from harness.exporting.exporting import Export, export
from harness.training.options import TrainingOptions

SPECS = (
    "sg-opt:max_steps=2",
    "consert:max_steps=2",
    "whitening:k=8",
    "mean:layers=last2",
    "mean:layers=first-last",
    "mean:layers=0",
    "cls",
    "max",
)


@pytest.fixture(scope="session")
def runs(tiny_bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Records and checkpoints of the first three of `SPECS`."""
    out = tmp_path_factory.mktemp("exporting") / "runs"
    report = evaluate(
        SPECS[:3],
        ["stsb-test"],
        data="sample",
        context=Context(model=str(tiny_bert), device="cpu"),
        training=TrainingOptions(checkpoints=out / "checkpoints", limit=40),
        out=out,
        cache=False,
    )
    assert not report.failures
    return out


@pytest.fixture(scope="session")
def exports(tiny_bert: Path, runs: Path) -> dict[str, Export]:
    """Each of `SPECS` as sentence-transformers loads it, by spec."""
    pytest.importorskip("sentence_transformers", reason="the extra is not installed")
    context = Context(model=str(tiny_bert), device="cpu")
    return {
        spec: export(spec, runs.with_name(str(place)), context=context, out=runs)
        for place, spec in enumerate(SPECS)
    }
