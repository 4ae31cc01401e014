"""``harness data fetch`` and ``harness data import``: bring data sets into the data folder."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from harness.acquisition.fetching import FetchOptions, fetch, refuse_offline
from harness.acquisition.importing import import_data
from harness.acquisition.licences import accept, unaccepted
from harness.acquisition.manifest import SUITES, DataSetEntry, built_in_manifest
from harness.acquisition.placement import Outcome
from harness.acquisition.scratch import remove_leftovers
from harness.acquisition.verification import check_data_set
from harness.cli.options.commands import Command
from harness.cli.options.context import offline_option
from harness.cli.options.groups import ADVANCED, option
from harness.cli.options.shared import data_option, lock_timeout_option
from harness.cli.terminal.progress import progress_bars, transfer_bars
from harness.data import DataFolder, writable_data_folder
from harness.errors import HarnessError
from harness.results.records.selection import listed


@click.command("fetch", cls=Command, short_help="Download data sets and check them.")
@click.argument("names", nargs=-1, metavar="[SUITE]...")
@data_option
@lock_timeout_option
@option(
    ADVANCED,
    "--mirror",
    "mirrors",
    multiple=True,
    metavar="URL",
    help="Ask this copy of a complete data folder first; repeatable.",
)
@option(
    ADVANCED, "--accept-licences", is_flag=True, help="Accept the licences shown; for scripts."
)
@offline_option("Download nothing.")
def fetch_command(
    names: tuple[str, ...],
    data: str | DataFolder | None,
    *,
    mirrors: tuple[str, ...],
    accept_licences: bool,
    offline: bool,
) -> None:
    """Download data sets, prepare them as SentEval does, and check them.

    SUITE is a suite or data set of 'harness data list'; with none named, everything that tasks
    are scored on is fetched. What is there already is left alone; a download that broke off
    resumes where it was.

    \b
    harness data fetch sts
    harness data fetch sts-multilingual snli --accept-licences
    """  # noqa: D301 - click wants the very character
    if any("://" in name for name in names):
        raise click.UsageError("a URL must follow --mirror")
    options = FetchOptions(mirrors, offline)
    root = writable_data_folder(data)
    manifest = built_in_manifest()
    folder = DataFolder(root, str(root))
    chosen = manifest.select(names or SUITES)
    wanted = [one for one in chosen if check_data_set(one, folder).state != "complete"]
    if not wanted:
        remove_leftovers(root)
        click.echo(f"nothing to fetch: {root} has all of {', '.join(names or SUITES)}")
        return
    refuse_offline(offline=offline)
    _settle_licences(root, wanted, accepted=accept_licences)
    with transfer_bars() as on_bytes:
        outcomes = fetch(wanted, root, manifest, replace(options, on_bytes=on_bytes))
    _report(outcomes, root)


@click.command("import", cls=Command, short_help="Copy data sets from a folder or archive.")
@click.argument("source", type=click.Path(path_type=Path), metavar="FOLDER")
@data_option
@lock_timeout_option
def import_command(source: Path, data: str | DataFolder | None) -> None:
    """Copy data sets from FOLDER, or from a single archive or file, into the data folder.

    Files are found by name and taken by checksum, as they are or after the preparation of
    SentEval's script; a file that matches neither is named and left out. Archives of the shared
    tasks in FOLDER are unpacked.

    Known by their columns: SICK.txt, and STS-B as sentence-transformers (stsbenchmark.tsv.gz),
    GLUE and the hub publish it.
    """
    root = writable_data_folder(data)
    with progress_bars():
        imported = import_data(source, built_in_manifest().data_sets, root)
    if imported.unrecognised:
        click.echo(f"not recognised: {listed(imported.unrecognised)}", err=True)
    if not imported.outcomes:
        click.echo(f"nothing new in {source} for {root}")
        return
    _report(imported.outcomes, root)


def _settle_licences(root: Path, wanted: Sequence[DataSetEntry], *, accepted: bool) -> None:
    """Show the licences that were not accepted yet, and have them accepted."""
    new = unaccepted(root, wanted)
    if not new:
        return
    for data_set in new:
        click.echo(f"{data_set.name}: {data_set.title}")
        click.echo(f"  from: {data_set.origin}")
        click.echo(f"  licence: {data_set.licence}")
        click.echo(f"  cite: {data_set.citation}")
        if data_set.note:
            click.echo(f"  note: {data_set.note}")
    if not accepted:
        if not _at_a_terminal():
            msg = "licences must be accepted before a download: read them, add --accept-licences"
            raise HarnessError(msg)
        click.confirm("Do you accept these licences?", abort=True)
    accept(root, new)


def _at_a_terminal() -> bool:
    return sys.stdin.isatty()


def _report(outcomes: Sequence[Outcome], root: Path) -> None:
    """Say what became of each data set; exit 1 if files are missing."""
    for outcome in outcomes:
        name, files = outcome.data_set.name, len(outcome.placed)
        if not outcome.missing:
            click.echo(f"{name}: complete, {files} files new")
        else:
            click.echo(f"{name}: INCOMPLETE, missing {', '.join(outcome.missing)}", err=True)
            for problem in dict.fromkeys(outcome.problems):
                click.echo(f"  {problem}", err=True)
        for note in outcome.notes:
            click.echo(f"  {note}", err=True)
        for file in outcome.replaced:
            click.echo(f"  {file} differed; the old one is kept as {file}.replaced")
    click.echo(f"Data folder: {root}")
    if any(outcome.missing for outcome in outcomes):
        raise click.exceptions.Exit(1)
