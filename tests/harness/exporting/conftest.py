"""Encoders of a tiny model, trained, scored and exported once for all tests of the room."""

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Exports:
    """What was exported, by spec."""

    context: Context
    out: Path
    by_spec: dict[str, Export]


@pytest.fixture(scope="session")
def exports(tiny_bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Exports:
    """Each of `SPECS` as sentence-transformers loads it, the first with a score in its card."""
    pytest.importorskip("sentence_transformers", reason="the extra is not installed")
    folder = tmp_path_factory.mktemp("exports")
    context, out = Context(model=str(tiny_bert), device="cpu"), folder / "runs"
    training = TrainingOptions(checkpoints=out / "checkpoints", limit=40)
    report = evaluate(
        SPECS[:3],
        ["stsb-test"],
        data="sample",
        context=context,
        training=training,
        out=out,
        cache=False,
    )
    assert not report.failures
    found = {
        spec: export(spec, folder / str(place), context=context, out=out)
        for place, spec in enumerate(SPECS)
    }
    return Exports(context, out, found)
