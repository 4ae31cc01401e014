"""Write an encoder as a model folder that sentence-transformers loads by itself."""

import json
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from harness.argument_types import check_type
from harness.checkpoints.manifest import MANIFEST, is_finished, read_manifest
from harness.checkpoints.replacement import put_in_place
from harness.encoder import Context, Dtype, Encoder, encoder_hooks
from harness.errors import HarnessError, PluginError, SettingError, TrainingError, unwritable
from harness.evaluation.embedding import ready_encoder
from harness.exporting.hub import check_repository, push_folder
from harness.exporting.measured import measured_records
from harness.exporting.model_card import Subject, write_card
from harness.exporting.verification import package_versions, verify
from harness.modules.composition import Composition
from harness.modules.sentence_transformers import POOLING_MODES, write_modules
from harness.planning.planned_encoders import PlannedEncoder, plan_encoders
from harness.results.files import entries, is_there, obey_umask, write_atomically
from harness.results.progress import doing
from harness.training.advice import limits_of
from harness.training.options import checkpoint_folder

FORMATS = ("sentence-transformers",)
"""What an encoder can be written as."""

_MARK = "harness_export.json"  # says that a folder may be replaced


@dataclass(frozen=True)
class Export:
    """A model folder that was written.

    Attributes:
        folder: Where it is.
        spec: The encoder.
        results: How many results stand in its model card.
        difference: Largest difference between a number of its vectors as sentence-transformers
            computes them and the encoder's own; None if that package is not here.
        url: Where it was pushed to, if it was.
    """

    folder: Path
    spec: str
    results: int
    difference: float | None
    url: str | None = None


def export(
    encoder: str | Path,
    folder: str | Path,
    *,
    to: str = "sentence-transformers",
    context: Context | None = None,
    settings: Mapping[str, Any] | None = None,
    checkpoint: str | Path | None = None,
    out: str | Path | None = None,
    push: str | None = None,
    private: bool = False,
) -> Export:
    """Write an encoder as a model folder that another package loads, with a model card.

    Its card has the scores of those records in `out` that are of just this encoder.

    Args:
        encoder: Spec such as ``mean:layers=last2``, or the folder of a checkpoint, whose model,
            seed, number format and longest input then count.
        folder: Where to write; new, empty, or an earlier export, which is replaced.
        to: One of `FORMATS`.
        context: Transformer, device and limits; its seed is that of a trained encoder.
        settings: The encoder's; the spec's own come first.
        checkpoint: Folder of a trained encoder's weights; None for the one in `out`.
        out: Folder of the records that checkpoints lie beside; None for ``runs``.
        push: ``OWNER/NAME`` on the Hugging Face Hub to upload the folder to; made if need be.
        private: Whether a repository that is made is private.

    Returns:
        What was written.

    Raises:
        SettingError: If the encoder cannot be expressed in that form, or the folder is taken.
        TrainingError: If the encoder must be trained and is not.
        HarnessError: If the request itself is wrong, a file cannot be written, or the hub refuses.
    """
    check_type(Context, context=context)
    check_type(Mapping, settings=settings)
    if to not in FORMATS:
        raise SettingError(f"to must be {' or '.join(FORMATS)}, got {to!r}")
    if push is not None:
        check_repository(push)
    target = _place(Path(folder))
    _require_free(target)
    spec, context, checkpoint = _subject(encoder, context or Context(), checkpoint)
    asked = _plan(spec, settings or {})
    context = asked.within(context)
    _refuse_early(asked, asked.make(context))
    manifests: list[Mapping[str, Any]] = []
    ready = ready_encoder(
        spec,
        context=context,
        settings=settings,
        checkpoint=checkpoint,
        out=out,
        on_checkpoint=lambda _, manifest: manifests.append(manifest),
    )
    composition = _expressible(asked, _say(asked, ready.encoder))
    records = checkpoint_folder(None if out is None else Path(out)).parent
    found = measured_records(records, asked.spec, context.model, ready.job().key())
    subject = Subject(asked, context, composition, found, next(iter(manifests), None))
    with _new_folder(target) as new:
        with doing(f"writing {target}"):
            _write(new, subject, push or target.name)
        with doing("comparing the vectors of the export"):
            difference = verify(new, ready)
        put_in_place(new, target, new.with_name(f"{new.name}.old"))
    if push is None:
        return Export(target, asked.spec, len(found), difference)
    with doing(f"uploading to {push}"):
        url = push_folder(target, push, asked.spec, private=private)
    return Export(target, asked.spec, len(found), difference, url)


def _subject(
    encoder: str | Path, context: Context, checkpoint: str | Path | None
) -> tuple[str, Context, str | Path | None]:
    """Return spec, context and checkpoint of what is to be exported."""
    place = Path(encoder).expanduser()
    if is_finished(place):
        if checkpoint is not None:
            raise SettingError("checkpoint must be named once, got one as the encoder too")
        manifest = read_manifest(place)
        dtype, max_length = limits_of(manifest)
        of_it = replace(
            context,
            model=manifest["model"],
            seed=manifest["seed"],
            dtype=cast("Dtype", dtype),
            max_length=max_length,
        )
        return manifest["spec"], of_it, place
    if isinstance(encoder, Path) or "/" in re.split("[:@]", encoder)[0]:
        msg = f"checkpoint must be an existing folder with {MANIFEST}, got {str(encoder)!r}"
        raise TrainingError(msg)
    return encoder, context, checkpoint


def _plan(spec: str, settings: Mapping[str, Any]) -> PlannedEncoder:
    """Resolve an encoder that has no settings which the harness adds to any."""
    (asked,) = plan_encoders([spec], settings)
    if around := asked.common.changed():
        msg = f"an export must have no {', '.join(around)}, which the harness adds to any encoder"
        raise SettingError(f"{msg}: leave it out of {asked.spec!r}")
    return asked


def _place(folder: Path) -> Path:
    """Return where a folder really is: a link is not replaced, but what it leads to is."""
    with _explained(folder):
        try:
            return folder.expanduser().resolve()
        except RuntimeError as error:  # links in a circle, or the home of nobody
            raise SettingError(f"folder must be a path, got {str(folder)!r}: {error}") from error


def _require_free(target: Path) -> None:
    with _explained(target):
        if not is_there(target):
            return
        if target.is_dir() and (not entries(target) or is_there(target / _MARK)):
            return
    raise SettingError(
        f"folder must be new, empty or an earlier export, got {str(target)!r}: name another"
    )


def _say(planned: PlannedEncoder, made: Encoder) -> object:
    """Return what an encoder says of how its vectors come about."""
    culprit = f"encoder {planned.spec!r} failed in composition"
    return planned.boundary.call(culprit, lambda: encoder_hooks(made).composition())


def _refuse_early(planned: PlannedEncoder, made: Encoder) -> None:
    """Refuse what no training would make expressible, before it is asked for."""
    try:
        said = _say(planned, made)
    except HarnessError:  # it has to be trained before it can say, as it does later
        return
    _expressible(planned, said)


def _expressible(planned: PlannedEncoder, said: object) -> Composition:
    """Return what an encoder says of its vectors.

    Raises:
        SettingError: If sentence-transformers has no modules for it.
        PluginError: If it says nothing that can be understood.
    """
    reason = said if isinstance(said, str) else ""
    if isinstance(said, Composition) and said.pooling not in POOLING_MODES:
        reason = f"its pooling {said.pooling!r} is none of sentence-transformers"
    if reason:
        what = f"encoder {planned.spec!r} cannot be written as a model of sentence-transformers"
        raise SettingError(f"{what}: {reason}")
    if not isinstance(said, Composition):
        msg = f"composition of encoder {planned.spec!r} must be a Composition or text"
        raise PluginError(f"{msg}, got {type(said).__name__}")
    return said


def _write(folder: Path, subject: Subject, name: str) -> None:
    """Write the files of a model into an empty folder."""
    planned = subject.planned
    planned.boundary.call_unlimited(
        f"encoder {planned.spec!r} failed in save",
        lambda: subject.composition.save(folder),
        HarnessError,
    )
    write_modules(folder, subject.composition, package_versions())
    write_card(folder, subject, name)
    mark = {"spec": planned.spec, "model": subject.base.name, "seed": subject.seed}
    write_atomically(folder / _MARK, (json.dumps(mark, indent=1) + "\n").encode())
    obey_umask(folder)


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """Make a folder beside the target, which is gone afterwards unless it was renamed."""
    new = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    with _explained(target):
        try:
            new.mkdir(parents=True)
            yield new
        finally:
            shutil.rmtree(new, ignore_errors=True)


@contextmanager
def _explained(target: Path) -> Iterator[None]:
    """Say of what the disk refuses which folder cannot be written."""
    try:
        yield
    except OSError as error:
        what = f"export {target} cannot be written"
        raise SettingError(unwritable(what, error, "name another folder")) from error
