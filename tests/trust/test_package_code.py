"""What counts as the code of an installed plug-in, and what is kept when it is edited."""

import importlib
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest

from harness.encoder import Context
from harness.evaluation.embedding import encode
from harness.keys.checkpoints import checkpoint_key
from harness.keys.vectors import vector_key
from harness.planning.planned_encoders import plan_encoders
from harness.plugins import registry
from harness.plugins.package_code import code_checksum

ENCODER = "letters_pkg.encoder"
FILES = {
    "letters_pkg/__init__.py": "",
    "letters_pkg/encoder.py": "import letters_pkg.maths",
    "letters_pkg/maths.py": "one = 1",
    "letters_pkg/later/__init__.py": "",
    "letters_pkg/later/needed.py": "two = 2",
}
LETTERS = '''
import numpy as np

class Letters:
    """Count letters."""
    def __init__(self, context, settings): ...
    def fingerprint(self):
        return "letters"
    def encode(self, sentences):
        return np.array([[len(s), 1] for s in sentences], np.float32)
'''

Load = Callable[..., str]


def forget(package: str) -> None:
    """Make the next import read the files, as a new process does."""
    for name in [name for name in sys.modules if f"{name}.".startswith(f"{package}.")]:
        del sys.modules[name]
    importlib.invalidate_caches()


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Write files, import a module anew, and return its code's checksum."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def checksum(files: Mapping[str, str], name: str = ENCODER, folder: str = "site") -> str:
        for place, text in files.items():
            path = tmp_path / folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        monkeypatch.syspath_prepend(tmp_path / folder)
        forget(name.partition(".")[0])
        importlib.import_module(name)
        return code_checksum(name)

    yield checksum
    forget("letters_pkg")


@pytest.mark.parametrize(
    "edit",
    [
        {"letters_pkg/maths.py": "one = 2"},
        {"letters_pkg/later/needed.py": "two = 3"},
        {"letters_pkg/new.py": ""},
    ],
    ids=["imported", "not imported yet", "new"],
)
def test_every_module_of_the_package_counts(load: Load, edit: Mapping[str, str]) -> None:
    before = load(FILES)

    assert load(edit) != before


def test_names_count(load: Load) -> None:
    swapped = {"letters_pkg/a.py": "1", "letters_pkg/b.py": "2"}
    before = load({**FILES, **swapped})

    assert load({"letters_pkg/a.py": "2", "letters_pkg/b.py": "1"}) != before


def test_neither_the_place_nor_other_files_count(load: Load) -> None:
    before = load(FILES)

    assert load(FILES, folder="elsewhere") == before
    assert load({"letters_pkg/notes.txt": "x", "other.py": ""}, folder="elsewhere") == before


def test_of_a_module_outside_all_packages_its_file_alone_counts(load: Load) -> None:
    before = load({"letters_alone.py": "one = 1"}, "letters_alone")

    assert load({"beside.py": ""}, "letters_alone") == before
    assert load({"letters_alone.py": "one = 2"}, "letters_alone") != before


def test_of_a_namespace_package_the_outermost_plain_folder_counts(load: Load) -> None:
    files = {f"letters_space/{place}": "" for place in ("ours/__init__.py", "ours/a/b.py")}
    before = load(files, "letters_space.ours")

    assert before
    assert load({"letters_space/theirs/x.py": "1"}, "letters_space.ours") == before
    assert load({"letters_space/ours/a/b.py": "1"}, "letters_space.ours") != before


def test_a_zip_archive_has_no_checksum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "site.zip", "w") as archive:
        archive.writestr("letters_zipped/__init__.py", "")
    monkeypatch.syspath_prepend(tmp_path / "site.zip")
    importlib.import_module("letters_zipped")

    assert code_checksum("letters_zipped") == ""


def test_an_edit_counts_once_it_is_loaded(load: Load, tmp_path: Path) -> None:
    before = load(FILES)
    (tmp_path / "site/letters_pkg/maths.py").write_text("one = 'edited'")
    still = code_checksum(ENCODER)
    importlib.import_module("letters_pkg.later.needed")
    more = code_checksum(ENCODER)
    importlib.reload(sys.modules["letters_pkg.maths"])

    assert before == still == more
    assert code_checksum(ENCODER) != before


def test_the_built_in_encoders_share_the_checksum_of_their_package() -> None:
    codes = {registry.encoders.load(name).code for name in ("bow", "mean", "wk")}

    assert codes == {code_checksum("harness.encoders")}
    assert "" not in codes


def test_checkpoints_do_not_depend_on_it() -> None:
    (planned,) = plan_encoders(["whitening"], {})
    edited = replace(planned, code="edited")
    trained = Mock(base_fingerprint=lambda: "base", source=Mock(describe=dict))
    text = Mock(checksum="text")
    keys = [checkpoint_key(one, trained, Context("m"), text) for one in (planned, edited)]

    encoder = Mock(spec=["encode", "fingerprint"], fingerprint=lambda: "weights")
    assert vector_key(encoder, planned) != vector_key(encoder, edited)
    assert keys[0].digest == keys[1].digest


def test_encode_finds_no_vectors_of_a_plug_in_that_was_edited_since(
    install_plugin: Callable[..., None], tmp_path: Path
) -> None:
    install_plugin(
        "letters-dist", LETTERS, module="letters_kept", encoders={"kept": "letters_kept:Letters"}
    )
    before = encode("kept", ["one"])
    path = tmp_path / "site-letters-dist/letters_kept.py"
    path.write_text(LETTERS.replace("[len(s), 1]", "[len(s), 22]"))
    forget("letters_kept")
    after = encode("kept", ["one"])

    assert (before.tolist(), after.tolist()) == ([[3, 1]], [[3, 22]])
