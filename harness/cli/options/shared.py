"""Options that several commands share."""

import os
from collections.abc import Callable
from functools import wraps
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem
from typing_extensions import override

from harness.cli.options.completion import (
    Kind,
    assignment_completer,
    complete_model,
    completer,
    spec_candidates,
)
from harness.cli.options.groups import ADVANCED, OUTPUT, SCORE, SHOW, HelpGroup, option
from harness.cli.options.own_defaults import OwnDefaultOption, RecordsOption, known_defaults
from harness.data import DataFolder, default_data
from harness.plugins.files import VARIABLE, broken_files, load_if_possible, load_named_plugins
from harness.results.families import DEFAULT_PROTOCOL, FAMILY_METRICS, PROTOCOLS
from harness.results.formats.formats import TABLE_FORMATS
from harness.results.locks import lock_timeout
from harness.results.records.store import DEFAULT_FOLDER
from harness.written_values import parse_assignments

F = TypeVar("F", bound=Callable[..., Any])


class PluginName(click.ParamType[str]):
    """A registered name, completed by the shell; checked when it is used."""

    def __init__(self, kind: Kind) -> None:
        self.name = self.kind = kind

    @override
    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer names, settings, their values, and models behind ``@``; else files."""
        kind = self.kind
        offer = completer(lambda _ctx, text: spec_candidates(kind, text))
        return offer(ctx, param, incomplete)


class MetricName(click.ParamType[str]):
    """A metric: any that a task measures; the shell completes those of the harness's families."""

    name = "metric"

    @override
    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse a name of nothing."""
        return value.strip() or self.fail("must name a metric, got none", param, ctx)

    @override
    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the metrics of the harness's own families."""
        known = dict.fromkeys(chain.from_iterable(FAMILY_METRICS.values()))
        return [CompletionItem(name) for name in known if name.startswith(incomplete)]


def split_commas(
    _ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]
) -> list[str]:
    """Flatten a repeatable option whose values may be lists ``a,b``.

    Raises:
        click.BadParameter: If a value names nothing, as that of an empty variable of a shell.
    """
    lists = [[part.strip() for part in value.split(",") if part.strip()] for value in values]
    if not all(lists):
        raise click.BadParameter("must name at least one, got none")
    return [part for parts in lists for part in parts]


def read_assignments(
    _ctx: click.Context, _param: click.Parameter, texts: tuple[str, ...]
) -> dict[str, str]:
    """Read a repeatable option whose values are ``NAME=VALUE``."""
    return parse_assignments(texts)


def add_options(command: F, *options: Callable[[F], F]) -> F:
    """Add options to a command, in the order in which its help shows them."""
    for each in reversed(options):
        command = each(command)
    return command


def _open_default(
    ctx: click.Context, param: click.Parameter, place: str | None
) -> str | DataFolder | None:
    """Let the user's own default name a folder that does not exist: a run may need none."""
    own = known_defaults().get("data")
    source = ctx.get_parameter_source(str(param.name))
    if place is None or own is None or source is not ParameterSource.DEFAULT_MAP:
        return place
    data = default_data(place, own.source)
    return place if data.root.is_dir() else data


def data_option_in(group: HelpGroup) -> Callable[[F], F]:
    """Return the option that names the data folder, in one of help's groups."""
    return option(
        group,
        "--data",
        cls=OwnDefaultOption,
        own="data",
        callback=_open_default,
        metavar="FOLDER",
        show_default="HARNESS_DATA, or the user's data folder",
        help="Data folder, or sample.",
    )


data_option = data_option_in(SCORE)

no_cache_option = option(
    ADVANCED,
    "--no-cache",
    "cache",
    flag_value=False,
    default=True,
    help="Keep no vectors between runs.",
)


def _limit_locks(ctx: click.Context, _param: click.Parameter, seconds: float | None) -> None:
    ctx.with_resource(lock_timeout(seconds))


lock_timeout_option = option(
    ADVANCED,
    "--lock-timeout",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    expose_value=False,
    callback=_limit_locks,
    help="Longest wait for another run that writes the same.  [default: any]",
)
json_option = option(OUTPUT, "--json", "as_json", is_flag=True, help="Short for --format json.")
ci_option = option(
    OUTPUT,
    "--ci",
    "intervals",
    is_flag=True,
    help="Show 95 % intervals, and what ties with the best.",
)
task_settings_option = option(
    SCORE,
    "--task-set",
    "task_settings",
    multiple=True,
    shell_complete=assignment_completer("task"),
    callback=read_assignments,
    metavar="NAME=VALUE",
    help="Setting for every task that has it; repeatable.",
)
protocols_option = option(
    OUTPUT,
    "--protocol",
    "protocols",
    multiple=True,
    type=click.Choice([*PROTOCOLS]),
    help="Protocol to show; repeatable.  [default: all three]",
)


model_filter_option = option(
    SHOW,
    "-m",
    "--model",
    "models",
    multiple=True,
    shell_complete=complete_model,
    metavar="MODEL",
    help="Only results of this transformer, and of encoders that read none; repeatable.",
)
encoder_filter_option = option(
    SHOW,
    "-e",
    "--encoder",
    "encoders",
    multiple=True,
    type=PluginName("encoder"),
    metavar="ENCODER",
    help="Only results of this encoder, by the name that tables show, its spec, mean@minilm, or a"
    " pattern, 'mean*'; repeatable.",
)


def _read_names(
    _ctx: click.Context, _param: click.Parameter, texts: tuple[str, ...]
) -> dict[str, str]:
    """Read ``OLD=NEW``; an old name may have an equals sign itself, as in a spec."""
    names: dict[str, str] = {}
    for text in texts:
        old, _, new = (part.strip() for part in text.rpartition("="))
        if not old or not new:
            raise click.BadParameter(f"must be OLD=NEW, got {text!r}")
        if names.setdefault(old, new) != new:
            raise click.BadParameter(f"{old!r} must get one name, got {names[old]!r} and {new!r}")
    return names


rename_option = option(
    SHOW,
    "--rename",
    multiple=True,
    callback=_read_names,
    metavar="OLD=NEW",
    help="Call an encoder otherwise, such as 'mean:layers=last2=base'; repeatable.",
)
data_filter_option = option(
    SHOW,
    "--data",
    multiple=True,
    metavar="DATA",
    help="Only results on this data: a folder, sample, or a checksum's beginning, which chooses"
    " among the results on its task; repeatable.",
)


def protocol_option(description: str) -> Callable[[F], F]:
    """Return the option that chooses one protocol."""
    return option(
        OUTPUT,
        "--protocol",
        type=click.Choice([*PROTOCOLS]),
        default=DEFAULT_PROTOCOL,
        show_default=True,
        help=description,
    )


def metrics_option(default: str = "each task's own") -> Callable[[F], F]:
    """Return the option that chooses the metrics of tables."""
    return option(
        OUTPUT,
        "--metric",
        "metrics",
        multiple=True,
        type=MetricName(),
        help=f"Metric to show, any that a task measures; repeatable.  [default: {default}]",
    )


def settings_option(
    description: str = "Setting for every encoder that has it; repeatable.",
    group: HelpGroup = SCORE,
) -> Callable[[F], F]:
    """Return the option that sets what encoders have settings for."""
    return option(
        group,
        "--set",
        "settings",
        multiple=True,
        shell_complete=assignment_completer("encoder"),
        callback=read_assignments,
        metavar="NAME=VALUE",
        help=description,
    )


def format_option(*others: str, description: str = "How to print the scores.") -> Callable[[F], F]:
    """Return the option that chooses one of `TABLE_FORMATS` or of the other formats."""
    return option(
        OUTPUT,
        "--format",
        "output_format",
        type=click.Choice([*TABLE_FORMATS, *others]),
        default="table",
        show_default=True,
        help=description,
    )


def out_option(
    name: str = "out", description: str = "Folder of the records.", *, old_name: bool = True
) -> Callable[[F], F]:
    """Return the option that names the folder of the records.

    Args:
        name: How the command receives it.
        description: Its help.
        old_name: Whether ``--out`` means it too, which names a file elsewhere.
    """
    return option(
        OUTPUT,
        "--records",
        *(["--out"] if old_name else []),
        name,
        cls=RecordsOption,
        own="out",
        type=click.Path(file_okay=False, path_type=Path),
        default=DEFAULT_FOLDER,
        show_default=True,
        help=description,
    )


def folder_or_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add the option of the folder of records to a command that took it as an argument.

    The argument still works. The command receives the folder as ``folder``.
    """

    @wraps(command)
    def joined(*, place: Path | None, records: Path, **arguments: Any) -> None:
        ctx = click.get_current_context()
        is_named = ctx.get_parameter_source("records") is ParameterSource.COMMANDLINE
        if place is not None and is_named:
            raise click.UsageError(f"FOLDER and --records exclude each other, got {str(place)!r}")
        command(folder=place or records, **arguments)

    argument = click.argument(
        "place",
        required=False,
        metavar="[FOLDER]",
        type=click.Path(file_okay=False, path_type=Path),
    )
    return add_options(joined, argument, out_option("records"))


def plugin_option(*, warn: bool = True) -> Callable[[F], F]:
    """Make the option that names plug-in files.

    Args:
        warn: Whether to say at once what is wrong with one; if not, the command itself does.
    """

    def load(ctx: click.Context, _param: click.Parameter, paths: tuple[Path, ...]) -> None:
        if ctx.resilient_parsing:  # the shell asks for completions
            return
        load_named_plugins()
        load_if_possible(paths)
        for error in broken_files().values() if warn else ():
            click.echo(f"Warning: {error}", err=True)

    return option(
        ADVANCED,
        "--plugin",
        "plugins",
        multiple=True,
        type=click.Path(exists=True, path_type=Path),
        metavar="FILE",
        is_eager=True,
        expose_value=False,
        callback=load,
        help="Use this Python file's encoders and tasks too, or a TOML file's task, or all of a"
        " folder; repeatable.  [also:"
        f" {VARIABLE}, files separated by '{os.pathsep}']",
    )
