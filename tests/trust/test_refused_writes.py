"""A full disk, a folder that is a file: one clear line, nothing half-written, results kept."""

import resource
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.acquisition.back_translation import back_translate
from harness.acquisition.placement import _copy_atomically
from harness.errors import HarnessError
from harness.results.plots.style import save_figure

if TYPE_CHECKING:
    from tests.trust.conftest import Desk, MakeDesk


def full_at(target: str, call: int = 1) -> dict[str, Any]:
    return {"target": target, "fault": "disk full", "call": call}


def contents(folder: Path) -> dict[str, bytes]:
    """Every file but locks and half a day's scratch, by its place."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith("lock")
    }


def one_line(desk: "Desk") -> str:
    """What was told: one line, no traceback, none of the words that mean an unforeseen error."""
    lines = [line for line in desk.stderr.splitlines() if not line.startswith("training ")]
    assert len(lines) == 1, desk.stderr
    assert "--debug" not in lines[0]
    return lines[0]


def test_a_full_disk_met_by_the_cache_is_reported_with_the_cure(make_desk: "MakeDesk") -> None:
    desk = make_desk("full")
    command = desk.eval("mean", "cls", tasks="stsb")

    for call in (1, 2, 5):
        assert desk.run(*command, hooks=[full_at("os:fsync", call)]) == 1
        line = one_line(desk)
        assert line.startswith("Error: vectors cannot be kept in ")
        assert "(No space left on device): free some space, name another folder with H" in line
        assert desk.leftovers() == []

    assert desk.run(*command) == 0
    assert len(desk.records()) == 4


def test_a_full_disk_met_by_a_record_leaves_the_older_one(make_desk: "MakeDesk") -> None:
    desk = make_desk("full")
    command = desk.eval("mean", tasks="stsb")
    assert desk.run(*command) == 0
    before = contents(desk.out)

    status = desk.run(*command, hooks=[full_at("os:fsync")])

    assert status == 1
    assert one_line(desk).startswith("Error: records cannot be written to runs (No space left")
    assert contents(desk.out) == before


@pytest.mark.parametrize(
    "target", ["harness.encoders.fine_tuning.fine_tuned_encoder:save_transformer", "os:fsync"]
)
def test_a_full_disk_met_by_a_checkpoint_leaves_none_and_training_goes_on_later(
    target: str, make_desk: "MakeDesk"
) -> None:
    desk = make_desk("full")
    command = (*desk.train("sg"), "--head-width", "16", "--max-steps", "2", "--eval-steps", "9")

    status = desk.run(*command, hooks=[full_at(target, 2)])  # first come best weights or state

    assert status == 1
    assert "cannot be written" in one_line(desk)
    assert "No space left on device" in one_line(desk)
    assert not list(desk.out.glob("checkpoints/sg*"))
    assert desk.run(*command) == 0
    assert desk.leftovers() == []


@pytest.mark.parametrize("kilobytes", [1, 40, 120])
def test_files_that_may_not_grow_are_reported_whatever_library_writes_them(
    kilobytes: int, make_desk: "MakeDesk"
) -> None:
    desk = make_desk("limited")
    command = (*desk.train("sg"), "--head-width", "16", "--max-steps", "3", "--eval-steps", "2")
    size = (kilobytes * 1024, resource.RLIM_INFINITY)
    desk.limits = {"RLIMIT_FSIZE": size}

    status = desk.run(*command)
    desk.limits = {}

    assert status == 1
    assert "cannot" in one_line(desk)
    assert "allow larger files" in one_line(desk) or "free some space" in one_line(desk)
    assert not list(desk.out.glob("checkpoints/sg*"))
    assert desk.run(*command) == 0
    assert desk.leftovers() == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 192 kB, where this process may mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=192k", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this process may not mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_real_full_disk_is_reported_in_one_line_and_what_was_there_stays(
    make_desk: "MakeDesk", small_disk: Path
) -> None:
    desk = make_desk("small")
    command = (*desk.eval("mean", tasks="stsb,sts"), "--out", str(small_disk / "runs"))
    assert desk.run(*desk.eval("mean", tasks="stsb"), "--out", str(small_disk / "runs")) == 0
    with suppress(OSError), (small_disk / "ballast").open("wb", buffering=0) as file:
        while file.write(b"x" * 512):
            pass
    before = contents(small_disk)

    status = desk.run(*command)

    assert status == 1
    assert one_line(desk).startswith("Error: records cannot be written to ")
    assert contents(small_disk) == before
    (small_disk / "ballast").unlink()
    assert desk.run(*command) == 0


def test_an_output_folder_that_is_a_file_is_reported_before_anything_is_encoded(
    make_desk: "MakeDesk", tmp_path: Path
) -> None:
    desk, calls = make_desk("desk"), tmp_path / "calls"
    calls.touch()
    (desk.folder / "taken").write_text("a file")
    hook = {
        "target": "harness.encoders.transformer.backbone:Backbone.forward",
        "fault": "count",
        "path": str(calls),
    }

    command = (*desk.eval("mean", tasks="stsb"), "--out", "taken/runs")
    status = desk.run(*command, hooks=[hook])

    assert status == 1
    reported = (
        "Error: records cannot be written to taken/runs (Not a directory): name another folder"
    )
    assert one_line(desk).startswith(reported)
    assert calls.stat().st_size == 0


def test_a_cache_folder_that_is_a_file_is_reported(make_desk: "MakeDesk") -> None:
    desk = make_desk("desk")
    (desk.folder / "cache").write_text("a file")

    status = desk.run(*desk.eval("mean", tasks="stsb"))

    assert status == 1
    assert "vectors cannot be kept in " in one_line(desk)
    assert desk.run(*desk.eval("mean", tasks="stsb"), "--no-cache") == 0


def test_a_checkpoint_folder_that_is_a_file_is_reported(make_desk: "MakeDesk") -> None:
    desk = make_desk("desk")
    desk.out.mkdir()
    (desk.out / "checkpoints").write_text("a file")

    status = desk.run(*desk.eval("whitening:k=8", tasks="stsb"))

    assert status == 1
    assert "whitening:k=8: checkpoints cannot be kept in " in one_line(desk)
    assert one_line(desk).endswith(": name another folder with --records")


def test_a_disk_that_refuses_the_printed_table_costs_no_record(make_desk: "MakeDesk") -> None:
    desk = make_desk("desk")
    desk.stdout_file = "/dev/full"

    status = desk.run(*desk.eval("mean", tasks="stsb"))

    assert status == 1
    assert "(No space left on device): free some space; the same command" in one_line(desk)
    assert len(desk.records()) == 2


@pytest.mark.parametrize(
    ("train", "target", "expected"),
    [
        (
            False,
            "harness.results.records.store:ResultStore.open",
            "records cannot be written to runs ({}): {}",
        ),
        (False, "os:fsync", ": name another folder with HARNESS_CACHE, or use --no-cache"),
        (True, "pathlib:Path.mkdir", "checkpoints cannot be kept in runs/checkpoints/.t"),
        (True, "os:fsync", " ({}): {}"),
    ],
)
def test_a_read_only_disk_is_not_told_to_be_full(
    train: bool,
    target: str,
    expected: str,
    make_desk: "MakeDesk",
) -> None:
    desk = make_desk("read-only")
    small = ("--head-width", "16", "--max-steps", "2", "--eval-steps", "9")
    command = (*desk.train("sg"), *small) if train else desk.eval("mean", tasks="stsb")

    status = desk.run(*command, hooks=[{"target": target, "fault": "read-only disk"}])

    assert status == 1
    assert expected.format(
        "Read-only file system", "name another folder with --records"
    ) in one_line(desk)
    assert "space" not in one_line(desk)
    assert "Errno" not in one_line(desk)


def test_a_figure_that_does_not_fit_leaves_the_older_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matplotlib.figure import Figure

    path = tmp_path / "figure.svg"
    path.write_bytes(b"older")
    monkeypatch.setattr("os.fsync", fail)

    with pytest.raises(OSError, match="No space left"):
        save_figure(Figure(), path)

    assert contents(tmp_path) == {"figure.svg": b"older"}


def fail(*_: object) -> None:
    raise OSError(28, "No space left on device")


class Echo:
    """Translates a sentence to itself, and fails at a call."""

    def __init__(self, fail_at: int | None = None) -> None:
        self.calls, self.fail_at = 0, fail_at

    def translate(self, sentences: list[str], *, batch_size: int = 32) -> list[str]:
        self.calls += 1
        if self.calls == self.fail_at:
            fail()
        return list(sentences)


def test_back_translation_met_by_a_full_disk_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.acquisition.back_translation._CHUNK", 2)
    sentences = [f"sentence {number}" for number in range(6)]

    with pytest.raises(HarnessError, match=r"pairs cannot be written to .*free some space"):
        back_translate(sentences, Echo(3), Echo(), tmp_path / "pairs.tsv")
    again = Echo()
    count = back_translate(sentences, again, Echo(), tmp_path / "pairs.tsv")

    assert (count, again.calls) == (6, 1)


@pytest.mark.parametrize("refused", ["shutil.copyfileobj", "os.fsync"])
def test_a_file_is_never_absent_while_another_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    source, target = tmp_path / "files/new", tmp_path / "files/old"
    source.parent.mkdir()
    source.write_bytes(b"new")
    target.write_bytes(b"old")
    monkeypatch.setattr(refused, fail)

    with pytest.raises(OSError, match="No space left"):
        _copy_atomically(source, target)

    assert target.read_bytes() == b"old"
    assert len(list(source.parent.iterdir())) == 2
