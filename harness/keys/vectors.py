"""What kept vectors are found again by: everything that they depend on."""

from harness.encoder import Encoder, encoder_hooks
from harness.keys.registered import RegisteredEncoder


def vector_key(encoder: Encoder, planned: RegisteredEncoder | None) -> str | None:
    """Return a text that differs whenever the encoder's vectors may differ.

    It holds, in this order:

    * ``origin``: the distribution and version that the encoder is registered by, or the name and
      checksum of its file;
    * ``code``: the checksum of all modules of its package, so that an edit counts at once;
    * ``fingerprint()``: what the encoder reports of itself. The built-in ones report their
      settings and weights; those that read a transformer also the checksum of the model's files,
      the longest input, number format, kind of device, and versions of torch and transformers.

    `VectorCache` names an encoder's folder by this text, and a row in it by its sentence alone.

    Args:
        encoder: Ready to encode, since training changes its fingerprint.
        planned: What it was made from; None for one that is part of another encoder.

    Returns:
        None if the encoder has no fingerprint: its vectors are not kept.
    """
    fingerprint = encoder_hooks(encoder).fingerprint()
    if fingerprint is None:
        return None
    code = f"{planned.origin} {planned.code}".strip() if planned is not None else ""
    return f"{code}; {fingerprint}"
