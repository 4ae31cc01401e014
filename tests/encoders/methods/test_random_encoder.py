from dataclasses import replace

import numpy as np
import torch

from harness.encoder import Context
from harness.encoders.learned_maps.mapped_encoder import MappedSettings
from harness.encoders.methods.random import RandomEncoder
from harness.evaluation.evaluation import evaluate

SENTENCES = ["a man is playing a guitar", "stocks fell"]


def test_random_weights_depend_on_the_seed_alone(context: Context) -> None:
    rows = [
        RandomEncoder(replace(context, seed=seed), MappedSettings()).encode(SENTENCES)
        for seed in (0, 0, 1)
    ]

    np.testing.assert_array_equal(rows[0], rows[1])
    assert not np.allclose(rows[0], rows[2], atol=1e-3)


def test_making_random_weights_leaves_the_global_generator_alone(context: Context) -> None:
    before = torch.get_rng_state()
    RandomEncoder(context, MappedSettings()).encode(SENTENCES)

    assert torch.equal(torch.get_rng_state(), before)


def test_random_is_scored_once_for_each_seed(context: Context) -> None:
    report = evaluate(
        ["random", "mean"],
        ["stsb-test"],
        data="sample",
        context=context,
        seeds=(3, 4),
        out=None,
        cache=False,
    )

    assert [(r.encoder, r.seed) for r in report.records] == [
        ("random", 3),
        ("random", 4),
        ("mean", None),
    ]
    assert report.records[0].scores != report.records[1].scores
