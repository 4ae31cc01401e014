"""Whether a measured encoder is the one of a published row."""

from itertools import zip_longest
from pathlib import PurePath

from harness.results.published.papers import PublishedRow
from harness.results.records.record import Record
from harness.results.records.training import TrainingRecord

_HUB_NAMES = {"minilm": "all-MiniLM-L6-v2"}  # of models that come in packages
_SAME_TEXT = 0.01  # of its sentences; releases of one data set differ by a few


def is_same_encoder(record: Record, row: PublishedRow) -> bool:
    """Whether the encoder is the row's; one without a transformer may name a file of vectors."""
    if row.encoder is None or row.model is not None:
        return does_the_same(record, row)
    return record.encoder_name == row.encoder


def does_the_same(record: Record, row: PublishedRow) -> bool:
    """Whether the encoder, with its settings, does the same as the row's."""
    return record.encoder in (row.encoder, *row.also)


def has_same_model(record: Record, row: PublishedRow) -> bool:
    """Whether the measured transformer is the published one; a folder counts by its name."""
    if record.model is None:
        return row.model is None
    is_of_hub = "model_commit" in record.runtime
    name = record.model.partition("@")[0] if is_of_hub else record.model
    own = PurePath(name).name
    return _HUB_NAMES.get(own, own) == row.model


def is_trained_otherwise(training: TrainingRecord | None, row: PublishedRow) -> bool:
    """Whether it was trained on other text, as far as both say.

    That is one text for all tasks where the row has each task's own, or another number of
    sentences, stage by stage.
    """
    if row.own_text:
        return True
    found: list[int] = []
    while training is not None:
        found.append(training.sentences)
        training = training.base
    if not found or not row.sentences:
        return False
    pairs = zip_longest(found, row.sentences, fillvalue=0)
    return any(abs(ours - theirs) > _SAME_TEXT * theirs for ours, theirs in pairs)
