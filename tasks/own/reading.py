"""Read task files, and register what they describe."""

from importlib.metadata import entry_points
from pathlib import Path

from pydantic import ValidationError

from harness.errors import HarnessError, PluginError
from harness.file_signatures import refuse_binary
from harness.plugins.registration import SUITES, TASKS, register_task
from harness.plugins.typed_names import find_name
from harness.results.families import TASKS_BY_TITLE
from harness.results.files import tomllib
from harness.tasks.own.described_task import DescribedTask
from harness.tasks.own.task_file import TaskFile
from harness.text_files import decode_text
from harness.toml_models import describe_invalid


def register_task_file(path: Path, content: bytes) -> None:
    """Register the task that a TOML file describes.

    Args:
        path: The file, beside which the data lies.
        content: What is in it.

    Raises:
        PluginError: If it is no TOML, a key is missing, unknown or wrong, or its name or title is
            that of an installed task.
    """
    try:
        refuse_binary(content, path)
        described = TaskFile.model_validate(tomllib.loads(decode_text(content, path)))
        _refuse_built_in(described)
        register_task(described.name, DescribedTask(described, path))
    except ValidationError as error:
        raise PluginError(describe_invalid(error, TaskFile)) from error
    except (HarnessError, tomllib.TOMLDecodeError) as error:
        raise PluginError(str(error)) from error


def _refuse_built_in(described: TaskFile) -> None:
    """Refuse what means an installed task; its very name is refused when it is registered."""
    installed = (*entry_points(group=TASKS).names, *entry_points(group=SUITES).names)
    for key, value in (("name", described.name), ("title", described.title)):
        meant = find_name(value, installed, TASKS_BY_TITLE)
        if meant not in {None, described.name}:
            raise PluginError(f"{key} must be the task's own, got {value!r}, which means {meant}")
