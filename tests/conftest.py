"""Fixtures of the whole suite: tiny models, the sample data, plug-ins made on the spot."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import hypothesis
import numpy as np
import pytest
import torch

os.environ["HF_HUB_OFFLINE"] = "1"  # before transformers is imported: no test asks a network

from harness.data import DataFolder, open_data
from harness.encoder import Context, HiddenStates
from harness.encoders.transformer.backbone import Backbone
from harness.plugins import files as plugin_files
from harness.plugins import registration
from harness.recipes.tiny_model import make_tiny_bert
from harness.results.families import TITLES
from harness.results.records.record import FileRecord, Record
from harness.results.records.sealed import seal
from harness.results.records.store import ResultStore
from harness.results.records.training import TrainingRecord
from harness.results.statistics.protocols import protocol_scores

CHECKOUT = Path(__file__).resolve().parents[1]

InstallPlugin: TypeAlias = Callable[..., None]

# the same examples in every run, however slow the machine
hypothesis.settings.register_profile("fixed", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("fixed")

TERMINAL = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")


@pytest.fixture(scope="session", autouse=True)
def plain_terminal() -> Iterator[None]:
    """Let nothing that the environment says of the terminal count, in other processes too."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name in (*TERMINAL, "PYTHONIOENCODING"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("TERM", "xterm")
        yield


@pytest.fixture(autouse=True)
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a cache, a data folder, a working folder, plug-ins and random draws."""
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    for name in ("PLUGINS", "MODEL", "DATA", "OUT", "DEVICE", "DTYPE"):
        monkeypatch.delenv(f"HARNESS_{name}", raising=False)
    monkeypatch.setattr(plugin_files, "_files", {})
    nothing: dict[str, dict[str, object]] = {registration.ENCODERS: {}, registration.TASKS: {}}
    monkeypatch.setattr(registration, "_registered", nothing)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "user"))
    torch.manual_seed(0)  # whatever was drawn before
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)


@pytest.fixture(scope="session")
def sample() -> DataFolder:
    """The sample data that ships with the package."""
    return open_data("sample")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real data and golden files, where they lie beside the checkout."""
    folder = Path(os.environ.get("HARNESS_SHARED", CHECKOUT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"no folder {folder} with real data and golden files")
    return folder


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random three-layer BERT, with a tokenizer that knows the sample's commonest words."""
    return make_tiny_bert(tmp_path_factory.mktemp("models") / "tiny-bert", layers=3)


@pytest.fixture
def context(tiny_bert: Path) -> Context:
    """The tiny model on the CPU."""
    return Context(model=str(tiny_bert), device="cpu")


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of sentences in each forward pass of a transformer."""
    sizes: list[int] = []
    forward = Backbone.forward

    def counted(self: Backbone, tokens: Sequence[Sequence[int]]) -> HiddenStates:
        sizes.append(len(tokens))
        return forward(self, tokens)

    monkeypatch.setattr(Backbone, "forward", counted)
    return sizes


@pytest.fixture
def shrink_memory(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """A function after whose call a batch of more than 150 tokens is too large for memory."""
    forward = Backbone.forward

    def small_memory(self: Backbone, tokens: Sequence[Sequence[int]]) -> HiddenStates:
        if len(tokens) * len(tokens[0]) > 150:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return forward(self, tokens)

    return lambda: monkeypatch.setattr(Backbone, "forward", small_memory)


@pytest.fixture
def install_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InstallPlugin]:
    """Return a function that installs a distribution of one module for this test."""
    modules: list[str] = []

    def install(
        distribution: str, source: str, *, module: str, **groups: Mapping[str, str]
    ) -> None:
        """Install ``module`` and its entry points, each group's names to ``module:attribute``."""
        site = tmp_path / f"site-{distribution}"
        metadata = site / f"{distribution.replace('-', '_')}-1.0.dist-info"
        metadata.mkdir(parents=True)
        (site / f"{module}.py").write_text(source, "utf-8")
        (metadata / "METADATA").write_text(f"Name: {distribution}\nVersion: 1.0\n", "utf-8")
        points = [
            f"[harness.{group}]\n" + "".join(f"{name} = {at}\n" for name, at in names.items())
            for group, names in groups.items()
        ]
        (metadata / "entry_points.txt").write_text("\n".join(points), "utf-8")
        monkeypatch.syspath_prepend(site)
        modules.append(module)

    yield install
    for name in modules:
        sys.modules.pop(name, None)


@pytest.fixture(scope="session")
def make_record() -> Callable[..., Record]:
    """A record whose scores follow from its items: gold 0..5 plus noise of the given size."""

    def make(
        encoder: str = "mean",
        task: str = "stsb-test",
        *,
        noise: float = 1.0,
        pairs: int = 40,
        split_names: Sequence[str] = ("test",),
        random_state: int = 0,
        columns: Mapping[str, tuple[Sequence[float], Sequence[float]]] | None = None,
        trained_on: tuple[str, ...] | None = None,
        **fields: Any,
    ) -> Record:
        """Make it of `columns`, system and gold by split, or of drawn ones."""
        rng, gold_rng = np.random.default_rng(random_state), np.random.default_rng(len(task))
        drawn: dict[str, tuple[Sequence[float], Sequence[float]]] = {}
        for name in split_names:
            gold = gold_rng.integers(0, 26, pairs) / 5
            drawn[name] = ((gold / 5 + noise * rng.normal(size=pairs)).tolist(), gold.tolist())
        columns = columns or drawn
        scores = protocol_scores(list(columns.values()))
        training = TrainingRecord(
            corpus="text", corpus_sha256="c" * 64, sentences=9, tasks=trained_on or ()
        )
        given: dict[str, Any] = {
            "model": "tiny",
            "seed": None,
            "title": TITLES.get(task, task),
            "family": "sts",
            "data": "/data",
            "scores": {"spearman": scores if len(columns) > 1 else {"all": scores["all"]}},
            "splits": {name: {"pairs": len(gold)} for name, (_, gold) in columns.items()},
            "items": {
                name: {"system": list(system), "gold": list(gold)}
                for name, (system, gold) in columns.items()
            },
            "task_settings": {"similarity": "cosine"},
            "data_files": (
                FileRecord(name=f"{task}.txt", sha256=task.ljust(64, "0"), rows=pairs),
            ),
            "data_checksum": task.ljust(64, "1"),
            "training": None if trained_on is None else training,
            "dim": 4,
            "runtime": {"dtype": "fp32", "max_length": 64},
            "created": "2030-01-01T00:00:00+00:00",
        }
        return Record(encoder=encoder, task=task, **{**given, **fields})

    return make


@pytest.fixture(scope="session")
def write_records() -> Callable[[Path, Iterable[Record]], None]:
    """Put records into a folder, as an evaluation leaves them."""

    def write(folder: Path, records: Iterable[Record]) -> None:
        store = ResultStore(folder)
        for record in records:
            store.path(record).parent.mkdir(parents=True, exist_ok=True)
            store.path(record).write_bytes(seal(record.model_dump_json()))

    return write
