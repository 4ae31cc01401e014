import pytest

from harness.plugins import registry
from harness.results.published.papers import publications
from harness.settings import format_spec, make_settings, parse_spec

SPECS = sorted(
    {
        row.encoder
        for paper in publications().values()
        for table in paper.tables
        for row in table.rows
        if row.encoder
    }
)


@pytest.mark.parametrize("spec", SPECS)
def test_published_rows_name_encoders_as_records_do(spec: str) -> None:
    name, texts = parse_spec(spec)

    settings = make_settings(registry.encoders.load(name).settings_type, texts, name)

    assert format_spec(name, settings) == spec
