"""Train encoders ahead of evaluation, and find which are trained."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.argument_types import check_type
from harness.checkpoints.store import CheckpointStore
from harness.data import DataFolder, open_data
from harness.encoder import Context, encoder_hooks
from harness.errors import HarnessError, PluginError, SettingError, TrainingError
from harness.keys.dev import is_same_dev
from harness.machine.device import choose_device
from harness.machine.distributed import join_processes
from harness.planning.planned_encoders import plan_encoders
from harness.plugins import registry
from harness.trainable import NO_MODEL, TrainableEncoder
from harness.training.advice import limits_of
from harness.training.corpus_reader import CorpusReader
from harness.training.on_demand import Checkpoint, load_or_train, read_corpus
from harness.training.options import NO_DEV, TrainingOptions, checkpoint_folder
from harness.training.seeds import checked_seeds


def train(
    encoder: str,
    *,
    data: str | Path | DataFolder | None = None,
    context: Context | None = None,
    settings: Mapping[str, Any] | None = None,
    seeds: Sequence[int] = (0,),
    options: TrainingOptions | None = None,
) -> list[Checkpoint]:
    """Train an encoder, one checkpoint per seed; what is already trained is not trained again.

    Args:
        encoder: Spec such as ``sg-opt`` or ``sg-opt:temperature=0.1@minilm``.
        data: ``sample``, a data folder, or None for ``HARNESS_DATA`` or the user's folder.
        context: Base transformer, device and limits.
        settings: Hyperparameters; the spec's own come first.
        seeds: One training run for each.
        options: Where to keep checkpoints, what text.

    Returns:
        One checkpoint a seed, in their order.

    Raises:
        TrainingError: If the encoder needs no training, or training fails.
        HarnessError: If the request itself is wrong.
        TypeError: If an argument has the wrong type.
    """
    check_type(Context, context=context)
    check_type(Mapping, settings=settings)
    seeds = checked_seeds(seeds)
    check_type(TrainingOptions, options=options)
    options = options or TrainingOptions(checkpoint_folder(None))
    (asked,) = plan_encoders([encoder], settings or {})
    planned, context = asked.own, asked.within(context or Context())
    if not may_learn(planned.factory, planned.settings):
        raise _untrainable(planned.spec, planned.factory)
    folder = open_data(data)
    join_processes(choose_device(context.device).type)
    trained, reader = [], CorpusReader()
    for seed in seeds:
        own = dataclasses.replace(context, seed=seed)
        made = planned.make(own)
        if not isinstance(made, TrainableEncoder):
            raise _untrainable(planned.spec, made)
        _refuse_unused_dev(planned.spec, made, options)
        trained.append(
            load_or_train(planned, made, own, data=folder, options=options, reader=reader)
        )
    return trained


def _refuse_unused_dev(spec: str, encoder: TrainableEncoder, options: TrainingOptions) -> None:
    """Refuse dev data for an encoder that has no weights to pick.

    Raises:
        SettingError: If some is asked for.
    """
    is_asked_for = options.dev is not None and str(options.dev) != NO_DEV
    if is_asked_for and not encoder_hooks(encoder).uses_dev:
        cure = "leave out --dev"
        raise SettingError(f"encoder {spec!r} learns in one go, no dev scores pick it: {cure}")


def is_trainable(factory: object) -> bool:
    """Whether every encoder of a factory learns weights of its own."""
    return hasattr(factory, "fit") and hasattr(factory, "corpus")


def refuse_untrainable(plugin: registry.Plugin[Any]) -> None:
    """Make sure that an encoder learns, or may: what a factory makes depends on the settings.

    Raises:
        TrainingError: If it needs no training.
    """
    if isinstance(plugin.factory, type) and not is_trainable(plugin.factory):
        raise _untrainable(plugin.name, plugin.factory)


def may_learn(factory: object, settings: object) -> bool:
    """Whether what a factory makes with these settings may learn, without making it."""
    decisive = encoder_hooks(factory).learns_with
    if decisive is not None:
        return bool(getattr(settings, decisive, False))
    return is_trainable(factory) or not isinstance(factory, type)


def _untrainable(spec: str, encoder: object) -> HarnessError:
    if is_trainable(encoder):
        cause = "base_fingerprint, save or load is missing"
        return PluginError(f"encoder {spec!r} cannot be trained: {cause}")
    return TrainingError(f"encoder {spec!r} needs no training: run harness eval {spec}")


def trained_encoders(
    context: Context,
    data: DataFolder,
    options: TrainingOptions,
    seeds: Sequence[int] | None = None,
) -> dict[str, tuple[int, ...]]:
    """Return the specs that are trained already, with their seeds.

    A checkpoint that cannot be read, or whose encoder is not installed, is left out.

    Args:
        context: The base model, and the number format and longest input of training.
        data: Where the training text lies.
        options: Where the checkpoints lie, and the text they were trained on.
        seeds: Leave out other seeds; None keeps all.
    """
    found: dict[str, set[int]] = {}
    learners: dict[str, Any] = {}
    reader = CorpusReader()
    dev_data = reader.dev(options, data, context.device)
    limits, dev = (context.dtype, context.max_length), dev_data.identity if dev_data else None
    for manifest in CheckpointStore(options.checkpoints).manifests():
        if manifest["model"] != context.model or (seeds and manifest["seed"] not in seeds):
            continue
        spec, seed = manifest["spec"], manifest["seed"]
        try:
            if spec not in learners:
                learners[spec] = _learner(spec, context)
            corpus = read_corpus(learners[spec], data, options, seed, reader=reader)
        except HarnessError:
            continue
        picked_on = dev if encoder_hooks(learners[spec]).uses_dev else None
        if (
            manifest["corpus_sha256"] == corpus.checksum
            and is_same_dev(manifest.get("dev", picked_on), picked_on)
            and (manifest.get("base") == NO_MODEL or limits_of(manifest) == limits)
        ):
            found.setdefault(spec, set()).add(seed)
    return {spec: tuple(sorted(seeds)) for spec, seeds in found.items()}


def _learner(spec: str, context: Context) -> Any:  # noqa: ANN401 - a class or an encoder
    """Return what names the corpus of an encoder; made only if a factory hides it."""
    (planned,) = plan_encoders([spec], {})
    return planned.factory if is_trainable(planned.factory) else planned.make(context)
