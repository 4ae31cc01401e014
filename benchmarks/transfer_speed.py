"""MR under SentEval's protocols: heads trained together against one fit after another.

    python benchmarks/transfer_speed.py --data downstream/MR
    python benchmarks/transfer_speed.py --embeddings mr.npy --labels labels.npy --outer 2

Both sides get the same features, rows in SentEval's order, and one CPU thread. They run in turns
in one process. The side that goes one fit after another may run a part of the outer folds only;
its time is then scaled by the number of fits, and the output says so.
"""

import argparse
import resource
import sys
import time
from pathlib import Path

import numpy as np
import torch

from tasks.head_data import LabelledFeatures
from tasks.head_protocols import SENTEVAL, SENTEVAL_FAST, SKLEARN, HeadProtocol
from tasks.senteval_heads import TransferClassifier

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "tasks"))
import mr_embeddings
import sequential_senteval as sequential


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
    if not options.only or options.only == "senteval-fast":
        compare(data, SENTEVAL_FAST, sequential.FAST, range(SENTEVAL_FAST.folds), options)
    if not options.only or options.only == "senteval":
        compare(data, SENTEVAL, sequential.FULL, range(min(options.outer, 10)), options)
    if not options.only or options.only == "sklearn":
        seconds, result = timed(TransferClassifier(data, SKLEARN).nested_k_fold)
        show("sklearn", "together", seconds, result.senteval_percent())
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
        "--outer", type=int, default=1, help="outer folds of full, sequential side"
    )
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def compare(
    data: LabelledFeatures,
    protocol: HeadProtocol,
    settings: sequential.Settings,
    outer: range,
    options: argparse.Namespace,
) -> None:
    """Run both sides in turns and print the ratio of their best times."""
    ours, theirs = [], []
    for _ in range(options.repeat):
        seconds, result = timed(TransferClassifier(data, protocol).nested_k_fold)
        ours.append(seconds)
        show(protocol.name, "together", seconds, result.senteval_percent())
        seconds, outcome = timed(
            lambda: sequential.nested_k_fold(
                data.features, data.labels, data.classes, settings, list(outer)
            )
        )
        scaled = seconds * protocol.folds / len(outer)
        theirs.append(scaled)
        show(protocol.name, "one by one", scaled, (outcome.dev, outcome.test))
        done = outcome.predictions >= 0
        if len(outer) < protocol.folds:
            print(f"    scaled from {seconds:.2f} s, {len(outer)} of {protocol.folds} outer folds")
        differ = (outcome.predictions != result.predictions)[done].sum()
        print(f"    predictions that differ: {differ} of {done.sum()}")
    print(f"{protocol.name}: ratio {min(theirs) / min(ours):.1f}")


def timed(work):  # noqa: ANN001, ANN201 - any call
    """Seconds, and what the call gave."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def show(protocol: str, side: str, seconds: float, percent: tuple[float, float]) -> None:
    """Print one run."""
    print(
        f"{protocol:13} {side:10} {seconds:9.2f} s  dev {percent[0]:.2f} test {percent[1]:.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()
