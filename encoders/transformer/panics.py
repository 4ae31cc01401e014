"""A library in Rust that fails by what it calls a panic: one line, and none of its pages."""

from collections.abc import Iterator
from contextlib import contextmanager

from harness.errors import ModelError, first_line
from harness.machine.held_errors import HeldErrors

_PANIC = "PanicException"  # of pyo3; each library has its own


@contextmanager
def panics_refused(name: str) -> Iterator[None]:
    """Refuse a model whose tokenizer panics.

    Args:
        name: How the user named the model, for messages.

    Raises:
        ModelError: If it does.
    """
    with HeldErrors() as held:
        try:
            yield
        except BaseException as error:
            if type(error).__name__ != _PANIC:
                raise
            held.drop()
            msg = f"tokenizer of model {name!r} fails, its files are damaged"
            raise ModelError(f"{msg}: {first_line(error)}") from error
