"""The [CLS] vector: what a transformer says of the sentence as a whole."""

from harness.encoders.transformer.pooled_encoder import PooledEncoder


class ClsEncoder(PooledEncoder):
    """The vector of the first token, [CLS], before any pooler.

    Source: Devlin et al. (2019), Section 4, https://arxiv.org/abs/1810.04805
    """

    citation = "Devlin et al. (2019), Section 4, https://arxiv.org/abs/1810.04805"
    pooling = "cls"
