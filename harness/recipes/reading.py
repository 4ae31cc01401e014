"""Read recipes: a user's own, or those that ship with the package."""

from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from harness.errors import RecipeError, UnknownNameError
from harness.recipes.recipe import Recipe
from harness.results.files import tomllib
from harness.toml_models import describe_invalid


def shipped_recipes() -> dict[str, str]:
    """Return the text of every recipe that ships with the package, by its name."""
    return {
        Path(path.name).stem: path.read_text(encoding="utf-8")
        for path in sorted(files("harness.recipes").iterdir(), key=lambda path: path.name)
        if path.name.endswith(".toml")
    }


def read_recipe(place: str) -> Recipe:
    """Read a recipe file, or one that ships with the package.

    Args:
        place: Path of a TOML file, or ``sg-bert`` or ``consert``.

    Raises:
        UnknownNameError: If there is neither such a file nor such a recipe.
        RecipeError: If it is not what a recipe must be; names the key.
    """
    path, shipped = Path(place), shipped_recipes()
    if not path.is_file() and place not in shipped:
        raise UnknownNameError("recipe", place, shipped)
    try:
        text = path.read_text(encoding="utf-8") if path.is_file() else shipped[place]
        return Recipe.model_validate(tomllib.loads(text))
    except ValidationError as error:
        raise RecipeError(f"recipe {place}: {describe_invalid(error, Recipe)}") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecipeError(f"recipe {place} cannot be read: {error}") from error
