"""What WK pooling costs beside mean pooling and beside the paper's per-token QR.

Run: ``python benchmarks/wk_pooling_cost.py [--threads 1]``. Hidden states are random; the three
sides take turns in one process, and the fastest round of each counts.
"""

import argparse
from collections.abc import Callable
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray

from encoders.pooling import masked_mean
from encoders.wk import wk_embedding

SHAPES = {"MiniLM (6 layers, 384 dims)": (7, 384), "BERT-base (12 layers, 768 dims)": (13, 768)}
SENTENCES, LENGTH, ROUNDS = 64, 32, 25


def qr_embedding(layers: NDArray[np.float32]) -> NDArray[np.float32]:
    """Embed one sentence token by token. Shape: (layers, length, dim) to (dim,)."""
    vectors, variances = [], []
    for token in layers.swapaxes(0, 1):
        alignment, novelty = np.zeros(len(token)), np.zeros(len(token))
        for k in range(len(token)):
            below = token[k - 2 : k] if k > 1 else token[:0]
            factor = np.linalg.qr(
                np.concatenate([below, token[k + 1 : k + 3], token[k : k + 1]]).T
            )[1]
            last, rest = factor[:, -1], factor[:-1, :-1]
            mean = (rest / np.linalg.norm(rest, axis=0)).mean(1)
            alignment[k] = np.linalg.norm(last[:-1]) / (2 * len(last) * mean @ last[:-1])
            novelty[k] = abs(last[-1]) / np.linalg.norm(last)
        vectors.append((alignment / alignment.sum() + novelty / novelty.sum()) / 2 @ token)
        unit = token / np.linalg.norm(token, axis=1, keepdims=True)
        variances.append((unit[1:] * unit[:-1]).sum(1).var())
    weights = np.array(variances, dtype=np.float32)
    return np.asarray(weights / weights.sum() @ np.array(vectors), dtype=np.float32)


def fastest(sides: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Time the sides in turns. Milliseconds a batch."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, side in sides.items():
            start = perf_counter()
            side()
            times[name].append(1000 * (perf_counter() - start))
    return {name: min(rounds) for name, rounds in times.items()}


def compare(layers: int, dim: int) -> dict[str, float]:
    """Time the three sides on random hidden states. Milliseconds a batch."""
    states = torch.randn(layers, SENTENCES, LENGTH, dim)
    lengths = torch.randint(LENGTH // 2, LENGTH + 1, (SENTENCES, 1))
    mask = (torch.arange(LENGTH) < lengths).long()
    upper, real = states[4:].numpy(), (lengths.squeeze(1) - 1).tolist()
    return fastest(
        {
            "mean": lambda: masked_mean(states[-1], mask),
            "wk": lambda: wk_embedding(states, mask),
            "per-token QR": lambda: [qr_embedding(upper[:, i, :n]) for i, n in enumerate(real)],
        }
    )


def main() -> None:
    """Print the three times and their ratios for each shape."""
    parser = argparse.ArgumentParser(description="Time WK pooling.")
    parser.add_argument("--threads", type=int, default=1)
    torch.set_num_threads(parser.parse_args().threads)
    torch.manual_seed(0)
    for name, (layers, dim) in SHAPES.items():
        times = compare(layers, dim)
        print(f"{name}, {SENTENCES} sentences of up to {LENGTH} tokens")
        for side, milliseconds in times.items():
            print(f"  {side:<13}{milliseconds:10.2f} ms  {milliseconds / times['wk']:8.3f} x wk")


if __name__ == "__main__":
    main()
