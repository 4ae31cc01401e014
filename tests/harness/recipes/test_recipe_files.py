from pathlib import Path

import pytest

from harness.errors import RecipeError, UnknownNameError
from harness.recipes.reading import read_recipe, shipped_recipes
from harness.recipes.recipe import Recipe

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


def test_an_unknown_recipe_is_reported_with_those_there_are() -> None:
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
def test_a_wrong_key_is_reported_in_one_line(good: str, bad: str, message: str) -> None:
    assert good in GOOD

    with pytest.raises(RecipeError) as caught:
        recipe(GOOD.replace(good, bad, 1))

    assert str(caught.value) == f"recipe mine.toml: {message}"


def test_sections_of_one_name_are_refused() -> None:
    with pytest.raises(RecipeError, match="sections must have names of their own, got table-1, t"):
        recipe(GOOD + GOOD[GOOD.index("[[sections]]") :])


def test_what_is_no_toml_is_reported_with_its_line() -> None:
    with pytest.raises(RecipeError, match=r"recipe mine\.toml cannot be read: .*line 2"):
        recipe("\nname =\n")


def test_settings_are_written_as_toml_has_them() -> None:
    wide = GOOD.replace('"Table 1"', '"Table 1"\ngrid = { head = [false, 1, 0.5, "x"] }')

    assert recipe(wide).sections[0].grid == {"head": ("false", "1", "0.5", "x")}


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
