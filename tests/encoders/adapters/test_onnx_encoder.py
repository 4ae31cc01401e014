"""Models exported to ONNX give the vectors of the models that they were exported from."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest

from harness.encoder import Context, Embeddings
from harness.encoders.adapters.onnx import OnnxEncoder, OnnxSettings
from harness.encoders.methods.cls import ClsEncoder
from harness.encoders.methods.last import LastEncoder
from harness.encoders.methods.max import MaxEncoder
from harness.encoders.methods.mean import MeanEncoder
from harness.encoders.transformer.model_folder import find_model, find_onnx_model
from harness.encoders.transformer.pooled_encoder import PoolingSettings
from harness.errors import HarnessError, ModelError, SettingError
from harness.results.notices import Notice

onnx = pytest.importorskip("onnx", reason="the extra onnx is not installed")
pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")

SENTENCES = ["yes", "A man is playing a guitar", "two dogs run", "the end of the day " * 9]
Graph: TypeAlias = Any


@pytest.fixture
def folder(exported_onnx: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(exported_onnx, tmp_path / "model"))


def make(folder: Path, **settings: str) -> OnnxEncoder:
    return OnnxEncoder(Context(model=str(folder), device="cpu"), OnnxSettings(**settings))


def embed(folder: Path, **settings: str) -> Embeddings:
    return make(folder, **settings).encode(SENTENCES)


def write_modules(folder: Path, *kinds: str, **pooling: object) -> None:
    package = "sentence_transformers.models."
    paths = ["", *(f"{place}_{kind}" for place, kind in enumerate(kinds[1:], 1))]
    modules = [
        {"idx": place, "name": str(place), "path": path, "type": package + kind}
        for place, (kind, path) in enumerate(zip(kinds, paths, strict=True))
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling/config.json").write_text(json.dumps(pooling))


def edit(file: Path, change: Callable[[Graph], object]) -> None:
    model = onnx.load(str(file), load_external_data=False)
    change(model.graph)
    onnx.save_model(model, str(file))


def move_weights(file: Path, location: str) -> None:
    """Put a graph's weights into a file beside it, and say that they are at `location`."""
    onnx.save_model(
        onnx.load(str(file)), str(file), save_as_external_data=True, location="model.onnx_data"
    )

    def name_location(graph: Graph) -> None:
        for tensor in graph.initializer:
            for entry in tensor.external_data:
                if entry.key == "location":
                    entry.value = location

    edit(file, name_location)


@pytest.mark.parametrize(
    ("pooling", "kind"),
    [("mean", MeanEncoder), ("cls", ClsEncoder), ("max", MaxEncoder), ("last", LastEncoder)],
)
def test_a_graphs_pooled_hidden_states_are_the_models(
    pooling: str, kind: type[MeanEncoder], exported_onnx: Path, tiny_bert: Path
) -> None:
    expected = kind(Context(model=str(tiny_bert), device="cpu"), PoolingSettings())

    vectors = embed(exported_onnx, pooling=pooling)

    np.testing.assert_allclose(vectors, expected.encode(SENTENCES), rtol=0, atol=1e-5)


def test_a_graph_that_pools_is_read_as_it_is(exported_onnx: Path) -> None:
    mean = embed(exported_onnx, pooling="mean")

    vectors = embed(exported_onnx, file="pooled.onnx")

    expected = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    np.testing.assert_allclose(vectors, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "pooling",
    [{"pooling_mode": "cls"}, {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}],
)
def test_modules_of_sentence_transformers_say_how_to_pool(
    pooling: dict[str, object], folder: Path
) -> None:
    cls = embed(folder, pooling="cls")
    write_modules(folder, "Transformer", "Pooling", "Normalize", **pooling)

    vectors = embed(folder)

    expected = cls / np.linalg.norm(cls, axis=1, keepdims=True)
    np.testing.assert_allclose(vectors, expected, rtol=0, atol=1e-5)


def test_its_modules_longest_input_and_lower_case_hold(folder: Path) -> None:
    write_modules(folder, "Transformer", "Pooling", pooling_mode="mean")
    limits = {"max_seq_length": 8, "do_lower_case": True}
    (folder / "sentence_bert_config.json").write_text(json.dumps(limits))
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    tokenizer["normalizer"]["lowercase"] = False
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    encoder = make(folder)

    one, other = encoder.encode(["A Man", "a man"])

    assert encoder.max_length == 8
    np.testing.assert_array_equal(one, other)


def test_a_default_prompt_that_nobody_puts_before_the_sentences_is_noted(folder: Path) -> None:
    said = {"prompts": {"query": "find: "}, "default_prompt_name": "query"}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(said))

    with pytest.warns(Notice, match="has the default prompt 'find: ', which is put before"):
        embed(folder, pooling="mean")


@pytest.mark.parametrize("modules", [("Transformer", "Pooling", "Dense"), ("Transformer", "CNN")])
def test_modules_that_no_graph_has_are_refused(modules: tuple[str, ...], folder: Path) -> None:
    write_modules(folder, *modules, pooling_mode="mean")

    with pytest.raises(ModelError, match="must pool by mean, cls, max, lasttoken and at most"):
        embed(folder)


def test_a_pooling_must_be_named_where_graph_and_folder_have_none(
    exported_onnx: Path,
) -> None:
    with pytest.raises(SettingError, match=r"which has no modules\.json: onnx:pooling=mean"):
        embed(exported_onnx)
    with pytest.raises(SettingError, match="whose graph gives finished vectors, got mean"):
        embed(exported_onnx, file="pooled.onnx", pooling="mean")


def test_the_layout_of_sentence_transformers_is_found(folder: Path) -> None:
    before = embed(folder, pooling="mean")
    (folder / "onnx").mkdir()
    (folder / "model.onnx").rename(folder / "onnx/model.onnx")

    np.testing.assert_array_equal(embed(folder, pooling="mean"), before)


def test_a_quantized_graph_gives_each_sentence_its_vector_whatever_its_neighbours(
    folder: Path,
) -> None:
    quantization = pytest.importorskip("onnxruntime.quantization")
    quantization.quantize_dynamic(folder / "model.onnx", folder / "model_quantized.onnx")
    encoder = make(folder, file="model_quantized.onnx", pooling="mean")
    alone = np.concatenate([encoder.encode([sentence]) for sentence in SENTENCES])

    together = encoder.encode(SENTENCES)

    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-6)
    assert np.abs(together - embed(folder, pooling="mean")).max() > 1e-3


def test_the_fingerprint_holds_weights_beside_the_graph_and_no_other_weights(
    folder: Path,
) -> None:
    move_weights(folder / "model.onnx", "model.onnx_data")
    first = make(folder, pooling="mean").fingerprint()
    shutil.copy(folder / "pooled.onnx", folder / "another.onnx")
    second = make(folder, pooling="mean").fingerprint()
    content = bytearray((folder / "model.onnx_data").read_bytes())
    content[1000] ^= 1
    (folder / "model.onnx_data").write_bytes(content)
    third = make(folder, pooling="mean").fingerprint()

    assert first == second != third


@pytest.mark.parametrize("place", ["../model.onnx_data", "/etc/passwd", "a/../../model.onnx_data"])
def test_weights_outside_the_folder_are_refused(place: str, folder: Path) -> None:
    move_weights(folder / "model.onnx", place)
    shutil.copy(folder / "model.onnx_data", folder.parent)

    with pytest.raises(ModelError, match="must be in its folder, got"):
        make(folder)


def rename(graph: Graph, old: str, new: str) -> None:
    for place in (*graph.input, *graph.output):
        place.name = new if place.name == old else place.name
    for node in graph.node:
        for names in (node.input, node.output):
            for place, name in enumerate(names):
                names[place] = new if name == old else name


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda graph: rename(graph, "token_type_ids", "pixels"), "asks for 'pixels'"),
        (lambda graph: rename(graph, "last_hidden_state", "logits"), "gives logits"),
        (
            lambda graph: setattr(graph.node[-1], "domain", "their.own"),
            "cannot be loaded",
        ),
    ],
)
def test_a_graph_of_another_kind_or_with_own_operators_is_refused_in_one_line(
    damage: Callable[[Graph], object], message: str, folder: Path
) -> None:
    edit(folder / "model.onnx", damage)

    with pytest.raises(ModelError) as caught:
        embed(folder, pooling="mean")

    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_that_is_no_graph_is_refused(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"no graph")

    with pytest.raises(ModelError, match=r"ONNX graph .*model\.onnx cannot be read"):
        make(folder)


def test_other_graphs_are_named_where_the_usual_one_is_missing(folder: Path) -> None:
    (folder / "model.onnx").unlink()

    with pytest.raises(ModelError, match=r"found pooled\.onnx: name one with file="):
        make(folder)
    with pytest.raises(ModelError, match=r"file must be in the folder of model"):
        make(folder, file="../model.onnx")


def test_openvino_is_refused_with_what_is_read(folder: Path) -> None:
    for graph in folder.glob("*.onnx"):
        graph.unlink()
    (folder / "openvino_model.xml").write_text("<net/>")

    for find in (find_model, lambda name: find_onnx_model(name, "")):
        with pytest.raises(ModelError, match="OpenVINO is not read: safetensors and ONNX are"):
            find(str(folder))


def test_a_transformer_that_is_there_as_a_graph_alone_is_referred_to_this_encoder(
    exported_onnx: Path,
) -> None:
    with pytest.raises(ModelError, match="found an ONNX graph: score it with the encoder onnx"):
        find_model(str(exported_onnx))


def test_without_the_packages_the_cure_is_named(
    exported_onnx: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.encoders.adapters.onnx.find_spec", lambda name: None)

    with pytest.raises(HarnessError, match=r"pip install 'sentence-harness\[onnx\]'"):
        make(exported_onnx)
