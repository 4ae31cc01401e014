"""What WK costs beside mean pooling, and beside the paper's way: one QR per token and layer.

Run: ``python benchmarks/wk_speed.py [--threads 1]``. Two models, MiniLM (from the extra
``minilm``) and a BERT-base with random weights, read sentences of the sample data. First whole
encoders are timed, tokenizer and transformer included; then, on the hidden states of the same
batches, the poolings alone. The sides take turns in one process; the fastest round counts.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import AutoTokenizer, BertConfig, BertModel

from harness.data import open_data
from harness.encoder import Context, HiddenStates
from harness.encoders.methods.mean import MeanEncoder
from harness.encoders.methods.wk import WkEncoder, WkSettings
from harness.encoders.transformer.model_folder import find_model
from harness.encoders.transformer.pooled_encoder import PoolingSettings
from harness.encoders.transformer.pooling import masked_mean
from harness.encoders.transformer.wk_pooling import wk_embedding
from harness.planning.planned_tasks import plan_tasks

SENTENCES, ROUNDS = 96, 5
FIRST_LAYER, WINDOW = 4, 2


def qr_embedding(layers: NDArray[np.float32]) -> NDArray[np.float32]:
    """Embed one sentence token by token. Shape: (layers, length, dim) to (dim,)."""
    vectors, variances = [], []
    for token in layers.swapaxes(0, 1):
        alignment, novelty = np.zeros(len(token)), np.zeros(len(token))
        for k in range(len(token)):
            below = token[k - WINDOW : k] if k >= WINDOW else token[:0]
            window = [below, token[k + 1 : k + 1 + WINDOW], token[k : k + 1]]
            factor = np.linalg.qr(np.concatenate(window).T)[1]
            last, rest = factor[:, -1], factor[:-1, :-1]
            mean = (rest / np.linalg.norm(rest, axis=0)).mean(1)
            alignment[k] = np.linalg.norm(last[:-1]) / (2 * len(last) * mean @ last[:-1])
            novelty[k] = abs(last[-1]) / np.linalg.norm(last)
        vectors.append((alignment / alignment.sum() + novelty / novelty.sum()) / 2 @ token)
        unit = token / np.linalg.norm(token, axis=1, keepdims=True)
        variances.append((unit[1:] * unit[:-1]).sum(1).var())
    weights = np.array(variances, dtype=np.float32)
    return np.asarray(weights / weights.sum() @ np.array(vectors), dtype=np.float32)


def qr_embeddings(states: HiddenStates) -> Tensor:
    """Embed a batch sentence by sentence, [SEP] left out. Shape: (batch, dim)."""
    upper = torch.stack(states.layers[FIRST_LAYER:]).cpu().numpy()
    lengths = (states.mask.sum(1) - 1).tolist()
    return torch.from_numpy(
        np.stack([qr_embedding(upper[:, i, :n]) for i, n in enumerate(lengths)])
    )


class QrEncoder(WkEncoder):
    """WK as the paper computes it."""

    def read(self, states: HiddenStates) -> Tensor:
        """Embed a batch. Shape: (batch, dim)."""
        return qr_embeddings(states)


def fastest(sides: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Time the sides in turns. Seconds."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, side in sides.items():
            start = perf_counter()
            side()
            times[name].append(perf_counter() - start)
    return {name: min(rounds) for name, rounds in times.items()}


def report(title: str, times: dict[str, float]) -> None:
    """Print each side's time and the ratios."""
    mean, wk, paper = times.values()
    print(f"  {title:<10} mean {mean:8.4f} s   wk {wk:8.4f} s   per-token QR {paper:8.4f} s")
    print(f"  {'':<10} wk / mean {wk / mean:.3f}   QR / wk {paper / wk:.1f}")


def compare(model: str, sentences: list[str]) -> None:
    """Time mean pooling, WK and WK by QR with one model."""
    context = Context(model=model, device="cpu", offline=True)
    mean = MeanEncoder(context, PoolingSettings())
    wk, paper = WkEncoder(context, WkSettings()), QrEncoder(context, WkSettings())
    few = sentences[:16]
    np.testing.assert_allclose(wk.encode(few), paper.encode(few), atol=1e-3)
    report(
        "encoding",
        fastest(
            {
                "mean": lambda: mean.encode(sentences),
                "wk": lambda: wk.encode(sentences),
                "paper": lambda: paper.encode(sentences),
            }
        ),
    )
    tokens = sorted(mean.source.tokenize(sentences), key=len)
    with torch.inference_mode():
        states = [mean.source.forward(tokens[i : i + 64]) for i in range(0, len(tokens), 64)]
        report(
            "pooling",
            fastest(
                {
                    "mean": lambda: [masked_mean(s.layers[-1], s.mask) for s in states],
                    "wk": lambda: [wk_embedding(s.layers, s.mask) for s in states],
                    "paper": lambda: [qr_embeddings(s) for s in states],
                }
            ),
        )


def main() -> None:
    """Print times and ratios for each model."""
    parser = argparse.ArgumentParser(description="Time WK.")
    parser.add_argument("--threads", type=int, default=1)
    threads = parser.parse_args().threads
    torch.set_num_threads(threads)
    tasks = plan_tasks(["sts"], open_data("sample"), {})
    sentences = list(dict.fromkeys(s for planned in tasks for s in planned.task.sentences))
    sentences = sentences[:SENTENCES]
    minilm = find_model("minilm")
    with tempfile.TemporaryDirectory() as folder:
        torch.manual_seed(0)
        AutoTokenizer.from_pretrained(minilm).save_pretrained(folder)
        BertModel(BertConfig()).save_pretrained(folder)
        for title, model in (("MiniLM", "minilm"), ("random BERT-base", str(Path(folder)))):
            print(f"{title}: {len(sentences)} sentences, {threads} thread(s)")
            compare(model, sentences)


if __name__ == "__main__":
    main()
