"""The package mteb evaluates encoders of the harness on its own tasks."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import harness
from harness.encoder import Context
from harness.encoders.transformer.backbone import Backbone
from harness.errors import HarnessError, SettingError, TrainingError
from harness.integrations import mteb as integration
from harness.integrations.mteb import MtebModel
from harness.training.options import TrainingOptions

mteb = pytest.importorskip("mteb", reason="mteb is not installed; it needs Python 3.11")
pytestmark = [
    pytest.mark.filterwarnings(f"ignore::{kind}:mteb.*")
    for kind in ("DeprecationWarning", "FutureWarning", "UserWarning")
]

PAIRS = [
    ("a man is playing a guitar", "a man plays the guitar", 4.8),
    ("a woman is slicing an onion", "a woman cuts an onion", 4.2),
    ("stocks fell on monday", "a dog runs in the snow", 0.2),
    ("two children are swimming", "two boys swim in a lake", 3.1),
    ("a cat sits on the mat", "stocks fell on monday", 0.0),
]


def sts_task(pairs: Sequence[tuple[str, str, float]]) -> Any:  # noqa: ANN401 - mteb's
    """Return mteb's own STSBenchmark with pairs of one's own, as if the hub had them."""
    from datasets import Dataset, DatasetDict

    first, second, gold = zip(*pairs, strict=True)
    task = mteb.get_task("STSBenchmark")
    columns = {"sentence1": first, "sentence2": second, "score": gold}
    task.dataset, task.data_loaded = DatasetDict(test=Dataset.from_dict(columns)), True
    return task


def score(model: MtebModel, task: Any) -> dict[str, Any]:  # noqa: ANN401 - mteb's
    result = mteb.evaluate(model, task, cache=None, show_progress_bar=False)
    (scores,) = result.task_results[0].scores["test"]
    return scores


def test_a_model_has_every_method_that_mteb_asks_for(context: Context) -> None:
    assert isinstance(MtebModel("mean", context=context), mteb.EncoderProtocol)


def test_mteb_s_tasks_get_the_vectors_of_the_harness(context: Context) -> None:
    from scipy.stats import spearmanr

    first, second, gold = zip(*PAIRS, strict=True)
    one, other = (harness.encode("mean", side, context=context) for side in (first, second))
    norms = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    expected = spearmanr((one * other).sum(axis=1) / norms, gold)[0]

    scores = score(MtebModel("mean", context=context), sts_task(PAIRS))

    assert scores["cosine_spearman"] == pytest.approx(expected, abs=1e-9)
    assert scores["spearman"] == scores["cosine_spearman"] == scores["main_score"]


@pytest.mark.parametrize("name", ["MockRetrievalTask", "MockClassificationTask"])
def test_tasks_of_other_kinds_take_the_model(context: Context, name: str) -> None:
    from mteb.mocks.mock_tasks import classification, retrieval

    task = next(getattr(room, name) for room in (classification, retrieval) if hasattr(room, name))

    assert 0 <= score(MtebModel("mean", context=context), task())["main_score"] <= 1


def test_a_trained_encoder_is_loaded_from_its_checkpoint(context: Context, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("".join(f"{one}\n{two}\n" for one, two, _ in PAIRS))
    options = TrainingOptions(tmp_path / "checkpoints", text=str(tmp_path / "text.txt"))
    (trained,) = harness.train("whitening:k=4", data="sample", context=context, options=options)
    model = MtebModel("whitening:k=4", context=context, checkpoint=trained.folder)

    assert score(model, sts_task(PAIRS))["cosine_spearman"] <= 1
    assert model.mteb_model_meta.name.endswith("-seed0")


def test_an_encoder_that_is_not_trained_is_refused_when_the_model_is_made(
    context: Context,
) -> None:
    with pytest.raises(TrainingError, match="is not trained with seed 0: run harness train"):
        MtebModel("sg-opt", context=context)


def test_the_metadata_say_what_is_known_and_nothing_else(
    context: Context, tiny_bert: Path
) -> None:
    meta = MtebModel("mean:layers=last2", context=context).mteb_model_meta

    known = {name: value for name, value in meta.model_dump().items() if value is not None}
    assert len(known.pop("revision")) == 40
    assert json.loads(json.dumps(known)) == {
        "name": f"sentence-harness/mean_layers=last2-{tiny_bert.name}",
        "max_tokens": 64,
        "embed_dim": 32,
        "framework": ["PyTorch", "Transformers"],
        "similarity_fn_name": "cosine",
        "use_instructions": False,
        "adapted_from": tiny_bert.name,
        "modalities": ["text"],
        "model_type": ["dense"],
        "loader_kwargs": {},
    }


def test_the_revision_is_another_where_vectors_are(context: Context, tiny_bert: Path) -> None:
    short = Context(model=str(tiny_bert), device="cpu", max_length=8)
    models = [
        MtebModel("mean", context=context),
        MtebModel("mean", context=context),
        MtebModel("mean", context=short),
        MtebModel("cls", context=context),
    ]
    revisions = [model.mteb_model_meta.revision for model in models]

    assert revisions[0] == revisions[1]
    assert len(set(revisions)) == 3


def test_documents_have_the_second_prompt_and_all_other_texts_the_first(context: Context) -> None:
    model = MtebModel('mean:prompt="query: ",second_prompt=""', context=context)
    by_hand = harness.encode("mean", ["query: a man", "a man"], context=context)
    batches = [{"text": ["a man"]}]

    for prompt_type, row in ((None, 0), ("query", 0), ("document", 1)):
        vectors = model.encode(batches, prompt_type=prompt_type)
        np.testing.assert_allclose(vectors[0], by_hand[row], atol=1e-6)
    meta, plain = (
        MtebModel(spec, context=context).mteb_model_meta for spec in ("mean:prompt=a", "mean")
    )
    assert meta.name != plain.name
    assert len({meta.revision, plain.revision, model.mteb_model_meta.revision}) == 3


def test_the_transformer_is_loaded_once(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    released: list[object] = []
    monkeypatch.setattr(Backbone, "release", released.append)

    score(MtebModel("mean", context=context), sts_task(PAIRS))

    assert released == []


def test_a_name_of_another_form_is_refused(context: Context) -> None:
    with pytest.raises(SettingError, match="must be of the form organisation/model, got 'mine'"):
        MtebModel("mean", context=context, name="mine")


def test_without_mteb_the_line_says_what_to_install(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(integration, "find_spec", lambda name: None)

    with pytest.raises(HarnessError, match=r"pip install 'sentence-harness\[mteb\]'"):
        MtebModel("mean", context=context)


@pytest.mark.real
def test_stsb_scored_by_mteb_is_stsb_scored_by_the_harness(shared: Path) -> None:
    data = shared / "data/senteval"
    (record,) = harness.evaluate(["bow"], ["stsb-test"], data=data).records
    path = data / "downstream/STS/STSBenchmark/sts-test.csv"
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]

    scores = score(MtebModel("bow"), sts_task([(row[5], row[6], float(row[4])) for row in rows]))

    assert scores["main_score"] == pytest.approx(record.scores["spearman"]["all"], abs=1e-4)
