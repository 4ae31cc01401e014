from pathlib import Path

import pytest

from harness.errors import RecipeError, UnknownNameError
from harness.planning import plan_encoders
from harness.recipe import Recipe, Section
from harness.recipe_files import read_recipe, shipped_recipes
from harness.recipe_jobs import plan_jobs
from harness.settings_sweep import grid_points
from results.published_figures import publications

GOOD = """
name = "mine"
title = "Mine"
models = ["tiny"]

[[sections]]
name = "table-1"
title = "Table 1"
encoders = ["mean"]
tasks = ["stsb-test"]
"""

KEYS = ("models", "name", "outputs", "published", "sections", "seeds", "smoke", "title")


def recipe(text: str = GOOD) -> Recipe:
    path = Path("mine.toml")
    path.write_text(text, encoding="utf-8")
    return read_recipe(str(path))


@pytest.mark.parametrize("name", ["sg-bert", "consert"])
def test_every_name_in_a_shipped_recipe_exists(name: str) -> None:
    jobs = plan_jobs(read_recipe(name)) + plan_jobs(read_recipe(name).small())

    assert {job.section.name for job in jobs} == {of.name for of in read_recipe(name).sections}


@pytest.mark.parametrize("name", ["sg-bert", "consert"])
def test_every_printed_table_stands_beside_a_section(name: str) -> None:
    printed = {f"{name}/{table.name}" for table in publications()[name].tables}

    assert {place for of in read_recipe(name).sections for place in of.published} == printed


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


def test_an_unknown_recipe_is_told_with_those_there_are() -> None:
    assert set(shipped_recipes()) == {"consert", "sg-bert"}
    with pytest.raises(UnknownNameError, match=r"unknown recipe 'sg-brt'. Did you mean 'sg-bert'"):
        read_recipe("sg-brt")


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ('title = "Mine"\n', "", "title must be given, got nothing"),
        ('"tiny"]\n', '"tiny"]\nseeds = 0\n', "seeds must be greater than or equal to 1, got 0"),
        ('"tiny"]\n', '"tiny"]\nseeds = "2"\n', "seeds must be a valid integer, got '2'"),
        (
            '"tiny"]\n',
            '"tiny"]\nseads = 2\n',
            "unknown key 'seads'. Did you mean 'seeds'? Known: " + ", ".join(KEYS),
        ),
        (
            'encoders = ["mean"]',
            'encoders = "mean"',
            "sections[0].encoders must be a valid tuple, got 'mean'",
        ),
        (
            'encoders = ["mean"]',
            "encoders = []",
            "sections[0]: encoders must be at least one, got none",
        ),
        (
            'title = "Table 1"',
            'title = "Table 1"\nmeasure = "speed"',
            "sections[0].measure must be 'scores', 'time', 'space' or 'sizes', got 'speed'",
        ),
        (
            'title = "Table 1"',
            'title = "Table 1"\nmeasure = "time"\nlayers = "all"',
            "sections[0]: grid and layers need measure 'scores', got 'time'",
        ),
        (
            'title = "Table 1"',
            'title = "Table 1"\ngrid = { layers = [] }',
            "sections[0].grid.layers must have at least 1 item, got []",
        ),
        (
            'name = "table-1"',
            'name = "../table"',
            "sections[0].name must match pattern '^[a-z0-9][\\w-]*$', got '../table'",
        ),
        ("[[sections]]", "[[section]]", "sections must be given, got nothing"),
    ],
)
def test_a_wrong_key_is_told_in_one_line(good: str, bad: str, message: str) -> None:
    assert good in GOOD

    with pytest.raises(RecipeError) as caught:
        recipe(GOOD.replace(good, bad, 1))

    assert str(caught.value) == f"recipe mine.toml: {message}"


def test_sections_of_one_name_are_refused() -> None:
    with pytest.raises(RecipeError, match="sections must have names of their own, got table-1, t"):
        recipe(GOOD + GOOD[GOOD.index("[[sections]]") :])


def test_what_is_no_toml_is_told_with_its_line() -> None:
    with pytest.raises(RecipeError, match=r"recipe mine\.toml cannot be read: .*line 2"):
        recipe("\nname =\n")


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ('["mean"]', '["meam"]', "unknown encoder 'meam'. Did you mean 'mean'"),
        ('["mean"]', '["mean:layer=1"]', "unknown setting of encoder 'mean' 'layer'"),
        ('["stsb-test"]', '["stsb-tset"]', "unknown task 'stsb-tset'. Did you mean 'stsb-test'"),
        (
            'title = "Table 1"',
            'title = "Table 1"\ngrid = { layers = ["last", "frist"] }',
            "layers must be",
        ),
        (
            'title = "Table 1"',
            'title = "Table 1"\npublished = ["sg-bert/stss"]',
            "unknown published table 'sg-bert/stss'. Did you mean 'sg-bert/sts'",
        ),
    ],
)
def test_a_name_that_does_not_exist_is_told_before_anything_is_measured(
    good: str, bad: str, message: str
) -> None:
    assert good in GOOD

    with pytest.raises(RecipeError) as caught:
        plan_jobs(recipe(GOOD.replace(good, bad, 1)))

    assert str(caught.value).startswith("recipe 'mine': section 'table-1': ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "settings = { layer = 1 }",
            "recipe 'mine': unknown setting 'layer'. Did you mean 'layer",
        ),
        ("task_settings = { nam = 1 }", "recipe 'mine': unknown task setting 'nam'. Did you mean"),
    ],
)
def test_a_setting_that_nothing_in_the_recipe_has_is_refused(line: str, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        plan_jobs(recipe(GOOD + line))

    assert str(caught.value).startswith(message)


def test_settings_are_written_as_toml_has_them() -> None:
    wide = GOOD.replace('"Table 1"', '"Table 1"\ngrid = { head = [false, 1, 0.5, "x"] }')

    assert recipe(wide).sections[0].grid == {"head": ("false", "1", "0.5", "x")}


def test_a_grid_is_a_job_for_each_encoder_and_model_and_an_optional_encoder_its_own() -> None:
    text = GOOD.replace('["mean"]', '["mean", "max"]\noptional = ["glove"]')
    grid = GOOD.replace('"Table 1"', '"Table 1"\nmodels = ["a", "b"]\ngrid = { layers = [1] }')

    plain, varied = plan_jobs(recipe(text)), plan_jobs(recipe(grid))

    assert [(job.encoders, job.model, job.optional) for job in plain] == [
        (("mean", "max"), "tiny", False),
        (("glove",), "tiny", True),
    ]
    assert [(job.encoders, job.model) for job in varied] == [
        (("mean",), "a"),
        (("mean",), "b"),
    ]


def test_a_smoke_run_has_little_of_everything() -> None:
    text = f"""{GOOD}
grid = {{ layers = [1, 2, 3] }}
seeds = 8
settings = {{ top_k = 1 }}

[smoke]
grid_values = 1
settings = {{ top_k = 2 }}
own = {{ mean = "drop_frequent=1" }}
"""

    small = recipe(text).small()

    (section,) = small.sections
    assert (small.name, small.seeds, section.seeds) == ("mine-smoke", 1, None)
    assert section.grid == {"layers": ("1",)}
    assert section.settings == {"top_k": "2"}
    assert section.encoders == ("mean:drop_frequent=1",)


def test_one_model_takes_the_place_of_all() -> None:
    text = GOOD.replace('"Table 1"', '"Table 1"\nmodels = ["a", "b"]')

    assert [job.model for job in plan_jobs(recipe(text).with_model("c"))] == ["c"]
