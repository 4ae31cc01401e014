"""Ask before something is removed."""

import click

from harness.errors import HarnessError


def ask(question: str) -> None:
    """Ask a question that is answered with yes or no; no and silence end the command with 1.

    Raises:
        HarnessError: If nobody answers yes.
    """
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort as error:
        if not isinstance(error.__context__, EOFError):  # the user pressed Ctrl-C
            raise
        click.echo(err=True)
        raise HarnessError("nothing was removed: nobody answered, use --yes") from error
    if not agreed:
        raise HarnessError("nothing was removed")
