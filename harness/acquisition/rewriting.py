"""Put what was rewritten from another form into its place, checked as far as it can be."""

import hashlib
from pathlib import Path

from harness.acquisition.manifest import DataFileEntry
from harness.acquisition.other_forms import Rewritten
from harness.acquisition.placement import Outcome, put
from harness.acquisition.preparation import prepare
from harness.data import DataFolder

_SENTENCES = slice(5, 7)  # the columns of STS-B, which alone is checked by its sentences


def place_rewritten(
    made: Rewritten, source: Path, file: DataFileEntry, outcome: Outcome, data: DataFolder
) -> bool:
    """Put a rewritten file into the data folder if it is the published one, or has its pairs.

    A file that is there already makes way only for the published one.

    Args:
        made: The file.
        source: What it was made of.
        file: What the manifest says of it.
        outcome: Receives what was placed, and what could not be checked.
        data: The data folder.

    Returns:
        Whether it was placed.
    """
    try:
        versions = [prepare(content, file.prepare) for content in made.versions]
    except ValueError as error:
        outcome.problems.append(f"{source}: {error}")
        return False
    for content in versions:
        if hashlib.sha256(content).hexdigest() == file.sha256:
            put(content, source, file, outcome, data)
            return True
    problem = _problem(versions[0], made, file)
    if not problem and outcome.data_set.find(file, data) is not None:
        problem = f"{file.name} made of it is not the published one, and another is there"
    if problem:
        if made.is_described:  # else any pairs may have these columns
            outcome.problems.append(f"{source}: {problem}")
        return False
    put(versions[0], source, file, outcome, data)
    is_known = file.sentences is not None and _sentences(versions[0]) == file.sentences
    what = "its sentences are" if is_known else f"only its {file.rows} rows were checked: they are"
    note = f"{file.name} is made of {source.name}; {what} those published, its checksum is not"
    more = f"; {made.note}" if made.note else ""
    outcome.notes.append(f"{note}{more}: results name it as altered")
    return True


def _problem(content: bytes, made: Rewritten, file: DataFileEntry) -> str:
    """Say why a file that is not the published one cannot pass for it; nothing if it can."""
    rows = content.count(b"\n") - file.header
    if rows != file.rows:
        return f"has {rows} rows for {file.name} where {file.rows} are published"
    if file.sentences is None or _sentences(content) == file.sentences:
        return ""
    if not made.is_described:
        return f"has other sentences than {file.name}"
    return ""


def _sentences(content: bytes) -> str:
    """Return the checksum of both sentences of each row."""
    rows = (line.split(b"\t")[_SENTENCES] for line in content.removesuffix(b"\n").split(b"\n"))
    return hashlib.sha256(b"".join(b"\t".join(row) + b"\n" for row in rows)).hexdigest()
