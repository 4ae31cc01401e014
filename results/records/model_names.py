"""The one name of a transformer, however its folder was written."""

import os
from pathlib import Path

_OWN_NAMES = {"minilm"}  # means a package, even beside a folder that is called so


def model_name(name: str) -> str:
    """Return what records and checkpoints call a model: ``x`` for ``./x``, ``x/`` and ``~/x``.

    A folder is named from the working folder if it lies in it, and from the root if not. Links
    above it are followed; a link to the folder itself is a name of its own. Any other name, such
    as one of the hub's, stays as it is.
    """
    place = os.path.expanduser(name)  # noqa: PTH111 - Path's fails for an unknown user
    if name in _OWN_NAMES or not os.path.isdir(place):  # noqa: PTH112 - never raises
        return name
    path = Path(place)
    folder = path.resolve() if path.name in ("", "..") else path.parent.resolve() / path.name
    here = Path.cwd()
    if folder == here or not folder.is_relative_to(here):
        return str(folder)
    short = str(folder.relative_to(here))
    return f"./{short}" if short in _OWN_NAMES or short.startswith("~") else short
