import pytest

from harness.results.formats.formats import (
    FORMATS,
    PAGE_FORMATS,
    RECORD_FORMATS,
    TABLE_FORMATS,
    find_format,
)


def test_every_format_is_of_one_kind_and_has_a_suffix_of_its_own() -> None:
    suffixes = {one.suffix for one in FORMATS.values()}

    assert [*TABLE_FORMATS, *RECORD_FORMATS, *PAGE_FORMATS] == [*FORMATS]
    assert len(suffixes) == len(FORMATS)


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    known = "table, markdown, latex, csv, json, html"

    with pytest.raises(ValueError, match=f"format must be one of {known}, got 'pdf'"):
        find_format("pdf")
