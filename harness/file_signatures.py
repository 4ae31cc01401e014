"""Recognise what a file is that should be plain text: packed, or of another program."""

from pathlib import Path

from harness.errors import BadDataError

_UNPACK, _CONVERT = "unpack it", "convert it with iconv -f {} -t UTF-8"
_EXPORT = "write its sentences to a text file, one per line"
_SIGNATURES = (  # how such a file begins, what it is, the cure
    (b"\x1f\x8b", "a gzip file", _UNPACK),
    (b"PK\x03\x04", "a zip archive", _UNPACK),
    (b"PK\x05\x06", "a zip archive", _UNPACK),
    (b"\xfd7zXZ\x00", "an xz file", _UNPACK),
    (b"BZh91AY&SY", "a bzip2 file", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"PAR1", "a Parquet file", _EXPORT),
    (b"ARROW1", "an Arrow file", _EXPORT),
    (b"\x93NUMPY", "a NumPy file", _EXPORT),
    (b"\x89HDF", "an HDF5 file", _EXPORT),
    (b"SQLite format 3", "an SQLite database", _EXPORT),
    (b"\x80\x03", "a pickle", _EXPORT),
    (b"\x80\x04", "a pickle", _EXPORT),
    (b"\x80\x05", "a pickle", _EXPORT),
    (b"%PDF-", "a PDF document", _EXPORT),
    (b"{\\rtf", "a rich text document", _EXPORT),
    (b"version https://git-lfs.github.com/", "a pointer of Git LFS", "fetch it with git lfs pull"),
    (b"\xff\xfe\x00\x00", "UTF-32 text", _CONVERT.format("UTF-32")),
    (b"\x00\x00\xfe\xff", "UTF-32 text", _CONVERT.format("UTF-32")),
    (b"\xff\xfe", "UTF-16 text", _CONVERT.format("UTF-16")),
    (b"\xfe\xff", "UTF-16 text", _CONVERT.format("UTF-16")),
)


def refuse_binary(content: bytes, path: Path, first_line: int = 1) -> None:
    """Refuse what is no text: packed files, tables of other programs, UTF-16.

    Args:
        content: The whole file, or one of its lines.
        path: What messages call it.
        first_line: The number of the content's first line.

    Raises:
        BadDataError: If it is one; says what, and the cure.
    """
    for start, what, cure in _SIGNATURES if first_line == 1 else ():
        if content.startswith(start):
            raise BadDataError(path, 1, f"must be plain text in UTF-8, got {what}: {cure}")
    place = content.find(b"\0")
    if place >= 0:
        line = first_line + content.count(b"\n", 0, place)
        expected = "must be plain text in UTF-8, got a NUL byte"
        raise BadDataError(path, line, f"{expected}, as UTF-16 and binary files have")
