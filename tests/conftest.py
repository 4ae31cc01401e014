"""Fixtures of the whole suite: tiny models, the sample data, plug-ins made on the spot."""

import os
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest
import torch

os.environ["HF_HUB_OFFLINE"] = "1"  # before transformers is imported: no test asks a network

from transformers import BertConfig, BertModel, BertTokenizer

from harness import plugin_files, registration
from harness.data import DataFolder, open_data

CHECKOUT = Path(__file__).resolve().parents[1]

InstallPlugin: TypeAlias = Callable[..., None]


@pytest.fixture(autouse=True)
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a cache, a data folder, a working folder and plug-ins of its own."""
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("HARNESS_DATA", raising=False)
    monkeypatch.delenv("HARNESS_PLUGINS", raising=False)
    monkeypatch.setattr(plugin_files, "_files", {})
    nothing: dict[str, dict[str, object]] = {registration.ENCODERS: {}, registration.TASKS: {}}
    monkeypatch.setattr(registration, "_registered", nothing)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "user"))
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
def tiny_bert(tmp_path_factory: pytest.TempPathFactory, sample: DataFolder) -> Path:
    """A random three-layer BERT, with a tokenizer that knows the sample's commonest words."""
    folder: Path = tmp_path_factory.mktemp("models") / "tiny-bert"
    tokenizer = BertTokenizer({word: i for i, word in enumerate(_vocabulary(sample.root))})
    tokenizer.model_max_length = 64
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.5,  # at the usual 0.02 all sentences are nearly alike
    )
    BertModel(config).save_pretrained(folder)
    return folder


def _vocabulary(root: Path) -> list[str]:
    words: Counter[str] = Counter()
    for path in root.glob("senteval/downstream/STS/*/STS.input.*.txt"):
        words.update(path.read_text("utf-8").lower().split())
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = [*letters, *(f"##{letter}" for letter in letters)]
    common = [word for word, _ in words.most_common(400)]
    return list(dict.fromkeys([*special, *pieces, *common]))


@pytest.fixture
def install_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InstallPlugin:
    """Return a function that installs a distribution of one module for this test."""

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

    return install
