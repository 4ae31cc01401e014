"""Which encoders run with which transformer, where a run has several."""

from collections.abc import Iterable, Sequence

from harness.errors import SettingError
from harness.planning.planned_encoders import PlannedEncoder


def by_model(
    planned: Iterable[PlannedEncoder], models: Sequence[str]
) -> dict[str, list[PlannedEncoder]]:
    """Return what each transformer is read by, so that one is in memory at a time.

    Args:
        planned: Those without a model of their own run with each of `models`.
        models: The run's transformers, as `model_name` names them.

    Returns:
        By transformer: those of the run first, then those that encoders alone name. Each encoder
        has the transformer as its own only where it named it.

    Raises:
        SettingError: If one encoder has two names.
    """
    every = list(planned)
    own = [one.model for one in every if one.model is not None]
    groups: dict[str, list[PlannedEncoder]] = {}
    for model in dict.fromkeys([*models, *own]):
        shared = (None,) if model in models else ()
        here: dict[tuple[str, object], PlannedEncoder] = {}
        for one in every:
            if one.model != model and one.model not in shared:
                continue
            before = here.setdefault((one.spec, one.weights), one)
            if before.name != one.name:
                both = f"{before.label!r} and {one.label!r}"
                msg = f"encoder {one.spec!r} for {model!r} must have one name, got {both}"
                raise SettingError(f"{msg}: drop one")
        if here:
            groups[model] = list(here.values())
    return groups


def labelled(planned: PlannedEncoder, model: str, models: Sequence[str]) -> str:
    """Return what messages call an encoder: with its model where a run has several."""
    return f"{planned.label}@{model}" if len(models) > 1 else planned.label


def without(planned: Iterable[PlannedEncoder], specs: Iterable[str]) -> list[PlannedEncoder]:
    """Return the encoders but those that have run already, as they read no transformer."""
    done = set(specs)
    return [one for one in planned if one.model is not None or one.spec not in done]
