"""Which licences of data sets a user has accepted, kept in the data folder."""

import json
from collections.abc import Sequence
from pathlib import Path

from harness.acquisition.manifest import DataSetEntry
from harness.errors import HarnessError
from harness.results.files import is_there, read_file, write_atomically

_FILE = "accepted-licences.json"


def unaccepted(root: Path, data_sets: Sequence[DataSetEntry]) -> list[DataSetEntry]:
    """Return the data sets whose licence, as the manifest words it, was not accepted yet.

    Raises:
        HarnessError: If what was accepted cannot be read.
    """
    accepted = _accepted(root)
    return [one for one in data_sets if accepted.get(one.name) != one.licence]


def accept(root: Path, data_sets: Sequence[DataSetEntry]) -> None:
    """Remember that the licences of these data sets were accepted.

    Raises:
        HarnessError: If what was accepted before cannot be read.
    """
    accepted = _accepted(root) | {one.name: one.licence for one in data_sets}
    content = json.dumps(accepted, indent=1, ensure_ascii=False, sort_keys=True)
    write_atomically(root / _FILE, content.encode())


def _accepted(root: Path) -> dict[str, str]:
    path = root / _FILE
    try:
        content = json.loads(read_file(path)) if is_there(path) else {}
    except OSError as error:
        msg = (
            f"accepted licences {path} cannot be read ({error.strerror}): mend that, or remove it"
        )
        raise HarnessError(msg) from error
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
