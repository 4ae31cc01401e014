"""Turn published files into those of SentEval, byte for byte, as its download script does."""

from collections.abc import Callable, Iterable, Sequence

from harness.acquisition import moses, penn
from harness.acquisition.manifest import Preparation

_SICK_SENTENCES = range(1, 3)
_STSB_SENTENCES = range(5, 7)
_SCORED_ROWS = 250


def prepare(content: bytes, preparation: Preparation) -> bytes:
    """Return the bytes of a prepared file.

    Args:
        content: Bytes of the published file.
        preparation: What the manifest says is to be done to it.

    Raises:
        ValueError: If the file does not have the columns or the encoding that it should.
    """
    return _STEPS[preparation](content)


def _unchanged(content: bytes) -> bytes:
    return content


def _sts(content: bytes) -> bytes:
    """Keep both sentences (the release of 2016 names sources besides), tokenise, lower-case."""
    rows = [line.split("\t") for line in _lines(content)]
    return _joined(_tokenised(row, range(2), 2, 4)[:2] for row in rows)


def _sts_benchmark(content: bytes) -> bytes:
    """Keep seven columns; tokenise and lower-case the sentences."""
    rows = [line.split("\t") for line in _lines(content)]
    return _joined(_tokenised(row, _STSB_SENTENCES, 7, 9)[:7] for row in rows)


def _sick(content: bytes) -> bytes:
    """Tokenise the sentences, case kept."""
    header, *rows = [line.split("\t") for line in _lines(content)]
    width = len(header)
    tokenised = (_tokenised(row, _SICK_SENTENCES, width, lower=False) for row in rows)
    return _joined([header, *tokenised])


def _penn(content: bytes) -> bytes:
    """Write bytes that are no ASCII as `cat -v` does, then tokenise."""
    lines = content.removesuffix(b"\n").split(b"\n")
    return "".join(penn.tokenise(penn.visible(line)) + "\n" for line in lines).encode("ascii")


def _trec(content: bytes) -> bytes:
    """Delete back-ticks and apostrophes; the file is latin-1."""
    return content.translate(None, b"`'")


def _first_rows(content: bytes) -> bytes:
    """Keep the rows of STS 2017's track 6 that were scored."""
    return b"".join(content.splitlines(keepends=True)[:_SCORED_ROWS])


_STEPS: dict[Preparation, Callable[[bytes], bytes]] = {
    "none": _unchanged,
    "sts": _sts,
    "sts-benchmark": _sts_benchmark,
    "sick": _sick,
    "penn": _penn,
    "trec": _trec,
    "first-250-rows": _first_rows,
}


def _lines(content: bytes) -> list[str]:
    return content.decode("utf-8").removesuffix("\n").split("\n")


def _joined(rows: Iterable[Sequence[str]]) -> bytes:
    return "".join("\t".join(row) + "\n" for row in rows).encode("utf-8")


def _tokenised(
    row: Sequence[str], sentences: range, *widths: int, lower: bool = True
) -> list[str]:
    if len(row) not in widths or len(row) < sentences.stop:
        wanted = " or ".join(map(str, widths))
        raise ValueError(f"must have {wanted} columns, got {len(row)}")
    cells = list(row)
    for column in sentences:
        tokens = moses.tokenise(cells[column])
        cells[column] = tokens.lower() if lower else tokens
    return cells
