"""Read task files, and register what they describe."""

from pathlib import Path

from pydantic import ValidationError

from harness.errors import HarnessError, PluginError
from harness.plugins.registration import register_task
from harness.results.files import tomllib
from harness.tasks.own.described_task import DescribedTask
from harness.tasks.own.task_file import TaskFile
from harness.toml_models import describe_invalid


def register_task_file(path: Path, content: bytes) -> None:
    """Register the task that a TOML file describes.

    Args:
        path: The file, beside which the data lies.
        content: What is in it.

    Raises:
        PluginError: If it is no TOML, or a key is missing, unknown or wrong.
    """
    try:
        described = TaskFile.model_validate(tomllib.loads(content.decode()))
        register_task(described.name, DescribedTask(described, path))
    except ValidationError as error:
        raise PluginError(describe_invalid(error, TaskFile)) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PluginError(str(error)) from error
    except HarnessError as error:
        raise PluginError(str(error)) from error
