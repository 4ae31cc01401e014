"""Where the intervals and tests of earlier runs are kept, beside the vectors."""

from harness.encoding.vector_cache import cache_folder
from harness.results.statistics.kept_comparisons import KeptComparisons

FOLDER = "intervals"
"""Their folder in that of the cache."""


def kept_intervals() -> KeptComparisons:
    """Return the comparisons that were kept, by what they follow from."""
    return KeptComparisons(cache_folder() / FOLDER)
