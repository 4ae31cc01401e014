"""Names for files made of other people's names, harmless on every system."""

import re
from pathlib import Path

_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.IGNORECASE)  # by Windows


def file_words(text: str, limit: int = 120) -> str:
    """Return text as part of a file name that names no other folder.

    Args:
        text: Anything.
        limit: Most characters, all of them ASCII, to return.
    """
    words = re.sub(r"[^\w.=+,-]+", "_", text, flags=re.ASCII)
    return words[:limit].strip("._")


def last_words(name: str) -> str:
    """Return a name as part of a file name: of a path its last part."""
    return file_words(Path(name).name if "/" in name else name)


def unreserved(name: str) -> str:
    """Return a file name that Windows does not take for a device."""
    return f"_{name}" if _RESERVED.match(name) else name
