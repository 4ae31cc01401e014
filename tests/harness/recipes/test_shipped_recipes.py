"""The recipes of the package: what they name exists, and they run whole at their smoke size."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.main import main
from harness.finetuning.hyperparameters import FineTuningSettings
from harness.planning.planned_encoders import plan_encoders
from harness.recipes.jobs import plan_jobs
from harness.recipes.reading import read_recipe
from harness.recipes.recipe import Section
from harness.results.published.papers import publications
from harness.studies.sweep_points import grid_points


@pytest.mark.parametrize("name", ["sg-bert", "consert"])
def test_every_name_in_a_shipped_recipe_exists(name: str) -> None:
    jobs = plan_jobs(read_recipe(name)) + plan_jobs(read_recipe(name).small())

    assert {job.section.name for job in jobs} == {
        section.name for section in read_recipe(name).sections
    }


@pytest.mark.parametrize("name", ["sg-bert", "consert"])
def test_every_printed_table_stands_beside_a_section(name: str) -> None:
    printed = {f"{name}/{table.name}" for table in publications()[name].tables}

    assert {
        place for section in read_recipe(name).sections for place in section.published
    } == printed


@pytest.mark.parametrize("name", ["sg-bert", "consert"])
def test_every_printed_row_of_a_known_encoder_is_measured_beside_it(name: str) -> None:
    measured: dict[str, set[str]] = {}
    for section in read_recipe(name).sections:
        for place in section.published:
            measured.setdefault(place, set()).update(measured_specs(section))

    missing = {
        (place, row.encoder)
        for table in publications()[name].tables
        for place in [f"{name}/{table.name}"]
        for row in table.rows
        if row.encoder is not None and row.encoder not in measured[place]
    }

    assert missing == set()


def measured_specs(section: Section) -> set[str]:
    """Return the encoders of a section as records name them, on a model of 12 layers."""
    every = (*section.encoders, *section.optional)
    if section.layers:
        return {f"{spec}:layers={layer}" for spec in every for layer in range(13)}
    points = grid_points(section.grid, one_off=section.one_off) if section.grid else [{}]
    return {
        planned.spec
        for point in points
        for spec in [point.get("encoder", spec) for spec in every]
        for planned in plan_encoders(
            [spec], {name: value for name, value in point.items() if name != "encoder"}
        )
    }


def test_consert_has_a_section_for_each_table_and_each_figure_of_results() -> None:
    assert [section.name for section in read_recipe("consert").sections] == [
        *(f"table-{number}" for number in (1, 2, 3, 4)),
        *(f"figure-{number}" for number in (1, 4, 5, 6, 7)),
    ]


def test_few_sentences_are_trained_on_for_fewer_steps_than_the_full_text() -> None:
    (figure,) = (
        section for section in read_recipe("consert").sections if section.name == "figure-6"
    )
    full = plan_encoders(["consert"], {})[0].settings
    for planned in plan_encoders(figure.encoders, {}):
        settings = planned.settings
        assert isinstance(settings, FineTuningSettings)
        assert isinstance(full, FineTuningSettings)
        batches = [max(1, int(limit) // settings.batch_size) for limit in figure.grid["limit"]]

        steps = [settings.epochs * count for count in batches]
        assert steps == [10, 10, 100, 1040]
        assert max(steps) < full.epochs * (89192 // full.batch_size)


@pytest.mark.parametrize("name", ["sg-bert", "consert"])
def test_a_shipped_recipe_runs_whole_at_its_smoke_size(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HARNESS_DATA", raising=False)

    result = CliRunner().invoke(main, ["run", name, "--smoke", "--device", "cpu"])

    reported = [
        line for line in result.stderr.splitlines() if line.startswith(("Error", "left out"))
    ]
    assert reported == ["left out: glove: glove needs its word vectors: --set vectors=FILE"]
    assert result.exit_code == 0
    folder = Path(f"runs/{name}-smoke")
    sections = read_recipe(name).sections
    assert all((folder / f"{section.name}.md").is_file() for section in sections)
    page = (folder / "report.html").read_text("utf-8")
    assert "SMOKE RUN, its figures mean nothing" in page
    assert all(f'<section id="{section.name}"' in page for section in sections)
    notes = [json.loads(path.read_bytes()) for path in folder.glob("*/done/*.json")]
    assert {note["job"].partition(",")[0] for note in notes} == {
        section.name for section in sections
    }
