"""Commands that know the user's own defaults, and refuse what the command line says twice."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import click
from click.core import ParameterSource
from typing_extensions import override

from harness.cli.options.groups import sections
from harness.cli.options.own_defaults import default_map, own_defaults

_SHORT_FORMS = {"as_json": "output_format", "bf16": "dtype"}
"""Names of flags that set another option, and of that option."""


class Command(click.Command):
    """A command whose options of one value are given once: none is silently overruled."""

    @override
    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Parse, with the user's own defaults."""
        extra.setdefault("default_map", default_map(self))
        return super().make_context(info_name, args, parent, **extra)

    @override
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse, and refuse options that repeat or overrule each other.

        Raises:
            click.UsageError: If there is such an option, or the user's own defaults are wrong.
        """
        if not ctx.resilient_parsing:  # then the shell asks for completions
            given = self.make_parser(ctx).parse_args(list(args))[2]
            for option, count in Counter(filter(_is_used_once, given)).items():
                if count > 1:
                    ctx.fail(f"{_name(option)} must be given once, got it {count} times")
        rest = super().parse_args(ctx, args)
        self._refuse_short_forms(ctx)
        if not ctx.resilient_parsing:
            own_defaults()
        return rest

    @override
    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options in their groups."""
        shown = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        for title, options in sections(one for one in shown if not one.hidden):
            records = (one.get_help_record(ctx) for one in options)
            with formatter.section(title):
                formatter.write_dl([record for record in records if record is not None])

    def _refuse_short_forms(self, ctx: click.Context) -> None:
        options = {option.name: option for option in self.get_params(ctx)}
        for short, long in _SHORT_FORMS.items():
            is_given = ctx.get_parameter_source(long) is ParameterSource.COMMANDLINE
            if ctx.params.get(short) and is_given:
                ctx.fail(f"{_name(options[short])} and {_name(options[long])} exclude each other")


class Group(click.Group):
    """A group of such commands."""

    command_class = Command


def join_settings(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """Merge settings that several options give.

    Raises:
        click.UsageError: If two of them give one setting two values.
    """
    joined: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            if joined.setdefault(name, value) != value:
                both = f"got {joined[name]!r} and {value!r}"
                raise click.UsageError(f"setting {name!r} must be given one value, {both}")
    return joined


def is_given(name: str) -> bool:
    """Whether the command line of the running command has this option."""
    return click.get_current_context().get_parameter_source(name) is ParameterSource.COMMANDLINE


def _is_used_once(parameter: click.Parameter) -> bool:
    """Whether it is an option of which the last would overrule the others."""
    if not isinstance(parameter, click.Option) or parameter.multiple or parameter.count:
        return False
    return not parameter.is_flag or bool(parameter.secondary_opts)


def _name(option: click.Parameter) -> str:
    return "/".join(max(names, key=len) for names in (option.opts, option.secondary_opts) if names)
