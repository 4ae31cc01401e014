"""Settings that every encoder has besides its own: what comes before and after its encoding."""

import dataclasses
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class CommonSettings:
    """What the harness does around any encoder, which knows nothing of it.

    Kept vectors and trained weights are those of the encoder itself, so that none of these
    settings is part of their keys. An encoder's own setting of the same name comes first.
    """

    def changed(self) -> dict[str, Any]:
        """Return the settings that differ from the defaults, by name."""
        fields = dataclasses.fields(self)
        values = {each.name: getattr(self, each.name) for each in fields}
        return {
            each.name: values[each.name] for each in fields if values[each.name] != each.default
        }


COMMON_NAMES = frozenset(each.name for each in dataclasses.fields(CommonSettings))
