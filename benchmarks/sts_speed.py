"""Time the seven STS tasks: ours against the way that SimCSE's evaluation goes through them.

    python benchmarks/sts_speed.py --data FOLDER --model minilm

The plain side encodes every split and each of its sides apart, in the order of the first
sentence's length, in batches of 128 that are padded to their longest, and the train and dev parts
of STS-B and SICK too. Both sides tokenise afresh, keep nothing between rounds, and use the same
weights, attention and number of threads. They run in turn, in one process.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr
from transformers import AutoModel, AutoTokenizer

from harness.data import open_data
from harness.encoder import Context
from harness.encoders.transformer.backbone import open_backbone
from harness.encoders.transformer.model_folder import find_model
from harness.evaluation.evaluation import evaluate
from harness.results.families import AVERAGED

BATCH = 128
Split = list[tuple[list[str], list[str], float]]  # words of both sides, gold


def thin(path: Path, keep: list[bool], target: Path) -> None:
    """Copy the lines that are kept."""
    lines = path.read_bytes().split(b"\n")[: len(keep)]
    target.parent.mkdir(parents=True, exist_ok=True)
    kept = [line for line, wanted in zip(lines, keep, strict=True) if wanted]
    target.write_bytes(b"\n".join(kept) + b"\n")


def thin_data(root: Path, fraction: float, target: Path) -> None:
    """Write a folder of the same layout with a fraction of each file's pairs, evenly spread."""
    inputs = sorted(root.glob("STS/STS1*-en-test/STS.input.*.txt"))
    tables = [*root.glob("STS/STSBenchmark/*.csv"), *root.glob("SICK/SICK_*.txt")]
    for path in [*inputs, *tables]:
        count = path.read_bytes().count(b"\n")
        rows = np.arange(count)
        keep = np.floor((rows + 1) * fraction) > np.floor(rows * fraction)
        if path.name.startswith("SICK"):
            keep[0] = True  # the header
        thin(path, keep.tolist(), target / path.relative_to(root))
        if path in inputs:
            gold = path.with_name(path.name.replace("input", "gs"))
            thin(gold, keep.tolist(), target / gold.relative_to(root))


def read_splits(root: Path) -> Iterator[Split]:
    """Yield what SimCSE's evaluation encodes, split by split."""
    for path in sorted(root.glob("STS/STS1*-en-test/STS.input.*.txt")):
        gold = path.with_name(path.name.replace("input", "gs")).read_text("utf-8").split("\n")
        pairs = [line.split("\t")[:2] for line in path.read_text("utf-8").split("\n")]
        yield [(p[0].split(), p[1].split(), float(g)) for p, g in zip(pairs, gold) if g.strip()]  # noqa: B905 - a last line end leaves one empty string on both
    for part in ("train", "dev", "test"):
        rows = (root / f"STS/STSBenchmark/sts-{part}.csv").read_text("utf-8").splitlines()
        cells = [row.split("\t") for row in rows]
        yield [(c[5].split(), c[6].split(), float(c[4])) for c in cells]
    for part in ("train", "trial", "test_annotated"):
        rows = (root / f"SICK/SICK_{part}.txt").read_text("utf-8").splitlines()[1:]
        cells = [row.split("\t") for row in rows]
        yield [(c[1].split(), c[2].split(), float(c[3])) for c in cells]


class PlainEvaluation:
    """The plain side: tokenizer, model, and one batch after another."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModel.from_pretrained(folder).to(device).eval()
        self.device = device

    def run(self, root: Path) -> list[float]:
        """Return each split's Spearman."""
        return [self.score(split) for split in read_splits(root)]

    def score(self, split: Split) -> float:
        """Return one split's Spearman."""
        ordered = sorted(split, key=lambda row: (len(row[0]), len(row[1]), row[2]))
        system: list[float] = []
        for start in range(0, len(ordered), BATCH):
            rows = ordered[start : start + BATCH]
            first = self.encode([" ".join(row[0]) for row in rows])
            second = self.encode([" ".join(row[1]) for row in rows])
            system += [cosine(u, v) for u, v in zip(first, second, strict=True)]
        return float(spearmanr(system, [row[2] for row in ordered]).statistic)

    @torch.no_grad()
    def encode(self, sentences: list[str]) -> NDArray[np.float32]:
        """Embed one batch. Shape: (batch, dim)."""
        batch = self.tokenizer(sentences, return_tensors="pt", padding=True, truncation=True)
        batch = batch.to(self.device)
        hidden = self.model(**batch, output_hidden_states=True).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1)
        pooled: NDArray[np.float32] = ((hidden * mask).sum(1) / mask.sum(1)).cpu().numpy()
        return pooled


def cosine(u: NDArray[np.float32], v: NDArray[np.float32]) -> float:
    """Return the cosine of two vectors."""
    return float(u @ v / (np.linalg.norm(u) * np.linalg.norm(v)))


def race(sides: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return each side's median seconds, the sides taking turns."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, run in sides.items():
            wall, processor = perf_counter(), process_time()
            run()
            seconds[name].append(perf_counter() - wall)
            print(f"{name}: {seconds[name][-1]:.1f} s,", end=" ")
            print(f"{process_time() - processor:.1f} s of processor", flush=True)
    return {name: median(times) for name, times in seconds.items()}


def read_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", required=True, help="a SentEval folder")
    parser.add_argument("--model", default="minilm")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--fraction", type=float, default=1.0, help="of every file's pairs")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


def main() -> None:
    """Time both sides in turn and print their ratio."""
    arguments = read_arguments()
    torch.set_num_threads(arguments.threads)
    context = Context(model=arguments.model, device=arguments.device)
    backbone = open_backbone(context)
    _ = backbone.model, backbone.tokenizer  # load before any clock runs
    plain = PlainEvaluation(find_model(arguments.model), backbone.device)
    root = open_data(arguments.data).find("senteval", "STS/STSBenchmark/sts-test.csv").parents[2]
    with tempfile.TemporaryDirectory() as folder:
        if arguments.fraction < 1:
            thin_data(root, arguments.fraction, Path(folder))
            root = Path(folder)

        def ours() -> None:
            report = evaluate(
                ["mean"], AVERAGED["sts"], data=root, context=context, out=None, cache=False
            )
            assert not report.failures, report.failures

        seconds = race({"ours": ours, "plain": lambda: plain.run(root)}, arguments.rounds)
    share = f"{arguments.fraction:.0%} of the pairs"
    print(f"{share}, {backbone.device}, {arguments.threads} threads, {arguments.rounds} rounds:")
    print(f"ours {seconds['ours']:.1f} s, plain {seconds['plain']:.1f} s,", end=" ")
    print(f"ratio {seconds['plain'] / seconds['ours']:.2f}")


if __name__ == "__main__":
    main()
