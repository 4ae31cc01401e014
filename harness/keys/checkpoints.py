"""What a checkpoint is found again by: everything that its training depends on."""

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.corpus import Corpus
from harness.errors import blaming
from harness.keys.registered import RegisteredEncoder
from harness.results.files import unreserved
from harness.trainable import TrainableEncoder


@dataclass(frozen=True)
class CheckpointKey:
    """Everything that training depends on.

    Attributes:
        spec: Encoder and the settings that differ from the defaults.
        settings: All settings.
        origin: Distribution and version of the encoder's code, or name and checksum of its file.
        model: The base model as the user named it.
        base: Fingerprint of the weights that training starts from.
        corpus: Name of the training text.
        corpus_sha256: Its checksum.
        seed: Seed of training.
    """

    spec: str
    settings: Mapping[str, Any]
    origin: str
    model: str
    base: str
    corpus: str
    corpus_sha256: str
    seed: int

    @property
    def digest(self) -> str:
        """Short checksum of what training depends on, in hexadecimal.

        Neither the names of model and corpus nor the version of the encoder's distribution count;
        a file that is no distribution's counts as it was.
        """
        distribution, _, version = self.origin.partition(" ")
        depends = {
            "encoder": self.spec.partition(":")[0],  # of any text: a manifest may be damaged
            "distribution": self.origin if version.startswith("sha256:") else distribution,
            "settings": dict(self.settings),
            "base": self.base,
            "corpus_sha256": self.corpus_sha256,
            "seed": self.seed,
        }
        return hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def folder_name(self) -> str:
        """Name of the checkpoint's folder; its words are for people, the digest decides."""
        words = f"{self.spec}-{Path(self.model).name}-seed{self.seed}"
        harmless = re.sub(r"[^A-Za-z0-9.=+-]+", "_", words)[:80].strip("._")
        return unreserved(f"{harmless}-{self.digest}")


def checkpoint_key(
    planned: RegisteredEncoder, encoder: TrainableEncoder, model: str, corpus: Corpus, seed: int
) -> CheckpointKey:
    """Describe the checkpoint that training this encoder on this text would make.

    Raises:
        PluginError: If the encoder cannot say what its training starts from.
    """
    with blaming(f"encoder {planned.spec!r} failed in base_fingerprint"):
        base = encoder.base_fingerprint()
    return CheckpointKey(
        spec=planned.spec,
        settings=dataclasses.asdict(planned.settings),
        origin=planned.origin,
        model=model,
        base=base,
        corpus=corpus.name,
        corpus_sha256=corpus.checksum,
        seed=seed,
    )
