from harness.results.display.encodable_text import encodable_text

TYPOGRAPHY = "1 − 2 × 3 ± 4 ≈ 5 · 6 – 7 … “a” d² ≤ ─"


def test_what_an_encoding_lacks_is_shown_in_its_ascii_form() -> None:
    expected = '1 - 2 x 3 +- 4 ~ 5 . 6 - 7 ... "a" d^2 <= -'

    assert encodable_text(TYPOGRAPHY, "ascii") == expected


def test_what_an_encoding_has_stays() -> None:
    assert encodable_text(TYPOGRAPHY, "utf-8") == TYPOGRAPHY
    assert encodable_text("− × ± – …", "cp1252") == "- × ± – …"
    assert encodable_text("− × ± – …", "latin-1") == "- × ± - ..."


def test_a_character_without_a_form_is_an_escape() -> None:
    assert encodable_text("naïve Ж 😀", "ascii") == r"na\xefve \u0416 \U0001f600"
