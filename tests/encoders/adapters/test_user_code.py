import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from harness.encoder import Context
from harness.encoders.adapters.callable import CallableEncoder, CallableSettings
from harness.encoders.adapters.user_code import find_user_code
from harness.errors import HarnessError
from harness.evaluation.evaluation import evaluate
from harness.plugins.function_encoder import FunctionEncoder, is_plain_function

LENGTHS = "def lengths(sentences): return [[len(s), 1] for s in sentences]\n"


def make(function: str, *files: str) -> CallableEncoder:
    return CallableEncoder(Context(), CallableSettings(function, files))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "code.py"
    file.write_text(LENGTHS)
    return file


@pytest.mark.parametrize(
    "returned",
    [
        "[[len(s), 1] for s in sentences]",
        "np.array([[len(s), 1] for s in sentences], 'float64')",
        "torch.tensor([[len(s), 1] for s in sentences], dtype=torch.bfloat16, requires_grad=True)",
        "[torch.tensor([len(s), 1]) for s in sentences]",
        "(np.array([len(s), 1]) for s in sentences)",
        "scipy.sparse.csr_array([[len(s), 1] for s in sentences])",
    ],
)
def test_a_function_may_return_lists_arrays_or_tensors(tmp_path: Path, returned: str) -> None:
    file = tmp_path / "code.py"
    file.write_text(f"import numpy as np, scipy, torch\ndef f(sentences): return {returned}")

    vectors = make(f"{file}:f").encode(("abc", "d"))

    assert vectors.tolist() == [[3, 1], [1, 1]]
    assert vectors.dtype == np.float32


def test_a_function_is_found_in_a_file_or_a_module_and_inside_a_class(
    path: Path, install_plugin: Callable[..., None]
) -> None:
    install_plugin(
        "dist",
        f"class A:\n    {LENGTHS.replace('def', '@staticmethod' + chr(10) + '    def')}",
        module="installed_code",
    )

    assert make(f"{path}:lengths").encode(["ab"]).tolist() == [[2, 1]]
    assert make("installed_code:A.lengths").encode(["ab"]).tolist() == [[2, 1]]


def test_a_file_reaches_its_neighbours_and_hides_no_installed_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "neighbour_of_code.py").write_text("NUMBER = 4.0")
    (tmp_path / "json.py").write_text("raise ImportError('hidden')")
    file = tmp_path / "code.py"
    file.write_text(
        "import json\ndef f(s):\n    from neighbour_of_code import NUMBER\n    return [[NUMBER]]"
    )
    monkeypatch.setattr(sys, "path", list(sys.path))

    assert make(f"{file}:f").encode(["a"]).tolist() == [[4]]
    assert sys.path[-1] == str(tmp_path)


def test_a_function_s_scores_are_those_of_its_vectors(path: Path) -> None:
    report = evaluate([f"callable:function={path}:lengths"], ["stsb-dev"], data="sample", out=None)

    assert report.failures == []
    assert report.records[0].runtime["code"] == f"{path}:lengths"
    assert len(report.records[0].runtime["code_sha256"]) == 64


def test_vectors_of_code_that_may_depend_on_anything_are_not_kept(path: Path) -> None:
    assert make(f"{path}:lengths").fingerprint() is None


def test_with_its_files_named_the_fingerprint_changes_with_code_and_files(
    path: Path, tmp_path: Path
) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "a.bin").write_bytes(b"1")

    def mark() -> str | None:
        return make(f"{path}:lengths", str(weights)).fingerprint()

    marks = [mark(), mark()]
    (weights / "a.bin").write_bytes(b"2")
    marks.append(mark())
    (weights / "b.bin").write_bytes(b"")
    marks.append(mark())
    path.write_text(LENGTHS.replace("1", "2"))  # as long as before, in the same second
    marks.append(mark())

    assert marks[0] == marks[1]
    assert None not in marks
    assert len(set(marks)) == 4


def test_files_in_linked_folders_count(path: Path, tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/a.bin").write_bytes(b"1")
    (tmp_path / "weights/inner").symlink_to(tmp_path / "elsewhere")
    before = make(f"{path}:lengths", f"{tmp_path}/weights").fingerprint()
    (tmp_path / "elsewhere/a.bin").write_bytes(b"2")

    assert make(f"{path}:lengths", f"{tmp_path}/weights").fingerprint() != before


def test_files_that_change_after_the_code_has_read_them_are_refused(
    path: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.bin").write_bytes(b"1")
    encoder = make(f"{path}:lengths", f"{tmp_path}/a.bin")
    (tmp_path / "a.bin").write_bytes(b"2")

    with pytest.raises(HarnessError, match=r"files .*a\.bin must stay as they are during a run"):
        encoder.fingerprint()


def test_a_fingerprint_names_no_path(path: Path, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"1")

    assert str(tmp_path) not in str(make(f"{path}:lengths", f"{tmp_path}/a.bin").fingerprint())


def test_code_can_tell_its_own_fingerprint(path: Path) -> None:
    path.write_text(f"{LENGTHS}lengths.fingerprint = lambda: 'weights 7'")

    assert "weights 7" in str(make(f"{path}:lengths").fingerprint())


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("", "callable needs its function: callable:function="),
        ("code", "code must be given as in callable:function="),
        ("code.py:", "code must be given as in callable:function="),
        ("nowhere.py:f", "module must be a Python file, found none at 'nowhere.py'"),
        ("nowhere_at_all:f", "module 'nowhere_at_all' cannot be imported: ModuleNotFoundError"),
        ("{path}:other", "must define 'other', as in callable:function="),
        ("{path}:__doc__", "must be a function, got NoneType"),
    ],
)
def test_a_function_that_is_not_there_is_reported(path: Path, function: str, message: str) -> None:
    with pytest.raises(HarnessError) as caught:
        make(function.format(path=path))

    assert message in str(caught.value)


def test_files_that_are_not_there_are_reported(path: Path) -> None:
    with pytest.raises(HarnessError, match="files must be files or folders that exist"):
        make(f"{path}:lengths", "nowhere.bin").fingerprint()


def test_code_of_one_name_in_two_folders_is_two_modules(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "code.py").write_text(f"VALUE = {name!r}")
        found.append(find_user_code(f"{tmp_path}/{name}/code.py:VALUE", example="").value)

    assert found == ["one", "two"]


def test_a_file_that_gets_another_folder_s_module_for_its_own_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "helper_of_both.py").write_text(f"VALUE = {name!r}")
        (tmp_path / name / "code.py").write_text("def f():\n    import helper_of_both")
        (tmp_path / name / "more.py").write_text("from helper_of_both import VALUE")
    find_user_code(f"{tmp_path}/one/code.py:f", example="")
    assert find_user_code(f"{tmp_path}/one/more.py:VALUE", example="").value == "one"

    with pytest.raises(
        HarnessError, match=r"its own module 'helper_of_both', got that of .*one: "
    ):
        find_user_code(f"{tmp_path}/two/code.py:f", example="")
    del sys.modules["helper_of_both"]


def test_a_module_in_another_folder_s_package_is_in_nobody_s_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    for name in ("package_of_parts/part.py", "own/part.py"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(f"VALUE = {name!r}")
    (tmp_path / "own/code.py").write_text("from package_of_parts.part import VALUE")

    found = find_user_code(f"{tmp_path}/own/code.py:VALUE", example="").value

    assert found == "package_of_parts/part.py"
    del sys.modules["package_of_parts.part"], sys.modules["package_of_parts"]


def test_a_function_at_hand_is_an_encoder_named_after_itself() -> None:
    def ones(sentences: list[str]) -> list[list[float]]:
        return [[1.0]] * len(sentences)

    encoder = FunctionEncoder(ones)

    assert encoder.encode(("a", "b")).tolist() == [[1], [1]]
    assert encoder.__name__ == "ones"


def test_a_plain_function_takes_sentences_alone() -> None:
    assert is_plain_function(lambda sentences, normalise=False: sentences)
    assert not is_plain_function(lambda context, settings: None)
    assert not is_plain_function(FunctionEncoder)
    assert not is_plain_function(FunctionEncoder(len))
    assert not is_plain_function("mean")
