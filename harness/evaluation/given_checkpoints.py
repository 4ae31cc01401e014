"""Score exactly the checkpoints whose folders are given, whatever they would be found by."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.checkpoints.manifest import MANIFEST, is_finished, read_manifest, whole
from harness.corpus import Corpus
from harness.data import DataFolder
from harness.encoder import Context
from harness.errors import HarnessError, SettingError, TrainingError
from harness.planning.encoder_specs import EncoderSpec, refuse_name
from harness.planning.planned_encoders import PlannedEncoder, plan_encoders
from harness.plugins import registry
from harness.results.notices import notify
from harness.results.records.training import TrainingRecord
from harness.settings import Spec
from harness.trainable import NO_MODEL, TrainableEncoder
from harness.training.advice import limits_of
from harness.training.corpus_reader import CorpusReader
from harness.training.leakage import TaskTexts
from harness.training.on_demand import Checkpoint, load_weights
from harness.training.options import TrainingOptions
from harness.training.training_record import picked_by, scored_on
from harness.written_values import QuotedText

_LIMITED = re.compile(r"(.*)\[(\d+)\]")


def plan_checkpoints(
    given: Sequence[str | Path], others: Iterable[PlannedEncoder]
) -> list[PlannedEncoder]:
    """Plan the encoders of checkpoints: with the settings, model and limits of their training.

    Args:
        given: Folders, or ``NAME=FOLDER`` with what tables are to call the encoder.
        others: The other encoders of the run.

    Raises:
        TrainingError: If a folder is no checkpoint, or damaged.
        SettingError: If two encoders of the run cannot be told apart.
    """
    planned = [_plan(*_place(str(each))) for each in given]
    taken = {(one.label, one.model) for one in others} | {(one.label, None) for one in others}
    for one in planned:
        if (one.label, one.model) in taken or (one.label, None) in taken:
            cure = "name one, --checkpoint NAME=FOLDER"
            raise SettingError(f"encoders must be told apart, got {one.label!r} twice: {cure}")
        taken.add((one.label, one.model))
    return planned


def load_checkpoint(
    planned: PlannedEncoder,
    encoder: object,
    context: Context,
    *,
    data: DataFolder,
    texts: TaskTexts,
    reader: CorpusReader,
) -> Checkpoint:
    """Load the weights of a planned checkpoint.

    Args:
        planned: As `plan_checkpoints` returns it.
        encoder: The encoder; leaves with the weights loaded.
        context: What it was made with.
        data: Where the training text may lie.
        texts: Sentences to look for in that text, for the record.
        reader: Holds the texts that the run has read.

    Raises:
        TrainingError: If the encoder needs no training.
    """
    if planned.weights is None or not isinstance(encoder, TrainableEncoder):
        cure = "leave the checkpoint out"
        raise TrainingError(f"encoder {planned.spec!r} needs no training: {cure}")
    load_weights(planned, encoder, planned.weights)
    manifest = read_manifest(planned.weights)
    corpus = _corpus(manifest, context, data, reader)
    if corpus is None:
        notify(
            f"the text of checkpoint {planned.weights} is not at hand: no score is marked for"
            " sentences that were trained on"
        )
    choice = picked_by(manifest)
    seen = [*corpus.tasks, *texts.within(corpus)] if corpus else []
    record = TrainingRecord(
        corpus=str(manifest.get("corpus", "unknown")),
        corpus_sha256=manifest["corpus_sha256"],
        sentences=corpus.sentence_count if corpus else 0,
        tasks=tuple(dict.fromkeys([*seen, *scored_on(choice, None, texts)])),
        picked_by=choice,
        checkpoint=planned.weights.name.rpartition("-")[2],
    )
    return Checkpoint(planned.weights, manifest, is_new=False, record=record)


def _place(text: str) -> tuple[str, Path]:
    """Return name and folder; a folder whose own name has an equals sign is one."""
    name, equals, folder = text.partition("=")
    for own, place in (("", text), (name, folder) if equals else ("", text)):
        path = Path(place).expanduser()
        if place and is_finished(path):
            if own:
                refuse_name(own)
            return own, whole(path.resolve())
    raise TrainingError(f"checkpoint must be an existing folder with {MANIFEST}, got {text!r}")


def _plan(name: str, folder: Path) -> PlannedEncoder:
    manifest = read_manifest(folder)
    spec = Spec.parse(manifest["spec"])
    if "settings" in manifest:  # all of them: a default may have changed since
        spec = Spec(spec.name, {key: _as_typed(v) for key, v in manifest["settings"].items()})
    (planned,) = plan_encoders([EncoderSpec(spec, name)], {})
    model = None if manifest.get("base") == NO_MODEL else manifest["model"]
    return replace(planned, model=model, weights=folder, limits=limits_of(manifest))


def _as_typed(value: object) -> object:
    """Return a value that is taken for no other: text that says none is that text."""
    return QuotedText(value) if isinstance(value, str) else value


def _corpus(
    manifest: Mapping[str, Any], context: Context, data: DataFolder, reader: CorpusReader
) -> Corpus | None:
    """Return the text of a training, if it is a registered one that lies here."""
    name = str(manifest.get("corpus", ""))
    part = _LIMITED.fullmatch(name)
    whole_name = part[1] if part else name
    if whole_name not in registry.corpora.names():
        return None
    try:
        corpus = reader.read(whole_name, TrainingOptions(Path()), data)
        if part:
            corpus = corpus.sample(int(part[2]), context.seed)
    except HarnessError:  # not at hand, which the caller reports
        return None
    return corpus if corpus.checksum == manifest["corpus_sha256"] else None
