"""What a command line says twice is refused, by every command."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from harness.cli.main import main


def commands(group: click.Group, *names: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in names or group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if name == "train":
            yield from commands(command, "sg")  # type: ignore[arg-type] # a group
        elif isinstance(command, click.Group):
            yield from commands(command)
        else:
            yield name, command


def words(option: click.Option) -> list[str]:
    if option.secondary_opts:
        return [option.opts[-1], option.secondary_opts[-1]]
    return [option.opts[-1], "1", option.opts[0], "2"]


SINGLE = [
    (command, option)
    for _, command in commands(main)
    for option in command.params
    if isinstance(option, click.Option)
    and not option.multiple
    and (option.secondary_opts or not option.is_flag)
]


@pytest.mark.parametrize(
    ("command", "option"),
    SINGLE,
    ids=[f"{command.name} {option.opts[-1]}" for command, option in SINGLE],
)
def test_every_option_of_one_value_is_refused_when_it_repeats(
    command: click.Command, option: click.Option
) -> None:
    with pytest.raises(click.UsageError, match=r"^--\S+ must be given once, got it 2 times$"):
        command.make_context("command", words(option))


def test_options_of_every_kind_of_command_are_tried() -> None:
    tried = {f"{command.name} {option.opts[-1]}" for command, option in SINGLE}

    assert {
        "sweep --model",
        "sg --temperature",
        "import --data",
        "bench --memory",
        "encode --out",
    } <= tried


@pytest.mark.parametrize(
    "arguments",
    [
        ["eval", "mean", "--tasks", "none", "--tasks", "none", "--json", "--json"],
        ["eval", "mean", "--tasks", "none", "--set", "layers=1", "--set", "layers=1"],
    ],
)
def test_what_loses_nothing_may_repeat(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, [*arguments, "--data", "sample"])

    assert "unknown task 'none'" in result.output


def test_a_value_from_the_environment_is_no_second_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    result = CliRunner().invoke(main, ["eval", "--tasks", "none", "--offline", "--data", "sample"])

    assert "unknown task 'none'" in result.output


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["eval", "--json", "--format", "csv"], "--json and --format exclude each other"),
        (["analyse", "mean", "--format", "latex", "--json"], "--json and --format exclude"),
        (["compare", "--json", "--format", "csv"], "--json and --format exclude each other"),
        (["train", "sg", "--bf16", "--dtype", "fp32"], "--bf16 and --dtype exclude each other"),
        (
            ["eval", "--nan", "zero", "--task-set", "nan=fail"],
            "setting 'nan' must be given one value, got 'fail' and 'zero'",
        ),
        (
            ["eval", "--metric", "kendall", "--task-set", "kendall=false"],
            "setting 'kendall' must be given one value, got 'false' and 'true'",
        ),
        (
            ["sweep", "--metric", "kendall", "--task-set", "kendall=false"],
            "setting 'kendall' must be given one value, got 'false' and 'true'",
        ),
        (
            ["train", "sg:temperature=0.1", "--temperature", "0.2"],
            "setting 'temperature' must be given one value, got '0.1' and '0.2'",
        ),
    ],
)
def test_options_that_overrule_each_other_are_refused(arguments: list[str], problem: str) -> None:
    result = CliRunner().invoke(main, arguments)

    assert problem in result.output
    assert result.exit_code == 2
