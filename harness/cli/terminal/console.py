"""Where rich lays out what commands show."""

import sys
from collections.abc import Iterable
from typing import IO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text
from typing_extensions import override

from harness.results.display.encodable_text import encodable_text
from harness.results.display.shown_text import shown_text


class ShownConsole(Console):
    """A console that shows every text as it may be shown, and reads no markup in it.

    Args:
        stderr: Whether it is for the error stream.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        stream: IO[str] = sys.stderr if stderr else sys.stdout
        while (proxied := getattr(stream, "rich_proxied_file", stream)) is not stream:
            stream = proxied  # bars put a proxy of their own before `ShownStream`
        super().__init__(file=stream, stderr=stderr, markup=False, emoji=False, highlight=False)

    @override
    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render, each text as it may be shown; rich's own control codes stay."""
        shown = self._shown(renderable) if isinstance(renderable, Text) else renderable
        for segment in super().render(shown, options):
            yield segment if segment.control else segment._replace(text=self._fit(segment.text))

    def _shown(self, text: Text) -> Text:
        """Return a text as it may be shown, before it is broken into lines."""
        if self._fit(text.plain) == text.plain:
            return text
        shown = text.blank_copy()
        for segment in text.render(self):
            shown.append(self._fit(segment.text), segment.style)
        return shown

    def _fit(self, text: str) -> str:
        return encodable_text(shown_text(text), self.encoding)
