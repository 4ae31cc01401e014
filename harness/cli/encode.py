"""``harness encode``: sentences in, vectors out."""

import sys
from pathlib import Path
from typing import Any

import click

from harness.cli.options.commands import Command
from harness.cli.options.context import context_options
from harness.cli.options.groups import MODEL, OUTPUT, option
from harness.cli.options.shared import (
    PluginName,
    lock_timeout_option,
    no_cache_option,
    out_option,
    plugin_option,
    settings_option,
)
from harness.cli.terminal.progress import progress_bars
from harness.encoder import Context
from harness.encoding.vector_files import FORMATS, check_format, vector_bytes
from harness.errors import SettingError, unwritable
from harness.results.files import write_atomically
from harness.text_files import split_lines


@click.command("encode", cls=Command)
@click.argument("encoder", type=PluginName("encoder"))
@plugin_option()
@option(
    OUTPUT,
    "-o",
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="File to write; replaced whole, or left as it is.  [default: standard output]",
)
@option(
    OUTPUT,
    "--format",
    "output_format",
    type=click.Choice([*FORMATS]),
    help="What to write.  [default: by the suffix of --out; else npy]",
)
@context_options
@settings_option("Setting of the encoder; repeatable.", MODEL)
@option(
    MODEL,
    "--checkpoint",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Weights of an encoder that must be trained.  [default: those below --records]",
)
@out_option("records", "Folder of the records, beside which checkpoints lie.", old_name=False)
@no_cache_option
@lock_timeout_option
def encode_command(
    encoder: str,
    *,
    out: Path | None,
    output_format: str | None,
    settings: dict[str, str],
    checkpoint: Path | None,
    records: Path,
    cache: bool,
    **context: Any,
) -> None:
    """Write the vectors of the sentences on standard input, one sentence per line.

    Rows are in the order of the lines, and each distinct sentence is encoded once. Parquet and
    JSON lines hold the sentences too; npy and safetensors are what the encoder precomputed reads.

    \b
    harness tasks sentences stsb > sentences.txt
    harness encode mean --model minilm --out vectors.npy < sentences.txt
    harness eval precomputed:vectors=vectors.npy,sentences=sentences.txt --tasks stsb
    """  # noqa: D301 - click wants the very character
    output_format = _choose_format(output_format, out)
    sentences = _read_sentences()
    from harness.evaluation.embedding import encode  # deferred: torch, 2 s
    from harness.training.advice import how_trained

    with progress_bars() as on_progress:
        vectors = encode(
            encoder,
            sentences,
            context=Context(**context),
            settings=settings,
            checkpoint=checkpoint,
            out=records,
            cache=cache,
            on_progress=on_progress,
            on_checkpoint=lambda folder, manifest: click.echo(
                f"{folder}: {how_trained(manifest)}", err=True
            ),
        )
    content = vector_bytes(output_format, sentences, vectors)
    if out is None:
        click.echo(content, nl=False)
        return
    try:
        write_atomically(out, content)
    except OSError as error:
        what = f"--out {out} cannot be written"
        raise SettingError(unwritable(what, error, "name another file")) from error
    rows, dim = vectors.shape
    click.echo(f"{out}: {rows} vectors of {dim} numbers", err=True)


def _choose_format(output_format: str | None, out: Path | None) -> str:
    """Return the format asked for, or that of the file's suffix, before anything is encoded."""
    if out is not None and out.exists() and not out.is_file():
        raise SettingError(f"--out must be a plain file or a new one, got {str(out)!r}")
    if output_format is None and out is not None:
        output_format = out.suffix.removeprefix(".")
        if output_format not in FORMATS:
            known = ", ".join(f".{name}" for name in FORMATS)
            raise SettingError(
                f"--out must end in one of {known}, got {str(out)!r}: or name a --format"
            )
    output_format = output_format or "npy"
    if out is None and output_format != "jsonl" and sys.stdout.isatty():
        raise SettingError("vectors are not for the terminal: use --out FILE, or --format jsonl")
    check_format(output_format)
    return output_format


def _read_sentences() -> tuple[str, ...]:
    if sys.stdin.isatty():
        click.echo("Sentences, one per line; Ctrl-D ends them:", err=True)
    content = sys.stdin.buffer.read()
    if not content:
        raise SettingError("standard input must have one sentence per line, got nothing")
    return split_lines(content, Path("standard input"))
