"""The checksum of code is that of what was imported, with the modules beside it."""

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from harness.data import checksum
from harness.encoder import Context
from harness.encoders.adapters.callable import CallableEncoder, CallableSettings
from harness.plugins import imported_source
from harness.plugins.files import load_plugin
from harness.plugins.imported_modules import code_beside
from harness.plugins.imported_source import imported_checksum, is_installed
from harness.plugins.package_code import code_checksum
from harness.plugins.registration import source_of
from harness.plugins.registry import encoders

ENCODER = """
import numpy as np
{imports}
class Counts:
    "Counts letters."
    def __init__(self, *given): pass
    def encode(self, sentences):
        return np.array([[len(s) {edit}, s.count("e")] for s in sentences], np.float32)
    def fingerprint(self): return "counts"
READY = Counts()
"""
SCORE = """
import sys; sys.path.insert(0, ".")
{before}
import harness
{after}
(record,) = harness.evaluate({encoder}, "stsb-dev", data="sample", out=None).records
print(record.score("spearman", "all"), int(record.times["sentences_encoded"] > 0))
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose modules can be imported, and are forgotten afterwards."""
    known = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path
    for name in sys.modules.keys() - known:
        del sys.modules[name]


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    importlib.invalidate_caches()


def run(*, before: str = "", after: str = "", encoder: str) -> list[float]:
    """Score in a process of its own; return the score, and whether anything was encoded."""
    source = SCORE.format(before=before, after=after, encoder=encoder)
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [float(word) for word in done.stdout.split()]


def imported(module: ModuleType) -> str:
    return imported_checksum(module.__name__, Path(str(module.__file__)))


EDIT = (
    "from pathlib import Path; file = Path('counts.py');"
    " file.write_text(file.read_text().replace('len(s) ,', 'len(s) ** 3,'))"
)


@pytest.mark.parametrize(
    ("imports", "encoder"),
    [
        ({"before": f"import counts; {EDIT}"}, "{'counts': counts.Counts()}"),
        ({"after": f"import counts; {EDIT}"}, "'mteb:object=counts:READY'"),
    ],
    ids=["object", "mteb"],
)
def test_code_that_was_edited_once_imported_is_not_taken_for_the_edited_one(
    imports: dict[str, str], encoder: str
) -> None:
    write(Path("counts.py"), ENCODER.format(imports="", edit=""))
    stale, _ = run(**imports, encoder=encoder)

    found, was_encoded = run(after="import counts", encoder=encoder)
    again = run(after="import counts", encoder=encoder)

    assert found != stale
    assert was_encoded
    assert again == [found, 0]


def test_a_module_s_checksum_stays_that_of_what_was_imported_until_it_is_reloaded(
    site: Path,
) -> None:
    write(site / "edited_beside.py", "one = 1")
    module = importlib.import_module("edited_beside")
    before = imported(module)
    write(site / "edited_beside.py", "one = 2")
    still = imported(module)
    importlib.reload(module)

    assert before == still != imported(module)


def test_a_package_that_was_edited_before_it_was_first_asked_for_counts_as_imported(
    site: Path,
) -> None:
    write(site / "edited_package/__init__.py", "one = 1")
    importlib.import_module("edited_package")
    before = code_checksum("edited_package")
    for name in ("first_edited", "edited_package"):
        sys.modules.pop(name, None)
    importlib.import_module("edited_package")
    write(site / "edited_package/__init__.py", "one = 2")

    assert code_checksum("edited_package") == before


def test_a_class_is_named_by_the_source_that_was_imported(site: Path) -> None:
    write(site / "edited_class.py", "class One: pass")
    one = importlib.import_module("edited_class").One
    before = source_of(one)
    write(site / "edited_class.py", "class One: pass  # edited")

    assert source_of(one) == before
    assert source_of(one()).origin == before.origin


def test_of_what_was_imported_unseen_only_a_file_from_before_the_process_is_known(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(site / "unseen_module.py", "one = 1")
    module = importlib.import_module("unseen_module")
    expected = imported(module)
    monkeypatch.delitem(imported_source._noted, "unseen_module")
    unknown = [imported(module), imported(module)]
    monkeypatch.setattr(imported_source, "_STARTED", (site / "unseen_module.py").stat().st_ctime)

    assert unknown[0] == unknown[1] != expected
    assert imported(module) == expected


def test_a_process_began_after_what_it_was_given_and_before_now() -> None:
    code = "from harness.plugins.imported_source import _STARTED; print(_STARTED)"
    Path("given").touch()
    command = [sys.executable, "-c", code]
    printed = subprocess.run(command, capture_output=True, text=True, check=True)

    written = Path("given").stat().st_ctime
    assert written <= float(printed.stdout) + 0.01
    assert float(printed.stdout) < written + 10


def test_an_installed_module_is_known_where_nobody_knows_when_the_process_began(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = Path(pytest.__file__)
    expected = imported_checksum("pytest", file)
    monkeypatch.setattr(imported_source, "_STARTED", 0.0)

    assert imported_checksum("pytest", file) == expected == checksum(file)

    monkeypatch.setattr(imported_source, "_WATCHED", file.stat().st_ctime - 1)
    assert imported_checksum("pytest", file) != expected


def test_installed_modules_are_known_as_such() -> None:
    assert is_installed(Path(os.__file__))
    assert is_installed(Path(pytest.__file__))
    assert not is_installed(Path(__file__))


@pytest.mark.parametrize(
    ("imports", "edited"),
    [
        ("import beside_one", "beside_one.py"),
        ("def later():\n    from beside_one import anything", "beside_one.py"),
        ("from beside_package import part", "beside_package/part.py"),
        ("from beside_package import part", "beside_package/__init__.py"),
        ("import beside_package.part as p", "beside_package/deep.py"),
    ],
)
def test_modules_beside_a_plug_in_file_are_part_of_its_code(
    site: Path, imports: str, edited: str
) -> None:
    for name in ("beside_one.py", "beside_package/__init__.py", "beside_package/deep.py"):
        write(site / name, "number = 1")
    write(site / "beside_package/part.py", "from .deep import number")
    write(site / "unrelated.py", "number = 1")
    write(site / "plugin.py", imports)

    def code(change: str = "", text: str = "number = 2") -> str:
        if change:
            write(site / change, text)
        for name in [name for name in sys.modules if name.startswith(("beside", "root_of"))]:
            del sys.modules[name]
        write(site / "root_of_plugin.py", imports)
        importlib.import_module("root_of_plugin")
        return code_beside("root_of_plugin")

    before = code()

    assert code("unrelated.py") == before != ""
    assert code(edited, f"{(site / edited).read_text()}  # edited") != before


def test_what_is_installed_or_the_harness_s_own_is_not_beside(site: Path) -> None:
    write(site / "plain_module.py", "import os, json.decoder, numpy.linalg, harness.encoder")
    importlib.import_module("plain_module")

    assert code_beside("plain_module") == ""


def test_an_edit_beside_a_plug_in_file_or_a_function_changes_its_code(site: Path) -> None:
    source = ENCODER.format(imports="import helper_beside, harness", edit="")
    write(site / "function.py", source)
    write(site / "file.py", f"{source}\nharness.register_encoder('counted', Counts)")
    write(site / "weights.bin", "")
    settings = CallableSettings(f"{site}/function.py:Counts", (f"{site}/weights.bin",))

    def marks(number: int) -> list[object]:
        write(site / "helper_beside.py", f"number = {number}")
        sys.modules.pop("helper_beside", None)
        importlib.import_module("helper_beside")
        function = CallableEncoder(Context(), settings)._code
        load_plugin(site / "file.py")
        return [encoders.load("counted").code, code_beside(function.module)]

    first, second = marks(1), marks(2)

    assert first[0]
    assert [one == other for one, other in zip(first, second, strict=True)] == [False, False]


def test_the_process_s_start_is_taken_as_unknown_where_the_system_does_not_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Path, "read_text", lambda *given: "nothing")

    assert imported_source._process_start() == 0.0
