"""Evaluate sentence encoders: contracts, registry, evaluation, training, command line.

The public API; each name is imported when first used, so that ``import harness`` is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from harness.shadowing import check_not_shadowed

if TYPE_CHECKING:
    from harness.comparing import compare as compare
    from harness.embedding import encode as encode
    from harness.encoder import Context as Context
    from harness.encoder import Embeddings as Embeddings
    from harness.encoder import Encoder as Encoder
    from harness.errors import HarnessError as HarnessError
    from harness.evaluation import evaluate as evaluate
    from harness.plugin_files import load_plugin as load_plugin
    from harness.registration import register_encoder as register_encoder
    from harness.registration import register_task as register_task
    from harness.report import Report as Report
    from harness.settings import setting as setting
    from harness.task import Task as Task
    from harness.training import train as train
    from results.records import Record as Record

_HOMES = {
    "Context": "harness.encoder",
    "Embeddings": "harness.encoder",
    "Encoder": "harness.encoder",
    "HarnessError": "harness.errors",
    "Record": "results.records",
    "Report": "harness.report",
    "Task": "harness.task",
    "compare": "harness.comparing",
    "encode": "harness.embedding",
    "evaluate": "harness.evaluation",
    "load_plugin": "harness.plugin_files",
    "register_encoder": "harness.registration",
    "register_task": "harness.registration",
    "setting": "harness.settings",
    "train": "harness.training",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'harness' has no attribute {name!r}")
    check_not_shadowed()
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Tell the public names too, which are there once they are used."""
    return sorted({*globals(), *__all__})
