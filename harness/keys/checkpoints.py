"""What a checkpoint is found again by: everything that its training depends on.

A checkpoint's folder is named by the digest of its `CheckpointKey`, and its ``training.json``
holds the key. A folder of another digest serves too if its ``training.json`` describes the same
training: a setting or attribute that was added since then counts by its default. So nothing that
an earlier version trained is trained again only because keys hold more today. The digest does not
hold what changes weights by no more than rounding and chance: the device, the number of
processes, and the versions of packages.
"""

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.corpus import Corpus
from harness.encoder import Context, Dtype, ReadingEncoder
from harness.keys.dev import DevIdentity, depends_on, is_same_dev
from harness.keys.registered import RegisteredEncoder, factory_arguments
from harness.results.files import unreserved
from harness.trainable import NO_MODEL, TrainableEncoder

VERSION = 2
"""Of what the key holds; 1 was that of 0.1.0."""


@dataclass(frozen=True)
class TrainedEncoder:
    """What is trained, on whatever text and from whatever weights.

    Attributes:
        spec: Encoder and the settings that differ from the defaults.
        settings: All settings.
        origin: Distribution and version of the encoder's code, or name and checksum of its file.
        dtype: Number format of training and of its dev scores.
        max_length: Longest input that was asked for, in tokens; None for the model's own.
        class_name: The encoder's class, where its code is a file that may define several.
        beside: Checksum of the modules beside that file that it imports.
        arguments: What a partially applied factory was given.
        defaults: Those of the settings, which count for checkpoints without a setting.
        limits: ``dtype`` and ``max_length`` as they come out, as checkpoints of version 1 have
            them in their history.
    """

    spec: str
    settings: Mapping[str, Any]
    origin: str
    dtype: Dtype = "fp32"
    max_length: int | None = None
    class_name: str = ""
    beside: str = ""
    arguments: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """Distribution of the encoder's code, whatever its version; a file as it was."""
        return _code(self.origin)

    def describes(self, manifest: Mapping[str, Any]) -> bool:
        """Whether a checkpoint's ``training.json`` is of this encoder, trained with its limits."""
        return self.has_settings_of(manifest) and self._has_limits_of(manifest)

    def has_settings_of(self, manifest: Mapping[str, Any]) -> bool:
        """Whether a checkpoint's ``training.json`` is of this encoder with these settings."""
        return (
            _name(manifest["spec"]) == _name(self.spec)
            and {**_as_json(self.defaults), **manifest.get("settings", {})}
            == _as_json(self.settings)
            and _code(manifest.get("origin", "")) == self.code
            and manifest.get("class_name", self.class_name) == self.class_name
            and manifest.get("beside", self.beside) == self.beside
            and manifest.get("arguments", "") == self.arguments
        )

    def _has_limits_of(self, manifest: Mapping[str, Any]) -> bool:
        base = str(manifest.get("base", ""))
        if base == NO_MODEL:
            return True
        if "dtype" in manifest:
            return bool(
                (manifest["dtype"], manifest.get("max_length")) == (self.dtype, self.max_length)
            )
        said = manifest["history"].get("runtime", {})
        if match := re.search(r" max_length (\d+) dtype (\w+)$", base):
            said = {"max_length": int(match[1]), "dtype": match[2]}
        own = self.limits if said else {"dtype": self.dtype, "max_length": self.max_length}
        return all(
            said.get(name, default) == own.get(name)
            for name, default in (("dtype", "fp32"), ("max_length", None))
        )


@dataclass(frozen=True)
class CheckpointKey:
    """Everything that training depends on.

    Attributes:
        encoder: What is trained.
        model: The base model, as `model_name` names it.
        base: Fingerprint of the weights that training starts from.
        corpus: Name of the training text.
        corpus_sha256: Its checksum.
        seed: Seed of training.
        dev: Scores that pick the weights; None if the last ones are kept.
    """

    encoder: TrainedEncoder
    model: str
    base: str
    corpus: str
    corpus_sha256: str
    seed: int
    dev: DevIdentity | None = None

    @property
    def digest(self) -> str:
        """Short checksum of what training depends on, in hexadecimal.

        Neither the names of model and corpus nor the version of the encoder's distribution count;
        a file that is no distribution's counts as it was.
        """
        encoder = self.encoder
        depends = {
            "version": VERSION,
            "encoder": _name(encoder.spec),
            "distribution": encoder.code,
            "settings": dict(encoder.settings),
            "class_name": encoder.class_name,
            "beside": encoder.beside,
            "arguments": encoder.arguments,
            "limits": None if self.base == NO_MODEL else [encoder.dtype, encoder.max_length],
            "base": self.base,
            "corpus_sha256": self.corpus_sha256,
            "dev": depends_on(self.dev),
            "seed": self.seed,
        }
        return hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def folder_name(self) -> str:
        """Name of the checkpoint's folder; its words are for people, the digest decides."""
        words = f"{self.encoder.spec}-{Path(self.model).name}-seed{self.seed}"
        harmless = re.sub(r"[^A-Za-z0-9.=+-]+", "_", words)[:80].strip("._")
        return unreserved(f"{harmless}-{self.digest}")

    def manifest(self) -> dict[str, Any]:
        """Return what ``training.json`` holds of the key."""
        encoder = self.encoder
        return {
            "spec": encoder.spec,
            "settings": dict(encoder.settings),
            "origin": encoder.origin,
            "class_name": encoder.class_name,
            "beside": encoder.beside,
            "arguments": encoder.arguments,
            "dtype": encoder.dtype,
            "max_length": encoder.max_length,
            "model": self.model,
            "base": self.base,
            "corpus": self.corpus,
            "corpus_sha256": self.corpus_sha256,
            "dev": self.dev and dict(self.dev),
            "seed": self.seed,
        }

    def describes(self, manifest: Mapping[str, Any]) -> bool:
        """Whether a checkpoint's ``training.json`` is of this training.

        One of version 1 does not say on what data its weights were picked: any counts.
        """
        same = ("base", "corpus_sha256", "seed")
        return (
            all(manifest.get(name) == getattr(self, name) for name in same)
            and self._is_picked_as(manifest)
            and self.encoder.describes(manifest)
        )

    def _is_picked_as(self, manifest: Mapping[str, Any]) -> bool:
        if "dev" in manifest:
            return is_same_dev(manifest["dev"], self.dev)
        return self.dev is not None or "best_step" not in manifest["history"]


def trained_encoder(
    planned: RegisteredEncoder, encoder: TrainableEncoder, context: Context
) -> TrainedEncoder:
    """Describe an encoder as what is to be trained.

    Args:
        planned: What it was made from.
        encoder: The encoder, trained or not.
        context: What it was made with.
    """
    limits = planned.boundary.call(
        f"encoder {planned.spec!r} failed in describe",
        lambda: dict(encoder.source.describe()) if isinstance(encoder, ReadingEncoder) else {},
    )
    is_of_file = planned.origin.partition(" ")[2].startswith("sha256:")
    arguments = factory_arguments(planned.factory)
    return TrainedEncoder(
        spec=planned.spec,
        settings=dataclasses.asdict(planned.settings),
        origin=planned.origin,
        dtype=context.dtype,
        max_length=context.max_length,
        class_name=type(encoder).__qualname__ if is_of_file else "",
        beside=planned.code if is_of_file else "",
        arguments=repr(arguments) if arguments else "",
        defaults=_defaults(planned.settings),
        limits=limits,
    )


def checkpoint_key(
    planned: RegisteredEncoder,
    encoder: TrainableEncoder,
    context: Context,
    corpus: Corpus,
    dev: DevIdentity | None = None,
) -> CheckpointKey:
    """Describe the checkpoint that training this encoder on this text would make.

    Args:
        planned: What the encoder was made from.
        encoder: The encoder, not trained yet.
        context: What it was made with; its seed is that of training.
        corpus: The training text.
        dev: Scores that pick the weights; None if the last ones are kept.

    Raises:
        PluginError: If the encoder cannot say what its training starts from.
    """
    culprit = f"encoder {planned.spec!r} failed in base_fingerprint"
    base = planned.boundary.call(culprit, encoder.base_fingerprint)
    return CheckpointKey(
        encoder=trained_encoder(planned, encoder, context),
        model=context.model,
        base=base,
        corpus=corpus.name,
        corpus_sha256=corpus.checksum,
        seed=context.seed,
        dev=dev,
    )


def _name(spec: str) -> str:
    return spec.partition(":")[0]  # of any text: a manifest may be damaged


def _code(origin: str) -> str:
    distribution, _, version = origin.partition(" ")
    return origin if version.startswith("sha256:") else distribution


def _as_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as JSON gives them back: it knows no tuples."""
    read: dict[str, Any] = json.loads(json.dumps(dict(values)))
    return read


def _defaults(settings: Any) -> dict[str, Any]:  # noqa: ANN401 - a dataclass of any encoder's
    """Return the default of each setting that has one."""
    found = {}
    for one in dataclasses.fields(settings):
        if one.default is not dataclasses.MISSING:
            found[one.name] = one.default
        elif one.default_factory is not dataclasses.MISSING:
            found[one.name] = one.default_factory()
    return found
