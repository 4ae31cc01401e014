"""A tiny model of sentence-transformers, and objects of a user's own for the adapter mteb."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def modules(tiny_bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny BERT as a sentence-transformers model: [CLS], normalised, with two prompts."""
    package = pytest.importorskip("sentence_transformers", reason="the extra is not installed")
    modules = pytest.importorskip("sentence_transformers.sentence_transformer.modules")
    transformer = modules.Transformer(str(tiny_bert))
    pooling = modules.Pooling(transformer.get_embedding_dimension(), pooling_mode="cls")
    prompts = {"query": "a man ", "document": ""}
    model = package.SentenceTransformer(
        modules=[transformer, pooling, modules.Normalize()], prompts=prompts, device="cpu"
    )
    folder: Path = tmp_path_factory.mktemp("modules") / "tiny"
    model.save_pretrained(str(folder), create_model_card=False)
    return folder
