"""A text file's lines as text, refused where they are none."""

import codecs
from collections.abc import Iterator
from pathlib import Path

from harness.bounded_files import numbered_lines
from harness.errors import BadDataError
from harness.file_signatures import refuse_binary


def text_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield each line's number, from 1, and its text without the line end; one is held at a time.

    Only a line feed, with or without a carriage return before it, ends a line.

    Args:
        path: A text file, packed or not.

    Raises:
        BadDataError: If it is no text in UTF-8, or is damaged.
    """
    for number, line in numbered_lines(path):
        if number == 1 or b"\0" in line:
            refuse_binary(line, path, number)
        content = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            got = f"byte 0x{content[error.start]:02x}"
            expected = "must be utf-8, as the lines before" if number > 1 else "must be utf-8"
            raise BadDataError(path, number, f"{expected}, got {got}") from error
        yield number, text.removesuffix("\n").removesuffix("\r")
