"""Names for sets of tasks that are reported together."""

from harness.results.families import AVERAGED

STS = AVERAGED["sts"]
"""The seven STS tasks whose mean is the papers' "Avg."."""

STSB = ("stsb-dev", "stsb-test")
"""Both scored splits of the STS Benchmark that no encoder here is trained on."""

SICKR = ("sickr-dev", "sickr-test")
"""The dev and test splits of SICK relatedness."""

TRANSFER = AVERAGED["transfer"]
"""The seven transfer tasks of the papers' tables."""

STS_MULTILINGUAL = ("sts14-es", "sts15-es", "sts17")
"""STS in Spanish, and in and across Arabic, English, Spanish and Turkish."""
