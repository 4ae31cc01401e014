"""The parts of a table's cell, so that numbers line up whatever stands behind them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_CELL = re.compile(
    r"""(?P<whole>[<≤]?[+−-]?\d[\d,]*)(?P<fraction>(?:\.\d+)?)
    (?P<spread>(?:\ ±\ [\d.]+)?(?:\ \([^)]*\))?)
    (?P<marks>[^\s\w\[\]().,:;/%+−<≤-]*(?:\ ◂)?)
    (?:\ (?P<interval>\[[^\]]*\]))?
    (?P<after>(?:\ .*)?)""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class CellParts:
    """What a cell is made of; one without a number is all `text`.

    Attributes:
        text: The whole cell, where it is no number.
        whole: Digits before the decimal point, with their sign.
        fraction: The point and the digits behind it.
        spread: Standard deviation and count of seeds.
        marks: Signs right behind the score.
        interval: In brackets.
        after: What else stands there, such as the sign or the letters of a tie.
    """

    text: str = ""
    whole: str = ""
    fraction: str = ""
    spread: str = ""
    marks: str = ""
    interval: str = ""
    after: str = ""

    @property
    def number(self) -> str:
        """The number alone, or the text."""
        return self.text or self.whole + self.fraction

    @property
    def tail(self) -> str:
        """What stands behind the number."""
        interval = f" {self.interval}" if self.interval else ""
        return f"{self.spread}{self.marks}{interval}{self.after}"


def cell_parts(cell: str) -> CellParts:
    """Take a cell apart."""
    match = _CELL.fullmatch(cell)
    if match is None:
        return CellParts(text=cell)
    return CellParts(**{name: part or "" for name, part in match.groupdict().items()})


def lined_up(column: Sequence[str]) -> list[str]:
    """Pad the cells of a column to one length, decimal points and all else below each other.

    A column without numbers stays as it is.
    """
    parts = [cell_parts(cell) for cell in column]
    numbers = [part for part in parts if not part.text]
    if not numbers:
        return list(column)

    def widest(name: str) -> int:
        return max(len(getattr(part, name)) for part in numbers)

    whole, fraction, spread, marks = map(widest, ("whole", "fraction", "spread", "marks"))
    interval, after = map(widest, ("interval", "after"))
    lines = []
    for part in parts:
        if part.text:
            lines.append(part.text.rjust(whole + fraction))
            continue
        shown = f"{part.interval:>{interval}}"
        lines.append(
            f"{part.whole:>{whole}}{part.fraction:<{fraction}}{part.spread:<{spread}}"
            f"{part.marks:<{marks}}{f' {shown}' if interval else ''}{part.after:<{after}}"
        )
    width = max(map(len, lines))
    return [line.ljust(width) for line in lines]
