"""A range in which a number is expected, and how it is shown."""

from dataclasses import dataclass

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0


@dataclass(frozen=True)
class Span:
    """A range in which a number is expected.

    Attributes:
        low: The least that is likely.
        high: The most.
    """

    low: float = 0.0
    high: float = 0.0

    def __add__(self, other: "Span") -> "Span":
        """Return the range of the sum."""
        return Span(self.low + other.low, self.high + other.high)

    def times(self, other: "Span | float") -> "Span":
        """Return the range of the product with another range, or with a number."""
        factor = other if isinstance(other, Span) else Span(other, other)
        return Span(self.low * factor.low, self.high * factor.high)


def shown_seconds(span: Span) -> str:
    """Write a range of times, such as ``about 40 s to 2 min``."""
    low, high = _time(span.low), _time(span.high)
    if span.high < 1:
        return "under 1 s"
    return f"about {low}" if low == high else f"about {low} to {high}"


def _time(seconds: float) -> str:
    for unit, name, least in ((_DAY, "d", 2.0), (_HOUR, "h", 1.5), (_MINUTE, "min", 1.5)):
        if seconds >= least * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s"


def shown_gigabytes(span: Span) -> str:
    """Write a range of bytes in GB."""
    low, high = (f"{each / 1e9:.1f}" for each in (span.low, span.high))
    return f"{low} GB" if low == high else f"{low} to {high} GB"
