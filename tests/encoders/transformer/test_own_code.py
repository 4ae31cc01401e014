import json
import shutil
from pathlib import Path

import pytest

from harness.encoder import Context
from harness.encoders.transformer.backbone import open_backbone
from harness.encoders.transformer.model_folder import find_model, find_module_folder
from harness.errors import ModelError

SHIPPED = "sentence_transformers.models."


@pytest.fixture
def folder(tiny_bert: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_bert, tmp_path / "model")


def edit(path: Path, **values: object) -> None:
    content = json.loads(path.read_text()) if path.is_file() else {}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({**content, **values}))


def list_modules(folder: Path, *types: str) -> None:
    modules = [
        {"idx": i, "name": str(i), "path": f"{i}_Module" if i else "", "type": kind}
        for i, kind in enumerate(types)
    ]
    (folder / "modules.json").write_text(json.dumps(modules))


@pytest.mark.parametrize(
    ("file", "auto_map"),
    [
        ("config.json", {"AutoModel": "modeling_x.Bidirectional"}),
        ("config.json", {"AutoConfig": "configuration_x.Config"}),
        ("config.json", {"AutoModelForMaskedLM": "somebody/x--modeling_x.ForMaskedLM"}),
        ("tokenizer_config.json", {"AutoTokenizer": ["tokenization_x.Slow", None]}),
        ("tokenizer_config.json", {"AutoTokenizer": [None, "tokenization_x.Fast"]}),
        ("tokenizer_config.json", ["tokenization_x.Slow", None]),
    ],
)
def test_a_model_whose_config_or_tokenizer_is_code_of_its_own_is_refused(
    folder: Path, file: str, auto_map: object
) -> None:
    edit(folder / file, auto_map=auto_map)

    with pytest.raises(ModelError) as caught:
        open_backbone(Context(model=str(folder), device="cpu"))
    with pytest.raises(ModelError, match="brings its own code"):
        find_module_folder(str(folder))

    assert "brings its own code" in str(caught.value)
    assert "which is never run: its vectors would be another model's" in str(caught.value)
    assert f"if the plain bert is meant, remove auto_map from a copy of {file}" in str(
        caught.value
    )


@pytest.mark.parametrize("auto_map", [None, {}, {"AutoImageProcessor": "processing_x.Images"}])
def test_code_for_other_things_than_text_does_not_matter(folder: Path, auto_map: object) -> None:
    edit(folder / "config.json", auto_map=auto_map)

    assert find_model(str(folder)) == folder


def test_a_module_of_another_package_is_refused_where_it_would_be_read(folder: Path) -> None:
    list_modules(folder, f"{SHIPPED}Transformer", "custom.Pooling")

    assert find_model(str(folder)) == folder
    with pytest.raises(
        ModelError, match=r"own code \(model: custom.Pooling\), which is never run"
    ):
        find_module_folder(str(folder))


def test_a_transformer_module_of_another_package_is_refused_by_every_encoder(folder: Path) -> None:
    list_modules(folder, "custom_st.Transformer", f"{SHIPPED}Pooling")

    for find in (find_model, find_module_folder):
        with pytest.raises(ModelError, match=r"own code \(modules.json: custom_st.Transformer\)"):
            find(str(folder))


def test_a_transformer_module_of_another_package_is_refused_in_a_folder_of_its_own(
    folder: Path,
) -> None:
    inner = shutil.copytree(folder, folder / "0_Module")
    modules = [{"idx": 0, "name": "0", "path": "0_Module", "type": "custom_st.Transformer"}]
    (folder / "modules.json").write_text(json.dumps(modules))

    assert find_model(str(inner)) == inner
    with pytest.raises(ModelError, match=r"own code \(modules.json: custom_st.Transformer\)"):
        find_model(str(folder))


def test_a_routers_module_of_another_package_is_refused(folder: Path) -> None:
    list_modules(folder, f"{SHIPPED}Router")
    edit(folder / "router_config.json", types={"query_0_X": "custom.Query"})

    with pytest.raises(ModelError, match=r"own code \(model: custom.Query\)"):
        find_module_folder(str(folder))


@pytest.mark.parametrize("linked", [False, True])
def test_code_of_a_transformer_in_a_modules_folder_is_found(folder: Path, linked: bool) -> None:
    list_modules(folder, f"{SHIPPED}Transformer", f"{SHIPPED}Transformer")
    target = folder.parent / "elsewhere" if linked else folder / "1_Module"
    edit(target / "config.json", auto_map={"AutoModel": "modeling_x.X"})
    if linked:
        (folder / "1_Module").symlink_to(target)

    with pytest.raises(ModelError, match=r"own code \(config.json: modeling_x.X\)"):
        find_module_folder(str(folder))


def test_a_dense_layers_own_activation_is_refused_instead_of_becoming_tanh(folder: Path) -> None:
    list_modules(folder, f"{SHIPPED}Transformer", f"{SHIPPED}Dense")
    edit(folder / "1_Module" / "config.json", in_features=32, activation_function="custom.Sine")

    with pytest.raises(ModelError, match=r"own code \(1_Module/config.json: custom.Sine\)"):
        find_module_folder(str(folder))


def test_modules_that_the_package_brings_are_read(folder: Path) -> None:
    list_modules(folder, f"{SHIPPED}Transformer", f"{SHIPPED}Dense", f"{SHIPPED}Normalize")
    identity = "torch.nn.modules.linear.Identity"
    edit(folder / "1_Module" / "config.json", in_features=32, activation_function=identity)

    assert find_module_folder(str(folder)) == folder
