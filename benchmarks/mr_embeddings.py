"""MR under MiniLM's mean pooling in SentEval's order, for the real test and the benchmark."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

from harness.encoders.transformer.model_folder import find_model


def read_mr(folder: Path) -> tuple[list[str], np.ndarray]:
    """Sentences of MR and their labels, sorted by (number of tokens, label), stable."""
    rows = [
        (line.split(), label)
        for name, label in (("rt-polarity.pos", 1), ("rt-polarity.neg", 0))
        for line in (folder / name).read_text("latin-1").splitlines()
    ]
    rows.sort(key=lambda row: (len(row[0]), row[1]))
    return [" ".join(tokens) for tokens, _ in rows], np.array([label for _, label in rows])


def encode(sentences: list[str]) -> np.ndarray:
    """Mean of the last layer's tokens. Shape: (sentences, 384), float32."""
    folder = find_model("minilm")
    tokenizer: Callable[..., Any] = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder).float().eval()
    lengths = [len(tokens) for tokens in tokenizer(sentences)["input_ids"]]
    embeddings = np.empty((len(sentences), model.config.hidden_size), dtype=np.float32)
    with torch.inference_mode():
        for batch in np.array_split(np.argsort(lengths, kind="stable"), len(sentences) // 64 + 1):
            inputs = tokenizer(
                [sentences[row] for row in batch],
                padding=True,
                truncation=True,
                max_length=512,
                return_tensors="pt",
            )
            mask = inputs["attention_mask"].unsqueeze(-1)
            states = model(**inputs).last_hidden_state * mask
            embeddings[batch] = (states.sum(1) / mask.sum(1)).numpy()
    return embeddings


def mr_minilm(folder: Path, cache: Path) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings and labels; encoding takes a minute, so `cache` keeps the embeddings."""
    sentences, labels = read_mr(folder)
    if not cache.exists():
        whole = cache.with_name(f"{os.getpid()}-{cache.name}")  # others may read meanwhile
        np.save(whole, encode(sentences))
        whole.replace(cache)
    return np.load(cache), labels
