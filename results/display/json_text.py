"""JSON as text that acts on no terminal, with the same values."""

import json
import re

from harness.results.display.shown_text import ACTING


def json_text(value: object, *, indent: int | None = 1, allow_nan: bool = True) -> str:
    r"""Return JSON; what `shown_text` would escape is escaped as JSON does, as in ``\u009b``.

    Args:
        value: JSON values.
        indent: Spaces per level; None writes everything in one line.
        allow_nan: Whether nan and infinities may be there, which JSON does not have.

    Raises:
        ValueError: If one is there and may not be.
    """
    separators = (",", ":") if indent is None else None
    text = json.dumps(
        value, indent=indent, separators=separators, ensure_ascii=False, allow_nan=allow_nan
    )
    return ACTING.sub(_escaped, text)


def json_ascii(text: str) -> str:
    """Return the same JSON in ASCII alone."""
    return re.sub(r"[^\x00-\x7f]", _escaped, text)


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))
