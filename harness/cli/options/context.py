"""Options that say with which transformer a command works, on what and within what limits."""

from collections.abc import Callable
from typing import Any

import click

from harness.cli.options.completion import complete_model
from harness.cli.options.groups import ADVANCED, MODEL, option
from harness.cli.options.own_defaults import OwnDefaultOption
from harness.cli.options.shared import F, add_options
from harness.encoder import DEFAULT_MODEL, Context

device_option = option(
    MODEL,
    "--device",
    cls=OwnDefaultOption,
    own="device",
    default=Context.device,
    show_default=True,
    metavar="DEVICE",
    help="auto, cpu, cuda, cuda:N or mps.",
)


def offline_option(description: str = "Use only what is on this machine.") -> Callable[[F], F]:
    """Return the option that keeps a command from the network."""
    return option(ADVANCED, "--offline", is_flag=True, envvar="HF_HUB_OFFLINE", help=description)


def machine_options(command: F) -> F:
    """Add the options of the machine: device, number format, limits, network."""
    return add_options(
        command,
        device_option,
        option(
            MODEL,
            "--dtype",
            cls=OwnDefaultOption,
            own="dtype",
            type=click.Choice(["fp32", "bf16", "fp16"]),
            default=Context.dtype,
            show_default=True,
            help="Number format of the transformer.",
        ),
        option(
            MODEL,
            "--max-length",
            type=click.IntRange(min=3),
            metavar="TOKENS",
            help="Cut longer inputs.  [default: the model's own limit]",
        ),
        option(
            ADVANCED,
            "--token-budget",
            type=click.IntRange(min=1),
            metavar="TOKENS",
            help="Most tokens in a batch.  [default: chosen for the device]",
        ),
        offline_option(),
    )


def context_options(command: F) -> F:
    """Add the options that make a `Context`."""
    return _model_option("model")(machine_options(command))


def models_options(command: F) -> F:
    """Add the same options for a command that takes several transformers, as ``models``."""
    named = _model_option(
        "models",
        "; repeatable: every encoder that reads one is scored with each.",
        multiple=True,
        default=[DEFAULT_MODEL],
    )
    return named(machine_options(command))


def _model_option(name: str, more: str = ".", **attributes: Any) -> Callable[[F], F]:
    return option(
        MODEL,
        "-m",
        "--model",
        name,
        cls=OwnDefaultOption,
        own="model",
        shell_complete=complete_model,
        show_default=True,
        metavar="MODEL",
        help=f"Transformer: hub name or NAME@REVISION, local folder, or minilm{more}",
        **{"default": DEFAULT_MODEL, **attributes},
    )


def take_context(options: dict[str, Any]) -> Context:
    """Move the context's options out of a command's keyword arguments, those that it has.

    Of several ``models``, which stay there, the first is the context's.
    """
    names = ("model", "device", "dtype", "max_length", "token_budget", "offline")
    values = {name: options.pop(name) for name in names if name in options}
    first = {"model": options["models"][0]} if options.get("models") else {}
    return Context(**values, **first)
