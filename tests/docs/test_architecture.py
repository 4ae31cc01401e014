"""Pages name files that exist, and the architecture's picture is that of today's contracts."""

import re
from pathlib import Path

import draw_architecture
import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PAGES = [CHECKOUT / "README.md", *sorted(CHECKOUT.glob("docs/**/*.md"))]
_PATH = re.compile(r"`([\w.-]+/[\w./-]*)`")
_OF_THE_READER = ("mini/", "runs/", "text/")  # folders that commands on the pages make


def paths(page: Path) -> list[str]:
    """Return the paths in the checkout that a page names."""
    named = _PATH.findall(page.read_text("utf-8"))
    return [path for path in named if not path.startswith(_OF_THE_READER)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(CHECKOUT).as_posix())
def test_every_path_on_the_page_exists(page: Path) -> None:
    assert [path for path in paths(page) if not (CHECKOUT / path).exists()] == []


def test_paths_are_found() -> None:
    assert len(paths(CHECKOUT / "docs/architecture.md")) > 50


def test_the_picture_is_drawn_from_the_contracts_as_they_are() -> None:
    assert draw_architecture.DOCUMENT.read_text("utf-8") == draw_architecture.document()


def test_the_picture_has_a_box_for_every_room() -> None:
    picture = draw_architecture.document()

    for package in ("encoders", "harness", "results", "tasks"):
        for room in (CHECKOUT / package).glob("*/__init__.py"):
            assert f">{room.parent.name}<" in picture
