"""Time SG-OPT's training: ours against a plain transcription of the authors' loop.

    python benchmarks/train_speed.py --data FOLDER --model minilm

The plain side copies each batch, runs the fixed and the trained transformer over it in full with
all hidden states, sums the regulariser parameter by parameter, and scores STS-B dev every 50 steps
by encoding both sides of the pairs apart. Both sides see the same batches from the same weights
and run in turn, in one process; ours also scores once before the first step.
"""

import argparse
import copy
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor, nn
from transformers import AutoModel, AutoTokenizer, get_linear_schedule_with_warmup

from harness.data import DataFolder, open_data
from harness.encoder import Context
from harness.encoders.fine_tuning.losses import guided_loss
from harness.encoders.fine_tuning.projection_head import projection_head
from harness.encoders.methods.sg import SgOptEncoder, SgOptSettings
from harness.encoders.transformer.model_folder import find_model
from harness.finetuning.callback import DEV
from harness.finetuning.example_order import draw_batches
from harness.plugins import registry
from harness.tasks.sts.files import ScoredPairs, read_sts_benchmark
from harness.trainable import Training
from harness.training.dev_score import read_dev
from harness.training.options import TrainingOptions

EVAL_BATCH = 128


def mean_pooled(tokens: Tensor, mask: Tensor) -> Tensor:
    """Average the tokens of each sentence."""
    weights = mask.unsqueeze(-1).float()
    return (tokens * weights).sum(1) / weights.sum(1)


@torch.no_grad()
def plain_dev(
    model: nn.Module, tokenizer: Callable[..., dict[str, Tensor]], dev: ScoredPairs
) -> float:
    """Encode both sides of the dev pairs apart, in file order."""
    model.eval()
    sides = []
    for side in (dev.first, dev.second):
        parts = []
        for start in range(0, len(side), EVAL_BATCH):
            text = list(side[start : start + EVAL_BATCH])
            inputs = tokenizer(
                text, padding=True, truncation=True, max_length=128, return_tensors="pt"
            )
            parts.append(model(**inputs).last_hidden_state[:, 0])
        sides.append(torch.cat(parts))
    model.train()
    first, second = sides
    return float(spearmanr(torch.cosine_similarity(first, second).numpy(), dev.gold).statistic)


def plain(
    folder: Path, sentences: tuple[str, ...], dev: ScoredPairs, settings: SgOptSettings
) -> float:
    """Train as the released loop does; return the last dev score."""
    torch.manual_seed(0)
    tokenizer: Callable[..., Any] = AutoTokenizer.from_pretrained(folder)
    tokenize = partial(
        tokenizer,
        padding=True,
        truncation=True,
        max_length=128,
        return_tensors="pt",
    )
    fixed = AutoModel.from_pretrained(folder).eval()
    model = copy.deepcopy(fixed).train()
    for parameter in (*fixed.parameters(), *model.embeddings.parameters()):
        parameter.requires_grad = False
    head = projection_head(
        model.config.hidden_size, settings.head_width, torch.Generator().manual_seed(0)
    )
    trained = [p for p in (*model.parameters(), *head.parameters()) if p.requires_grad]
    optimizer = torch.optim.AdamW(
        trained, lr=settings.learning_rate, betas=(0.9, 0.9), weight_decay=0
    )
    order = draw_batches(len(sentences), settings, 0, text="text")
    schedule = get_linear_schedule_with_warmup(optimizer, len(order) // 10, len(order))
    score = float("nan")
    for step, rows in enumerate(order, start=1):
        inputs = tokenize([sentences[row] for row in rows])
        again = copy.deepcopy(inputs)
        with torch.no_grad():
            states = fixed(**again, output_hidden_states=True).hidden_states
            views = torch.stack(
                [mean_pooled(layer, again["attention_mask"]) for layer in states], dim=1
            )
        output = model(**inputs, output_hidden_states=True)
        loss = guided_loss(
            head(output.last_hidden_state[:, 0]),
            head(views),
            temperature=settings.temperature,
            objective="opt3",
        )
        distance = torch.zeros(())
        for new, old in zip(model.parameters(), fixed.parameters(), strict=True):
            distance = distance + (new - old).norm() ** 2
        optimizer.zero_grad()
        (loss + settings.regularizer * distance).backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        schedule.step()
        if step % settings.eval_steps == 0:
            score = plain_dev(model, tokenize, dev)
    return score


def ours(context: Context, data: DataFolder, settings: SgOptSettings) -> float:
    """Train with the harness; return the last dev score."""
    corpus = registry.corpora.load("stsb").factory(data)
    dev = read_dev(data, TrainingOptions(Path("runs")), context.device)
    with tempfile.TemporaryDirectory() as folder:
        encoder = SgOptEncoder(context, settings)
        history = encoder.fit(corpus, Training(0, Path(folder), dev.score if dev else None))
    return float(history["dev_curve"][-1][DEV])


def main() -> None:
    """Print both sides and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--model", default="minilm")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    data = open_data(options.data)
    context = Context(model=options.model, device="cpu")
    settings = SgOptSettings(pool="mean", max_steps=options.steps)
    sentences = registry.corpora.load("stsb").factory(data).sentences
    dev = read_sts_benchmark(data, "dev")
    sides: dict[str, Callable[[], float]] = {
        "ours": lambda: ours(context, data, settings),
        "plain": lambda: plain(find_model(options.model), sentences, dev, settings),
    }
    seconds: dict[str, list[tuple[float, float]]] = {side: [] for side in sides}
    for _ in range(options.rounds):
        for side, run in sides.items():
            wall, cpu = perf_counter(), process_time()
            score = run()
            seconds[side].append((perf_counter() - wall, process_time() - cpu))
            clock, processor = seconds[side][-1]
            print(
                f"{side}: {clock:.1f} s, processor {processor:.1f} s, dev {score:.4f}", flush=True
            )
    middle = {side: np.median(times, axis=0) for side, times in seconds.items()}
    clock, processor = middle["plain"] / middle["ours"]
    print(f"{options.steps} steps, {options.threads} threads", end=": ")
    print(f"ratio {clock:.2f} by the clock, {processor:.2f} of processor time")


if __name__ == "__main__":
    main()
