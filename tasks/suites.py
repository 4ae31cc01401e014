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

STSB_MULTI = (
    *("stsb-de", "stsb-es", "stsb-fr", "stsb-it", "stsb-nl"),
    *("stsb-pl", "stsb-pt", "stsb-ru", "stsb-zh"),
)
"""STS-B as a machine translated it into nine languages."""

STS_LANGUAGES = ("korsts", "jsts", *STSB_MULTI)
"""STS in eleven languages, each a data set of its own."""
