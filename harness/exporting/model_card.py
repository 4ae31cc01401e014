"""The model card of an export: how it was made, what was measured, and how to load it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.encoder import Context
from harness.exporting.base_model import BaseModel, describe_base
from harness.exporting.hub_results import eval_results, publishable, write_eval_results
from harness.exporting.measured import MeasuredScore, measured_scores
from harness.modules.composition import Composition
from harness.planning.planned_encoders import PlannedEncoder
from harness.plugins import registry
from harness.results.display.shown_text import shown_line
from harness.results.files import write_atomically
from harness.results.records.record import Record
from harness.results.records.training import LAST_WEIGHTS, DevRecord, TrainingRecord
from harness.results.tables.marks import mark_notes, score_marks
from harness.settings import Spec

if TYPE_CHECKING:
    from jinja2 import Template


@dataclass(frozen=True)
class Subject:
    """What is exported, and what is known of it.

    Attributes:
        planned: The encoder.
        context: What it was made with.
        composition: How its vectors come about.
        records: Its results.
        manifest: What its checkpoint's ``training.json`` says; None if it needs no training.
    """

    planned: PlannedEncoder
    context: Context
    composition: Composition
    records: Sequence[Record]
    manifest: Mapping[str, Any] | None

    @cached_property
    def base(self) -> BaseModel:
        """What is known of the model that it comes from."""
        return describe_base(self.context, self.composition.base)

    @property
    def seed(self) -> int | None:
        """Seed of training; None if it needs none."""
        return None if self.manifest is None else self.manifest["seed"]


def write_card(folder: Path, subject: Subject, name: str) -> None:
    """Write ``README.md``, and the hub's evaluation results beside it.

    The same subject gives the same bytes: no date of the export stands in them.

    Args:
        folder: The exported model.
        subject: What it is.
        name: How it is to be loaded: ``OWNER/NAME``, or its folder's name.
    """
    scores = measured_scores(subject.records)
    known = publishable(scores)
    text = _template().render(
        name=name,
        summary=_summary(subject.planned),
        citation=_citation(subject.planned),
        subject=subject,
        base=subject.base,
        composition=subject.composition,
        vector_length=_vector_length(subject.composition),
        layers=", ".join(map(str, subject.composition.layers)),
        settings={name: getattr(subject.planned.settings, name) for name in _settings(subject)},
        training=_training_lines(subject),
        scores=[(each, _cells(each)) for each in scores],
        notes=mark_notes(subject.records),
        harness_version=version("sentence-harness"),
    )
    head = _front_matter(subject, name, known)
    write_atomically(folder / "README.md", f"---\n{head}\n---\n\n{text}".encode())
    write_eval_results(folder, known)


def _front_matter(subject: Subject, name: str, scores: Sequence[MeasuredScore]) -> str:
    from huggingface_hub import ModelCardData  # deferred: --help need not pay

    base = subject.base
    method = Spec.parse(subject.planned.spec).name
    data = ModelCardData(
        library_name="sentence-transformers",
        pipeline_tag="sentence-similarity",
        tags=["sentence-transformers", "sentence-similarity", "feature-extraction", method],
        license=base.licence or "unknown",
        language=list(base.languages) or None,
        base_model=base.hub_name,
        model_name=name.rpartition("/")[2],
        eval_results=eval_results(scores) or None,
    )
    if not scores:
        data.pop("model_name")
    return data.to_yaml()


def _training_lines(subject: Subject) -> dict[str, str]:
    """Return what is recorded of the training, by what to call it; empty without a training."""
    manifest = subject.manifest
    if manifest is None:
        return {}
    records = [record.training for record in subject.records if record.training]
    record = records[0] if records else None
    history, dev = manifest["history"], manifest.get("dev")
    sentences = record.sentences if record else history.get("sentences")
    count = f", {sentences:,} sentences" if isinstance(sentences, int) else ""
    lines = {
        "training text": f"{manifest.get('corpus')}{count} (sha256 {manifest['corpus_sha256']})",
        "seed": str(manifest["seed"]),
        "weights picked by": _picked_by(dev, manifest),
        "steps": str(history["steps"]) if "steps" in history else "",
        "best step": str(history["best_step"]) if "best_step" in history else "",
        "first stage": _first_stage(record, subject),
        "tested text among it": ", ".join(record.tasks) if record else "",
        "number format": str(manifest.get("dtype", "fp32")),
        "versions": ", ".join(f"{k} {v}" for k, v in manifest.get("versions", {}).items()),
    }
    return {name: shown_line(line) for name, line in lines.items() if line}


def _picked_by(dev: Mapping[str, Any] | None, manifest: Mapping[str, Any]) -> str:
    if dev is None:
        return LAST_WEIGHTS if "best_step" in manifest["history"] else ""
    chosen = DevRecord(task=dev["task"], metric=dev.get("metric", "spearman"), data_checksum="")
    return f"{chosen.metric} on {chosen.task} (sha256 {dev['sha256']})"


def _first_stage(record: TrainingRecord | None, subject: Subject) -> str:
    base = getattr(subject.planned.settings, "base", None)
    if base is None:
        return ""
    text = (
        f", on {record.base.corpus} (sha256 {record.base.corpus_sha256})"
        if record and record.base
        else ""
    )
    return f"{base}{text}"


def _cells(each: MeasuredScore) -> list[str]:
    """Return a row of the table of scores."""
    record = each.record
    data = "SAMPLE, not a benchmark" if record.is_sample else record.data_checksum[:12]
    ends = (
        f"[{100 * each.interval[0]:.2f}, {100 * each.interval[1]:.2f}]" if each.interval else "–"
    )
    score = f"{100 * each.score:.2f}{score_marks([record])}"
    return [shown_line(record.title).replace("|", "/"), data, each.title, score, ends]


def _settings(subject: Subject) -> list[str]:
    return sorted(vars(subject.planned.settings))


def _vector_length(composition: Composition) -> int:
    return composition.dim if composition.affine is None else len(composition.affine.bias)


def _summary(planned: PlannedEncoder) -> str:
    return registry.encoders.load(Spec.parse(planned.spec).name).summary


def _citation(planned: PlannedEncoder) -> str:
    return registry.encoders.load(Spec.parse(planned.spec).name).citation or ""


@lru_cache(maxsize=1)
def _template() -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # deferred: 0.1 s

    environment = Environment(
        loader=PackageLoader("harness.exporting"),
        autoescape=False,  # noqa: S701 - Markdown
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    return environment.get_template("model_card.md")
