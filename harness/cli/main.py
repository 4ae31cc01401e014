"""The command line: one module per command, each imported only when it is asked for."""

import os
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click
from typing_extensions import override

from harness.cli.terminal.streams import end_output, keep_output_apart, shown_streams
from harness.errors import DISK_CURES, HarnessError, did_you_mean, unwritable
from harness.machine.deadline import is_anything_abandoned
from harness.machine.signals import TerminatedError, termination_raised
from harness.results.locks import LockError
from harness.results.notices import Notice

_COMMANDS = {  # name: (module, attribute, what `harness --help` says of it)
    "train": ("harness.cli.train", "train_group", "Train an encoder."),
    "eval": ("harness.cli.eval", "evaluate_command", "Score encoders on tasks."),
    "run": ("harness.cli.run", "run_command", "Measure everything that a recipe lists."),
    "compare": ("harness.cli.compare", "compare_command", "Show whether differences are real."),
    "report": ("harness.cli.report", "report_command", "Show a folder of results in any format."),
    "records": (
        "harness.cli.records",
        "records_group",
        "List, remove and migrate records.",
    ),
    "sweep": ("harness.cli.sweep", "sweep_command", "Score every layer and pooling, or a grid."),
    "encode": ("harness.cli.encode", "encode_command", "Write sentences' vectors to a file."),
    "export": ("harness.cli.export", "export_command", "Write an encoder as a model for others."),
    "bench": ("harness.cli.bench", "bench_command", "Time encoders beside mean pooling."),
    "analyse": ("harness.cli.analyse", "analyse_command", "Measure encoders' embedding spaces."),
    "encoders": (
        "harness.cli.encoders",
        "encoders_group",
        "List, show, check and write encoders.",
    ),
    "tasks": ("harness.cli.tasks", "tasks_group", "List tasks, show one's data and protocols."),
    "data": ("harness.cli.data", "data_group", "Find, fetch and check data sets."),
    "cache": ("harness.cli.cache", "cache_group", "Show and clear what is kept to save work."),
    "doctor": ("harness.cli.doctor", "doctor_command", "Check versions, device, data and hub."),
}
_RESUMED = {  # what keeps its work as it goes, and resumes from it
    *("train", "eval", "run", "sweep", "encode", "analyse"),
    *("data fetch", "data back-translate", "records migrate"),
}
_INTERRUPTED, _PIPE_CLOSED, _TERMINATED = 130, 141, 143  # as a shell reports these signals


class _PipeClosedError(Exception):
    """The reader of a pipe had enough; click and rich would exit with 1."""


class HarnessGroup(click.Group):
    """Imports a command when it is asked for, and shows an error as one line."""

    debug = False
    _words: tuple[str, ...] = ()  # the command and what follows it

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of a first visit."""
        return list(_COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in _COMMANDS:
            return None
        module, attribute, _ = _COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), attribute)
        return command

    @override
    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; for a mistyped one, name the closest."""
        self._words = tuple(args[:2])
        if args[0] not in _COMMANDS and (hint := did_you_mean(args[0], _COMMANDS)):
            raise click.UsageError(f"No such command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, _, summary) in _COMMANDS.items()])

    @override
    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Parse, which prints help and version."""
        with _closed_pipe_raised():
            return super().make_context(info_name, args, parent, **extra)

    @override
    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _closed_pipe_raised():
            return super().invoke(ctx)

    def main(  # type: ignore[override] # click's overloads distinguish standalone_mode
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> Any:  # noqa: ANN401 - click's
        """Run, and exit 0 (done), 1 (HarnessError), 2 (usage), or as after a signal.

        That is 130 (SIGINT), 141 (SIGPIPE, the reader of standard output had enough) or 143
        (SIGTERM).
        """
        if args is None:
            keep_output_apart()
        with shown_streams():
            status = self._status(args, prog_name, **extra)
            end_output()
        if args is None:
            sys.stdout = sys.stderr  # whoever prints from now on, it is not the command
        code = status if isinstance(status, int) else 0
        if args is None and is_anything_abandoned():  # a hung plug-in must not hold the end up
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        sys.exit(code)

    def _status(self, args: Sequence[str] | None, prog_name: str | None, **extra: Any) -> Any:  # noqa: ANN401 - click's
        """Run, show an error as one line, and return the exit status."""
        self.debug, self._words = False, ()
        try:
            with termination_raised(), notices_printed():
                return super().main(args, prog_name, **{**extra, "standalone_mode": False})
        except click.ClickException as error:
            (_with_our_guess(error) if isinstance(error, click.NoSuchOption) else error).show()
            return error.exit_code
        except (click.Abort, KeyboardInterrupt):
            click.echo(self._ended("Interrupted"), err=True)
            return _INTERRUPTED
        except TerminatedError:
            click.echo(self._ended("Terminated"), err=True)
            return _TERMINATED
        except _PipeClosedError:
            return _PIPE_CLOSED
        except Exception as error:  # noqa: BLE001 - each is shown, with a traceback if asked for
            click.echo(traceback.format_exc() if self.debug else _one_line(error), err=True)
            return 1

    def _ended(self, how: str) -> str:
        """Say how a command ended, and whether the same command resumes."""
        is_resumed = not _RESUMED.isdisjoint({" ".join(self._words), *self._words[:1]})
        resumes = ": what was done is kept, the same command resumes"
        return f"{how}{resumes if is_resumed else ''}."


@contextmanager
def notices_printed() -> Iterator[None]:
    """Print each notice once, in a line on the error stream; other warnings as Python does."""
    shown: set[str] = set()
    with warnings.catch_warnings():
        warnings.simplefilter("always", Notice)
        show = warnings.showwarning

        def show_notice(
            message: Warning | str, category: type[Warning], *place: Any, **more: Any
        ) -> None:
            if not issubclass(category, Notice):
                show(message, category, *place, **more)
            elif str(message) not in shown:
                shown.add(str(message))
                click.echo(f"Note: {message}", err=True)

        warnings.showwarning = show_notice
        yield


@contextmanager
def _closed_pipe_raised() -> Iterator[None]:
    """Take the news of a closed pipe before click does, and from rich."""
    try:
        yield
    except BrokenPipeError as error:
        raise _PipeClosedError from error
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):
            raise _PipeClosedError from error
        raise


def _with_our_guess(error: click.NoSuchOption) -> click.UsageError:
    """Name the likeliest option, where click names the closest, all of a short one's letters."""
    params = error.ctx.command.get_params(error.ctx) if error.ctx else []
    names = [name for param in params for name in (*param.opts, *param.secondary_opts)]
    guess = did_you_mean(error.option_name, [name for name in names if name.startswith("--")])
    return click.UsageError(f"No such option {error.option_name!r}.{guess}", error.ctx)


def _one_line(error: Exception) -> str:
    if isinstance(error, HarnessError | LockError):
        return f"Error: {error}"
    if isinstance(error, OSError) and error.strerror:  # a full disk, a folder that is a file
        where = error.filename or "a file"
        if error.errno in DISK_CURES:
            return f"Error: {unwritable(f'{where} cannot be written', error)}"
        return f"Error: {where}: {error.strerror}"
    return f"Error: {type(error).__name__}: {error} ('harness --debug ...' shows where)"


def _debug(ctx: click.Context, _param: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's
    if isinstance(ctx.command, HarnessGroup):
        ctx.command.debug = value


@click.group(cls=HarnessGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sentence-harness", prog_name="harness")
@click.option(
    "--debug",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_debug,
    help="Show a traceback for every error.",
)
def main() -> None:
    """Settle which sentence encoder is better, by how much, and whether the difference is real.

    To start: harness eval mean --model minilm --tasks sts --data sample
    """
