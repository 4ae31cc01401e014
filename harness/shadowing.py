"""Notice a module of the user's that hides one of our packages."""

from importlib.util import find_spec
from pathlib import Path

from harness.errors import HarnessError

_PACKAGES = ("encoders", "tasks", "results")


def check_not_shadowed() -> None:
    """Make sure that our packages are the ones that Python finds.

    Raises:
        HarnessError: If another module of the same name is found first.
    """
    home = Path(__file__).resolve().parents[1]
    for package in _PACKAGES:
        spec = find_spec(package)
        origin = spec.origin if spec else None
        if origin is None or Path(origin).resolve().parents[1] != home:
            place = origin or "a folder without __init__.py"
            raise HarnessError(
                f"module {package!r} must be the harness's own, got {place}: it hides ours;"
                " rename it, or run harness from another folder"
            )
