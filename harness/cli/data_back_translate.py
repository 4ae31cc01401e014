"""``harness data back-translate``: make paraphrases for the encoder bt."""

from pathlib import Path

import click

from harness.cli.options.commands import Command
from harness.cli.options.context import device_option, offline_option
from harness.cli.options.groups import ADVANCED, MODEL, OUTPUT, TRAINING, option
from harness.cli.options.shared import data_option_in, lock_timeout_option
from harness.cli.terminal.progress import progress_bars
from harness.corpus import Corpus, read_text
from harness.data import DataFolder, open_data
from harness.errors import SettingError
from harness.plugins import registry


@click.command("back-translate", cls=Command)
@option(MODEL, "--forth", required=True, metavar="MODEL", help="Marian model into a language.")
@option(MODEL, "--back", required=True, metavar="MODEL", help="Marian model back from it.")
@option(
    OUTPUT,
    "-o",
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Pairs file to write: a sentence, a tab, its paraphrase.",
)
@option(
    TRAINING,
    "--corpus",
    default="stsb",
    show_default=True,
    help="Registered corpus to paraphrase.",
)
@option(
    TRAINING,
    "--text",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File with one sentence per line, instead of a corpus.",
)
@data_option_in(TRAINING)
@lock_timeout_option
@option(TRAINING, "--limit", type=click.IntRange(min=1), help="Take so many sentences at random.")
@option(ADVANCED, "--beams", type=click.IntRange(min=1), default=4, show_default=True)
@option(ADVANCED, "--batch-size", type=click.IntRange(min=1), default=32, show_default=True)
@device_option
@offline_option()
def back_translate_command(
    *,
    forth: str,
    back: str,
    out: Path,
    corpus: str,
    text: Path | None,
    data: str | DataFolder | None,
    limit: int | None,
    beams: int,
    batch_size: int,
    device: str,
    offline: bool,
) -> None:
    """Paraphrase sentences by translating them forth and back.

    An interrupted run resumes where it was. Models are hub names or folders.

    \b
    harness data back-translate --forth Helsinki-NLP/opus-mt-en-de \\
        --back Helsinki-NLP/opus-mt-de-en --corpus stsb -o pairs.tsv
    harness train bt --text pairs.tsv
    """  # noqa: D301 - click wants the very character
    chosen = _read(corpus, text, data)
    if limit is not None:
        chosen = chosen.sample(limit, seed=0)
    from harness.acquisition.back_translation import (  # deferred: torch, 2 s
        Translator,
        back_translate,
    )

    there, again = (
        Translator(name, device=device, beams=beams, offline=offline) for name in (forth, back)
    )
    with progress_bars() as show:
        count = back_translate(
            chosen.sentences,
            there,
            again,
            out,
            batch_size=batch_size,
            on_sentences=lambda done, total: show("sentences", done, total),
        )
    click.echo(f"{out}: {count} pairs")


def _read(corpus: str, text: Path | None, data: str | DataFolder | None) -> Corpus:
    if text is not None:
        return read_text(text)
    plugin = registry.corpora.load(registry.corpora.meant(corpus))
    chosen = plugin.factory(open_data(data))
    if not chosen.sentences:
        raise SettingError(f"corpus to paraphrase must have sentences, {corpus!r} has pairs")
    return chosen
