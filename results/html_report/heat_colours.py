"""The colours of heat maps: cividis, alike to colour-blind eyes and in grey print."""

STOPS = (
    *("#00224e", "#083370", "#35456c", "#4f576c", "#666970", "#7d7c78"),
    *("#948e77", "#aea371", "#c8b866", "#e5cf52", "#fee838"),
)
"""At each tenth, from the worst to the best."""
_LIGHT = 0.179  # relative luminance above which black has more contrast than white, WCAG 2.2


def heat_colour(share: float) -> tuple[str, str]:
    """Return the colour of a cell, and of the text on it, as ``#rrggbb``.

    The text has a contrast of at least 4.5 on every colour, as one of black and white always has.

    Args:
        share: From 0, the worst, to 1, the best.
    """
    place = share * (len(STOPS) - 1)
    below = min(int(place), len(STOPS) - 2)
    ends = zip(_channels(STOPS[below]), _channels(STOPS[below + 1]), strict=True)
    mixed = [round(low + (place - below) * (high - low)) for low, high in ends]
    ink = "#000000" if _luminance(mixed) > _LIGHT else "#ffffff"
    return f"#{''.join(f'{channel:02x}' for channel in mixed)}", ink


def _channels(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def _luminance(channels: list[int]) -> float:
    """Return the relative luminance, from 0 for black to 1 for white."""
    shares = [channel / 255 for channel in channels]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]  # noqa: PLR2004 - WCAG
    return sum(part * c for part, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
