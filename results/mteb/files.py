"""Write records as mteb's result files: a folder for each model, in it a JSON file per task."""

import json
import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from harness.results.mteb.comparable import is_of_cosine, single_records
from harness.results.mteb.meta import mteb_meta, mteb_name, mteb_revision, public_name
from harness.results.mteb.tasks import MAIN_METRIC, MTEB_PARTS
from harness.results.notices import notify
from harness.results.records.record import Record

NO_DATA_REVISION = "dataset revision not available"  # as mteb says it
_METRICS = ("spearman", "pearson")
_DECIMALS = 6  # as mteb writes them


def to_mteb(records: Sequence[Record]) -> dict[str, str]:
    """Return the files that mteb's ``ResultCache(folder).load_results()`` reads, by their path.

    Scores are those of protocol ``all`` over cosines, which is what mteb measures. What mteb has
    no place for is left out, and a notice says so: other tasks and similarities, sample data. The
    revision of the data sets is not known, and given as such.

    Args:
        records: Oldest first; of the same result on several data, the newest counts.
    """
    files: dict[str, dict[str, Any]] = {}
    left_out: dict[str, list[str]] = {}
    for record in single_records(records):
        if reason := _unfit(record):
            left_out.setdefault(reason, []).append(record.task)
            continue
        folder, meta = _model(record)
        part = MTEB_PARTS[record.task]
        files.setdefault(f"{folder}/model_meta.json", meta)
        path = f"{folder}/{part.task}.json"
        content = files.setdefault(path, _task_result(part.task))
        entries = content["scores"].setdefault(part.split, [])
        entries[:] = [entry for entry in entries if entry["hf_subset"] != part.subset]
        entries.append(_entry(record))
        content["date"] = max(filter(None, (content["date"], _timestamp(record))), default=None)
    for reason, tasks in left_out.items():
        notify(f"left out of mteb's files: {', '.join(dict.fromkeys(tasks))}: {reason}")
    return {path: json.dumps(content, indent=2) + "\n" for path, content in files.items()}


def _unfit(record: Record) -> str:
    """Return why a record is no result that mteb could have measured; empty if it is one."""
    if record.task not in MTEB_PARTS:
        return "mteb scores no such task"
    if record.is_sample:
        return "measured on the sample"
    if not is_of_cosine(record):
        return "similarities are no cosines, of which mteb's main score is"
    score = record.find_score(MAIN_METRIC, "all")
    return "no score" if score is None or not math.isfinite(score) else ""


def _model(record: Record) -> tuple[str, dict[str, Any]]:
    """Return the folder of a record's model, and what its ``model_meta.json`` says."""
    name = mteb_name(record.encoder, record.model, record.seed)
    revision = mteb_revision(record.encoder, record.fingerprint)
    meta = mteb_meta(
        name,
        revision,
        dim=record.dim,
        model=record.model,
        max_length=record.runtime.get("max_length"),
        seen_tasks=record.training.tasks if record.training else (),
    )
    return f"results/{name.replace('/', '__')}/{revision}", meta


def _task_result(task: str) -> dict[str, Any]:
    return {
        "dataset_revision": NO_DATA_REVISION,
        "task_name": task,
        "mteb_version": None,
        "scores": {},
        "evaluation_time": None,
        "kg_co2_emissions": None,
        "date": None,
    }


def _entry(record: Record) -> dict[str, Any]:
    """Return the scores of one part, and from where they are."""
    part = MTEB_PARTS[record.task]
    found = {metric: record.find_score(metric, "all") for metric in _METRICS}
    scores = {
        f"{prefix}{metric}": round(value, _DECIMALS)
        for metric, value in found.items()
        for prefix in ("", "cosine_")
        if value is not None and math.isfinite(value)
    }
    return {
        **scores,
        "main_score": scores[f"cosine_{MAIN_METRIC}"],
        "hf_subset": part.subset,
        "languages": list(part.languages),
        "harness": {
            "encoder": record.encoder,
            "model": record.model and public_name(record.model),
            "task": record.task,
            "protocol": "all",
            "data_checksum": record.data_checksum,
            "origin": record.origin,
            "trained_on_this_task": record.trained_on_this_task,
            **({"text": record.details["text"]} if "text" in record.details else {}),
        },
    }


def _timestamp(record: Record) -> float | None:
    try:
        return datetime.fromisoformat(record.created).timestamp()
    except ValueError:
        return None
