"""The boundary to the terminal: all that is written passes here, whoever wrote it.

Commands, click's help and errors, warnings, logs, tracebacks and plug-ins write to `ShownStream`;
what rich lays out goes through `ShownConsole`. Both show text as `shown_text` returns it, and as
the stream's encoding has it.
"""

import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from typing_extensions import override

from harness.results.display.encodable_text import encodable_text, is_ascii
from harness.results.display.shown_text import shown_text


class ShownStream(io.TextIOWrapper):
    """A standard stream to which any text can be written.

    Attributes:
        rich_proxied_file: The stream itself, for rich, whose own control codes must arrive.

    Args:
        stream: Has a buffer, which both write to.
    """

    def __init__(self, stream: io.TextIOWrapper) -> None:
        self._shown_in = stream.encoding
        # click does not trust a stream that names ASCII, and would go round this one
        encoding = "utf-8" if is_ascii(stream.encoding) else stream.encoding
        super().__init__(
            stream.buffer,
            encoding,
            "backslashreplace",
            line_buffering=stream.line_buffering,
            write_through=True,
        )
        self.rich_proxied_file = stream

    @override
    def write(self, text: str) -> int:
        """Write text as it may be shown; what threads of plug-ins print is no command's output."""
        if (
            self is sys.stdout is not sys.stderr
            and threading.current_thread() is not threading.main_thread()
        ):
            return sys.stderr.write(text)
        super().write(encodable_text(shown_text(text), self._shown_in))
        return len(text)

    @override
    def close(self) -> None:
        """Leave the buffer open, which is the stream's."""
        if not self.buffer.closed:
            self.flush()


def end_output() -> None:
    """Write the rest of the output; nowhere if nobody reads it or the disk is full."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def keep_output_apart() -> None:
    """Let whoever writes to the descriptor of standard output write to that of standard error.

    The command itself, through ``sys.stdout``, writes where it wrote before. That holds to the end
    of the process, and for processes that plug-ins start. Nothing changes where not both
    descriptors are open.
    """
    standard = sys.stdout
    try:
        standard.flush()
        output, errors = standard.fileno(), sys.stderr.fileno()
        own = os.dup(output)
        os.dup2(errors, output)
    except (AttributeError, OSError):
        return
    sys.stdout = os.fdopen(own, "w", encoding=standard.encoding, errors=standard.errors)


@contextmanager
def shown_streams() -> Iterator[None]:
    """Let nothing pass to the standard streams that a terminal must not get."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = map(_shown, before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def _shown(stream: TextIO) -> TextIO:
    """Return what shows the text written to a stream; the stream itself if it has no buffer."""
    if isinstance(stream, io.TextIOWrapper) and not isinstance(stream, ShownStream):
        return ShownStream(stream)
    return stream
