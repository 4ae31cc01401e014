"""What the vectors of an encoder depend on, found out without training or encoding."""

from harness.data import DataFolder
from harness.encoder import Context, encoder_hooks
from harness.keys.checkpoints import checkpoint_key
from harness.keys.vectors import drawn_weights, vector_key
from harness.planning.planned_encoders import PlannedEncoder
from harness.trainable import TrainableEncoder
from harness.training.corpus_reader import CorpusReader
from harness.training.on_demand import first_stage, read_corpus
from harness.training.options import TrainingOptions


def encoder_identity(
    planned: PlannedEncoder,
    context: Context,
    *,
    data: DataFolder,
    options: TrainingOptions,
    reader: CorpusReader,
) -> str | None:
    """Return a text that differs whenever the vectors of an encoder may differ.

    Of an encoder that is trained it holds the key of the checkpoint, that of the first stage's,
    and the code; of any other the key of its vectors.

    Args:
        planned: The encoder.
        context: What it is made with, its seed among them.
        data: Where training text and dev data lie.
        options: What it is trained on.
        reader: Holds the texts that the run has read.

    Returns:
        None if that is not known, since the encoder has no fingerprint.

    Raises:
        HarnessError: If the encoder cannot be made, or its model or text not be read.
    """
    context = planned.within(context)
    encoder = planned.make(context)
    if planned.is_ready or not isinstance(encoder, TrainableEncoder):
        drawn = drawn_weights(context.seed) if encoder_hooks(encoder).seeded else ""
        return planned.boundary.call(
            f"encoder {planned.spec!r} failed in fingerprint",
            lambda: vector_key(encoder, planned, drawn),
        )
    if not hasattr(encoder, "fingerprint"):
        return None
    parts = [planned.origin, planned.code]
    if stage := first_stage(encoder, options):
        base = encoder_identity(
            stage.planned, stage.context, data=data, options=stage.options, reader=reader
        )
        if base is None:
            return None
        parts.append(base)
    corpus = read_corpus(encoder, data, options, context.seed, reader=reader)
    uses_dev = encoder_hooks(encoder).uses_dev
    dev = reader.dev(options, data, context.device) if uses_dev else None
    key = checkpoint_key(planned, encoder, context, corpus, dev.identity if dev else None)
    return " ".join([*parts, key.digest])
