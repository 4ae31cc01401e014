"""Evaluate sentence encoders: contracts, registry, evaluation, training, command line.

The public API; each name is imported when first used, so that ``import harness`` is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.corpus import Corpus as Corpus
    from harness.data import DataFile as DataFile
    from harness.data import DataFolder as DataFolder
    from harness.encoder import Context as Context
    from harness.encoder import Embeddings as Embeddings
    from harness.encoder import Encoder as Encoder
    from harness.errors import HarnessError as HarnessError
    from harness.evaluation.embedding import encode as encode
    from harness.evaluation.evaluation import evaluate as evaluate
    from harness.evaluation.report import Failure as Failure
    from harness.evaluation.report import Report as Report
    from harness.plugins.files import load_plugin as load_plugin
    from harness.plugins.registration import register_encoder as register_encoder
    from harness.plugins.registration import register_task as register_task
    from harness.results.records.record import Record as Record
    from harness.results.statistics.resampling import Resampling as Resampling
    from harness.settings import NoSettings as NoSettings
    from harness.settings import setting as setting
    from harness.studies.comparison import compare as compare
    from harness.task import Task as Task
    from harness.task import TaskResult as TaskResult
    from harness.task import Vectors as Vectors
    from harness.trainable import Training as Training
    from harness.training.on_demand import Checkpoint as Checkpoint
    from harness.training.on_demand import TrainingOptions as TrainingOptions
    from harness.training.training import train as train

_HOMES = {
    "Checkpoint": "harness.training.on_demand",
    "Context": "harness.encoder",
    "Corpus": "harness.corpus",
    "DataFile": "harness.data",
    "DataFolder": "harness.data",
    "Embeddings": "harness.encoder",
    "Encoder": "harness.encoder",
    "Failure": "harness.evaluation.report",
    "HarnessError": "harness.errors",
    "NoSettings": "harness.settings",
    "Record": "harness.results.records.record",
    "Report": "harness.evaluation.report",
    "Resampling": "harness.results.statistics.resampling",
    "Task": "harness.task",
    "TaskResult": "harness.task",
    "Training": "harness.trainable",
    "TrainingOptions": "harness.training.on_demand",
    "Vectors": "harness.task",
    "compare": "harness.studies.comparison",
    "encode": "harness.evaluation.embedding",
    "evaluate": "harness.evaluation.evaluation",
    "load_plugin": "harness.plugins.files",
    "register_encoder": "harness.plugins.registration",
    "register_task": "harness.plugins.registration",
    "setting": "harness.settings",
    "train": "harness.training.training",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'harness' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Tell the public names too, which are there once they are used."""
    return sorted({*globals(), *__all__})
