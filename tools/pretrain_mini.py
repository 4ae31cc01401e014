"""Pretrain a small BERT from plain text, for a planned number of minutes.

    python tools/pretrain_mini.py --text FOLDER --out FOLDER --minutes 20

FOLDER holds ``shards/*.txt.xz`` and ``heldout.txt.xz`` (an empty line between documents), with
their SHA256SUMS. The same command goes on after an interruption; --pause-after ends a call early.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from pretraining.card import write_card
from pretraining.heldout import fill_in, masked_scores, unigram_scores
from pretraining.loop import History, Learner, Pace, make_model, train
from pretraining.masking import word_masking
from pretraining.plan import Budget, PretrainingSettings
from pretraining.text import check_text, documents, learn_vocabulary, pack
from transformers import BertTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from harness.cli.options.settings import setting_options
from harness.encoders.transformer.loading import quiet
from harness.errors import HarnessError, MissingDataError, SettingError
from harness.machine.device import choose_device
from harness.results.files import obey_umask, write_atomically
from harness.settings import make_settings

_SAVE_SECONDS = 60.0
_FOLDER = click.Path(file_okay=False, path_type=Path)


@dataclass(frozen=True)
class Material:
    """The text as the model sees it.

    Attributes:
        tokenizer: With the vocabulary learned from it.
        rows: Packed training text. Shape: (n_rows, length).
        heldout: Packed held-out text. Shape: (n_rows, length).
    """

    tokenizer: PreTrainedTokenizerBase
    rows: NDArray[np.uint16]
    heldout: NDArray[np.uint16]


@click.command(params=setting_options(PretrainingSettings, taken=()), help=__doc__)
@click.option("--text", type=_FOLDER, required=True, help="Folder of the text.")
@click.option("--out", type=_FOLDER, required=True, help="Where everything is written.")
@click.option("--minutes", type=click.FloatRange(0, min_open=True), help="Minutes of training.")
@click.option("--steps", type=click.IntRange(min=1), help="Steps, instead of minutes.")
@click.option("--pause-after", type=float, metavar="MINUTES", help="End this call early.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda.")
def main(text: Path, out: Path, *, device: str, **options: Any) -> None:  # noqa: D103 - click shows the module's own text
    minutes, steps, pause = (options.pop(name) for name in ("minutes", "steps", "pause_after"))
    if (minutes is None) == (steps is None):
        raise click.UsageError("give --minutes or --steps")
    given = {name: value for name, value in options.items() if value is not None}
    try:
        settings = make_settings(PretrainingSettings, given, "pretraining")
        _check_same_run(out, {**asdict(settings), "minutes": minutes, "steps": steps})
        material = _prepare(text, out, settings)
        model = make_model(settings, material.tokenizer, choose_device(device))
        masking = word_masking(material.tokenizer, settings.mask_rate, model.device)
        click.echo(_plan(model.num_parameters(), material, settings), err=True)
        untrained = masked_scores(model, material.heldout, masking)
        pause_seconds = None if pause is None else 60 * pause
        pace = Pace(Budget(minutes, steps or 0), _SAVE_SECONDS, pause_seconds, _print_progress)
        history = train(Learner(model, masking, settings), material.rows, pace, out)
    except HarnessError as error:
        raise click.ClickException(str(error)) from error
    if pace.budget.progress(history.seconds, history.step) < 1:
        click.echo(f"paused after step {history.step}; the same command resumes")
        return
    scores = {
        "unigram": unigram_scores(material.rows, material.heldout, masking),
        "random weights": untrained,
        "this model": masked_scores(model, material.heldout, masking),
    }
    filled = fill_in(model, material.tokenizer)
    folder = out / "model"
    _save(model, material.tokenizer, folder)
    size = (folder / "model.safetensors").stat().st_size
    card = write_card(
        settings,
        history,
        scores=scores,
        filled=filled,
        text=text,
        tokens=material.rows.size,
        weights_bytes=size,
    )
    write_atomically(folder / "README.md", card.encode())
    for name, score in scores.items():
        click.echo(f"{name}: loss {score.loss:.3f} nats, accuracy {100 * score.accuracy:.1f} %")
    click.echo(
        f"{history.step} steps, {history.seconds / 60:.1f} min, {size / 1e6:.1f} MB: {folder}"
    )


def _save(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    with quiet():
        model.half().save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    obey_umask(folder)


def _check_same_run(out: Path, plan: dict[str, Any]) -> None:
    """Keep the plan in the folder; refuse to resume with another."""
    path = out / "plan.json"
    if path.is_file() and json.loads(path.read_text("utf-8")) != plan:
        raise SettingError(f"{path} must hold the plan of this run: use another --out")
    write_atomically(path, json.dumps(plan, indent=1).encode())


def _prepare(text: Path, out: Path, settings: PretrainingSettings) -> Material:
    """Learn the vocabulary and pack the text, unless a call before did."""
    shards, vocabulary = sorted(text.glob("shards/*.txt.xz")), out / "vocabulary"
    if not vocabulary.is_dir():
        check_text(text)
        learned = learn_vocabulary(documents(shards), settings.vocabulary, settings.length)
        learned.save_pretrained(vocabulary)
    tokenizer = BertTokenizer.from_pretrained(vocabulary)
    rows = _packed(shards, out / "rows.npy", tokenizer, settings.length)
    heldout = _packed([text / "heldout.txt.xz"], out / "heldout.npy", tokenizer, settings.length)
    return Material(tokenizer, rows, heldout)


def _packed(
    files: Sequence[Path], kept: Path, tokenizer: PreTrainedTokenizerBase, length: int
) -> NDArray[np.uint16]:
    if not kept.is_file():
        content = BytesIO()
        np.save(content, pack(documents(files), tokenizer, length))
        write_atomically(kept, content.getvalue())
    rows: NDArray[np.uint16] = np.load(kept, allow_pickle=False)
    if not len(rows):
        raise MissingDataError(f"the text of {kept.name} must fill a row of {length} tokens")
    return rows


def _plan(parameters: int, material: Material, settings: PretrainingSettings) -> str:
    """Say what a run costs: 6 operations a parameter and token, forward and backward."""
    tokens = settings.batch_size * settings.length
    return (
        f"{parameters / 1e6:.2f} M parameters, {2 * parameters / 1e6:.1f} MB in float16;"
        f" text {material.rows.size / 1e6:.1f} M tokens; a step {tokens:,} tokens,"
        f" {6 * parameters * tokens / 1e12:.2f} TFLOP"
    )


def _print_progress(history: History, progress: float, speed: float) -> None:
    step, seconds, loss = history.curve[-1]
    click.echo(
        f"step {step}, {seconds / 60:.1f} min, {100 * progress:.0f} %, loss {loss:.3f},"
        f" {speed:,.0f} tokens/s",
        err=True,
    )


if __name__ == "__main__":
    main()
