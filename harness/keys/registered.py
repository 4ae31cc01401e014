"""What keys take of an encoder: what it is registered as, and its code."""

from functools import partial
from typing import Any, Protocol

from harness.machine.boundary import Boundary


class RegisteredEncoder(Protocol):
    """What keys take of a planned encoder."""

    @property
    def spec(self) -> str:
        """Name and the settings that differ from the defaults."""
        ...

    @property
    def factory(self) -> Any:  # noqa: ANN401 - whatever is registered
        """What is registered under the name, and makes the encoder."""
        ...

    @property
    def settings(self) -> Any:  # noqa: ANN401 - a dataclass of the encoder's own
        """All settings, a dataclass."""
        ...

    @property
    def origin(self) -> str:
        """Distribution and version that it comes from, or name and checksum of its file."""
        ...

    @property
    def code(self) -> str:
        """Checksum of its package's modules and of those beside it; empty if there are none."""
        ...

    @property
    def boundary(self) -> Boundary:
        """What calls of its code pass."""
        ...


def factory_arguments(factory: object) -> list[object]:
    """Return what a partially applied factory was given before."""
    if not isinstance(factory, partial):
        return []
    return [*factory_arguments(factory.func), factory.args, factory.keywords]
