import json
from pathlib import Path

import pytest

from harness.results.display.json_text import json_ascii, json_text
from harness.results.display.shown_text import homeless, shown_line, shown_text, with_texts


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b2J \x85 \x7f \x00", r"\x9b2J \x85 \x7f \x00"),
        ("bad\rgood\x08", r"bad\rgood\x08"),
        ("\u202egnp\u202c \u2066x\u2069 \u200f", r"\u202egnp\u202c \u2066x\u2069 \u200f"),
        ("a\u200bb\ufeff\u00ad\u2028\u3164", r"a\u200bb\ufeff\xad\u2028\u3164"),
        ("\ud83d \udc80", r"\ud83d \udc80"),
        ("\U000e0041", r"\U000e0041"),
    ],
    ids=["colour", "title", "C1", "return", "directions", "no width", "surrogates", "tags"],
)
def test_what_acts_or_hides_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert shown_text(text) == shown
    assert shown_text(shown) == shown


@pytest.mark.parametrize("text", ["a\tb\n", "naïve − × 文 قَرَأَ ❤️ é", r"C:\x1b \n"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert shown_text(text) == text


def test_a_line_has_no_breaks() -> None:
    assert shown_line("one \n  two\tthree\r\nfour\rfive") == r"one two three four\rfive"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "ann"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    return home


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{}/bert", "~/bert"),
        ("'{}'", "'~'"),
        ("{}.", "~."),
        ("glove:vectors={}/a.txt,b={}/b", "glove:vectors=~/a.txt,b=~/b"),
        ("file://{}/x", "file://~/x"),
    ],
)
def test_a_home_is_a_tilde(home: Path, text: str, shown: str) -> None:
    assert shown_text(text.replace("{}", str(home))) == shown


@pytest.mark.parametrize("text", ["{}e/x", "{}-2", "/mnt{}", "{}.old/x"])
def test_a_path_that_only_looks_like_a_home_stays(home: Path, text: str) -> None:
    text = text.replace("{}", str(home))

    assert shown_text(text) == text


def test_the_folder_that_a_linked_home_leads_to_is_a_tilde_too(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = home.parent / "link"
    link.symlink_to(home)
    monkeypatch.setenv("HOME", str(link))

    assert shown_text(f"{link}/a {home}/b") == "~/a ~/b"


@pytest.mark.parametrize("folder", ["/", ""])
def test_no_home_shortens_nothing(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", folder)

    assert shown_text("/tmp/x and a/b") == "/tmp/x and a/b"  # noqa: S108 - not a file


def test_values_are_changed_through_and_through(home: Path) -> None:
    values = {f"{home}/\x1b": [f"{home}/x", 1.5, None, {"a": ("\r",)}]}

    assert with_texts(values, shown_text) == {r"~/\x1b": ["~/x", 1.5, None, {"a": [r"\r"]}]}
    assert with_texts(values, homeless) == {"~/\x1b": ["~/x", 1.5, None, {"a": ["\r"]}]}


def test_json_has_the_same_values_whatever_acts() -> None:
    values = {"\x9b\u202e\U000e0041": "naïve \x1b \u2028"}

    text = json_text(values)

    assert json.loads(text) == json.loads(json_ascii(text)) == values
    assert shown_text(text) == text
    assert "naïve" in text
    assert json_ascii(text).isascii()
