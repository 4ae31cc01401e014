import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from harness.encoder import Context, Embeddings
from harness.encoders.methods.mean import MeanEncoder
from harness.encoders.transformer import model_folder
from harness.encoders.transformer.model_folder import find_model, find_module_folder
from harness.encoders.transformer.pooled_encoder import PoolingSettings
from harness.errors import ModelError

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:5f70bf18\nsize 437955512\n"
ADAPTER = {"peft_type": "LORA", "base_model_name_or_path": "somebody/base"}
VOCABULARIES = {  # of the tokenizers in transformers
    *("bpe.codes", "dict.txt", "entity_vocab.json", "merges.txt", "prophetnet.tokenizer"),
    *("qwen.tiktoken", "sentencepiece.bpe.model", "source.spm", "spiece.model", "spm_char.model"),
    *("tekken.json", "tokenizer.model.v3", "vocab.bpe", "vocab.txt", "spm.vocab"),
}
SENTENCES = ["a man is playing a guitar", "stocks fell"]


@pytest.fixture
def folder(tiny_bert: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_bert, tmp_path / "model")


def embed(folder: Path) -> Embeddings:
    context = Context(model=str(folder), device="cpu")
    return MeanEncoder(context, PoolingSettings()).encode(SENTENCES)


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside-its-base"])
def test_an_adapter_is_no_model_of_sentence_transformers(folder: Path, beside: bool) -> None:
    (folder / "adapter_config.json").write_text(json.dumps(ADAPTER))
    shutil.copy(folder / "model.safetensors", folder / "adapter_model.safetensors")
    if not beside:
        (folder / "config.json").unlink()
        (folder / "model.safetensors").unlink()

    with pytest.raises(ModelError, match=r"got an adapter of 'somebody/base': merge it into"):
        find_module_folder(str(folder))


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json", "config.json"])
@pytest.mark.parametrize("find", [find_model, find_module_folder])
def test_a_pointer_of_git_lfs_is_refused_with_the_command_that_fetches_the_file(
    folder: Path, file: str, find: Callable[[str], Path]
) -> None:
    (folder / file).write_text(POINTER)

    with pytest.raises(
        ModelError, match=rf"file {file} .* pointer of Git LFS: run 'git lfs pull'"
    ):
        find(str(folder))


def test_a_pointer_in_place_of_a_file_that_is_not_read_does_not_matter(folder: Path) -> None:
    (folder / "pytorch_model.bin").write_text(POINTER)

    assert find_model(str(folder)) == folder


@pytest.mark.parametrize("find", [find_model, find_module_folder])
def test_weights_in_a_pickle_alone_are_refused_with_the_conversion(
    folder: Path, find: Callable[[str], Path]
) -> None:
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()

    with pytest.raises(ModelError) as caught:
        find(str(folder))

    assert "as safetensors, found pytorch_model.bin, which is never opened" in str(caught.value)
    assert "from_pretrained(FOLDER).save_pretrained(FOLDER)" in str(caught.value)


@pytest.mark.parametrize("root_config", [False, True])
def test_a_transformer_in_a_folder_of_an_old_sentence_transformers_model_is_read(
    folder: Path, tiny_bert: Path, tmp_path: Path, root_config: bool
) -> None:
    old = tmp_path / "old"
    folder.rename(tmp_path / "moved")
    shutil.copytree(tmp_path / "moved", old / "0_Transformer")
    kind = "sentence_transformers.models.Transformer"
    modules = [{"idx": 0, "name": "0", "path": "0_Transformer", "type": kind}]
    (old / "modules.json").write_text(json.dumps(modules))
    if root_config:
        (old / "config.json").write_text('{"__version__": "0.2.5"}')

    np.testing.assert_array_equal(embed(old), embed(tiny_bert))


@pytest.mark.parametrize("path", ["../elsewhere", "/", "0_Absent"])
def test_a_module_path_that_leads_out_of_the_model_is_not_followed(
    folder: Path, path: str
) -> None:
    shutil.copytree(folder, folder.parent / "elsewhere")
    kind = "sentence_transformers.models.Transformer"
    (folder / "modules.json").write_text(json.dumps([{"path": path, "type": kind}]))

    assert find_model(str(folder)) == folder


def test_every_file_that_a_tokenizer_may_need_is_brought_from_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def note(name: str, *, allow_patterns: list[str], **options: object) -> str:
        asked.append(allow_patterns)
        return str(tmp_path)

    monkeypatch.setattr(model_folder, "snapshot_download", note)
    model_folder.find_folder("somebody/with-vocabularies", offline=False)
    for name in VOCABULARIES:
        (tmp_path / name).touch()
    brought = {path.name for pattern in asked[0] for path in tmp_path.glob(pattern)}

    assert brought == VOCABULARIES
