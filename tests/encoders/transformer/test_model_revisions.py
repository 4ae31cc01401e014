"""``NAME@REVISION`` names one commit of a hub's model, and the record says which."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from huggingface_hub import errors
from safetensors.torch import load_file, save_file

from harness.encoder import Context
from harness.encoders.transformer import model_folder
from harness.encoders.transformer.model_folder import find_folder, find_model
from harness.errors import ModelError
from harness.evaluation.evaluation import evaluate
from harness.results.records.record import Record

NEWEST, TAGGED = "a" * 40, "b" * 40


@pytest.fixture
def hub(tiny_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hub's cache that has ``our/bert`` at two commits, the older one tagged v1."""
    place = tmp_path / "hub" / "models--our--bert"
    (place / "refs").mkdir(parents=True)
    for ref, commit in (("main", NEWEST), ("v1", TAGGED)):
        (place / "refs" / ref).write_text(commit)
        shutil.copytree(tiny_bert, place / "snapshots" / commit)
    weights = place / "snapshots" / TAGGED / "model.safetensors"
    other = {name: weight * 1.5 for name, weight in load_file(weights).items()}
    save_file(other, weights, metadata={"format": "pt"})
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    model_folder._download.cache_clear()
    return place


def score(models: Sequence[str], encoder: str = "mean") -> list[Record]:
    found = []
    for model in models:
        context = Context(model=model, device="cpu", offline=True)
        report = evaluate(encoder, "stsb-dev", data="sample", context=context, out=None)
        assert not report.failures
        found += report.records
    return found


@pytest.mark.parametrize("encoder", ["mean", "sentence-transformers"])
def test_the_record_names_the_model_as_asked_and_the_commit_that_was_read(
    encoder: str, hub: Path
) -> None:
    if encoder == "sentence-transformers":
        pytest.importorskip("sentence_transformers", reason="the extra is not installed")
    names = ["our/bert", "our/bert@v1", f"our/bert@{TAGGED}"]
    found = score(names, encoder)
    newest, tagged, by_commit = (record.score("pearson", "all") for record in found)

    assert [record.model for record in found] == names
    assert [record.runtime["model_commit"] for record in found] == [NEWEST, TAGGED, TAGGED]
    assert newest != tagged == by_commit


def test_equal_files_at_another_commit_share_vectors_but_not_the_commit(hub: Path) -> None:
    shutil.rmtree(hub / "snapshots" / TAGGED)
    shutil.copytree(hub / "snapshots" / NEWEST, hub / "snapshots" / TAGGED)
    first, second = score(["our/bert", "our/bert@v1"])

    assert first.fingerprint == second.fingerprint
    assert second.times["sentences_encoded"] == 0
    assert second.runtime["model_commit"] == TAGGED


def test_a_setting_of_an_adapter_takes_a_revision(hub: Path) -> None:
    pytest.importorskip("sentence_transformers", reason="the extra is not installed")
    (record,) = score(["minilm"], "sentence-transformers:model=our/bert@v1")

    assert (record.model, record.runtime["model_commit"]) == ("our/bert@v1", TAGGED)


def test_a_folder_with_an_at_sign_in_its_name_stays_a_folder(tiny_bert: Path) -> None:
    shutil.copytree(tiny_bert, "bert@v1")

    assert find_model("bert@v1") == Path("bert@v1")
    assert "model_commit" not in score(["bert@v1"])[0].runtime


def test_a_revision_that_is_not_here_is_not_replaced_by_another(hub: Path) -> None:
    with pytest.raises(ModelError, match=r"model 'our/bert@v2' is not on this machine"):
        find_folder("our/bert@v2", offline=True)


def test_an_at_sign_without_a_revision_is_refused() -> None:
    with pytest.raises(ModelError, match="must have a branch, tag or commit behind the @"):
        find_folder("our/bert@", offline=True)


def test_a_revision_that_the_hub_does_not_have_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(name: str, *, revision: str, **options: object) -> None:
        raise errors.RevisionNotFoundError.__new__(errors.RevisionNotFoundError)

    monkeypatch.setattr(model_folder, "snapshot_download", refuse)

    with pytest.raises(ModelError, match="the hub has no revision 'v9' of model 'our/model'"):
        find_folder("our/model@v9", offline=False)
