"""Training on demand, with an encoder that learns one number in no time."""

import dataclasses
import json
import shlex
import shutil
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from harness.cli.main import main
from harness.corpus import Corpus
from harness.data import DataFolder, open_data
from harness.encoder import Context
from harness.errors import BadDataError, HarnessError, MissingDataError, PluginError, TrainingError
from harness.evaluation.embedding import encode
from harness.evaluation.evaluation import evaluate
from harness.evaluation.report import Report
from harness.keys.checkpoints import CheckpointKey, TrainedEncoder
from harness.plugins import registry
from harness.results.notices import Notice
from harness.training import corpus_reader as corpus_reading
from harness.training.on_demand import Checkpoint
from harness.training.options import TrainingOptions
from harness.training.training import train, trained_encoders

LEARNER = '''
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from harness import setting

@dataclass(frozen=True)
class LearnerSettings:
    power: float = setting(1.0, help="exponent of the scale")

class Learner:
    """Scales random vectors by what it learned of the text."""

    Settings = LearnerSettings
    corpus = "stsb"

    def __init__(self, context, settings):
        self.settings, self.scale = settings, None

    def base_fingerprint(self): return "nothing"

    def fit(self, corpus, training):
        with Path("fits").open("a") as fits:
            goes_on = " goes on" * (training.folder / "progress").exists()
            fits.write(f"{corpus.name} {training.seed}{goes_on}\\n")
        if "explode" in corpus.sentences or Path("broken").exists():
            raise ZeroDivisionError("boom")
        self.learned = np.array([len(corpus.sentences) + training.seed], np.float32)
        return {"steps": 3, "dev": 0.5}

    def save(self, folder): save_file({"scale": self.learned}, folder / "scale.safetensors")

    def load(self, folder): self.scale = load_file(folder / "scale.safetensors")["scale"]

    def encode(self, sentences):
        rows = [np.random.default_rng(list(s.encode())).normal(size=4) for s in sentences]
        return (np.array(rows) * self.scale).astype(np.float32)

'''


@pytest.fixture(autouse=True)
def learner(install_plugin: Callable[..., None]) -> None:
    points = {"learner": "learning:Learner"}
    install_plugin("learner-dist", LEARNER, module="learning", encoders=points)


def options(**changed: object) -> TrainingOptions:
    return dataclasses.replace(TrainingOptions(Path("runs/checkpoints")), **changed)  # type: ignore[arg-type]


def learn(*seeds: int, spec: str = "learner", **changed: object) -> list[Checkpoint]:
    context = Context(model="any", device="cpu")
    return train(spec, data="sample", context=context, seeds=seeds, options=options(**changed))


def fits() -> list[str]:
    path = Path("fits")
    return path.read_text().splitlines() if path.is_file() else []


def score(*specs: str, **more: object) -> Report:
    context = Context(model="any", device="cpu")
    tasks = ["stsb-test"]
    return evaluate(specs, tasks, data="sample", context=context, cache=False, **more)  # type: ignore[arg-type]


def test_an_encoder_is_trained_once_a_seed_and_found_again() -> None:
    first, again = learn(0, 1), learn(0, 1)

    assert [prepared.is_new for prepared in first] == [True, True]
    assert [prepared.is_new for prepared in again] == [False, False]
    assert fits() == ["stsb 0", "stsb 1"]


def test_training_is_done_once_the_call_returns() -> None:
    learn(0, 1)

    assert fits() == ["stsb 0", "stsb 1"]


def test_evaluation_trains_what_it_needs_and_uses_what_is_there() -> None:
    learn(0)

    report = score("learner", seeds=(0, 1))

    assert report.failures == []
    assert [record.seed for record in report.records] == [0, 1]
    assert fits() == ["stsb 0", "stsb 1"]


def test_each_encoder_may_have_seeds_of_its_own() -> None:
    report = score(
        "learner", "learner:power=2", seeds={"learner": (3,), "learner:power=2.0": (4, 5)}
    )

    assert [(r.encoder, r.seed) for r in report.records] == [
        ("learner", 3),
        ("learner:power=2.0", 4),
        ("learner:power=2.0", 5),
    ]


def test_a_record_names_the_training_text_and_its_tasks() -> None:
    (record,) = score("learner").records

    assert record.training is not None
    assert (record.training.corpus, record.training.sentences) == ("stsb", 112)
    assert record.trained_on_this_task


def test_without_leave_to_train_a_missing_checkpoint_is_a_failure() -> None:
    report = score("learner", training=options(train=False))

    assert fits() == []
    assert str(report.failures[0]) == (
        "learner: encoder 'learner' is not trained for 'any' on 'stsb' with seed 0:"
        " leave out --no-train, or run harness train learner --model any --seed 0 --data sample"
    )
    assert not Path("runs/checkpoints").exists()


@pytest.mark.parametrize(
    ("there", "asked", "expected"),
    [
        ({"limit": 40}, {}, "one on 'stsb[40]': use --limit 40"),
        ({}, {"limit": 40}, "one on 'stsb': leave out --limit"),
        ({"corpus": "sts", "limit": 9}, {}, "one on 'sts[9]': use --corpus sts --limit 9"),
        ({"corpus": "sts"}, {"limit": 9}, "one on 'sts': use --corpus sts and leave out --limit"),
        ({"text": "t.txt"}, {}, "one on 't.txt': use --text with the file t.txt"),
    ],
)
def test_a_missing_checkpoint_s_failure_names_those_on_other_texts(
    there: dict[str, object], asked: dict[str, object], expected: str
) -> None:
    Path("t.txt").write_text("a\nb\n")
    text = {"text": Path("t.txt")} if "text" in there else {}
    learn(0, **{**there, **text})
    learn(1, limit=50)
    learn(0, spec="learner:power=2", limit=50)

    report = score("learner", training=options(train=False, **asked))

    assert str(report.failures[0]).endswith(f"; there is {expected}")


def test_a_limit_that_the_text_does_not_reach_is_none() -> None:
    (whole,), (limited,) = learn(0), learn(0, limit=112)

    assert not limited.is_new
    assert limited.folder == whole.folder
    assert limited.record.corpus == "stsb"


def test_the_advised_command_trains_what_was_missing(tmp_path: Path) -> None:
    (tmp_path / "own text.txt").write_text("one\ntwo\nthree\n")
    missing = options(
        checkpoints=tmp_path / "elsewhere/checkpoints",
        text=tmp_path / "own text.txt",
        limit=2,
        train=False,
    )
    (failure,) = score("learner:power=2", training=missing, seeds=(3,)).failures
    _, _, command = failure.reason.partition("or run harness ")

    trained = CliRunner().invoke(main, shlex.split(command))

    assert trained.exit_code == 0, trained.output
    assert score("learner:power=2", training=missing, seeds=(3,)).failures == []


def test_settings_text_and_seed_each_make_another_checkpoint(tmp_path: Path) -> None:
    text = tmp_path / "own.txt"
    text.write_text("one sentence\n\nanother\n")
    folders = {
        prepared.folder
        for prepared in [
            *learn(0, 1),
            *learn(0, spec="learner:power=2"),
            *learn(0, text=text),
            *learn(0, corpus="sts"),
        ]
    }

    assert len(folders) == 5
    assert fits() == ["stsb 0", "stsb 1", "stsb 0", "own.txt 0", "sts 0"]


def _learn_in(
    context: Context, data: str | Path = "sample", dev: str | None = "stsb-dev"
) -> Checkpoint:
    Path("own.txt").write_text("one\ntwo\n")
    asked = options(text=Path("own.txt"), dev=dev)
    (prepared,) = train("learner", data=data, context=context, options=asked)
    return prepared


def _sample_with_other_dev(sample: DataFolder, place: Path) -> Path:
    shutil.copytree(sample.root, place)
    dev = next(place.rglob("sts-dev.csv"))
    dev.write_text("".join(dev.read_text("utf-8").splitlines(keepends=True)[:-1]), "utf-8")
    return place


def test_number_format_longest_input_and_dev_data_each_make_another_checkpoint(
    sample: DataFolder, tmp_path: Path
) -> None:
    other = _sample_with_other_dev(sample, tmp_path / "other")
    plain = Context(model="any", device="cpu")
    runs: list[tuple[Context, str | Path, str | None]] = [
        (plain, "sample", "stsb-dev"),
        (dataclasses.replace(plain, dtype="bf16"), "sample", "stsb-dev"),
        (dataclasses.replace(plain, max_length=6), "sample", "stsb-dev"),
        (plain, other, "stsb-dev"),
        (plain, "sample", None),
    ]

    first, again = ([_learn_in(*run) for run in runs] for _ in range(2))

    assert [prepared.is_new for prepared in first] == [True] * 5
    assert [prepared.is_new for prepared in again] == [False] * 5
    assert len({prepared.folder for prepared in first}) == 5
    assert first[4].manifest["dev"] is None


def test_dev_data_does_not_count_where_training_asks_for_none(
    monkeypatch: pytest.MonkeyPatch, sample: DataFolder, tmp_path: Path
) -> None:
    other = _sample_with_other_dev(sample, tmp_path / "other")
    learner = registry.encoders.load("learner").factory
    monkeypatch.setattr(learner, "uses_dev", False, raising=False)
    given: list[object] = []
    fit = learner.fit
    monkeypatch.setattr(learner, "fit", lambda *of: given.append(of[2].dev_score) or fit(*of))
    plain = Context(model="any", device="cpu")
    asked = options(text=Path("own.txt"), dev="stsb-dev")

    for data in ("sample", other.as_posix()):
        Path("own.txt").write_text("one\ntwo\n")
        evaluate("learner", "sts12", data=data, context=plain, cache=False, training=asked)

    assert given == [None]


def test_a_checkpoint_that_0_1_0_wrote_is_found_and_recorded_by_its_name() -> None:
    (prepared,) = learn(0)
    manifest = json.loads((prepared.folder / "training.json").read_bytes())
    added = ("schema_version", "dtype", "max_length", "dev", "class_name", "arguments")
    old = {name: value for name, value in manifest.items() if name not in added}
    (prepared.folder / "training.json").write_text(json.dumps({**old, "schema_version": 1}))
    folder = prepared.folder.rename(
        prepared.folder.with_name("learner-any-seed0-0123456789abcdef")
    )

    (found,) = learn(0)
    (in_bf16,) = train(
        "learner",
        data="sample",
        context=Context(model="any", device="cpu", dtype="bf16"),
        options=options(),
    )

    assert (found.folder, found.is_new) == (folder, False)
    assert found.record.checkpoint == "0123456789abcdef"
    assert in_bf16.is_new


def test_a_missing_checkpoint_s_failure_names_those_with_other_limits() -> None:
    context = Context(model="any", device="cpu", dtype="bf16", max_length=6)
    train("learner", data="sample", context=context, options=options())

    report = score("learner", training=options(train=False))

    assert str(report.failures[0]).endswith("; there is one with --dtype bf16 and --max-length 6")
    assert trained_encoders(Context(model="any"), open_data("sample"), options()) == {}
    assert trained_encoders(context, open_data("sample"), options()) == {"learner": (0,)}


def test_the_same_text_under_another_name_is_the_same_checkpoint(tmp_path: Path) -> None:
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_text("one sentence\nanother\n")
        (prepared,) = learn(0, text=tmp_path / name)

    assert not prepared.is_new


def test_the_same_weights_under_another_name_start_the_same_checkpoint() -> None:
    (first,) = learn(0)

    (again,) = train("learner", data="sample", context=Context(model="else"), options=options())

    assert not again.is_new
    assert again.folder == first.folder


def test_a_checkpoint_outlives_a_new_version_of_its_encoder() -> None:
    keys = [
        CheckpointKey(TrainedEncoder("a", {}, origin), "model", "base", "text", "0" * 64, 0)
        for origin in ("dist 1.0", "dist 2.0", "other 1.0")
    ]

    assert keys[0].digest == keys[1].digest != keys[2].digest


def test_retrain_trains_anew() -> None:
    learn(0)
    (prepared,) = learn(0, retrain=True)

    assert prepared.is_new
    assert fits() == ["stsb 0", "stsb 0"]


def test_a_retraining_that_fails_leaves_the_old_checkpoint() -> None:
    (before,) = learn(0)
    Path("broken").touch()

    with pytest.raises(PluginError, match="failed in fit: ZeroDivisionError"):
        learn(0, retrain=True)

    (after,) = learn(0)
    assert not after.is_new
    assert after.folder == before.folder
    assert not any(path.is_dir() for path in Path("runs/checkpoints/.training").iterdir())


def test_a_retraining_drops_the_progress_of_an_ordinary_training() -> None:
    (prepared,) = learn(0)
    work = Path("runs/checkpoints/.training") / prepared.folder.name
    shutil.rmtree(prepared.folder)
    for retrain in (False, True):
        work.mkdir()
        (work / "progress").touch()
        learn(0, retrain=retrain)

    assert fits() == ["stsb 0", "stsb 0 goes on", "stsb 0"]


def test_training_json_says_settings_seed_versions_text_and_checksums() -> None:
    (prepared,) = learn(7)

    manifest = json.loads((prepared.folder / "training.json").read_bytes())
    assert manifest["settings"] == {"power": 1.0}
    assert (manifest["seed"], manifest["corpus"], manifest["model"]) == (7, "stsb", "any")
    assert manifest["history"] == {"steps": 3, "dev": 0.5}
    assert len(manifest["corpus_sha256"]) == len(manifest["files"]["scale.safetensors"]) == 64
    assert "torch" in manifest["versions"]


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b"x"), Path.unlink])
def test_a_checkpoint_edited_by_hand_is_refused_until_retrained(
    damage: Callable[[Path], object],
) -> None:
    (prepared,) = learn(0)
    damage(prepared.folder / "scale.safetensors")

    with pytest.raises(TrainingError, match=r"is not what training wrote: .*--retrain"):
        learn(0)
    assert learn(0, retrain=True)[0].is_new
    assert not learn(0)[0].is_new


def test_a_manifest_that_is_no_json_is_refused_until_retrained() -> None:
    (prepared,) = learn(0)
    (prepared.folder / "training.json").write_text("{")

    with pytest.raises(TrainingError, match=r"training\.json cannot be read .*--retrain"):
        learn(0)
    assert learn(0, retrain=True)[0].is_new


def test_an_encoder_without_training_is_refused_with_the_cure() -> None:
    with pytest.raises(TrainingError, match="'mean' needs no training: run harness eval mean"):
        learn(0, spec="mean")


def test_a_load_that_fails_names_the_encoder_where_it_is_used_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    learn(0)
    learner = registry.encoders.load("learner").factory
    monkeypatch.setattr(learner, "load", lambda self, folder: {}["scale"])

    with pytest.raises(PluginError, match="encoder 'learner' failed in load: KeyError: 'scale'"):
        encode("learner", ["a"], context=Context(model="any", device="cpu"))


def test_a_failing_fit_names_the_encoder(tmp_path: Path) -> None:
    text = tmp_path / "bad.txt"
    text.write_text("explode\n")

    with pytest.raises(PluginError, match="'learner' failed in fit: ZeroDivisionError: boom"):
        learn(0, text=text)
    left = [path.name for path in Path("runs/checkpoints/.training").iterdir()]
    assert all(name.endswith(".lock") for name in left)


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (None, MissingDataError, "training text must be a file"),
        (b"", BadDataError, "must have at least one sentence, got none"),
        (b"\n  \n", BadDataError, "must have at least one sentence, got none"),
        (b"fine\nb\xffd\n", BadDataError, r"own\.txt:2: must be utf-8, got byte 0xff"),
    ],
)
def test_an_unusable_text_file_is_reported_by_name(
    tmp_path: Path, content: bytes | None, error: type[HarnessError], message: str
) -> None:
    text = tmp_path / "own.txt"
    if content is not None:
        text.write_bytes(content)

    with pytest.raises(error, match=message):
        learn(0, text=text)


def test_checkpoints_that_cannot_be_kept_are_reported_before_training(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(TrainingError, match="checkpoints cannot be kept in"):
        learn(0, checkpoints=tmp_path / "file" / "checkpoints")
    assert fits() == []


def test_trained_encoders_are_those_of_the_model_and_the_text(sample: DataFolder) -> None:
    learn(2, 0)
    learn(5, spec="learner:power=2")
    learn(0, corpus="sts")

    assert trained_encoders(Context(model="any"), sample, options()) == {
        "learner": (0, 2),
        "learner:power=2.0": (5,),
    }
    assert trained_encoders(Context(model="any"), sample, options(), seeds=(2,)) == {
        "learner": (2,)
    }
    assert trained_encoders(Context(model="any"), sample, options(corpus="sts")) == {
        "learner": (0,)
    }
    assert trained_encoders(Context(model="other"), sample, options()) == {}


def test_checkpoints_of_a_model_are_found_however_its_folder_is_written(
    sample: DataFolder,
) -> None:
    Path("x").mkdir()
    train("learner", data="sample", context=Context(model="./x", device="cpu"), options=options())
    (manifest,) = Path("runs").rglob("training.json")
    content = json.loads(manifest.read_text())

    assert content["model"] == "x"
    manifest.write_text(json.dumps({**content, "model": f"{Path.cwd()}/x/"}))  # as 0.1.0 wrote it
    assert trained_encoders(Context(model="x"), sample, options()) == {"learner": (0,)}


def test_trained_encoders_on_a_random_part_are_found_with_each_seed(sample: DataFolder) -> None:
    learn(0, 1, 2, limit=20)
    learn(0, 1, limit=30)

    assert trained_encoders(Context(model="any"), sample, options(limit=20)) == {
        "learner": (0, 1, 2)
    }
    assert trained_encoders(Context(model="any"), sample, options(limit=30)) == {"learner": (0, 1)}
    assert trained_encoders(Context(model="any"), sample, options()) == {}


def test_eval_without_an_encoder_scores_every_seed_of_a_random_part(tiny_bert: Path) -> None:
    common = ["--model", str(tiny_bert), "--data", "sample", "--limit", "20"]
    CliRunner().invoke(main, ["train", "learner", "--seeds", "2", *common])

    result = CliRunner().invoke(main, ["eval", "--tasks", "stsb-test", "--json", *common])

    records = json.loads(result.stdout)["records"]
    assert [(r["encoder"], r["seed"]) for r in records] == [
        ("mean", None),
        ("learner", 0),
        ("learner", 1),
    ]


class CountedReads:
    """What is read of training text: names, and the texts themselves as long as they are held."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: list[str] = []
        self.texts: list[weakref.ref[Corpus]] = []
        self._read = corpus_reading._read
        monkeypatch.setattr(corpus_reading, "_read", self)

    def __call__(self, name: str, text: Path | None, data: DataFolder) -> Corpus:
        corpus = self._read(name, text, data)
        self.names.append(name)
        self.texts.append(weakref.ref(corpus))
        return corpus


@pytest.mark.parametrize("limit", [None, 20])
def test_the_text_is_read_once_a_call_for_all_seeds(
    monkeypatch: pytest.MonkeyPatch, sample: DataFolder, limit: int | None
) -> None:
    reads = CountedReads(monkeypatch)

    learn(0, 1, 2, limit=limit)
    assert reads.names == ["stsb"]

    report = score("learner", seeds=(0, 1, 2), training=options(limit=limit))
    assert len(report.records) == 3
    assert reads.names == ["stsb"] * 2

    trained_encoders(Context(model="any"), sample, options(limit=limit))
    assert reads.names == ["stsb"] * 3


def test_the_text_is_dropped_before_sentences_are_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    reads = CountedReads(monkeypatch)
    held: list[bool] = []

    score("learner", on_progress=lambda *_: held.append(reads.texts[0]() is not None))

    assert set(held) == {False}


def test_a_text_that_changed_between_calls_is_read_anew(tmp_path: Path) -> None:
    text = tmp_path / "own.txt"
    trained = []
    for content in ("one\ntwo\n", "one\ntwo\nthree\n"):
        text.write_text(content)
        trained += learn(0, text=text)

    assert [prepared.record.sentences for prepared in trained] == [2, 3]


def test_a_damaged_manifest_does_not_hide_the_other_checkpoints(sample: DataFolder) -> None:
    first, _ = learn(0, 1)
    (first.folder / "training.json").write_text("{")

    with pytest.warns(Notice, match=r"left out: .*training\.json cannot be read"):
        found = trained_encoders(Context(model="any"), sample, options())

    assert found == {"learner": (1,)}


def test_evaluation_refuses_several_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")

    with pytest.raises(HarnessError, match="use torchrun for harness train only"):
        score("learner")


def test_vectors_of_a_found_checkpoint_are_those_of_the_training_run() -> None:
    trained = score("learner").records[0]
    found = score("learner").records[0]

    assert np.array_equal(found.items["test"]["system"], trained.items["test"]["system"])
    assert found.training is not None
    assert found.training.seconds == 0
