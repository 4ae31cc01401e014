import pytest

from harness.results.formats.html import list_html
from harness.results.formats.latex import to_latex
from harness.results.formats.markdown import to_markdown
from harness.results.formats.terminal import to_text
from harness.results.tables.table import Table


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<b>x</b> &amp;", "&lt;b>x&lt;/b> &amp;amp;"),
        ("a`b`|c*", r"a\`b\`\|c\*"),
        ("[text](http://x)", r"[text\](http://x)"),
        ("_x_ a_b ~y~", r"\_x\_ a_b \~y\~"),
        ("line\nbreak\x1b", r"line break\\x1b"),
        ("[1.00, 2.00]", "[1.00, 2.00]"),
    ],
)
def test_markdown_shows_a_name_as_it_is(name: str, shown: str) -> None:
    text = to_markdown(Table(name, ("encoder", name), ((name, "1"),), notes=(name,)))

    assert f"**{shown}**\n" in text
    assert f"| encoder | {shown} |\n" in text
    assert f"| {shown} | 1 |\n" in text
    assert f"*{shown}*\n" in text


def test_a_latex_row_may_begin_with_a_bracket_or_a_star() -> None:
    text = to_latex(Table("t", ("encoder", "x"), (("[a]", "1"), ("*", "2"))))

    assert "\n{}[a] & 1" in text
    assert "\n{}* & 2" in text


def test_text_is_as_wide_as_its_longest_line() -> None:
    note = "word " * 60 + "end"

    assert note in to_text(Table("t", ("encoder", "x"), (("a", "1"),), notes=(note,)))


def test_what_failed_is_listed_as_it_may_be_shown() -> None:
    assert list_html(["<b>\x1b\n\u202e"]) == r"<ul><li>&lt;b&gt;\x1b \u202e</li></ul>"
