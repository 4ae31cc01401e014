import json
import subprocess
import sys
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from safetensors.numpy import load_file
from scipy.stats import spearmanr

from harness.data import DataFolder
from harness.encoder import Context
from harness.errors import HarnessError, PluginError, SettingError, TrainingError
from harness.evaluation.embedding import encode
from harness.exporting import verification
from harness.exporting.exporting import Export, export
from harness.results.notices import Notice
from harness.results.records.store import ResultStore

Exports: TypeAlias = dict[str, Export]

SENTENCES = [
    "a man plays a flute .",
    "",
    "Zwölf — 漢字 🙂",
    "the dog runs " * 200,
    "no",
    "  a man ",
]
ALONE = """
import json, sys
import numpy as np
from sentence_transformers import SentenceTransformer

folders, sentences = json.loads(sys.stdin.read())
vectors = [SentenceTransformer(each, device="cpu").encode(sentences) for each in folders]
np.savez("alone.npz", *vectors)
assert "harness" not in {name.partition(".")[0] for name in sys.modules}
"""


def _pairs(sample: DataFolder) -> tuple[list[str], list[float]]:
    file = sample.root / "senteval/downstream/STS/STSBenchmark/sts-test.csv"
    rows = [line.split("\t") for line in file.read_text("utf-8").splitlines()]
    return [row[place] for place in (5, 6) for row in rows], [float(row[4]) for row in rows]


def test_sentence_transformers_alone_gives_the_same_vectors_and_scores(
    exports: Exports, runs: Path, context: Context, sample: DataFolder
) -> None:
    halves, gold = _pairs(sample)
    folders = [str(each.folder) for each in exports.values()]
    given = json.dumps([folders, [*SENTENCES, *halves]])
    subprocess.run([sys.executable, "-c", ALONE], input=given, text=True, check=True)
    alone = dict(zip(exports, np.load("alone.npz").values(), strict=True))
    own = {
        spec: encode(spec, [*SENTENCES, *halves], context=context, out=runs, cache=False)
        for spec in exports
    }

    for spec, vectors in own.items():
        far = np.linalg.norm(alone[spec] - vectors, axis=1) / np.linalg.norm(vectors, axis=1)
        assert far.max() < 1e-5, spec
    assert len({vectors.tobytes() for vectors in own.values()}) == len(own)
    for record in ResultStore(runs).read():
        first, second = np.split(alone[record.encoder][len(SENTENCES) :].astype(float), 2)
        lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
        score = spearmanr((first * second).sum(axis=1) / lengths, gold).statistic
        assert record.score("spearman", "all") == pytest.approx(score, abs=1e-4)


def test_an_export_says_how_far_its_vectors_are_from_the_encoder_s(exports: Exports) -> None:
    assert all(each.difference is not None and each.difference < 1e-4 for each in exports.values())


def test_weights_are_fp32_safetensors_without_a_pickle(exports: Exports) -> None:
    for each in exports.values():
        files = [path for path in each.folder.rglob("*") if path.is_file()]
        weights = [path for path in files if path.suffix == ".safetensors"]
        dtypes = {array.dtype for path in weights for array in load_file(path).values()}

        assert {path.suffix for path in files} == {".json", ".md", ".safetensors"}
        assert dtypes == {np.dtype(np.float32)}


def test_the_same_export_is_the_same_bytes_again(
    exports: Exports, runs: Path, context: Context, tmp_path: Path
) -> None:
    first = exports["whitening:k=8"].folder
    again = export("whitening:k=8", tmp_path / first.name, context=context, out=runs)

    assert {path.relative_to(first): path.read_bytes() for path in first.rglob("*.*")} == {
        path.relative_to(again.folder): path.read_bytes() for path in again.folder.rglob("*.*")
    }


def test_a_checkpoint_is_exported_with_its_own_model_and_seed(
    exports: Exports, runs: Path, context: Context, tmp_path: Path
) -> None:
    (folder,) = (runs / "checkpoints").glob("consert*")
    other = Context(model="nowhere", seed=5, device="cpu")
    found = export(folder, tmp_path / "it", context=other, out=runs)

    assert (found.spec, found.results) == ("consert:max_steps=2", 1)
    weights = exports[found.spec].folder / "model.safetensors"
    assert (found.folder / weights.name).read_bytes() == weights.read_bytes()
    assert (folder / weights.name).read_bytes() == weights.read_bytes()


def test_an_earlier_export_is_replaced_whole(
    exports: Exports, runs: Path, context: Context, tmp_path: Path
) -> None:
    place = tmp_path / "it"
    export("mean:layers=last2", place, context=context)
    export("cls", place, context=context)

    assert (place / "1_Pooling").is_dir()
    assert not (place / "1_WeightedLayerPooling").exists()
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


@pytest.mark.parametrize("place", ["link", "elsewhere/sub/.."])
def test_an_export_lies_where_its_folder_leads_and_leaves_links_as_they_are(
    place: str, context: Context, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to("elsewhere")
    found = [export("cls", tmp_path / place, context=context) for _ in range(2)]

    assert {each.folder for each in found} == {tmp_path.resolve() / "elsewhere"}
    assert (tmp_path / "link").is_symlink()
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def test_a_link_that_leads_to_itself_is_no_folder(context: Context, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("link")

    with pytest.raises(SettingError, match="link"):
        export("cls", tmp_path / "link", context=context)


def test_a_prompt_is_refused_as_what_no_export_has(context: Context, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="must have no prompt, which the harness adds to any"):
        export("cls:prompt=x", tmp_path / "it", context=context)


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("flow", "a flow, which is invertible, is no module of sentence-transformers"),
        ("wk", "it weights layers and tokens as no module of sentence-transformers does"),
        ("random", "its weights are random, and worth nothing to others"),
        ("mean:drop_frequent=34", "it leaves out frequent tokens, as no pooling of"),
        ("bow", "its vectors are not known to be those of a transformer, pooled"),
        ("sentence-transformers", "it is a model of sentence-transformers already"),
    ],
)
def test_what_has_no_modules_is_refused_with_the_reason_before_it_is_trained(
    spec: str, reason: str, tmp_path: Path, context: Context
) -> None:
    pytest.importorskip("sentence_transformers", reason="the extra is not installed")

    with pytest.raises(SettingError, match=f"^encoder '{spec}' cannot be written .*: {reason}"):
        export(spec, tmp_path / "it", context=context)
    assert not (tmp_path / "it").exists()


def test_an_untrained_encoder_names_the_command_that_trains_it(
    context: Context, tmp_path: Path
) -> None:
    with pytest.raises(TrainingError, match="not trained with seed 0: run harness train sg-opt"):
        export("sg-opt", tmp_path / "it", context=context)


def test_a_folder_of_something_else_is_left_as_it_is(context: Context, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    with pytest.raises(
        SettingError, match=r"^folder must be new, empty or an earlier export, got"
    ):
        export("cls", tmp_path, context=context)
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"to": "onnx"}, "to must be sentence-transformers, got 'onnx'"),
        ({"push": "mine"}, "push must be OWNER/NAME, got 'mine': name the owner too"),
        ({"push": "me/it/x"}, "push must be OWNER/NAME, got 'me/it/x'"),
        ({"encoder": "runs/checkpoints/x"}, "checkpoint must be an existing folder with training"),
    ],
)
def test_a_wrong_request_is_one_line(
    context: Context, tmp_path: Path, arguments: dict[str, str], message: str
) -> None:
    with pytest.raises(HarnessError, match=f"^{message}"):
        export(**{"encoder": "cls", "folder": tmp_path / "it", "context": context, **arguments})


def test_a_model_that_would_be_read_otherwise_is_not_written(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("sentence_transformers", reason="the extra is not installed")
    monkeypatch.setattr(
        "harness.modules.sentence_transformers.POOLING_MODES", {"cls": "mean", "mean": "mean"}
    )

    with pytest.raises(PluginError, match="must give the vectors of 'cls', but a number of them"):
        export("cls", tmp_path / "it", context=context)
    assert list(tmp_path.glob("*it*")) == []


def test_without_the_package_an_export_says_that_it_is_not_checked(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "find_spec", lambda name: None)

    with pytest.warns(Notice, match="not checked that the exported model gives the same vectors"):
        found = export("cls", tmp_path / "it", context=context)
    assert found.difference is None


def test_another_model_s_results_are_not_in_the_card(
    exports: Exports, runs: Path, context: Context, tmp_path: Path
) -> None:
    (folder,) = runs.glob("sg-opt*.json")
    away = tmp_path / "runs"
    away.mkdir()
    (away / folder.name).write_bytes(folder.read_bytes())
    found = export("cls", tmp_path / "it", context=context, out=away)

    assert found.results == 0
    assert "Nothing was measured of this encoder" in (found.folder / "README.md").read_text()
