"""What kept vectors are found again by: everything that they depend on."""

import hashlib
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any

from harness.encoder import Encoder, ServedEncoder, encoder_hooks
from harness.errors import PluginError
from harness.keys.registered import RegisteredEncoder, factory_arguments
from harness.settings import changed_settings

VERSION = 2
"""Of what the key holds: vectors kept under another version are not found."""


def vector_key(
    encoder: Encoder, planned: RegisteredEncoder | None, learned: str = ""
) -> str | None:
    """Return a text that differs whenever the encoder's vectors may differ.

    It holds, in this order:

    * the version of the key;
    * the encoder's name, and its class;
    * its settings that differ from the defaults, and the arguments of a `functools.partial` that
      makes it, as one checksum;
    * ``origin``: the distribution and version that the encoder is registered by, or the name and
      checksum of its file;
    * ``code``: the checksum of all modules of its package, and of those that it imports beside
      it, as they were imported;
    * `learned`: the seed it was made with, or the checksum of the weights that it learned;
    * ``fingerprint()``: what the encoder reports of itself. The built-in ones report their
      settings and weights; those that read a transformer also the checksum of the model's files,
      the longest input, number format, kind of device, and versions of torch and transformers.

    Of a `ServedEncoder` it leaves out settings, ``origin`` and ``code``: the code here computes
    nothing, and what was paid for is found again after each of its changes.

    `VectorCache` names an encoder's folder by this text, and a row in it by its sentence alone.

    Args:
        encoder: Ready to encode, since training changes its fingerprint.
        planned: What it was made from; None for one that is part of another encoder.
        learned: As `learned_weights` or `drawn_weights` returns it; empty without either.

    Returns:
        None if the encoder has no fingerprint, or a setting that has no JSON form: its vectors
        are not kept.

    Raises:
        PluginError: If the fingerprint is no text.
    """
    fingerprint: object = encoder_hooks(encoder).fingerprint()
    if fingerprint is None:
        return None
    if not isinstance(fingerprint, str):
        raise PluginError(f"fingerprint must be text or None, got {type(fingerprint).__name__}")
    require_encodable(fingerprint)
    parts = [f"vectors {VERSION}"]
    if planned is not None:
        name = planned.spec.partition(":")[0]
        parts += [f"encoder {name!r} of class {type(encoder).__qualname__}"]
    if planned is not None and not isinstance(encoder, ServedEncoder):
        given = _checksum_given(planned)
        if given is None:
            return None
        parts += [given, f"code {planned.origin} {planned.code}".strip()]
    return "; ".join([*filter(None, [*parts, learned]), fingerprint])


def require_encodable(fingerprint: str) -> None:
    """Refuse a fingerprint that no file can hold.

    Raises:
        PluginError: If UTF-8 cannot encode it.
    """
    try:
        fingerprint.encode()
    except UnicodeEncodeError as error:
        got = ascii(fingerprint[error.start])
        raise PluginError(f"fingerprint must be text that UTF-8 can encode, got {got}") from error


def drawn_weights(seed: int) -> str:
    """Return what the key holds of an encoder that is made and scored once per seed."""
    return f"seed {seed}"


def learned_weights(files: Mapping[str, str]) -> str:
    """Return what the key holds of an encoder that has learned.

    Args:
        files: The checkpoint's files and their checksums.
    """
    lines = "".join(f"{name} {files[name]}\n" for name in sorted(files))
    return f"learned {hashlib.sha256(lines.encode()).hexdigest()[:16]}"


def _checksum_given(planned: RegisteredEncoder) -> str | None:
    """Return a checksum of settings and arguments, if any; None if JSON has no form of one."""
    from pydantic_core import PydanticSerializationError, to_json  # deferred: --help need not pay

    given = _changed(planned.settings), factory_arguments(planned.factory)
    try:
        return f"settings {hashlib.sha256(to_json(given)).hexdigest()[:16]}" if any(given) else ""
    except PydanticSerializationError:
        return None


def _changed(settings: Any) -> dict[str, Any]:  # noqa: ANN401 - a dataclass of any encoder's
    """Return the settings that differ from the defaults: one added later changes no key."""
    return changed_settings(settings) if is_dataclass(settings) else {}
