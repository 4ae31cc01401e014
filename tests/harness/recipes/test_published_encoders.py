import pytest

from harness.plugins import registry
from harness.results.published.papers import publications
from harness.settings import Spec, make_settings

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
    parsed = Spec.parse(spec)
    settings_type = registry.encoders.load(parsed.name).settings_type

    settings = make_settings(settings_type, parsed.settings, parsed.name)

    assert str(Spec.from_settings(parsed.name, settings)) == spec
