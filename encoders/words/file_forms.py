"""Recognise files that hold no word vectors as text, before a line of them is read."""

from pathlib import Path
from typing import NamedTuple

from harness.bounded_files import PACKERS, first_bytes
from harness.errors import BadDataError

_HEAD = 512  # bytes: a tar archive names itself at the 257th
_TAR, _TAR_AT = b"ustar", 257
_UNPACK = "unpack it, and name the text file in it"
_AS_TEXT = "save the vectors as text, a word and its numbers per line"


class _Form(NamedTuple):
    """How a kind of file begins, and what a user can do about it."""

    start: bytes
    name: str
    cure: str
    suffix: str = ""  # of a name by which it is read


_FORMS = (
    _Form(b"version https://git-lfs", "a pointer of Git LFS", "run 'git lfs pull' in its folder"),
    _Form(b"PK\x03\x04", "a zip archive (or .npz)", _UNPACK),
    _Form(b"PK\x05\x06", "an empty zip archive", _UNPACK),
    _Form(b"\x1f\x8b", "a gzip file", "let its name end in .gz, or unpack it", ".gz"),
    _Form(b"\xfd7zXZ\x00", "an xz file", "let its name end in .xz, or unpack it", ".xz"),
    _Form(b"BZh", "a bzip2 file", _UNPACK),
    _Form(b"\x28\xb5\x2f\xfd", "a zstd file", _UNPACK),
    _Form(b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    _Form(b"Rar!\x1a", "a rar archive", _UNPACK),
    _Form(b"\x93NUMPY", "a NumPy array (.npy)", _AS_TEXT),
    _Form(b"\x89HDF", "an HDF5 file", _AS_TEXT),
    _Form(b"PAR1", "a Parquet file", _AS_TEXT),
    _Form(b"\x80", "a pickle", _AS_TEXT),
    _Form(b"\xba\x16\x4f\x2f", "a binary model of fastText", "name the .vec file beside it"),
    _Form(b"\xff\xfe", "text in UTF-16", "save it as UTF-8"),
    _Form(b"\xfe\xff", "text in UTF-16", "save it as UTF-8"),
)
_TAR_FORM = _Form(_TAR, "a tar archive", _UNPACK)


def refuse_other_form(path: Path) -> None:
    """Refuse a file whose first bytes are those of another form than text, packed or not.

    Raises:
        BadDataError: If they are, or a packed file is damaged.
    """
    with path.open("rb") as file:
        form = _recognise(file.read(_HEAD))
    if path.suffix in PACKERS and (form is None or form.suffix == path.suffix):
        form = _recognise(first_bytes(path, _HEAD))
    if form is not None:
        msg = f"must be text, plain, .gz or .xz, got {form.name}: {form.cure}"
        raise BadDataError(path, None, msg)


def _recognise(head: bytes) -> _Form | None:
    if head[_TAR_AT:].startswith(_TAR):
        return _TAR_FORM
    return next((form for form in _FORMS if head.startswith(form.start)), None)
