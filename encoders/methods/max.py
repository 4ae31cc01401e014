"""Max pooling over tokens."""

from harness.encoders.transformer.pooled_encoder import PooledEncoder


class MaxEncoder(PooledEncoder):
    """The largest value over all tokens in each dimension, [CLS] and [SEP] among them.

    Source: Reimers & Gurevych (2019), Section 3, MAX, https://arxiv.org/abs/1908.10084
    """

    citation = "Reimers & Gurevych (2019), Section 3, MAX, https://arxiv.org/abs/1908.10084"
    pooling = "max"
