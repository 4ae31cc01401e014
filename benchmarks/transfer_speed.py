"""MR under SentEval's protocols: heads trained together against one fit after another.

    python benchmarks/transfer_speed.py --data downstream/MR
    python benchmarks/transfer_speed.py --embeddings mr.npy --labels labels.npy --outer 2

Both sides get the same features, rows in SentEval's order, and as many CPU threads. They run in
turns in one process. Beside wall-clock time stands CPU time, which a machine busy with other work
disturbs less. The side that goes one fit after another may run a part of the outer folds only; in
the ratio its time is then scaled by the number of fits, and the output says so.
"""

import argparse
import resource
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import mr_embeddings
import numpy as np
import sequential_senteval as sequential
import torch

from harness.tasks.classifiers.features import LabelledFeatures
from harness.tasks.classifiers.settings import SENTEVAL, SENTEVAL_FAST, SKLEARN, HeadSettings
from harness.tasks.classifiers.split_protocols import TransferClassifier

Outcome = TypeVar("Outcome")


def main() -> None:
    """Time both sides and print their ratio."""
    options = parse()
    torch.set_num_threads(options.threads)
    if options.data:
        embeddings, labels = mr_embeddings.mr_minilm(options.data, options.cache)
    else:
        embeddings, labels = np.load(options.embeddings), np.load(options.labels)
    data = LabelledFeatures(embeddings, labels.astype(np.int64), int(labels.max()) + 1)
    print(f"rows {len(labels)}, dim {embeddings.shape[1]}, threads {options.threads}")
    if options.only in {None, "senteval-fast"}:
        compare(data, SENTEVAL_FAST, sequential.FAST, range(SENTEVAL_FAST.folds), options.repeat)
    if options.only in {None, "senteval"}:
        compare(data, SENTEVAL, sequential.FULL, range(options.outer), options.repeat)
    if options.only in {None, "sklearn"}:
        times, result = timed(TransferClassifier(data, SKLEARN).nested_k_fold)
        show("sklearn together", times, result.senteval_percent())
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=Path, help="folder of MR; encoded with MiniLM")
    source.add_argument("--embeddings", type=Path, help="(rows, dim) .npy, needs --labels")
    parser.add_argument("--labels", type=Path, help="(rows,) .npy")
    parser.add_argument("--cache", type=Path, default=Path("mr_minilm.npy"), help="of --data")
    parser.add_argument("--only", choices=["senteval", "senteval-fast", "sklearn"])
    parser.add_argument(
        "--outer", type=int, default=1, help="outer folds of full, on the sequential side, of 10"
    )
    parser.add_argument("--repeat", type=int, default=2, help="turns of each side")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads of each side")
    return parser.parse_args()


def compare(
    data: LabelledFeatures,
    settings: HeadSettings,
    sequential_settings: sequential.Settings,
    outer: range,
    repeat: int,
) -> None:
    """Run both sides in turns and print the ratio of their best times."""
    together, one_by_one = [], []
    for _ in range(repeat):
        times, result = timed(TransferClassifier(data, settings).nested_k_fold)
        together.append(times)
        show(f"{settings.name} together", times, result.senteval_percent())
        times, outcome = timed(
            partial(
                sequential.nested_k_fold,
                data.features,
                data.labels,
                data.classes,
                sequential_settings,
                outer,
            )
        )
        show(f"{settings.name} one by one", times, (outcome.dev, outcome.test))
        one_by_one.append(times * settings.folds / len(outer))
        if len(outer) < settings.folds:
            print(f"    {len(outer)} of {settings.folds} outer folds; scaled up in the ratio")
        done = outcome.predictions >= 0
        differ = (outcome.predictions != result.predictions)[done].sum()
        print(f"    predictions that differ: {differ} of {done.sum()}")
    wall, cpu = np.min(one_by_one, axis=0) / np.min(together, axis=0)
    print(f"{settings.name}: ratio {wall:.1f} (CPU time {cpu:.1f})", flush=True)


def timed(work: Callable[[], Outcome]) -> tuple[np.ndarray, Outcome]:
    """Seconds of wall clock and of CPU, and what the call gave."""
    start = np.array([time.perf_counter(), time.process_time()])
    result = work()
    return np.array([time.perf_counter(), time.process_time()]) - start, result


def show(side: str, times: np.ndarray, percent: tuple[float, float]) -> None:
    """Print one run."""
    seconds = f"{times[0]:8.2f} s (CPU {times[1]:8.2f} s)"
    print(f"{side:25} {seconds}  dev {percent[0]:.2f} test {percent[1]:.2f}", flush=True)


if __name__ == "__main__":
    main()
