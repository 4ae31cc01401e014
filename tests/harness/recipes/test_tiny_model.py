from pathlib import Path

import numpy as np

from harness.data import DataFolder
from harness.encoder import Context
from harness.encoders.transformer.backbone import Backbone
from harness.evaluation.evaluation import evaluate
from harness.recipes.tiny_model import make_tiny_bert


def test_a_tiny_bert_is_the_same_wherever_it_is_made(tmp_path: Path) -> None:
    folders = [make_tiny_bert(tmp_path / name) for name in ("one", "two")]

    first, second = ({p.name: p.read_bytes() for p in folder.iterdir()} for folder in folders)
    assert first == second
    assert "model.safetensors" in first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two", "work"]


def test_the_files_of_a_tiny_bert_are_as_readable_as_any_new_one(tmp_path: Path) -> None:
    (tmp_path / "new").touch()

    folder = make_tiny_bert(tmp_path / "tiny")

    new = (tmp_path / "new").stat().st_mode
    assert {path.stat().st_mode for path in folder.iterdir()} == {new}


def test_one_that_is_there_is_kept(tmp_path: Path) -> None:
    folder = make_tiny_bert(tmp_path / "tiny")
    (folder / "mark").touch()

    assert (make_tiny_bert(folder) / "mark").is_file()


def test_it_can_spell_every_language_of_the_sample(tmp_path: Path, sample: DataFolder) -> None:
    folder = make_tiny_bert(tmp_path / "tiny")
    context = Context(model=str(folder), device="cpu")

    report = evaluate(["mean"], ["sts17:ar-ar", "sts14-es"], data=sample, context=context)

    assert report.failures == []
    tokenizer = Backbone(folder, context).tokenizer
    assert tokenizer.unk_token_id not in tokenizer("Ein Hund bellt, كلب").input_ids
    assert np.isfinite([record.score("pearson", "all") for record in report.records]).all()
