"""Where the model begins in ``mean:layers=last2@minilm``."""

import dataclasses
import os
import re
from collections.abc import Iterator

from harness.common_settings import CommonSettings
from harness.errors import HarnessError
from harness.plugins import registry
from harness.written_values import NEXT_SETTING

_NAME = re.compile(r"\s*([A-Za-z_][\w-]*)\s*=\s*")
_QUOTED = re.compile(r'"(?:[^"]|"")*"\s*(?=[@,]|$)')


def find_model_mark(text: str, start: int = 0) -> int | None:
    """Return where the ``@`` stands that begins a model; None if there is none.

    Args:
        text: A spec, and perhaps a model.
        start: Where the first ``@`` may stand, or the colon before the settings.
    """
    mark, colon = text.find("@", start), text.find(":", start)
    if mark < 0:
        return None
    if not 0 <= colon < mark:
        return mark
    name = text[:colon].strip()
    for setting, value, place in _values(text, colon + 1):
        found = value.find("@")
        if found >= 0 and not _belongs(name, setting, value, found):
            return place + found
    return None


def _values(text: str, place: int) -> Iterator[tuple[str, str, int]]:
    """Yield each setting's name, and its value or what is behind its quotes, and where that is."""
    while place < len(text):
        named = _NAME.match(text, place)
        place = named.end() if named else place
        quoted = _QUOTED.match(text, place)
        place = quoted.end() if quoted else place
        following = NEXT_SETTING.search(text, place)
        end = following.start() if following else len(text)
        name = named[1].replace("-", "_") if named else ""
        yield "" if quoted else name, text[place:end], place
        place = end + 1


def _belongs(name: str, setting: str, value: str, place: int) -> bool:
    """Whether an ``@`` belongs to a setting's value: to a path or text of the user's own.

    Args:
        name: Of the encoder.
        setting: Name of the setting; empty behind quotes.
        value: The value, and perhaps a model behind it.
        place: Of the ``@``.
    """
    if not setting:
        return False
    start = value[:place]
    is_path = "/" in start or "\\" in start or start.startswith(("~", "."))
    return is_path or os.path.lexists(value) or _takes_any_text(name, setting)


def _takes_any_text(name: str, setting: str) -> bool:
    """Whether a setting is free text, or that of an encoder that reads no transformer."""
    try:
        plugin = registry.encoders.load(name)
        texts = {each.name for each in plugin.setting_fields if "text" in each.type}
        fields = (*dataclasses.fields(plugin.settings_type), *dataclasses.fields(CommonSettings))
    except HarnessError:  # reported when the encoder is planned
        return False
    verbatim = {each.name for each in fields if each.metadata.get("verbatim")}
    factory = plugin.factory
    reads_none = isinstance(factory, type) and not hasattr(factory, "read")
    return setting in verbatim or (reads_none and setting in texts)
