"""Fitting a flow to stored vectors beside the encoding pass that made them.

Run: ``python benchmarks/flow_speed.py [--data FOLDER] [--threads 1]``. The text is STS-B's, the
model MiniLM (from the extra ``minilm``), the flow BERT-flow's l3-d3-w32, one epoch. The two take
turns in one process; the fastest round of each counts.
"""

import argparse
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import torch

from harness.data import open_data
from harness.encoder import Context
from harness.encoders.methods.flow import FlowEncoder, FlowSettings
from harness.encoders.methods.mean import MeanEncoder
from harness.encoders.transformer.pooled_encoder import PoolingSettings
from harness.plugins import registry
from harness.trainable import Training

ROUNDS = 2


def main() -> None:
    """Print both times, their ratio, and how the bits per dimension fell."""
    parser = argparse.ArgumentParser(description="Time the fitting of a flow.")
    parser.add_argument("--data", default="sample")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    context = Context(model="minilm", device="cpu", offline=True)
    sentences = registry.corpora.load("stsb").factory(open_data(options.data)).text
    distinct = {sentence: row for row, sentence in enumerate(dict.fromkeys(sentences))}
    rows = torch.from_numpy(np.array([distinct[sentence] for sentence in sentences]))
    mean = MeanEncoder(context, PoolingSettings(layers="first-last"))
    mean.encode(sentences[:64])
    encoding, fitting = [], []
    for seed in range(ROUNDS):
        started = perf_counter()
        vectors = torch.from_numpy(mean.encode(list(distinct)))
        encoding.append(perf_counter() - started)
        started = perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            training = Training(seed=seed, folder=Path(folder))
            history = FlowEncoder(context, FlowSettings()).learn(vectors, rows, training)
        fitting.append(perf_counter() - started)
    once, fit = min(encoding), min(fitting)
    bits = [point["bits_per_dim"] for point in history["training_bits_per_dim"]]
    print(f"{len(sentences)} sentences, {len(distinct)} distinct, {options.threads} thread(s)")
    print(f"  one encoding pass, mean  {once:8.2f} s")
    print(f"  fitting the flow         {fit:8.2f} s   {fit / once:.3f} x")
    normal, steps = history["standard_normal_bits_per_dim"], history["steps"]
    print(f"  bits per dimension of the training text: {normal:.3f} under a standard normal,")
    print(f"  {bits[0]:.3f} initialised, {bits[-1]:.3f} after {steps} steps")


if __name__ == "__main__":
    main()
