"""One folder takes another's place; what the disk refuses costs nothing."""

from pathlib import Path

import pytest

from harness.checkpoints.replacement import put_in_place


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A new folder, the place of an old one, and where that is laid aside."""
    new, place, aside = (tmp_path / name for name in ("new", "place", "aside"))
    for folder, text in ((new, "new"), (place, "old")):
        folder.mkdir()
        (folder / "file").write_text(text)
    return new, place, aside


def test_a_new_folder_takes_the_old_one_s_place(folders: tuple[Path, Path, Path]) -> None:
    new, place, aside = folders

    put_in_place(new, place, aside)

    assert (place / "file").read_text() == "new"
    assert not new.exists()
    assert not aside.exists()


def test_an_old_folder_is_put_back_if_the_new_one_cannot_take_its_place(
    folders: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    new, place, aside = folders
    rename = Path.rename

    def refused(self: Path, target: Path) -> Path:
        if self == new:
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refused)

    with pytest.raises(OSError, match="No space left"):
        put_in_place(new, place, aside)

    assert (place / "file").read_text() == "old"
    assert not aside.exists()
