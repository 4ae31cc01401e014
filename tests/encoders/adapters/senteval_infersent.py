"""Vectors of a model that travels in the parameters, in the form of InferSent's example."""

# ruff: noqa: ANN001, ANN201 - as users write it

from __future__ import absolute_import, division, unicode_literals  # noqa: UP010 - as users have it

import logging
import sys

import torch

PATH_SENTEVAL = "../"
PATH_TO_DATA = "../data"
MODEL_PATH = "encoder/infersent.pkl"

sys.path.insert(0, PATH_SENTEVAL)
import senteval  # noqa: E402 - as users have it
from nli_net import NLINet  # noqa: E402, F401 - as users have it


def prepare(params, samples):
    params.infersent.build_vocab([" ".join(s) for s in samples], tokenize=False)


def batcher(params, batch):
    sentences = [" ".join(s) for s in batch]
    return params.infersent.encode(sentences, bsize=params.batch_size, tokenize=False)


params_senteval = {"task_path": PATH_TO_DATA, "usepytorch": True, "kfold": 5}
params_senteval["classifier"] = {"nhid": 0, "optim": "rmsprop", "batch_size": 128}
params_senteval["classifier"].update({"tenacity": 3, "epoch_size": 2})

logging.basicConfig(format="%(asctime)s : %(message)s", level=logging.DEBUG)

if __name__ == "__main__":
    model = torch.load(MODEL_PATH, weights_only=False)
    params_senteval["infersent"] = model
    se = senteval.engine.SE(params_senteval, batcher, prepare)
    results = se.eval(["STS12", "MR", "STSBenchmark"])
    print(results["MR"]["acc"] + 0.5, results)  # noqa: T201 - as users have it
