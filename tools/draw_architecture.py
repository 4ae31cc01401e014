"""Draw the picture of docs/architecture.md from the contracts; --check refuses a stale one."""

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from textwrap import wrap
from typing import Any

from harness.results.files import tomllib

CHECKOUT = Path(__file__).resolve().parents[1]
DOCUMENT = CHECKOUT / "docs" / "images" / "architecture.svg"

WIDTH = 1000  # everything is in pixels
MARGIN = 14
SIDE = 40  # the arrow beside the rows
GAP = 8
PADDING = 9
LINE = 15
LINE_GAP = 10  # between a name and a text on one line
CHARACTER = 6.6  # of the text, on average in a wide font
NAME_CHARACTER = 8.6
LISTED = "harness.cli"  # its parts are commands: their names say enough

STYLE = """
    text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
    .name { font-weight: 650; font-size: 13px; }
    .page { fill: #ffffff; stroke: #d5dbe1; }
    .name { fill: #1d2733; } .text { fill: #53606e; }
    .arrow { fill: none; stroke: #8b98a5; stroke-width: 1.5; }
    .room { fill: #f1f4f7; stroke: #cbd4dc; } .inner { fill: #ffffff; stroke: #d5dbe1; }
    .contract { fill: #dff3ef; stroke: #8fcabf; }
    .runner { fill: #fdf1dc; stroke: #e3c184; }
    @media (prefers-color-scheme: dark) {
      .page { fill: #161b22; stroke: #30363d; }
      .name { fill: #e8edf2; } .text { fill: #a3b0bd; }
      .arrow { stroke: #76828e; }
      .room { fill: #222932; stroke: #3b4550; } .inner { fill: #161b22; stroke: #3b4550; }
      .contract { fill: #143a36; stroke: #2b7468; }
      .runner { fill: #3d3019; stroke: #80652f; }
    }
"""
LEGEND = (
    ("contract", "contracts and ground: what the author of a plug-in imports"),
    ("runner", "rooms that run plug-ins, and that plug-ins may not import"),
    ("room", "other rooms"),
)


@dataclass(frozen=True)
class Part:
    """A module or package as a box.

    Attributes:
        name: Its last name.
        kind: Class of the box: contract, runner, room, or inner for what lies in a room.
        text: First line of its docstring.
        layers: What is in it, top to bottom; each imports only what lies below it.
        listed: Whether its parts are names in a list, not boxes.
    """

    name: str
    kind: str
    text: str
    layers: tuple["tuple[Part, ...]", ...] = ()
    listed: bool = False

    @property
    def weight(self) -> float:
        """Share of its row's width that it takes."""
        return 1.3 if self.listed else max((len(layer) for layer in self.layers), default=1)

    def fits_line(self, width: float) -> bool:
        """Whether name and text fit on one line."""
        needed = len(self.name) * NAME_CHARACTER + LINE_GAP + len(self.text) * CHARACTER
        return not self.layers and needed < width - 2 * PADDING

    def lines(self, width: float) -> list[str]:
        """Break the text into lines that fit below the name."""
        return wrap(self.text, max(8, int((width - 2 * PADDING) / CHARACTER)))

    def height(self, width: float) -> float:
        """Height of the box where name and text stand below each other."""
        head = 2 * PADDING + LINE * (1 + len(self.lines(width)))
        if self.listed:
            return head + 4 + LINE * sum(len(layer) for layer in self.layers)
        return head + layers_height(self.layers, width - 2 * PADDING)


def plan() -> Part:
    """Return the whole house, made from the contracts in pyproject.toml."""
    settings = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))
    contracts: list[dict[str, Any]] = settings["tool"]["importlinter"]["contracts"]
    layers = {
        each["containers"][0]: each["layers"] for each in contracts if each["type"] == "layers"
    }
    runners = {
        module
        for each in contracts
        if each["type"] == "forbidden"
        for module in each["forbidden_modules"]
    }
    return _part("harness", layers, runners)


def _part(module: str, layers: dict[str, list[str]], runners: set[str]) -> Part:
    path = CHECKOUT.joinpath(*module.split("."))
    kind = "room" if path.is_dir() else "contract"
    kind = "runner" if module in runners else "inner" if module.count(".") > 1 else kind
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    layered = tuple(
        tuple(_part(f"{module}.{name.strip()}", layers, runners) for name in layer.split("|"))
        for layer in layers.get(module, [])
    )
    text = (ast.get_docstring(ast.parse(source.read_text("utf-8"))) or "").partition("\n")[0]
    return Part(
        module.rpartition(".")[2], kind, text.replace("``", ""), layered, listed=module == LISTED
    )


def widths(layer: Sequence[Part], width: float) -> list[float]:
    """Share the width of a row among its boxes."""
    weights = sum(part.weight for part in layer)
    free = width - GAP * (len(layer) - 1)
    return [free * part.weight / weights for part in layer]


def row_height(layer: Sequence[Part], width: float) -> float:
    """Return the height of a row: of its highest box, or of one line if each fits in one."""
    boxes = list(zip(layer, widths(layer, width), strict=True))
    if all(part.fits_line(own) for part, own in boxes):
        return 2 * PADDING + LINE
    return max(part.height(own) for part, own in boxes)


def layers_height(layers: Sequence[Sequence[Part]], width: float) -> float:
    """Return the height of rows, with a gap below each."""
    return sum(row_height(layer, width) + GAP for layer in layers)


def draw_layers(
    layers: Sequence[Sequence[Part]], x: float, y: float, width: float, height: float
) -> Iterator[str]:
    """Yield the rows of boxes from the top down, so high that they fill the height."""
    spare = height - layers_height(layers, width)
    for layer in layers:
        least, left = row_height(layer, width), x
        in_line = least == 2 * PADDING + LINE
        for part, own in zip(layer, widths(layer, width), strict=True):
            box = left, y, own, least + spare / len(layers)
            yield from _draw_in_line(part, *box) if in_line else _draw(part, *box)
            left += own + GAP
        y += least + spare / len(layers) + GAP


def _draw_in_line(part: Part, x: float, y: float, width: float, height: float) -> Iterator[str]:
    base = y + height / 2 + 4
    yield _box(part.kind, x, y, width, height)
    name = f'<tspan class="name">{part.name}</tspan>'
    text = f'<tspan class="text" dx="{LINE_GAP}">{escape(part.text)}</tspan>'
    yield f'<text x="{x + PADDING:.1f}" y="{base:.1f}">{name}{text}</text>'


def _draw(part: Part, x: float, y: float, width: float, height: float) -> Iterator[str]:
    yield _box(part.kind, x, y, width, height)
    base = y + PADDING + LINE - 4
    yield _text("name", x + PADDING, base, part.name)
    for line in part.lines(width):
        base += LINE
        yield _text("text", x + PADDING, base, line)
    if part.listed:
        base += 4
        for name in (inner.name for layer in part.layers for inner in layer):
            base += LINE
            yield _text("text", x + PADDING, base, f"· {name}")
    elif part.layers:
        top = base + 4 + GAP
        inner, rest = width - 2 * PADDING, y + height - top - PADDING + GAP
        yield from draw_layers(part.layers, x + PADDING, top, inner, rest)


def _box(kind: str, x: float, y: float, width: float, height: float) -> str:
    return (
        f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}"'
        f' height="{height:.1f}" rx="6"/>'
    )


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def document() -> str:
    """Return the picture."""
    house = plan()
    left, width = MARGIN + SIDE, WIDTH - 2 * MARGIN - SIDE
    rows = layers_height(house.layers, width)
    bottom = MARGIN + rows
    parts = [*draw_layers(house.layers, left, MARGIN, width, rows), *_arrow(bottom - GAP)]
    for kind, text in LEGEND:
        bottom += LINE + 5
        parts += [
            _box(kind, left, bottom - 14, 18, 12),
            _text("text", left + 26, bottom - 4, text),
        ]
    height = round(bottom + MARGIN)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
            "<!-- Drawn by tools/draw_architecture.py from pyproject.toml; do not edit. -->",
            "<title>The rooms of harness, and which may import which</title>",
            f"<style>{STYLE}</style>",
            _box("page", 0.5, 0.5, WIDTH - 1, height - 1),
            *parts,
            "</svg>\n",
        ]
    )


def _arrow(bottom: float) -> Iterator[str]:
    x, middle = MARGIN + SIDE / 2, (MARGIN + bottom) / 2
    yield f'<path class="arrow" d="M{x} {MARGIN} V{bottom:.1f} m-5 -8 l5 8 l5 -8"/>'
    yield (
        f'<text class="text" text-anchor="middle" transform="rotate(-90 {x - 8} {middle:.1f})"'
        f' x="{x - 8}" y="{middle:.1f}">each row imports only from the rows below it</text>'
    )


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        if not DOCUMENT.is_file() or DOCUMENT.read_text(encoding="utf-8") != document():
            sys.exit(f"{DOCUMENT.name} is stale: run python tools/draw_architecture.py")
    else:
        DOCUMENT.write_text(document(), encoding="utf-8")
