"""Notices: what was passed over and changes no number, one line each."""

import warnings


class Notice(UserWarning):
    """Something was passed over; the command line prints its one line."""


def notify(message: str) -> None:
    """Report something that was passed over.

    Args:
        message: One line.
    """
    warnings.warn(message, Notice, stacklevel=3)
