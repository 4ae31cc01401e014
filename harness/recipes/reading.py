"""Read recipes: a user's own, or those that ship with the package."""

import re
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ValidationError

from harness.errors import RecipeError, UnknownNameError, did_you_mean
from harness.recipes.recipe import Recipe, Section, Smoke
from harness.results.files import tomllib

_GOT = 60  # characters of a wrong value that a message shows


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
        raise RecipeError(f"recipe {place}: {_describe(error)}") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecipeError(f"recipe {place} cannot be read: {error}") from error


def _describe(error: ValidationError) -> str:
    """Say in one line which key is wrong, what it must be and what it is."""
    first = error.errors()[0]
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
    key, kind, message = where.removeprefix("."), first["type"], first["msg"]
    got = repr(first["input"])
    got = got if len(got) <= _GOT else f"{got[:_GOT]}..."
    if kind == "missing":
        return f"{key} must be given, got nothing"
    if kind == "extra_forbidden":
        return _unknown_key(first["loc"], key)
    if kind == "value_error":
        return f"{key}: {first['ctx']['error']}" if key else str(first["ctx"]["error"])
    expected = re.sub(r"^\w+ should | after validation.*", "", message)
    return f"{key} must {expected}, got {got}"


def _unknown_key(loc: tuple[int | str, ...], key: str) -> str:
    owners: dict[str, type[BaseModel]] = {"sections": Section, "smoke": Smoke}
    owner = owners.get(str(loc[0]), Recipe) if len(loc) > 1 else Recipe
    known = sorted(owner.model_fields)
    hint = did_you_mean(str(loc[-1]), known)
    return f"unknown key {key!r}.{hint} Known: {', '.join(known)}"
