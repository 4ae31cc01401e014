from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

import harness
from harness.data import DataFolder
from harness.encoder import Context, Embeddings
from harness.errors import PluginError, SettingError, TrainingError, UnknownNameError
from harness.evaluation.evaluation import evaluate
from harness.evaluation.report import Report
from harness.settings import setting
from harness.training.options import TrainingOptions
from harness.training.training import train, trained_encoders


@dataclass(frozen=True)
class Salt:
    salt: int = setting(0, help="changes all")


class Hashed:
    """Random vectors that are each sentence's own."""

    Settings = Salt

    def __init__(self, context: Context, settings: Salt) -> None:
        self.salt = settings.salt

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        seeds = [[self.salt, crc32(s.encode())] for s in sentences]
        rows = [np.random.default_rng(seed).normal(size=4) for seed in seeds]
        return np.array(rows, dtype=np.float32)


READY = Hashed(Context(), Salt(1))


def score(report: Report) -> dict[str, float | None]:
    assert not report.failures
    return {record.encoder: record.score("spearman", "all") for record in report.records}


def evaluated(encoders: object, **options: object) -> Report:
    return evaluate(encoders, "stsb-dev", data="sample", **options)  # type: ignore[arg-type]


def test_an_encoder_is_given_as_object_class_function_name_or_spec(tiny_bert: Path) -> None:
    harness.register_encoder("hashed", Hashed)

    def made(context: Context, settings: object) -> Hashed:
        return Hashed(context, Salt(1))

    by = {
        kind: score(evaluated(given))
        for kind, given in {
            "object": READY,
            "list of objects": [READY],
            "class": Hashed,
            "function": made,
            "name": "hashed",
            "spec": "hashed:salt=1",
        }.items()
    }

    salted, plain = by["object"]["Hashed"], by["class"]["Hashed"]
    assert salted != plain
    assert by["list of objects"] == {"Hashed": salted}
    assert by["function"] == {"made": salted}
    assert by["name"] == {"hashed": plain}
    assert by["spec"] == {"hashed:salt=1": salted}


def test_a_mapping_names_objects_and_settings_reach_those_that_have_them() -> None:
    report = evaluated({"mine": READY, "yours": Hashed}, settings={"salt": "1"})

    found = score(report)

    assert list(found) == ["mine", "yours:salt=1"]
    assert found["mine"] == found["yours:salt=1"]
    assert all(r.origin.startswith("test_encoder_arguments.py sha256:") for r in report.records)


def test_a_sequence_mixes_specs_and_objects_in_order(tiny_bert: Path) -> None:
    found = score(evaluated(["mean", READY, "cls"], context=Context(model=str(tiny_bert))))

    assert list(found) == ["mean", "Hashed", "cls"]


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ([READY, Hashed], SettingError, "two encoders are called 'Hashed': name them with a map"),
        ({"mean": READY}, PluginError, "encoder 'mean' is registered twice, by sentence-harness"),
        ({"a:b": READY}, SettingError, "name of an encoder must have no colon, got 'a:b'"),
        ({"other": "own=mean"}, SettingError, "an encoder must have one name, got 'other' and 'o"),
        ({"cls": "mean"}, SettingError, "name of an encoder must be its own, got 'cls', which is"),
        ({"a b": "mean"}, SettingError, "name of an encoder must be letters, digits and"),
        ({"a": "mean", "b": "mean"}, SettingError, "'mean' must have one name, got 'a' and 'b'"),
        (["a=mean", "a=cls"], SettingError, "name 'a' must be that of one encoder, got 'mean' a"),
        ("mean@", SettingError, "a model must be named behind '@', got 'mean@'"),
        ("mean@x:top_k=5", SettingError, "settings must stand before the model, got 'mean@x:top"),
        ("./no.py:Mean", SettingError, "encoder './no.py:Mean' must be of an existing file, got"),
        ([], SettingError, "encoders must be at least one, got none"),
        ([3], TypeError, "encoder must be a spec, an encoder, or what makes one, got int"),
        ("meam", UnknownNameError, "unknown encoder 'meam'. Did you mean 'mean'?"),
    ],
)
def test_what_cannot_be_told_apart_or_used_is_refused(
    given: object, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        evaluate(given, "stsb-dev", data="sample")  # type: ignore[arg-type]


def test_an_encoder_ready_for_use_is_not_trained() -> None:
    class Learned(Hashed):
        corpus = "sts"

        def fit(self, *_: object) -> dict[str, object]:
            raise RuntimeError("was trained")

        save = load = base_fingerprint = fit

    report = evaluated({"learned": Learned(Context(), Salt())}, seeds=(0, 1))

    assert list(score(report)) == ["learned"]
    assert report.records[0].training is None


def test_a_factory_s_encoder_is_trained_if_the_settings_make_it_learn(
    tiny_bert: Path, sample: DataFolder, tmp_path: Path
) -> None:
    options = TrainingOptions(tmp_path)
    context = Context(model=str(tiny_bert), device="cpu")

    def trained(spec: str) -> str:
        (done,) = train(spec, data="sample", context=context, options=options)
        return str(done.manifest["spec"])

    assert trained("mean:drop_frequent=3") == "mean:drop_frequent=3"
    assert trained("bow:svd=4") == "bow:svd=4"
    assert trained_encoders(Context(model=str(tiny_bert)), sample, options) == {
        "bow:svd=4": (0,),
        "mean:drop_frequent=3": (0,),
    }
    with pytest.raises(TrainingError, match="encoder 'mean' needs no training: run harness eval"):
        trained("mean")
