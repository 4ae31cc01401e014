"""Split a file's bytes into lines, as every text file of the harness is read."""

import codecs
from pathlib import Path

from harness.errors import BadDataError


def split_lines(content: bytes, path: Path, *, encoding: str = "utf-8") -> tuple[str, ...]:
    """Return the lines without line ends and byte order mark.

    Only a line feed, with or without a carriage return before it, ends a line: U+0085 and U+2028
    stand in sentences.

    Args:
        content: The whole file.
        path: What messages call it.
        encoding: ``utf-8`` or ``latin-1``.

    Raises:
        BadDataError: If there is no line, or one is not in that encoding.
    """
    lines = decode_text(content, path, encoding=encoding).split("\n")
    if lines[-1] == "":
        lines.pop()
    if not lines:
        raise BadDataError(path, None, "must have at least one line, got an empty file")
    return tuple(line.removesuffix("\r") for line in lines)


def decode_text(content: bytes, path: Path, *, encoding: str = "utf-8") -> str:
    """Return a file's text without byte order mark.

    Args:
        content: The whole file.
        path: What messages call it.
        encoding: ``utf-8`` or ``latin-1``.

    Raises:
        BadDataError: If it is not in that encoding.
    """
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = f"0x{content[error.start]:02x}"
        raise BadDataError(path, line, f"must be {encoding}, got byte {byte}") from error
