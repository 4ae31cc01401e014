"""What a comparison of encoders concludes: scores, differences, ties, with their uncertainty."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number, and the bootstrap interval that says how well the test set pins it down.

    Attributes:
        value: As observed, a fraction.
        low: Lower end of the interval; nan where there is none.
        high: Upper end of the interval.
        standard_error: Standard deviation of the bootstrap draws.
    """

    value: float
    low: float
    high: float
    standard_error: float

    @property
    def reversed(self) -> "Estimate":
        """The same difference, the other way round."""
        return Estimate(-self.value, -self.high, -self.low, self.standard_error)


@dataclass(frozen=True, slots=True)
class EncoderScore:
    """The score of one encoder, the mean of its seeds.

    Attributes:
        encoder: Its name.
        score: Mean over seeds; its interval is the test set's part alone.
        seed_scores: One score a seed.
        seed_deviation: Sample standard deviation over seeds; nan for a single seed.
    """

    encoder: str
    score: Estimate
    seed_scores: tuple[float, ...]
    seed_deviation: float


@dataclass(frozen=True, slots=True)
class Difference:
    """The first encoder's score less the second's.

    Attributes:
        first: The encoder with the better score.
        second: The other.
        difference: With its paired interval.
        p_value: Two-sided, of the paired permutation test; nan where nothing could be drawn.
        adjusted_p_value: After Holm, over all pairs of encoders of this column.
        significant: Whether that is at most 1 - confidence.
    """

    first: str
    second: str
    difference: Estimate
    p_value: float
    adjusted_p_value: float
    significant: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """One column of a results table: a task, or the average of all tasks.

    Attributes:
        scores: Best first.
        differences: Every pair of encoders, in the order of the scores.
        groups: Encoders that cannot be distinguished, see `tie_groups`; none where nothing was
            tested.
    """

    scores: tuple[EncoderScore, ...]
    differences: tuple[Difference, ...]
    groups: tuple[tuple[str, ...], ...]

    def beats(self, encoder: str) -> tuple[str, ...]:
        """Return the encoders that this one is significantly better than."""
        return tuple(d.second for d in self.differences if d.first == encoder and d.significant)
