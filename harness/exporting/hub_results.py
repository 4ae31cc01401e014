"""Scores as the Hugging Face Hub takes them: in a card's head, and as evaluation results."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.exporting.measured import MeasuredScore
from harness.results.files import file_words, write_atomically
from harness.results.records.record import OWN_FILES, Record

_DATA_SETS = {
    "sts12": ("mteb/sts12-sts", "STS12"),
    "sts13": ("mteb/sts13-sts", "STS13"),
    "sts14": ("mteb/sts14-sts", "STS14"),
    "sts15": ("mteb/sts15-sts", "STS15"),
    "sts16": ("mteb/sts16-sts", "STS16"),
    "stsb-test": ("mteb/stsbenchmark-sts", "STSBenchmark"),
}
"""The hub's data set with the same pairs, and its task there. Its SICK-R has more pairs, and its
STS17 has tracks of its own."""

_HUB_METRIC, _HUB_PROTOCOL = "spearman", "all"  # what those tasks report
_TASK_TYPES = {"transfer": "text-classification", "labels": "text-classification"}


def publishable(scores: Sequence[MeasuredScore]) -> list[MeasuredScore]:
    """Return the scores that mean something to others: none of samples or the user's own files."""
    return [each for each in scores if _is_known_data(each.record)]


def eval_results(scores: Sequence[MeasuredScore]) -> list[Any]:
    """Return the scores as huggingface_hub's `EvalResult` objects, fractions."""
    from huggingface_hub import EvalResult  # deferred: --help need not pay

    found = []
    for each in scores:
        record = each.record
        data_set, _ = _DATA_SETS.get(record.task, (record.task, ""))
        found.append(
            EvalResult(
                task_type=_TASK_TYPES.get(record.family, "sentence-similarity"),
                dataset_type=data_set,
                dataset_name=record.title,
                metric_type=each.metric,
                metric_value=each.score,
                metric_name=each.title,
                metric_args=_arguments(each),
            )
        )
    return found


def write_eval_results(folder: Path, scores: Sequence[MeasuredScore]) -> None:
    """Write ``.eval_results/TASK.yaml`` for each task that the hub has under the same protocol.

    Nothing with a huggingface_hub that does not know such files.
    """
    import huggingface_hub  # deferred: --help need not pay
    from huggingface_hub.utils import yaml_dump  # type: ignore[attr-defined]

    if not hasattr(huggingface_hub, "EvalResultEntry"):
        return
    for each in scores:
        record = each.record
        if record.task not in _DATA_SETS:
            continue
        if (each.metric, each.protocol or _HUB_PROTOCOL) != (_HUB_METRIC, _HUB_PROTOCOL):
            continue
        data_set, task = _DATA_SETS[record.task]
        entry = huggingface_hub.EvalResultEntry(
            dataset_id=data_set, task_id=task, value=round(100 * each.score, 2), notes=_notes(each)
        )
        content = yaml_dump(huggingface_hub.eval_result_entries_to_yaml([entry]), sort_keys=False)
        place = folder / ".eval_results" / f"{file_words(record.task)}.yaml"
        place.parent.mkdir(exist_ok=True)
        write_atomically(place, content.encode())


def _is_known_data(record: Record) -> bool:
    return not record.is_sample and record.data != OWN_FILES


def _arguments(each: MeasuredScore) -> dict[str, Any]:
    found: dict[str, Any] = {"data_sha256": each.record.data_checksum}
    if each.protocol:
        found["protocol"] = each.protocol
    if each.interval:
        found["interval_95"] = list(each.interval)
    if each.record.trained_on_this_task:
        found["trained_on_this_task"] = True
    return found


def _notes(each: MeasuredScore) -> str:
    similarity = each.record.task_settings.get("similarity", "cosine")
    text = "raw text" if each.record.is_of_raw_text else "SentEval's tokenised text"
    parts = [f"{each.title}, x 100", f"{similarity} similarity", text]
    if each.interval:
        low, high = (100 * end for end in each.interval)
        parts.append(f"95 % bootstrap interval {low:.2f} to {high:.2f}")
    if each.record.trained_on_this_task:
        parts.append("text of this task was seen in training, or its scores picked the weights")
    return "; ".join(parts)
