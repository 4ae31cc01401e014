from pathlib import Path

import pytest

from harness.errors import RecipeError
from harness.recipes.jobs import plan_jobs
from harness.recipes.reading import read_recipe
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


def recipe(text: str = GOOD) -> Recipe:
    path = Path("mine.toml")
    path.write_text(text, encoding="utf-8")
    return read_recipe(str(path))


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ('["mean"]', '["meam"]', "unknown encoder 'meam'. Did you mean 'mean'"),
        ('["mean"]', '["mean:layer=1"]', "unknown setting 'layer' of encoder 'mean'"),
        ('["stsb-test"]', '["stsb-tset"]', "unknown task 'stsb-tset'. Did you mean 'stsb-test'"),
        ('"stsb-test"', '"stsb-test:nam=zero"', "unknown setting 'nam' of task 'stsb-test'. Did"),
        ('"stsb-test"', '"stsb-test:nan=one"', "nan of task 'stsb-test' must be fail|zero, got"),
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
def test_a_name_that_does_not_exist_is_reported_before_anything_is_measured(
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
        ("settings = { layer = 1 }", "unknown setting 'layer'. Did you mean 'layers'"),
        ("task_settings = { nam = 1 }", "unknown task setting 'nam'. Did you mean 'nan'"),
    ],
)
def test_a_setting_that_nothing_in_the_recipe_has_is_refused(line: str, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        plan_jobs(recipe(GOOD + line))

    assert str(caught.value).startswith(f"recipe 'mine': {message}")


def test_an_unknown_paper_is_refused_before_anything_is_measured() -> None:
    with pytest.raises(RecipeError, match="unknown paper 'sg'"):
        plan_jobs(recipe(GOOD.replace('"tiny"]', '"tiny"]\npublished = ["sg"]')))


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


def test_one_model_takes_the_place_of_all() -> None:
    text = GOOD.replace('"Table 1"', '"Table 1"\nmodels = ["a", "b"]')

    assert [job.model for job in plan_jobs(recipe(text).with_model("c"))] == ["c"]
