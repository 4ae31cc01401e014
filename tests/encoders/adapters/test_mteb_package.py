"""Models and tasks of the package mteb itself, on the other side of the adapter."""

import importlib.metadata
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.encoder import Context
from harness.encoders.adapters.mteb import MtebEncoder, MtebSettings
from harness.errors import HarnessError, SettingError
from harness.evaluation.evaluation import evaluate

mteb = pytest.importorskip("mteb", reason="mteb is not installed; it needs Python 3.11")
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:mteb.*"),
    pytest.mark.filterwarnings("ignore::FutureWarning:mteb.*"),
    pytest.mark.filterwarnings("ignore::UserWarning:mteb.*"),
]

SENTENCES = ["a man is playing a guitar", "stocks fell", "", "yes " * 40]

OBJECTS = """
import mteb, numpy, sentence_transformers
from mteb.models.abs_encoder import AbsEncoder

class Spy(AbsEncoder):
    mteb_model_meta = None
    calls = []

    def encode(self, inputs, *, task_metadata, hf_split, hf_subset, prompt_type=None, **kwargs):
        prompt = self.get_instruction(task_metadata, prompt_type)
        batches = list(inputs)
        self.calls.append(
            dict(
                metadata=task_metadata,
                part=(hf_split, hf_subset),
                prompt=prompt,
                features=inputs.dataset.features,
                batches=batches,
                kwargs=kwargs,
            )
        )
        return numpy.random.default_rng(len(self.calls)).random((len(inputs.dataset), 2))

class Protocol:
    mteb_model_meta = mteb.models.ModelMeta.create_empty()
    def encode(self, inputs, **kwargs):
        return numpy.array([[len(t), 1] for batch in inputs for t in batch["text"]])
    def similarity(self, one, other): return one @ other.T
    def similarity_pairwise(self, one, other): return (one * other).sum(axis=1)

def plain():
    return sentence_transformers.SentenceTransformer(FOLDER, device="cpu")

def prompted():
    model = plain()
    model.prompts = {"STS": "a man ", "query": "stocks ", "document": ""}
    return model

def wrapped():
    return mteb.SentenceTransformerEncoderWrapper(plain())

def pairs():
    return sentence_transformers.CrossEncoder(FOLDER, device="cpu")

class Pairs:
    mteb_model_meta = mteb.models.ModelMeta.create_empty()
    def predict(self, inputs1, inputs2, **kwargs): ...

def sparse():
    from sentence_transformers.sparse_encoder.modules import SparseStaticEmbedding
    static = SparseStaticEmbedding(tokenizer=plain().tokenizer)
    return sentence_transformers.SparseEncoder(modules=[static], device="cpu")

random = mteb.get_model_meta("mteb/baseline-random-encoder")
"""

Make = Callable[..., MtebEncoder]


@pytest.fixture
def make(modules: Path, tmp_path: Path) -> Make:
    """Return a function that makes the encoder of an object of a user's file."""

    def make(name: str, **settings: object) -> MtebEncoder:
        path = tmp_path / "objects.py"
        path.write_text(f"FOLDER = {str(modules)!r}\n{OBJECTS}")
        chosen = MtebSettings(object=f"{path}:{name}", **settings)
        return MtebEncoder(Context(device="cpu"), chosen)

    return make


def encoded_by_mteb(model: Any, task: str = "STSBenchmark") -> Any:  # noqa: ANN401 - mteb's
    """Return what mteb's own evaluation of a task gets for the sentences."""
    from mteb._create_dataloaders import create_dataloader

    metadata = mteb.get_task(task).metadata
    table = importlib.import_module("datasets").Dataset.from_dict({"sentence1": SENTENCES})
    return model.encode(
        create_dataloader(table, task_metadata=metadata, input_column="sentence1"),
        task_metadata=metadata,
        hf_split="test",
        hf_subset="default",
        batch_size=32,
    )


@pytest.mark.parametrize("name", ["wrapped", "plain", "prompted", "sparse", "Protocol", "random"])
def test_what_mteb_evaluates_has_the_vectors_that_mteb_gets(make: Make, name: str) -> None:
    encoder = make(name)
    value = encoder._code.value
    value = value.load_model() if name == "random" else value()
    if name in ("plain", "prompted"):
        value = mteb.SentenceTransformerEncoderWrapper(value)
    if name == "sparse":
        value = importlib.import_module("mteb.models").SparseEncoderWrapper(value)

    vectors = encoder.encode(SENTENCES)

    np.testing.assert_allclose(vectors, encoded_by_mteb(value), rtol=1e-6)


def test_a_prompt_for_the_task_s_type_is_put_before_each_sentence(make: Make) -> None:
    prompted, plain = make("prompted"), make("plain")

    vectors = prompted.encode(SENTENCES)

    expected = plain.encode([f"a man {sentence}" for sentence in SENTENCES])
    np.testing.assert_allclose(vectors, expected, atol=1e-6)


def test_a_prompt_type_chooses_the_model_s_prompt_for_it(make: Make) -> None:
    queries = make("prompted", prompt_type="query", task_type="Retrieval").encode(SENTENCES)

    expected = make("plain").encode([f"stocks {sentence}" for sentence in SENTENCES])
    np.testing.assert_allclose(queries, expected, atol=1e-6)


def test_a_model_receives_from_the_adapter_what_mteb_s_mock_task_hands_it(make: Make) -> None:
    from mteb.mocks.mock_tasks.sts import MockSTSTask

    encoder = make("Spy", task_name="STSBenchmark", batch_size=2)
    spy, task = encoder._model, MockSTSTask()
    mteb.evaluate(
        spy, task, cache=None, encode_kwargs={"batch_size": 2, "show_progress_bar": False}
    )
    theirs, _ = spy.calls
    spy.calls.clear()
    task.load_data()
    encoder.encode(task.dataset["test"]["sentence1"])
    (ours,) = spy.calls

    assert ours["metadata"] == mteb.get_task("STSBenchmark").metadata
    for name in ("part", "features", "batches", "kwargs"):
        assert ours[name] == theirs[name], name
    assert ours["prompt"] == "Retrieve semantically similar text."


def test_a_query_s_batches_have_the_columns_of_mteb_s_queries(make: Make) -> None:
    from mteb.mocks.mock_tasks.retrieval import MockRetrievalTask

    encoder = make("Spy", task_name="ArguAna", prompt_type="query")
    spy = encoder._model
    mteb.evaluate(spy, MockRetrievalTask(), cache=None, show_progress_bar=False)
    theirs = {kind for call in spy.calls for kind in [frozenset(call["features"])]}
    spy.calls.clear()
    encoder.encode(SENTENCES)

    (columns,) = [set(call["features"]) for call in spy.calls]
    assert any(columns <= each for each in theirs)
    assert spy.calls[0]["batches"][0]["query"] == SENTENCES
    assert spy.calls[0]["metadata"].type == "Retrieval"
    assert "Given a claim" in spy.calls[0]["prompt"]


@pytest.mark.parametrize(
    ("task", "part", "languages"),
    [("STS17", ("test", "ko-ko"), "tur"), ("JSTS", ("validation", "default"), "jpn")],
)
def test_metadata_are_those_of_the_task_that_mteb_knows(
    make: Make, task: str, part: tuple[str, str], languages: str
) -> None:
    encoder = make("Spy", task_name=task)
    encoder.encode(SENTENCES)

    (call,) = encoder._model.calls
    assert call["part"] == part
    assert languages in call["metadata"].languages


def test_a_task_that_mteb_does_not_know_is_one_of_sts(make: Make) -> None:
    encoder = make("Spy", task_name="my-own")
    encoder.encode(SENTENCES)

    metadata = encoder._model.calls[0]["metadata"]
    assert (metadata.name, metadata.type, metadata.languages) == ("my-own", "STS", ["eng"])


def test_a_type_that_mteb_does_not_have_is_refused(make: Make) -> None:
    with pytest.raises(SettingError, match=r"task_type must be one of BitextMining, .*, got 'X'"):
        make("Spy", task_type="X").encode(SENTENCES)


def test_a_model_is_made_by_the_name_that_mteb_knows() -> None:
    settings = MtebSettings(model="mteb/baseline-random-encoder")
    encoder = MtebEncoder(Context(device="cpu", offline=True), settings)
    expected = encoded_by_mteb(mteb.get_model("mteb/baseline-random-encoder"))

    np.testing.assert_array_equal(encoder.encode(SENTENCES), expected)
    assert encoder.describe() == {
        "model": "mteb/baseline-random-encoder",
        "mteb_name": "mteb/baseline-random-encoder",
        "mteb_revision": "2",
    }


@pytest.mark.parametrize("offline", [True, False])
def test_a_name_that_mteb_does_not_know_is_refused_in_one_line(offline: bool) -> None:
    settings = MtebSettings(model="mteb/baseline-random-encodr")

    with pytest.raises(SettingError, match="model must be one that mteb knows, got 'mteb/base"):
        MtebEncoder(Context(device="cpu", offline=offline), settings)


def test_a_model_that_runs_code_from_the_hub_is_refused() -> None:
    settings = MtebSettings(model="nomic-ai/nomic-embed-text-v1")

    with pytest.raises(SettingError, match="must need no code of its own"):
        MtebEncoder(Context(device="cpu", offline=True), settings)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("pairs", r"pairs must give a vector per sentence, a CrossEncoder scores pairs"),
        ("Pairs", r"Pairs must have a method encode, Pairs has none"),
    ],
)
def test_a_cross_encoder_is_refused_in_one_line(make: Make, name: str, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        make(name)


def test_a_model_with_a_vector_per_token_is_refused_before_it_is_loaded() -> None:
    late = "colbert-ir/colbertv2.0"

    with pytest.raises(SettingError, match="must give a vector per sentence, a late-int"):
        MtebEncoder(Context(device="cpu", offline=True), MtebSettings(model=late))


def test_a_type_other_than_the_task_s_own_is_part_of_the_fingerprint(
    make: Make, modules: Path
) -> None:
    marks = [
        make("wrapped", files=(str(modules),), task_name="ArguAna", task_type=each).fingerprint()
        for each in ("", "STS")
    ]

    assert marks[0] != marks[1]


def test_kept_vectors_are_of_one_version_of_mteb(make: Make, modules: Path) -> None:
    known = make("wrapped", files=(str(modules),)).fingerprint()

    assert make("wrapped").fingerprint() is None
    for name in ("mteb", "sentence-transformers", "torch", "transformers"):
        assert f"; {name} {importlib.metadata.version(name)}" in known


def test_kept_vectors_of_models_that_mteb_loads_are_of_one_kind_of_device(
    make: Make, modules: Path
) -> None:
    assert make("wrapped", files=(str(modules),)).fingerprint().endswith("; device cpu")


def test_a_plain_object_needs_mteb(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "harness.encoders.adapters.mteb_models.find_spec",
        lambda name: None if name == "mteb" else find(name),
    )

    with pytest.raises(HarnessError, match=r"a SentenceTransformer, needs the package mteb: pip"):
        make("plain")


def test_a_wrapper_of_mteb_is_scored_like_any_encoder(make: Make) -> None:
    spec = f"mteb:object={make('wrapped')._settings.object}"
    (record,) = evaluate([spec], ["stsb-test"], data="sample").records

    assert 0 < record.scores["spearman"]["all"] < 1
