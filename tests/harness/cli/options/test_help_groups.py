from collections.abc import Iterator

import click
import pytest

from harness.cli.main import main
from harness.cli.options.commands import Command
from harness.cli.options.groups import ADVANCED, MODEL, SCORE, GroupedOption, option, sections


def every_command(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """Yield the commands below one that are no group, by what is typed."""
    context = click.Context(command, info_name=name, resilient_parsing=True)
    if not isinstance(command, click.Group):
        yield name, command
        return
    for part in command.list_commands(context):
        if (found := command.get_command(context, part)) is not None:
            yield from every_command(found, f"{name} {part}")


def test_every_option_of_every_command_says_in_which_group_of_help_it_is() -> None:
    ungrouped = [
        f"{name} {param.opts[-1]}: declare it with harness.cli.options.groups.option"
        for name, command in every_command(main, "harness")
        for param in command.params
        if isinstance(param, click.Option) and not isinstance(param, GroupedOption)
    ]

    assert ungrouped == []


@pytest.fixture
def many() -> click.Command:
    """Return a command with options of three groups, and a hidden one."""
    names = {ADVANCED: "cd", SCORE: "abg", MODEL: "ef"}
    params = [
        GroupedOption([f"--{name}"], group=group) for group, both in names.items() for name in both
    ]
    return Command("many", params=[*params, GroupedOption(["--x"], group=MODEL, hidden=True)])


def test_help_shows_the_groups_in_one_order_and_each_option_once(many: click.Command) -> None:
    text = many.get_help(click.Context(many))
    words = [word for word in text.split() if word.endswith(":") or word.startswith("--")]

    assert words[1:] == [
        *(
            "score:",
            "--a",
            "--b",
            "--g",
            "Model:",
            "--e",
            "--f",
            "Advanced:",
            "--c",
            "--d",
            "--help",
        ),
    ]


def test_help_of_few_options_needs_no_groups() -> None:
    @click.command("few", cls=Command)
    @option(MODEL, "--model")
    @option(ADVANCED, "--seed")
    def few() -> None: ...

    titles = [title for title, _ in sections(o for o in few.params if isinstance(o, click.Option))]

    assert titles == ["Options"]
