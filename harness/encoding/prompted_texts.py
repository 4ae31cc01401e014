"""What an encoder is handed: sentences with their prompts, each distinct text once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.task import Sides


@dataclass(frozen=True)
class PromptedTexts:
    """The distinct texts of a pass, and where each sentence's is among them.

    Attributes:
        distinct: Each prompt with its sentence.
        first: Sentence to its place in `distinct`; of first sentences alone where second ones
            have another prompt.
        second: The same of second sentences; None where their prompt is that of first ones.
    """

    distinct: list[str]
    first: Mapping[str, int]
    second: Mapping[str, int] | None = None

    @classmethod
    def of_one_side(cls, prompt: str, sentences: Iterable[str]) -> "PromptedTexts":
        """Put one prompt before each distinct sentence, in the order of their appearance."""
        places = {each: place for place, each in enumerate(dict.fromkeys(sentences))}
        return cls([prompt + each for each in places], places)

    @classmethod
    def of_sides(
        cls, prompts: tuple[str, str], sentences: Sequence[str], sides: Sides
    ) -> "PromptedTexts":
        """Put before each sentence the prompt of the sides that it is on.

        Args:
            prompts: What is put before a first sentence, and before a second one.
            sentences: Those of both sides, whose order counts where both have one prompt.
            sides: The sentences by side.
        """
        if prompts[0] == prompts[1]:
            return cls.of_one_side(prompts[0], sentences)
        places: dict[str, int] = {}
        first, second = (
            {each: places.setdefault(prompt + each, len(places)) for each in side}
            for prompt, side in zip(prompts, sides, strict=True)
        )
        return cls(list(places), first, second)
