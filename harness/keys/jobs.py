"""What the note of a recipe's job is found again by: everything that the job depends on."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from typing import Protocol

from pydantic import BaseModel

from harness.encoder import Context
from harness.machine.provenance import git_revision, versions


class RecipeJob(Protocol):
    """What the key takes of a job."""

    @property
    def section(self) -> BaseModel:
        """The recipe's section that it belongs to."""
        ...

    @property
    def model(self) -> str:
        """The transformer."""
        ...

    @property
    def encoders(self) -> tuple[str, ...]:
        """Specs."""
        ...

    @property
    def seeds(self) -> int:
        """How often an encoder that learns is trained."""
        ...


VERSION = 3
"""Of what the key holds: notes kept under another version are not found."""
_ELSEWHERE = {"title", "published", "protocol", "tasks", "task_settings"}


def job_key(job: RecipeJob, context: Context, inputs: Mapping[str, object]) -> str:
    """Return a short checksum that differs whenever what the job finds may differ.

    It holds the section without what only its presentation depends on and without its tasks, which
    the inputs describe: where their files lie does not count. Besides, it holds the encoders, the
    number of seeds, the context with the job's model, the inputs, the versions of Python and the
    packages that matter, and the revision of the harness's checkout.

    Args:
        job: The job.
        context: Device and limits.
        inputs: What else the job rests on, as JSON values: where the data lies, the settings,
            files and code of its tasks, and the identity of each encoder: weights, code and
            settings.

    Returns:
        In hexadecimal.
    """
    depends = {
        "version": VERSION,
        "section": job.section.model_dump(exclude=_ELSEWHERE),
        "encoders": job.encoders,
        "seeds": job.seeds,
        "context": dataclasses.asdict(dataclasses.replace(context, model=job.model)),
        "inputs": dict(inputs),
        "versions": versions(),
        "git_revision": git_revision(),
    }
    return hashlib.sha256(json.dumps(depends, sort_keys=True).encode()).hexdigest()[:16]
