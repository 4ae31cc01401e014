import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from harness.cli.main import main
from harness.cli.terminal.lists import print_list
from harness.plugins import registry


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_every_encoder_is_listed_with_where_it_is_from() -> None:
    result = run("encoders", "list")

    assert result.exit_code == 0
    for name in registry.encoders.names():
        assert f"\n  {name} " in result.output
    assert "sentence-harness 0.1.0" in result.output


def test_an_encoder_that_cannot_be_imported_is_listed_with_the_reason(
    install_plugin: Callable[..., None],
) -> None:
    install_plugin("bad-dist", "import nowhere", module="bad", encoders={"bad": "bad:X"})

    result = run("encoders", "list")

    assert result.exit_code == 0
    assert "No module named 'nowhere'" in " ".join(result.output.split())
    assert "mean" in result.output


def test_an_encoder_is_shown_with_its_settings_and_their_sources() -> None:
    shown = " ".join(run("encoders", "show", "mean").output.split())

    assert shown.startswith("mean, from sentence-harness 0.1.0 The average of all token vectors")
    assert "layers" in shown
    assert shown.count("https://arxiv.org/abs/1908.10084") == 1


@pytest.mark.parametrize(("width", "lines"), [(60, 3), (120, 2)])
def test_a_narrow_terminal_has_the_lesser_cells_below(width: int, lines: int) -> None:
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=True, color_system=None)

    print_list(
        console,
        ("setting", "meaning", "type", "source"),
        [
            ("layers=last", "hidden states to average", "text", ""),
            ("k=1", "how many", "", "A (1)"),
        ],
    )

    shown = [line.rstrip() for line in file.getvalue().splitlines() if line.strip()]
    first = next(i for i, line in enumerate(shown) if "layers=last" in line)
    below = "\n".join(shown[first:])
    assert len(shown[first:]) == 2 * (lines - 1)
    assert re.search("hidden states to average +text" if width > 100 else "\n +text\n", below)
    assert max(map(len, shown)) <= width


def test_every_task_and_suite_is_listed() -> None:
    result = run("tasks", "list")

    for name in (*registry.tasks.names(), *registry.suites.names()):
        assert f"\n  {name} " in result.output


def test_a_task_is_shown_with_pairs_protocols_and_citation() -> None:
    lines = run("tasks", "show", "sts13").output.splitlines()

    assert lines[0] == "sts13: STS13"
    assert lines[2] == "Pairs: FNWN 189, headlines 750, OnWN 561"
    assert lines[3].startswith("Protocols: all, all pairs of a task at once; wmean, mean over")
    assert lines[4] == "Cite: Agirre et al. (2013), https://aclanthology.org/S13-1004"


def test_a_suite_is_shown_as_its_tasks() -> None:
    assert run("tasks", "show", "stsb").output == "stsb: stsb-dev, stsb-test\n"


@pytest.mark.parametrize("group", ["encoders", "tasks"])
def test_an_unknown_name_is_reported_with_what_is_known(group: str) -> None:
    result = run(group, "show", "nosuch")

    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: unknown {group[:-1]} 'nosuch'. Known: ")


def test_data_where_prints_the_folder(tmp_path: Path) -> None:
    assert run("data", "where", "--data", str(tmp_path)).output == f"{tmp_path.resolve()}\n"


def test_data_where_says_that_there_is_none() -> None:
    result = run("data", "where")

    assert result.exit_code == 1
    assert result.output.endswith("(does not exist)\n")


@pytest.mark.parametrize("options", [["--data", "nowhere"], []])
def test_data_where_names_the_folder_that_is_absent(
    monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    if not options:
        monkeypatch.setenv("HARNESS_DATA", "nowhere")

    output = run("data", "where", *options).output
    assert output == f"{Path('nowhere').resolve()} (does not exist)\n"


def test_the_sample_is_whole() -> None:
    assert run("data", "verify", "--data", "sample").exit_code == 0


def test_a_damaged_file_is_named_by_verify(tmp_path: Path) -> None:
    path = tmp_path / "STS/STSBenchmark/sts-dev.csv"
    path.parent.mkdir(parents=True)
    path.write_text("cut\n")

    result = run("data", "verify", "--data", str(tmp_path))

    assert result.exit_code == 1
    assert "sts-dev.csv:1: must have 7 or 9 tab-separated columns" in result.output


def test_doctor_says_versions_device_data_cache_and_model(tmp_path: Path) -> None:
    result = run("doctor", "--data", "sample", "--offline")
    shown = " ".join(result.output.split())

    assert result.exit_code == 0
    for word in ("torch", "numpy", "device", "cache", "minilm", "not asked (offline)"):
        assert word in shown
