"""What strangers wrote is only read, names nothing outside the output folder, tells no secret."""

import ast
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.acquisition.downloads import download, shown
from harness.encoder import Context
from harness.errors import DownloadError
from harness.evaluation.evaluation import evaluate
from harness.keys.checkpoints import CheckpointKey, TrainedEncoder
from harness.results.files import file_words
from harness.results.records.record import Record
from harness.results.records.store import ResultStore

if TYPE_CHECKING:
    from tests.trust.conftest import MakeDesk

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGES = ("harness", "encoders", "tasks", "results", "tools")
UNSAFE_MODULES = {
    "pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "marshal",
    "shelve",
    "joblib",
    "yaml",
}
UNSAFE_CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}
NAMED_BY_THE_USER = {
    ("source_file.py", "exec"),
    ("source_file.py", "compile"),
    ("script.py", "compile"),
    ("script.py", "exec"),
}


def modules() -> list[Path]:
    return [path for package in PACKAGES for path in (CHECKOUT / package).rglob("*.py")]


def calls(path: Path) -> Iterator[tuple[str, dict[str, object], int]]:
    """Name, constant keyword arguments and line of each call in a module."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            constants = {
                each.arg: each.value.value
                for each in node.keywords
                if each.arg and isinstance(each.value, ast.Constant)
            }
            yield ast.unparse(node.func), constants, node.lineno


def test_the_scan_sees_what_it_is_for(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text("torch.load(x, weights_only=False)\neval(y)\n")

    assert list(calls(path)) == [("torch.load", {"weights_only": False}, 1), ("eval", {}, 2)]
    assert len(modules()) > 150


def test_no_module_reads_pickles_or_runs_text() -> None:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.partition(".")[0] for name in names} & UNSAFE_MODULES, path
        for name, options, line in calls(path):
            where = f"{path}:{line}"
            assert name not in UNSAFE_CALLS or (path.name, name) in NAMED_BY_THE_USER, where
            assert options.get("shell") is not True, where
            assert options.get("allow_pickle") is not True, where
            if name == "torch.load":
                assert options.get("weights_only") is True, where


def test_no_model_brings_code_of_its_own_or_a_pickle() -> None:
    seen = []
    for path in modules():
        for name, options, line in calls(path):
            owner, _, method = name.rpartition(".")
            if method in {"from_pretrained", "from_config"} and owner.startswith("Auto"):
                seen.append(owner)
                assert options.get("trust_remote_code") is False, f"{path}:{line}"
                if method == "from_pretrained" and owner.startswith("AutoModel"):
                    assert options.get("use_safetensors") is True, f"{path}:{line}"

    assert len(seen) >= 6


class Bomb:
    """What unpickles to a call that leaves a mark."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., object], tuple[Path]]:
        return Path.touch, (self.mark,)


def refused(model: Path) -> str:
    context = Context(model=str(model), device="cpu")
    (failure,) = evaluate(["mean"], ["stsb-dev"], data="sample", context=context).failures
    return failure.reason


def test_a_pickle_of_weights_is_not_opened(tiny_bert: Path, tmp_path: Path) -> None:
    import pickle

    model, mark = tmp_path / "model", tmp_path / "mark"
    shutil.copytree(tiny_bert, model)
    (model / "model.safetensors").rename(model / "another.safetensors")
    (model / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(mark)))

    reason = refused(model)

    assert "cannot be loaded" in reason
    assert "\n" not in reason
    assert not mark.exists()


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
def test_code_that_a_model_brings_is_not_run(
    file: str, tiny_bert: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, mark = tmp_path / "model", tmp_path / "mark"
    shutil.copytree(tiny_bert, model)
    (model / "own.py").write_text(f"import pathlib\npathlib.Path({str(mark)!r}).touch()\n")
    content = json.loads((model / file).read_text())
    classes = {"AutoConfig": "own.C", "AutoModel": "own.M", "AutoTokenizer": ["own.T", "own.T"]}
    content |= {"auto_map": classes, "model_type": "own", "tokenizer_class": "Own"}
    (model / file).write_text(json.dumps(content))

    context = Context(model=str(model), device="cpu")
    report = evaluate(["mean"], ["stsb-dev"], data="sample", context=context)

    assert not mark.exists()
    assert "[y/N]" not in capsys.readouterr().out
    assert all("\n" not in failure.reason for failure in report.failures)


NAMES = st.sampled_from(
    [
        "../../x",
        "/etc/passwd",
        "..",
        ".",
        "",
        "a\0b",
        "CON",
        "con.mean",
        "nul",
        "lpt1.x",
        "x" * 9999,
        "日本語" * 99,
        "C:\\x",
        "a/../../b",
        "~root",
        "-rf",
        "a\nb",
        "\u202e",
        ".hidden",
        "ﬁ" * 200,
    ]
) | st.text(max_size=300)
DEVICES = {"con", "prn", "aux", "nul"} | {
    f"{port}{n}" for port in ("com", "lpt") for n in range(10)
}


def assert_harmless(name: str) -> None:
    assert name.isascii()
    assert len(name) <= 200
    assert not set(name) & set('/\\\0\n:*?"<>|')
    assert not name.startswith(".")
    assert name.partition(".")[0].lower() not in DEVICES
    assert name.rstrip(". ") == name


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(encoder=NAMES, model=NAMES, task=NAMES)
def test_a_record_of_any_name_is_a_file_of_its_folder(encoder: str, model: str, task: str) -> None:
    record = Record(
        encoder=encoder, model=model, seed=None, task=task, title="", family="", data="",
        scores={}, dim=1,
    )  # fmt: skip

    path = ResultStore(Path("folder")).path(record)

    assert path.parent == Path("folder").absolute()
    assert_harmless(path.name)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(spec=NAMES, model=NAMES)
def test_a_checkpoint_of_any_name_is_a_folder_of_its_folder(spec: str, model: str) -> None:
    key = CheckpointKey(TrainedEncoder(spec, {}, ""), model, "", "", "", 0)

    assert_harmless(key.folder_name)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(name=NAMES)
def test_a_figure_of_any_name_is_a_file_of_its_folder(name: str) -> None:
    assert_harmless(f"sweep-{file_words(name)}.png")


@pytest.mark.parametrize("name", ["con.x", "日本語" * 25, "-rf", "a\nb", "x" * 200, "..a"])
def test_a_model_of_any_name_is_evaluated_and_trained_within_the_folder(
    name: str, make_desk: "MakeDesk", tiny_bert: Path
) -> None:
    desk = make_desk("desk")
    desk.model = desk.folder / "models" / name
    shutil.copytree(tiny_bert, desk.model)
    before = {
        path for path in desk.folder.parents[1].rglob("*") if desk.folder not in path.parents
    }

    status = desk.run(*desk.eval("whitening:k=8", "mean", tasks="stsb-test"))

    assert status == 0, desk.stderr
    assert len(desk.records()) == 2
    after = {path for path in desk.folder.parents[1].rglob("*") if desk.folder not in path.parents}
    assert after == before


SECRETS = {
    name: f"hf_Zq9{name}Zq9" for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "WANDB_API_KEY")
}


def test_no_secret_of_the_environment_is_written_or_told(make_desk: "MakeDesk") -> None:
    desk = make_desk("desk")
    desk.env = SECRETS
    reported = ""
    for command in (
        desk.eval("mean", "whitening:k=8", tasks="stsb,mr"),
        ("doctor", "--offline"),
        ("--debug", "eval", "mean", "--model", "no/such-model", "--data", "sample"),
        ("--debug", "eval", "mean", "--model", str(desk.model), "--data", "nowhere"),
    ):
        desk.run(*command)
        reported += desk.stdout + desk.stderr
    files = [path for path in desk.folder.rglob("*") if path.is_file()]

    assert "Traceback" in reported
    assert len(files) > 9
    assert "Zq9" not in reported
    assert not [path for path in files if b"Zq9" in path.read_bytes()]


def test_passwords_and_tokens_of_a_url_are_not_told(tmp_path: Path) -> None:
    url = "http://me:Zq9@127.0.0.1:9/data/a.zip?token=Zq9"

    with pytest.raises(DownloadError) as caught:
        download(url, tmp_path, retries=0)

    assert shown(url) == "http://127.0.0.1:9/data/a.zip"
    assert str(caught.value) == "http://127.0.0.1:9/data/a.zip cannot be reached"
