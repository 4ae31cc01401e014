"""Settings that every encoder has besides its own: what comes before and after its encoding."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from harness.settings import setting


@dataclass(frozen=True)
class CommonSettings:
    """What the harness does around any encoder, which knows nothing of it.

    Kept vectors and trained weights are those of the encoder itself, so that none of these
    settings is part of their keys. An encoder's own setting of the same name comes first.
    """

    prompt: str = setting("", help="text put before each sentence", verbatim=True)
    second_prompt: str | None = setting(
        None,
        help="text put before the second sentence of each pair, such as a document's where the"
        " first is a query; none: as prompt",
        verbatim=True,
    )

    def __post_init__(self) -> None:
        """Give one meaning one form: a second prompt only where it is another."""
        if self.second_prompt == self.prompt:
            object.__setattr__(self, "second_prompt", None)

    @property
    def prompts(self) -> tuple[str, str]:
        """What is put before a first sentence, and before a second one."""
        return self.prompt, self.prompt if self.second_prompt is None else self.second_prompt

    def changed(self) -> dict[str, Any]:
        """Return the settings that differ from the defaults, by name."""
        fields = dataclasses.fields(self)
        values = {each.name: getattr(self, each.name) for each in fields}
        return {
            each.name: values[each.name] for each in fields if values[each.name] != each.default
        }


COMMON_NAMES = frozenset(each.name for each in dataclasses.fields(CommonSettings))
