"""Names for sets of tasks that are reported together."""

STS = ("sts12", "sts13", "sts14", "sts15", "sts16", "stsb-test", "sickr-test")
"""The seven STS tasks whose mean is the papers' "Avg."."""

STSB = ("stsb-dev", "stsb-test")
"""Both scored splits of the STS Benchmark that no encoder here is trained on."""

SICKR = ("sickr-dev", "sickr-test")
"""The dev and test splits of SICK relatedness."""

TRANSFER = ("mr", "cr", "subj", "mpqa", "sst2", "trec", "mrpc")
"""The seven transfer tasks of the papers' tables."""

STS_MULTILINGUAL = ("sts14-es", "sts15-es", "sts17")
"""STS in Spanish, and in and across Arabic, English, Spanish and Turkish."""
