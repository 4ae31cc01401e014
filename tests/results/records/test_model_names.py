from collections.abc import Callable
from pathlib import Path

import pytest

from harness.encoder import Context
from harness.encoders.adapters.sentence_transformers import SentenceTransformerSettings
from harness.results.records.matching import match_records
from harness.results.records.model_names import model_name
from harness.results.records.record import Record
from harness.results.records.selection import select_records
from harness.results.records.store import ResultStore

SPELLINGS = ("x", "./x", "x/", "./x/", "x/.", "../work/x", "{here}/x", "{here}//x/", "~/x", "~/x/")


@pytest.fixture
def spellings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ways to write the folder x, which is in the working folder."""
    monkeypatch.setenv("HOME", str(Path.cwd()))
    Path("x").mkdir()
    return [spelling.format(here=Path.cwd()) for spelling in SPELLINGS]


def test_every_spelling_of_a_folder_is_one_model(spellings: list[str]) -> None:
    assert {model_name(spelling) for spelling in spellings} == {"x"}
    assert {Context(model=spelling).model for spelling in spellings} == {"x"}
    assert {SentenceTransformerSettings(model=s).model for s in spellings} == {"x"}


def test_a_folder_elsewhere_has_the_name_from_the_root(tmp_path: Path) -> None:
    (tmp_path / "models" / "x").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "models")

    names = {model_name(f"{start}/x") for start in ("../models", tmp_path / "models", "../link")}

    assert names == {str(tmp_path / "models" / "x")}


@pytest.mark.parametrize("name", ["minilm", "bert-base-uncased", "org/model", "", "./nowhere/"])
def test_what_is_no_folder_keeps_its_name(name: str) -> None:
    assert model_name(name) == name


def test_a_folder_called_as_the_package_is_not_taken_for_it() -> None:
    Path("minilm").mkdir()

    assert {model_name(name) for name in ("./minilm", "minilm/")} == {"./minilm"}
    assert model_name("minilm") == "minilm"


def test_a_link_to_a_model_keeps_its_own_name() -> None:
    Path("x").mkdir()
    Path("current").symlink_to("x")

    assert model_name("./current") == "current"


def test_results_of_one_model_stay_one_row_and_one_file(
    spellings: list[str], make_record: Callable[..., Record], tmp_path: Path
) -> None:
    store = ResultStore(tmp_path / "runs")
    for spelling in spellings:
        store.add(make_record(model=spelling))

    (found,) = store.read()

    assert found.model == "x"


def test_a_filter_takes_any_spelling_of_its_model(
    spellings: list[str], make_record: Callable[..., Record]
) -> None:
    Path("y").mkdir()
    records = [make_record(model="x"), make_record(model="y")]

    for spelling in spellings:
        assert select_records(records, model=spelling) == records[:1]
        (matched,) = match_records(records, [f"mean@{spelling}"], []).values()
        assert matched == records[:1]


def test_a_record_that_spells_its_model_otherwise_is_read_as_of_the_same(
    spellings: list[str], make_record: Callable[..., Record]
) -> None:
    written = make_record(model="x").model_dump_json()

    for spelling in spellings:
        assert Record.model_validate_json(written.replace('"x"', f'"{spelling}"')).model == "x"
