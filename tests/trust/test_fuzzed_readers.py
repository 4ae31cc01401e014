"""Every reader on damaged files: a refusal in one line, or every row; never anything else."""

import tempfile
from pathlib import Path

import pytest
from file_readers import READERS, Reader
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.corpus import read_text
from harness.data import DataFolder
from harness.own_text import OwnText
from harness.tasks.corpora.nli_files import read_nli
from harness.tasks.data_lines import clean_sentence
from harness.tasks.sts.files import read_split

QUICK = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NASTY = st.sampled_from(
    [
        b"",
        b"\n",
        b"\r\n",
        b"\t",
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xc2\x85",
        b"-",
        b'"',
        b"1e999",
        b"nan",
        b"-1",
        b"9" * 5000,
        b"[" * 30_000,
        b"\\ud800",
        b"null",
    ]
)
EDIT = st.tuples(st.floats(0, 1), st.integers(0, 9), NASTY | st.binary(max_size=6))


def edited(content: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """Replace so many bytes at each place, a fraction of the length, by others."""
    for place, length, new in edits:
        at = int(place * len(content))
        content = content[:at] + new + content[at + length :]
    return content


@pytest.mark.parametrize("name", READERS)
@QUICK
@given(edits=st.lists(EDIT, max_size=4), cut=st.floats(0, 1) | st.none(), which=st.integers(0, 3))
def test_a_damaged_file_is_refused_in_one_line_or_read_whole(
    name: str,
    edits: list[tuple[float, int, bytes]],
    cut: float | None,
    which: int,
) -> None:
    reader: Reader = READERS[name]
    seed = reader.seeds[which % len(reader.seeds)]
    content = edited(seed if cut is None else seed[: int(cut * len(seed))], edits)

    with tempfile.TemporaryDirectory() as folder:
        accepted = reader.try_on(content, Path(folder))

    assert accepted in {True, False}


@pytest.mark.parametrize("name", READERS)
@QUICK
@given(content=st.binary(max_size=80) | NASTY)
def test_any_bytes_are_refused_in_one_line_or_read_whole(name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        accepted = READERS[name].try_on(content, Path(folder))

    assert accepted in {True, False}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("place", [0.0, 0.3, 0.6, 1.0])
def test_error_is_short_however_long_the_line(name: str, place: float, tmp_path: Path) -> None:
    reader = READERS[name]
    content = edited(reader.seeds[0], [(place, 0, b" word" * 20_000)])

    assert reader.try_on(content, tmp_path) in {True, False}


TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\t\n\r\0"),
    min_size=1,
    max_size=20,
).filter(lambda text: clean_sentence(text) != "" and not text.startswith("\ufeff"))
ROWS = st.lists(st.tuples(TEXT, TEXT), min_size=2, max_size=8)


@QUICK
@given(rows=ROWS)
def test_every_pair_of_any_text_is_read(rows: list[tuple[str, str]], tmp_path: Path) -> None:
    folder = tmp_path / "S"
    folder.mkdir(exist_ok=True)
    inputs = "".join(f"{first}\t{second}\n" for first, second in rows)
    (folder / "STS.input.x.txt").write_bytes(inputs.encode())
    (folder / "STS.gs.x.txt").write_bytes(b"2.5\n" * len(rows))

    pairs = read_split(DataFolder(tmp_path, "here"), "S", "x")

    assert list(zip(pairs.first, pairs.second, strict=True)) == [
        (clean_sentence(first), clean_sentence(second)) for first, second in rows
    ]


@QUICK
@given(rows=ROWS)
def test_every_labelled_pair_and_every_sentence_of_any_text_is_read(
    rows: list[tuple[str, str]], tmp_path: Path
) -> None:
    nli, text = tmp_path / "pairs.tsv", tmp_path / "text.txt"
    head = "gold_label\tsentence1\tsentence2\n"
    nli.write_bytes((head + "".join(f"neutral\t{a}\t{b}\n" for a, b in rows)).encode())
    text.write_bytes("".join(f"{a}\n{b}\n" for a, b in rows).encode())
    sides = [clean_sentence(side) for row in rows for side in row]

    pairs = read_nli(OwnText(str(nli))).pairs

    assert [side for pair in pairs for side in (pair.premise, pair.hypothesis)] == sides
    assert list(read_text(text).sentences) == sides
