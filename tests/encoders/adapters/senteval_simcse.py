"""Vectors of a transformer, all inside ``main`` and with arguments, in the form of SimCSE's."""

# ruff: noqa: ANN001, ANN201, ANN202, PLR0915 - as users write it

import argparse
import logging
import sys

import torch
from transformers import AutoModel, AutoTokenizer

PATH_TO_SENTEVAL = "./SentEval"
PATH_TO_DATA = "./SentEval/data"

sys.path.insert(0, PATH_TO_SENTEVAL)
import senteval  # noqa: E402 - as users have it


def print_table(task_names, scores):
    """Print one line of scores."""
    print(" ".join(f"{name}: {score}" for name, score in zip(task_names, scores, strict=True)))  # noqa: T201


def main():
    """Evaluate a model on a set of tasks, one after the other."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model_name_or_path", type=str, required=True)
    parser.add_argument("--pooler", choices=["cls", "avg"], default="cls")
    parser.add_argument("--mode", choices=["dev", "test", "fasttest"], default="test")
    parser.add_argument("--task_set", choices=["sts", "transfer", "full"], default="sts")
    args = parser.parse_args()
    logging.basicConfig(level=logging.DEBUG)

    model = AutoModel.from_pretrained(args.model_name_or_path)
    tokenizer = AutoTokenizer.from_pretrained(args.model_name_or_path)
    device = torch.device("cpu")
    model = model.to(device)
    model.eval()

    tasks = {"sts": ["STS12", "STSBenchmark"], "transfer": ["MR"]}
    args.tasks = tasks.get(args.task_set) or [*tasks["sts"], *tasks["transfer"]]
    params = {"task_path": PATH_TO_DATA, "usepytorch": True, "kfold": 10}
    params["classifier"] = {"nhid": 0, "optim": "adam", "batch_size": 64}
    params["classifier"] |= {"tenacity": 5, "epoch_size": 4}
    if args.mode == "fasttest":
        params["kfold"] = 5
        params["classifier"] = {"nhid": 0, "optim": "rmsprop", "batch_size": 128}
        params["classifier"] |= {"tenacity": 3, "epoch_size": 2}

    def prepare(params, samples):
        return

    def batcher(params, batch, max_length=None):
        if len(batch) >= 1 and len(batch[0]) >= 1 and isinstance(batch[0][0], bytes):
            batch = [[word.decode("utf-8") for word in s] for s in batch]
        sentences = [" ".join(s) for s in batch]
        inputs = tokenizer(sentences, return_tensors="pt", padding=True, truncation=True)
        inputs = {name: value.to(device) for name, value in inputs.items()}
        with torch.no_grad():
            hidden = model(**inputs).last_hidden_state
        if args.pooler == "cls":
            return hidden[:, 0].cpu()
        mask = inputs["attention_mask"].unsqueeze(-1)
        return ((hidden * mask).sum(1) / mask.sum(1)).cpu()

    results = {}
    for task in args.tasks:
        se = senteval.engine.SE(params, batcher, prepare)
        results[task] = se.eval(task)

    scores = [f"{results[task]['all']['spearman']['all'] * 100:.2f}" for task in args.tasks]
    print_table(args.tasks, scores)


if __name__ == "__main__":
    main()
