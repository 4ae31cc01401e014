"""Write a TOML file that describes a task: of a file that is there, or to be filled in."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.data import checksum, open_data
from harness.errors import SettingError, unwritable
from harness.planning.own_kinds import own_kind
from harness.planning.planned_tasks import PlannedTask, plan_tasks
from harness.planning.task_names import registered_name
from harness.settings import Spec
from harness.table_files.data_sets import PREFIX

_NAME = re.compile(r"[A-Za-z0-9][\w.+-]*")
_COLUMNS = {"pairs": ("sentence1", "sentence2", "score"), "labels": ("sentence", "label")}
_READING = ("columns", "split", "language", "part", "positive")


def write_task_file(name: str, folder: Path, source: Spec | None = None, kind: str = "") -> Path:
    """Write ``NAME.toml``.

    Args:
        name: What the task will be called.
        folder: Where to put the file; made if need be.
        source: The file that it describes, with the settings that say how it is read; None for a
            file that is to come.
        kind: ``pairs`` or ``labels``; empty to go by the file's columns.

    Returns:
        The file.

    Raises:
        SettingError: If the name cannot be one or is taken, or the file exists or cannot be
            written.
        HarnessError: If the source cannot be read as a task.
    """
    if not _NAME.fullmatch(name) or registered_name(name) is not None:
        rule = "letters, digits and '_.+-', and no other task's or suite's"
        raise SettingError(f"name of a new task must be {rule}, got {name!r}: choose another")
    path = folder / f"{name}.toml"
    values: Mapping[str, Any] = {"file": f"{name}.tsv", "columns": _COLUMNS[kind or "pairs"]}
    if source is not None:
        kind = kind or own_kind(source)
        (planned,) = plan_tasks([Spec(kind, source.settings)], open_data("sample"), {})
        values = _described(planned, source.settings["file"], folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file_to_write:
            file_to_write.write(_text(name, kind or "pairs", values))
    except FileExistsError as error:
        raise SettingError(f"task file must not exist yet, got {str(path)!r}") from error
    except OSError as error:
        what = f"{path} cannot be written"
        raise SettingError(unwritable(what, error, "name another folder with --out")) from error
    return path


def _described(planned: PlannedTask, file: str, folder: Path) -> dict[str, Any]:
    """Return what a task file says of what was read."""
    found = {key: getattr(planned.settings, key, "") for key in _READING}
    if file.startswith(PREFIX):
        return {"file": file, **found}
    place = Path(os.path.relpath(Path(file).resolve(), folder.resolve())).as_posix()
    return {"file": place, **found, "counts": _counts(planned), "sha256": checksum(Path(file))}


def _counts(planned: PlannedTask) -> dict[str, int]:
    task: Any = planned.task
    if hasattr(task, "splits"):
        return {name: len(pairs.gold) for name, pairs in task.splits.items()}
    return {name: len(part.labels) for name, part in task.parts.items()}


def _text(name: str, kind: str, values: Mapping[str, Any]) -> str:
    """Return the file's text: what is known, and what a person may add."""
    said = {
        "name": name,
        "kind": kind,
        "title": name,
        "summary": "",
        "citation": "",
        "licence": "",
    }
    lines = [f"{key} = {_toml(value)}" for key, value in {**said, **values}.items() if value != ""]
    lines += [f'# {key} = "..."' for key in ("summary", "citation", "licence")]
    return "".join(f"{line}\n" for line in lines)


def _toml(value: Any) -> str:  # noqa: ANN401 - text, texts, or numbers by name
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_toml(key)} = {number}' for key, number in value.items())}}}"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
