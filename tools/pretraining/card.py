"""Write the model card: where the text came from, the run, the scores."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from pretraining.heldout import MaskedScores
from pretraining.loop import History
from pretraining.plan import PretrainingSettings


def write_card(
    settings: PretrainingSettings,
    history: History,
    *,
    scores: Mapping[str, MaskedScores],
    filled: Sequence[tuple[str, ...]],
    text: Path,
    tokens: int,
    weights_bytes: int,
) -> str:
    """Return the card as Markdown.

    Args:
        settings: Size and hyperparameters.
        history: What the run did.
        scores: Held-out scores by who made them.
        filled: Sentence, expected word and the model's words.
        text: Folder of the text, with a table of sources in its SOURCES.md.
        tokens: Tokens of the packed training text.
        weights_bytes: Size of the weights' file.
    """
    seen = history.step * settings.batch_size * settings.length
    parts = [
        "# A small BERT, pretrained by this project",
        (
            f"{settings.layers} layers, {settings.width} wide, {weights_bytes / 1e6:.1f} MB in"
            " float16. Lower-cased English, raw: trained by masked language modelling alone, never"
            " on sentence pairs. Its [CLS] and mean vectors are poor sentence embeddings, and are"
            " meant to be: they are what guidance, flows and contrast start from. It knows little"
            f" of the world, and nothing beyond {settings.length} tokens."
        ),
        "## The run",
        (
            f"{history.step:,} steps, {seen / 1e6:,.0f} million tokens seen, of a text of"
            f" {tokens / 1e6:,.1f} million tokens; {history.seconds / 60:.1f} minutes."
        ),
        _table(("setting", "value"), [(k, str(v)) for k, v in asdict(settings).items()]),
        "## Training loss",
        _table(("step", "loss"), [(f"{s:,}", f"{x:.3f}") for s, _, x in _thinned(history.curve)]),
        "## Held-out masked tokens",
        _table(
            ("who", "loss, nats", "accuracy"),
            [(name, f"{s.loss:.3f}", f"{100 * s.accuracy:.1f} %") for name, s in scores.items()],
        ),
        "## Ten sentences filled in",
        _table(("sentence", "a reader's word", "the model's"), filled),
        "## The text",
        "It is not distributed with the model. Its sources and their licences:",
        _sources(text),
        "## How to make it again",
        (
            "```bash\npython tools/pretrain_mini.py --text FOLDER --out FOLDER --minutes"
            f" {history.seconds / 60:.0f}\n```"
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _thinned(curve: Sequence[tuple[int, float, float]]) -> Sequence[tuple[int, float, float]]:
    """Leave about twenty entries of the curve, the last among them."""
    return curve[:: -max(len(curve) // 20, 1)][::-1]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _sources(text: Path) -> str:
    """Return the table of sources that comes with the text: the first four columns."""
    path = text / "SOURCES.md"
    if not path.is_file():
        return "unknown: the text came without SOURCES.md."
    lines = path.read_text("utf-8").partition("## Sources")[2].splitlines()
    table = [line for line in lines if line.startswith("|")]
    return "\n".join(f"|{'|'.join(line.split('|')[1:5])}|" for line in table)
