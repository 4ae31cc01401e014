"""The model of `senteval_infersent`, beside it."""

# ruff: noqa: ANN001, ANN201, ANN204 - as users write it

import torch
from torch import nn


class NLINet(nn.Module):
    """Reads each word's place in the vocabulary; weights as they are drawn."""

    def __init__(self):
        super().__init__()
        self.words = {}
        self.lstm = nn.LSTM(4, 3, bidirectional=True)

    def build_vocab(self, sentences, tokenize=True):
        """Give each word of the sentences a place."""
        words = {word for s in sentences for word in s.split()}
        self.words = {word: index for index, word in enumerate(sorted(words))}

    def encode(self, sentences, bsize=64, tokenize=True):
        """Return the largest states of each sentence."""
        rows = []
        for sentence in sentences:
            ids = [self.words[word] for word in sentence.split()]
            inputs = torch.tensor(ids or [0], dtype=torch.float32)[:, None] / len(self.words)
            states, _ = self.lstm(torch.cat([inputs**k for k in range(1, 5)], 1)[:, None])
            rows.append(states.max(0).values[0].detach())
        return torch.stack(rows).numpy()
