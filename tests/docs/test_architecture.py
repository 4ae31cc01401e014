"""The architecture page names files that exist, and its picture is that of today's contracts."""

import re
from pathlib import Path

import draw_architecture

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = (CHECKOUT / "docs/architecture.md").read_text("utf-8")
PATHS = re.findall(r"`([\w.-]+/[\w./-]*)`", PAGE)


def test_every_path_on_the_page_exists() -> None:
    missing = [path for path in PATHS if not (CHECKOUT / path).exists()]

    assert len(PATHS) > 50
    assert not missing


def test_the_picture_is_drawn_from_the_contracts_as_they_are() -> None:
    assert draw_architecture.DOCUMENT.read_text("utf-8") == draw_architecture.document()


def test_the_picture_has_a_box_for_every_room() -> None:
    picture = draw_architecture.document()

    for package in ("encoders", "harness", "results", "tasks"):
        for room in (CHECKOUT / package).glob("*/__init__.py"):
            assert f">{room.parent.name}<" in picture
