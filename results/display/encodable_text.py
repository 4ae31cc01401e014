"""Text for streams and terminals that cannot show every character."""

import codecs

_FORMS = {
    **dict.fromkeys(
        "\u2212\u2013\u2010\u2011\u2500\u2501\u2574\u2576\u2578\u257a\u257c\u257e", "-"
    ),
    **dict.fromkeys("\u2502\u2503", "|"),
    **dict.fromkeys("\u250c\u2510\u2514\u2518\u251c\u2524\u252c\u2534\u253c\u254b", "+"),
    **dict.fromkeys("\u2018\u2019", "'"),
    **dict.fromkeys("\u201c\u201d", '"'),
    "\u00a0": " ",
    "\u2014": "--",
    "\u2026": "...",
    "\u2022": "*",
    "\u2192": "->",
    "×": "x",
    "±": "+-",
    "≈": "~",
    "·": ".",
    "²": "^2",
    "≤": "<=",
    "≥": ">=",
    "†": "(+)",
    "‡": "(++)",
    "ε": "(e)",
    "◊": "(o)",
    "△": "(^)",
    "⋆": "(x)",
    "◂": "<",
    "°": "(*)",
    "§": "(S)",
    "¶": "(P)",
    "‖": "(||)",
}
"""What stands for a character that a stream cannot encode: its look in ASCII."""


def encodable_text(text: str, encoding: str) -> str:
    r"""Return text that an encoding has; of a character that it lacks, the look in ASCII.

    A character without one becomes an escape such as ``\u0416``.

    Args:
        text: What is shown.
        encoding: Of the stream that shows it.

    Raises:
        LookupError: If there is no such encoding.
    """
    if text.isascii():
        return text
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_encodable(character, encoding) for character in text)
    return text


def _encodable(character: str, encoding: str) -> str:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return _FORMS.get(character) or character.encode("ascii", "backslashreplace").decode(
            "ascii"
        )
    return character


def is_ascii(encoding: str) -> bool:
    """Whether an encoding has ASCII alone, whatever its name."""
    return codecs.lookup(encoding).name == "ascii"
