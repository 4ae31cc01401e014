"""Write a plug-in package to start from: small, and working at once."""

import keyword
import re
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from string import Template

from harness.errors import SettingError, unwritable
from harness.plugins.registration import ENCODERS, owner_of

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 50  # characters


def write_encoder_package(name: str, parent: Path) -> Path:
    """Write a package with an encoder, its entry point and its tests.

    Args:
        name: What the encoder will be called.
        parent: Folder to put the package's folder into; made if need be.

    Returns:
        The package's folder, ``NAME-encoder``.

    Raises:
        SettingError: If the name cannot be one or an installed encoder has it, or the folder
            exists or cannot be written.
    """
    words = _words(name)
    folder = parent / words["distribution"]
    if folder.exists():
        raise SettingError(f"folder of a new encoder must not exist yet, got {str(folder)!r}")
    try:
        folder.mkdir(parents=True)
        for template in (files("harness.plugins") / "templates" / "encoder").iterdir():
            text = Template(template.read_text("utf-8")).substitute(words)
            file = template.name.removesuffix(".txt").replace("module", words["module"])
            (folder / file).write_text(text, "utf-8")
    except OSError as error:
        what = f"{folder} cannot be written"
        raise SettingError(unwritable(what, error, "name another folder with --out")) from error
    return folder


def _words(name: str) -> dict[str, str]:
    """Return what the templates leave blank."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        rule = f"small letters and digits, words joined by '-', at most {_LONGEST} characters"
        raise SettingError(f"name of a new encoder must be {rule}, got {name!r}")
    distribution = f"{name}-encoder"
    owner = owner_of(ENCODERS, name)
    if owner is not None:
        msg = f"name of a new encoder must be new, {name!r} belongs to {owner}: choose another"
        raise SettingError(msg)
    module, class_name = distribution.replace("-", "_"), name.title().replace("-", "")
    if find_spec(module) is not None:
        raise SettingError(f"module {module!r} of a new encoder must be new, one is installed")
    if keyword.iskeyword(class_name) or class_name == "Settings":
        class_name = f"{class_name}Encoder"
    return {
        "name": name,
        "distribution": distribution,
        "module": module,
        "class_name": class_name,
    }
