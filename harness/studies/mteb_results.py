"""Read mteb's result files, which anyone may have written, as published scores."""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError, model_validator

from harness.errors import RecordError, quoted
from harness.results.files import read_file
from harness.results.mteb.tasks import TASKS_BY_PART
from harness.results.notices import notify
from harness.results.published.mteb import MtebScore

_META = "model_meta.json"
_MOST_BYTES = 4 << 20  # of one file; the largest published ones have a tenth of that
_MOST_FILES = 20_000
_MOST_NAMED = 5  # tasks in a message
_Short = Annotated[str, Field(max_length=300)]


class _Entry(BaseModel):
    """Scores of one part of a task; mteb's files have more."""

    hf_subset: _Short
    cosine_spearman: float | None = Field(default=None, ge=-1, le=1)


class _TaskResult(BaseModel):
    """What counts of a result file; one of before mteb 1.11 is read as a later one."""

    task_name: _Short
    dataset_revision: _Short = ""
    scores: dict[_Short, list[_Entry]]

    @model_validator(mode="before")
    @classmethod
    def _renew(cls, content: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
        if not isinstance(content, dict) or "mteb_dataset_name" not in content:
            return content
        scores = {
            split: [_renewed(subset, each) for subset, each in _old_subsets(found)]
            for split, found in content.items()
            if isinstance(found, dict)
        }
        return {
            "task_name": content["mteb_dataset_name"],
            "dataset_revision": content.get("dataset_revision") or "",
            "scores": scores,
        }


def _old_subsets(found: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the scores of each subset of an old file's split, which may have none."""
    subsets = [(name, each) for name, each in found.items() if _has_cosine(each)]
    return [("default", found)] if _has_cosine(found) else subsets


def _has_cosine(scores: object) -> bool:
    return isinstance(scores, dict) and isinstance(scores.get("cos_sim"), dict)


def _renewed(subset: str, scores: dict[str, Any]) -> dict[str, Any]:
    return {"hf_subset": subset, "cosine_spearman": scores["cos_sim"].get("spearman")}


class _Meta(BaseModel):
    """What counts of ``model_meta.json``."""

    name: _Short | None = None
    revision: _Short | None = None


def read_mteb_results(place: Path) -> list[MtebScore]:
    """Read one result file of mteb, or all below a folder.

    Files of tasks that are not registered here are passed over, and a notice counts them.

    Raises:
        RecordError: If a file is no result of mteb, is too large, or none is of a
            registered task.
    """
    scores: list[MtebScore] = []
    others: list[str] = []
    for path in _result_files(place):
        result = _validated(_TaskResult, path)
        found = list(_scores(result, path))
        scores += found
        others += [] if found else [result.task_name]
    if not scores:
        raise RecordError(
            f"{place} must hold scores of mteb on tasks that are registered here, such as"
            f" STSBenchmark.json, got {_listed(others) or 'no file'}"
        )
    if others:
        notify(f"passed over in {place}, as no registered tasks: {_listed(others)}")
    return scores


def _result_files(place: Path) -> list[Path]:
    """Return the result files of a folder, or the file itself."""
    if not place.is_dir():
        return [place]
    found = (path for path in place.rglob("*.json") if path.name != _META)
    files = sorted(islice(found, _MOST_FILES + 1))
    if len(files) > _MOST_FILES:
        raise RecordError(f"{place} must hold at most {_MOST_FILES} files, got more")
    return files


def _scores(result: _TaskResult, path: Path) -> Iterator[MtebScore]:
    model, revision = _model(path)
    for split, entries in result.scores.items():
        for entry in entries:
            task = TASKS_BY_PART.get((result.task_name, split, entry.hf_subset))
            if task is None or entry.cosine_spearman is None:
                continue
            yield MtebScore(model, revision, task, entry.cosine_spearman, result.dataset_revision)


def _listed(names: Sequence[str]) -> str:
    """Return the first few names."""
    distinct = list(dict.fromkeys(names))
    more = len(distinct) - _MOST_NAMED
    return ", ".join(map(quoted, distinct[:_MOST_NAMED])) + (
        f" and {more} more" if more > 0 else ""
    )


def _model(path: Path) -> tuple[str, str]:
    """Return a model's name and revision: of the file beside it, or else of mteb's folders."""
    beside = path.with_name(_META)
    if beside.exists():
        meta = _validated(_Meta, beside)
        return meta.name or "unnamed model", meta.revision or ""
    folders = path.absolute().parent
    if "__" in folders.parent.name:
        return folders.parent.name.replace("__", "/", 1), folders.name
    return f"unnamed model in {path.name}", ""


def _validated(kind: type[Any], path: Path) -> Any:  # noqa: ANN401 - of that kind
    """Read a JSON file of this kind.

    Raises:
        RecordError: If it cannot be read, or is of another kind.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            most = f"at most {_MOST_BYTES >> 20} MiB"
            raise RecordError(f"{path} must be {most}, got more: it is no result file of mteb")
        return kind.model_validate(json.loads(read_file(path)))
    except OSError as error:
        raise RecordError(f"{path} cannot be read: {error.strerror or error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        problem = f"{where}: {first['msg']}"
        raise RecordError(
            f"{path} must be a result file of mteb, got another ({problem})"
        ) from error
    except (ValueError, RecursionError) as error:
        raise RecordError(f"{path} must be JSON as mteb writes it: {error}") from error
