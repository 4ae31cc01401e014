"""Comparisons kept on disk, each under all that its numbers follow from."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.results.files import read_file, write_atomically
from harness.results.notices import notify
from harness.results.statistics.estimates import Comparison, Difference, EncoderScore, Estimate

_HEAD = "harness comparison"


class KeptComparisons:
    """A folder of comparisons. One that is damaged, or no comparison at all, counts as absent.

    Args:
        folder: Where they are kept; made when the first is.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, key: str) -> dict[str, Comparison] | None:
        """Return the comparison of each column, None where none is kept under this key."""
        try:
            head, _, body = read_file(self._path(key)).decode().partition("\n")
            if head != _head(key, body):
                return None
            columns = json.loads(body)
            return {name: _comparison(column) for name, column in columns.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def keep(self, key: str, columns: Mapping[str, Comparison]) -> None:
        """Keep the comparison of each column; a notice says so if the disk refuses."""
        body = json.dumps({name: _values(column) for name, column in columns.items()})
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self._path(key), f"{_head(key, body)}\n{body}".encode())
        except OSError as error:
            notify(f"intervals are not kept in {self._folder}: {error.strerror or error}")

    def _path(self, key: str) -> Path:
        return self._folder / f"{key[:32]}.json"


def _head(key: str, body: str) -> str:
    """Return the first line of a file, which differs if anything of the file does."""
    return f"{_HEAD} {key} {hashlib.sha256(body.encode()).hexdigest()}"


def _values(found: Comparison) -> dict[str, Any]:
    """Return a comparison as JSON values, null for nan; decimal places give each number again."""
    return {
        "scores": [
            [
                s.encoder,
                _estimate(s.score),
                [*map(_or_null, s.seed_scores)],
                _or_null(s.seed_deviation),
            ]
            for s in found.scores
        ],
        "differences": [
            [
                d.first,
                d.second,
                _estimate(d.difference),
                _or_null(d.p_value),
                _or_null(d.adjusted_p_value),
                d.significant,
            ]
            for d in found.differences
        ],
        "groups": found.groups,
    }


def _estimate(estimate: Estimate) -> list[float | None]:
    ends = (estimate.value, estimate.low, estimate.high, estimate.standard_error)
    return [_or_null(end) for end in ends]


def _or_null(value: float) -> float | None:
    return None if math.isnan(value) else value


def _comparison(values: Mapping[str, Any]) -> Comparison:
    scores = [
        EncoderScore(name, _numbers(estimate), tuple(map(_number, seeds)), _number(deviation))
        for name, estimate, seeds, deviation in values["scores"]
    ]
    differences = [
        Difference(first, second, _numbers(estimate), _number(p), _number(adjusted), significant)
        for first, second, estimate, p, adjusted, significant in values["differences"]
    ]
    return Comparison(tuple(scores), tuple(differences), tuple(map(tuple, values["groups"])))


def _numbers(values: Sequence[float | None]) -> Estimate:
    return Estimate(*map(_number, values))


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
