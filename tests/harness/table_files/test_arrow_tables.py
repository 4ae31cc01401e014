"""Parquet files and data sets: read as their text would be, without foreign code."""

import gzip
import hashlib
import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from harness.errors import BadDataError, HarnessError, MissingDataError
from harness.table_files import data_sets, parquet
from harness.table_files.columns import FIRST, SCORE, SECOND, choose_columns
from harness.table_files.table_files import read_tables

pa = pytest.importorskip("pyarrow", reason="the extra parquet is not installed")
pq = pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed")

COLUMNS: Mapping[str, Sequence[Any]] = {
    "sentence1": ["a, b", 'c "d"'],
    "sentence2": ["e\u2028f", "g"],
    "score": [1.5, 4.0],
    "tokens": [[1], [2]],
}


def parquet_file(folder: Path, columns: Mapping[str, Sequence[Any]]) -> Path:
    path = folder / "a.parquet"
    pq.write_table(pa.table(dict(columns)), path)
    return path


def test_parquet_is_read(tmp_path: Path) -> None:
    path = parquet_file(tmp_path, COLUMNS)

    table = read_tables(path)[""]

    assert table.columns == ("sentence1", "sentence2", "score")
    assert list(table.rows) == [("a, b", "e\u2028f", 1.5), ('c "d"', "g", 4.0)]
    assert table.files[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(BadDataError, match=r"a\.parquet: row 1, column 'tokens' must be text or"):
        table.text(0, "tokens")


def test_decimals_are_numbers(tmp_path: Path) -> None:
    scores = [Decimal("1.50"), None, Decimal("-2.00")]

    table = read_tables(parquet_file(tmp_path, {"score": scores}))[""]

    assert list(table.rows) == [(1.5,), (None,), (-2.0,)]


def test_packed_parquet_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "a.bin.gz"
    path.write_bytes(gzip.compress(parquet_file(tmp_path, COLUMNS).read_bytes()))

    assert read_tables(path)[""].form == "Parquet"


def test_bad_parquet_is_refused(tmp_path: Path) -> None:
    path = parquet_file(tmp_path, COLUMNS)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BadDataError, match=r"a\.parquet: must be a whole Parquet file, got "):
        read_tables(path)

    with pytest.raises(BadDataError, match="must have at least one row, got none below columns a"):
        read_tables(parquet_file(tmp_path, {"a": []}))

    pq.write_table(pa.table([pa.array(["x"]), pa.array(["y"])], names=["a", "a"]), path)
    with pytest.raises(BadDataError, match="must name each column once, got 'a' twice"):
        read_tables(path)

    broken = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xff")]
    )
    pq.write_table(pa.table({"a": broken}), path)
    with pytest.raises(BadDataError, match="column 'a' must be utf-8, got byte 0xff"):
        read_tables(path)


@pytest.mark.parametrize(
    ("module", "place", "cure"),
    [
        (parquet, "a.parquet", r"needs the package pyarrow: pip .*\[parquet\]"),
        (data_sets, "hf:a/b", r"needs the package datasets: pip .*\[datasets\]"),
    ],
)
def test_without_the_package_the_cure_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType, place: str, cure: str
) -> None:
    monkeypatch.chdir(tmp_path)
    parquet_file(tmp_path, COLUMNS)
    monkeypatch.setattr(module, "find_spec", lambda _name: None)

    with pytest.raises(HarnessError, match=cure):
        read_tables(place)


@pytest.fixture
def datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    if importlib.util.find_spec("datasets") is None:
        pytest.skip("the extra datasets is not installed")
    datasets = importlib.import_module("datasets")

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    return datasets


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a file left open
def test_folder_of_files_is_a_data_set_with_parts(tmp_path: Path, datasets: ModuleType) -> None:
    folder = tmp_path / "pairs"
    folder.mkdir()
    text = "sentence1,sentence2,score\na,b,1.5\n"
    (folder / "train.csv").write_text(text)
    (folder / "test.csv").write_text(text.replace("1.5", "2.5"))

    tables = read_tables(f"hf:{folder}")
    (folder / "test.csv").write_text(text.replace("1.5", "3.5"))
    changed = read_tables(f"hf:{folder}")

    test = tables["test"]
    assert choose_columns(test, (FIRST, SECOND, SCORE)) == ("sentence1", "sentence2", "score")
    assert (test.number(0, "score"), changed["test"].number(0, "score")) == (2.5, 3.5)
    assert test.files[0].name == "hf:pairs/test"
    assert tables["train"].files == changed["train"].files
    assert test.files != changed["test"].files


def test_saved_data_set_gives_its_classes_names(tmp_path: Path, datasets: ModuleType) -> None:
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["no", "yes"])}
    )
    rows = {"text": ["a", "b", "c"], "label": [1, 0, -1]}
    datasets.Dataset.from_dict(rows, features=features).save_to_disk(tmp_path / "set")

    table = read_tables(f"hf:{tmp_path / 'set'}")["train"]

    assert [table.label(row, "label") for row in range(3)] == ["yes", "no", None]
    assert table.number(0, "label") == 1


def test_folder_with_a_loading_script_runs_no_code(tmp_path: Path, datasets: ModuleType) -> None:
    folder = tmp_path / "evil"
    folder.mkdir()
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")

    with pytest.raises(MissingDataError, match=r"^data set hf:\S+evil cannot be loaded: .+$"):
        read_tables(f"hf:{folder}")

    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("place", ["hf:nowhere", "hf:a/b@c@d", "hf:", "hf:/no/such/folder"])
def test_what_is_no_data_set_is_refused(datasets: ModuleType, place: str) -> None:
    with pytest.raises(MissingDataError, match=r"must be hf:OWNER/NAME\[/CONFIG\]\[@REVISION\]"):
        read_tables(place)


def test_commit_of_the_hub_is_part_of_the_name() -> None:
    urls = {f"hf://datasets/a/b@{'0f' * 20}/x.parquet": {"num_bytes": 1}}
    part = SimpleNamespace(info=SimpleNamespace(download_checksums=urls))

    assert data_sets._pinned("a/b/c@main", {"test": part}) == f"a/b/c@{'0f' * 20}"
