"""What the shell offers for words that are half typed."""

import json
from pathlib import Path

import click
import pytest

from harness.cli.options.completion import complete_recorded
from harness.cli.options.shared import PluginName, settings_option
from harness.cli.run import run_command


def offered(word: str) -> list[str]:
    context, param = click.Context(click.Command("eval")), click.Argument(["encoders"])
    return [one.value for one in PluginName("encoder").shell_complete(context, param, word)]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("mean:lay", ["mean:layers="]),
        ("base=mean:lay", ["base=mean:layers="]),
        ("mean:layers=last2,prec", ["mean:layers=last2,precision="]),
        ("mean:precision=ub", ["mean:precision=ubinary"]),
        ("mean@mini", ["mean@minilm"]),
        ("cls,wk", ["cls,wk"]),
    ],
)
def test_the_shell_completes_specs(word: str, expected: list[str]) -> None:
    assert offered(word) == expected


def test_a_setting_is_offered_once() -> None:
    assert "mean:layers=1,layers=" not in offered("mean:layers=1,")
    assert "mean:layers=1,dim=" in offered("mean:layers=1,")


def test_set_offers_the_settings_of_the_encoders_before_it() -> None:
    command = settings_option()(click.Command("eval"))
    context = click.Context(command)
    context.params["encoders"] = ("base=mean:layers=1",)

    (option,) = command.params
    names = [one.value for one in option.shell_complete(context, "prec")]

    assert names == ["precision="]


def test_recorded_encoders_are_read_from_the_heads_of_files(tmp_path: Path) -> None:
    head = json.dumps({"encoder": "mean:layers=1", "name": "base"})
    (tmp_path / "a.json").write_text(f"{head}\n broken", encoding="utf-8")
    (tmp_path / "b.json").write_bytes(b"\xff\x00")
    context = click.Context(click.Command("compare"))
    context.params["records"] = tmp_path

    names = [one.value for one in complete_recorded(context, click.Argument(["encoders"]), "")]

    assert names == ["base", "mean:layers=1"]


def test_recipes_are_offered_and_files_where_none_fits() -> None:
    (recipe,) = [one for one in run_command.params if one.name == "recipe"]
    context = click.Context(run_command)

    (shipped,) = recipe.shell_complete(context, "sg-")
    (file,) = recipe.shell_complete(context, "my-rec")

    assert shipped.value == "sg-bert"
    assert (file.value, file.type) == ("my-rec", "file")
