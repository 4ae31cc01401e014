"""Mean pooling: the baseline that the other encoders are measured against."""

from harness.encoders.transformer.pooled_encoder import PooledEncoder
from harness.encoders.transformer.pooling import masked_mean


class MeanEncoder(PooledEncoder):
    """The average of all token vectors, [CLS] and [SEP] among them.

    Source: Reimers & Gurevych (2019), Section 3, MEAN, https://arxiv.org/abs/1908.10084
    """

    citation = "Reimers & Gurevych (2019), Section 3, MEAN, https://arxiv.org/abs/1908.10084"
    pool = staticmethod(masked_mean)
