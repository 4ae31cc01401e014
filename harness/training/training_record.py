"""What records say of how the weights of a checkpoint were picked."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.plugins import registry
from harness.results.records.training import LAST_WEIGHTS, DevRecord, PickedBy
from harness.training.dev_score import DevData
from harness.training.leakage import TaskTexts
from harness.training.options import DEFAULT_DEV


def picked_by(manifest: Mapping[str, Any]) -> PickedBy | None:
    """Return what picked the weights of a checkpoint, as far as its ``training.json`` says."""
    dev = manifest.get("dev")
    if "best_step" not in manifest["history"]:  # the encoder asked for no score, or had none
        return LAST_WEIGHTS if dev is None and "dev" in manifest else None
    if dev is None:  # a checkpoint of 0.1.0 does not say on what data
        return DevRecord(task=DEFAULT_DEV, metric="spearman", data_checksum="")
    return DevRecord(
        task=dev["task"],
        metric=dev.get("metric", "spearman"),
        data_checksum=dev["sha256"],
        settings=dev.get("settings", {}),
    )


def scored_on(
    choice: PickedBy | None, dev: DevData | None, texts: TaskTexts | None
) -> Sequence[str]:
    """Return the task whose scores picked the weights, and those of the run on its sentences.

    A task of the user's own counts by its sentences alone: its name is that of any file.
    """
    if not isinstance(choice, DevRecord):
        return ()
    named = [choice.task] if choice.task in registry.tasks.names() else []
    return [*named, *(texts.scored_on(dev.planned.sentences) if texts and dev else ())]
