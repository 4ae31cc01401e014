from pathlib import Path

import pytest

from harness.cli.terminal.links import print_written


def test_a_terminal_links_to_the_written_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "my report.html"
    path.write_text("page")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    print_written(path)
    shown = capsys.readouterr().err

    assert f";{path.as_uri()}\x1b\\{path}" in shown
    assert shown.count(path.as_uri()) == 3  # two hyperlinks, one of them spelt out


def test_a_plain_terminal_shows_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.html"
    path.write_text("page")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("TERM", "dumb")
    print_written(path)

    assert capsys.readouterr().err == f"wrote {path}\n{path.as_uri()}\n"


def test_what_is_no_terminal_gets_the_path_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    print_written(tmp_path / "report.html", " (note)")

    assert capsys.readouterr().err == f"wrote {tmp_path / 'report.html'} (note)\n"
