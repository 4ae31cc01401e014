"""A sweep of all layers and three poolings beside one evaluation of mean pooling.

Run: ``python benchmarks/sweep_speed.py [--data FOLDER] [--task stsb-dev] [--threads 1]``. Both
tokenise, encode with MiniLM (from the extra ``minilm``), score and record, without the vector
cache; they take turns in one process, and the fastest round of each counts.
"""

import argparse
import tempfile
from pathlib import Path
from time import perf_counter

import torch

from harness.data import open_data
from harness.encoder import Context
from harness.evaluation.evaluation import evaluate
from harness.evaluation.run_options import RunOptions
from harness.studies.sweep_axes import layer_axes
from harness.studies.sweeps import run_sweep

ROUNDS = 3


def main() -> None:
    """Print both times and their ratio."""
    parser = argparse.ArgumentParser(description="Time a sweep.")
    parser.add_argument("--data", default="sample")
    parser.add_argument("--task", default="stsb-dev")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    data = open_data(options.data)
    context = Context(model="minilm", device="cpu", offline=True)
    times: dict[str, list[float]] = {"mean": [], "sweep": []}
    with tempfile.TemporaryDirectory() as out:
        evaluate(["mean"], ["stsb-test"], data="sample", context=context, out=out, cache=False)
        for _ in range(ROUNDS):
            started = perf_counter()
            evaluate(["mean"], [options.task], data=data, context=context, out=out, cache=False)
            times["mean"].append(perf_counter() - started)
            started = perf_counter()
            run = RunOptions(data, context, Path(out), cache=False)
            axes = layer_axes("all", ["cls", "mean", "max"], context)
            run_sweep(axes, [options.task], run)
            times["sweep"].append(perf_counter() - started)
    mean, whole = min(times["mean"]), min(times["sweep"])
    layers, poolings = (len(values) for values in axes.values())
    cells = f"{layers} layers x {poolings} poolings"
    print(f"{options.task} with MiniLM, {options.threads} thread(s)")
    print(f"  one evaluation of mean   {mean:8.2f} s")
    print(f"  sweep of {cells}  {whole:6.2f} s   {whole / mean:.3f} x")


if __name__ == "__main__":
    main()
