"""Groups of options, as help shows them; each option says which one it is in."""

from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_FEW = 7  # options that need no groups


class HelpGroup(Enum):
    """A group of options: its title, in the order in which help shows the groups."""

    SCORE = "What to score"
    SHOW = "What to show"
    MODEL = "Model"
    HYPERPARAMETERS = "Hyperparameters"
    TRAINING = "Training"
    OUTPUT = "Output"
    ADVANCED = "Advanced"


SCORE, SHOW, MODEL = HelpGroup.SCORE, HelpGroup.SHOW, HelpGroup.MODEL
HYPERPARAMETERS, TRAINING = HelpGroup.HYPERPARAMETERS, HelpGroup.TRAINING
OUTPUT, ADVANCED = HelpGroup.OUTPUT, HelpGroup.ADVANCED


class GroupedOption(click.Option):
    """An option of a group.

    Args:
        group: The group.
        more: As click takes it.
    """

    def __init__(self, *names: Any, group: HelpGroup, **more: Any) -> None:
        super().__init__(*names, **more)
        self.group = group


def option(
    group: HelpGroup, *names: str, cls: type[GroupedOption] = GroupedOption, **more: Any
) -> Callable[[F], F]:
    """Declare an option of a group, as `click.option` does.

    Args:
        group: Where help shows it.
        names: Its flags, and the name of the parameter.
        cls: Its class.
        more: As click takes it.
    """
    return click.option(*names, cls=cls, group=group, **more)


def sections(options: Iterable[click.Option]) -> Iterator[tuple[str, list[click.Option]]]:
    """Yield the titles of help's sections, and the options in each; few options are one section.

    What belongs to no group, as click's own ``--help``, comes last.
    """
    every = list(options)
    if len(every) <= _FEW:
        yield "Options", every
        return
    for group in HelpGroup:
        if own := [one for one in every if _group(one) is group]:
            yield group.value, own


def _group(one: click.Option) -> HelpGroup:
    return one.group if isinstance(one, GroupedOption) else ADVANCED
