"""The boundary to the terminal: all that is written passes here, whoever wrote it.

Commands, click's help and errors, warnings, logs, tracebacks and plug-ins write to `ShownStream`;
what rich lays out goes through `ShownConsole`. Both show text as `shown_text` returns it, and as
the stream's encoding has it.
"""

import io
import sys
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
        """Write text as it may be shown."""
        super().write(encodable_text(shown_text(text), self._shown_in))
        return len(text)

    @override
    def close(self) -> None:
        """Leave the buffer open, which is the stream's."""
        if not self.buffer.closed:
            self.flush()


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
