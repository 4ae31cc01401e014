from pathlib import Path

import pytest

from harness.errors import SettingError
from harness.planning.encoder_specs import EncoderSpec
from harness.planning.planned_encoders import plan_encoders
from harness.planning.run_models import by_model
from harness.recipes.recipe import Smoke

PATH = "sentence-transformers:model=our/bert@v1"


@pytest.mark.parametrize(
    ("text", "name", "spec", "model"),
    [
        ("mean", "", "mean", None),
        ("base=mean:layers=last2", "base", "mean:layers=last2", None),
        ("mean@minilm", "", "mean", "minilm"),
        ("mean@org/bert@v1", "", "mean", "org/bert@v1"),
        ("b=mean:layers=1,6,top_k=5@minilm", "b", "mean:layers=1,6,top_k=5", "minilm"),
        ('mean:prompt="to: me@home, "@minilm', "", 'mean:prompt="to: me@home, "', "minilm"),
        ('mean:prompt="a@b",layers=0@minilm', "", 'mean:prompt="a@b",layers=0', "minilm"),
        ("mean:prompt=me@home", "", "mean:prompt=me@home", None),
        ("precomputed:vectors=me@home.npy", "", "precomputed:vectors=me@home.npy", None),
        (PATH, "", PATH, None),
        (f"{PATH},normalize=true@x", "", f"{PATH},normalize=true", "x"),
    ],
)
def test_a_model_begins_at_the_first_at_sign_that_is_no_part_of_a_setting(
    text: str, name: str, spec: str, model: str | None
) -> None:
    asked = EncoderSpec.parse(text)

    assert (asked.name, str(asked.spec).replace('""', '"'), asked.model) == (name, spec, model)
    assert EncoderSpec.parse(str(asked)) == asked


def test_a_path_before_a_model_is_written_so_that_it_is_read_again() -> None:
    asked = EncoderSpec(EncoderSpec.parse("glove:vectors=/a/me@home").spec, model="minilm")

    read = EncoderSpec.parse(str(asked))

    assert (dict(read.settings), read.model) == ({"vectors": "/a/me@home"}, "minilm")


def test_code_of_the_users_own_is_named_for_its_file(tmp_path: Path) -> None:
    file = tmp_path / "my.py"
    file.write_text("def lengths(sentences):\n    return [[len(s), 1.0] for s in sentences]\n")

    (planned,) = plan_encoders([f"new={file}:lengths"], {})

    assert (planned.spec, planned.label, planned.is_ready) == ("my.lengths", "new", True)
    assert str(planned.asked) == f"new={file}:lengths"
    assert planned.origin.startswith("my.py sha256:")


def test_code_of_two_files_of_one_name_is_refused(tmp_path: Path) -> None:
    files = [tmp_path / name / "my.py" for name in ("old", "new")]
    for file in files:
        file.parent.mkdir()
        file.write_text(f"def it(sentences):\n    return {file.parent.name!r}\n")

    with pytest.raises(SettingError, match=r"two encoders are called 'my.it', .*: rename a file"):
        plan_encoders([f"{file}:it" for file in files], {})


def test_each_model_is_read_by_those_that_name_it_and_those_that_name_none() -> None:
    planned = plan_encoders(["mean", "cls@small", "max@other"], {})

    groups = by_model(planned, ["big", "small"])

    assert {model: [one.spec for one in group] for model, group in groups.items()} == {
        "big": ["mean"],
        "small": ["mean", "cls"],
        "other": ["max"],
    }


def test_an_encoder_that_names_the_runs_model_is_the_one_that_names_none() -> None:
    groups = by_model(plan_encoders(["mean", "mean@small"], {}), ["small"])

    assert len(groups["small"]) == 1
    with pytest.raises(SettingError, match="'mean' for 'small' must have one name, got 'a' and"):
        by_model(plan_encoders(["a=mean", "mean@small"], {}), ["small"])


def test_a_smoke_run_reads_its_own_model() -> None:
    smoke = Smoke(own={"mean": "layers=0"})

    assert [smoke.spec(spec) for spec in ("a=mean@x", "cls@x")] == ["a=mean:layers=0", "cls"]
