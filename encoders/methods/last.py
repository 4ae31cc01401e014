"""The last token's vector, in which a causal transformer has seen the whole sentence."""

from harness.encoders.transformer.pooled_encoder import PooledEncoder


class LastEncoder(PooledEncoder):
    """The vector of the last token that is no padding, the end token if the tokenizer adds one.

    Source: Wang et al. (2024), Section 3.2, https://arxiv.org/abs/2401.00368
    """

    citation = "Wang et al. (2024), Section 3.2, https://arxiv.org/abs/2401.00368"
    pooling = "last"
