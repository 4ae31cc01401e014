import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli.main import main
from harness.data import DataFolder
from harness.encoder import Context
from harness.errors import HarnessError
from harness.evaluation.run_options import RunOptions
from harness.results.records.space_record import read_spaces, space_folder
from harness.studies.spaces import analyse


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_an_analysis_is_reported_and_kept(context: Context, sample: DataFolder) -> None:
    found = analyse(["mean", "cls"], ["stsb"], RunOptions(sample, context))

    assert [(space.encoder, space.task) for space in found.spaces] == [
        ("mean", "stsb-dev"),
        ("mean", "stsb-test"),
        ("cls", "stsb-dev"),
        ("cls", "stsb-test"),
    ]
    assert found.failures == []
    assert sorted(space.file_name for space in read_spaces(Path("runs"))) == sorted(
        space.file_name for space in found.spaces
    )
    assert {space.space.sentences for space in found.spaces} == {32}
    assert len(found.records) == 4


def test_a_space_in_which_nothing_can_be_scored_is_still_analysed(
    context: Context, sample: DataFolder
) -> None:
    options = RunOptions(sample, context)
    found = analyse(["cls:layers=0"], ["stsb-test"], options)  # always the same vector

    (space,) = found.spaces
    assert space.model == context.model
    assert space.fingerprint
    assert space.space.anisotropy == pytest.approx(1.0)
    assert [failure.task for failure in found.failures] == ["stsb-test"]


def test_an_encoder_without_a_transformer_has_no_model(sample: DataFolder) -> None:
    found = analyse(["tfidf"], ["stsb-test"], RunOptions(sample, Context(device="cpu")))

    assert [(space.model, space.name) for space in found.spaces] == [(None, "tfidf (seed 0)")]


def test_a_task_without_pairs_is_refused(context: Context, sample: DataFolder) -> None:
    with pytest.raises(HarnessError, match="needs tasks of scored pairs, got 'mr'"):
        analyse(["mean"], ["mr"], RunOptions(sample, context))


def test_the_command_prints_tables_or_json_and_draws(tiny_bert: Path) -> None:
    common = ("analyse", "mean", "cls", "--model", str(tiny_bert), "--data", "sample")

    shown, reported = run(*common), run(*common, "--json")

    assert shown.exit_code == reported.exit_code == 0
    assert "Embedding space: STS-B, 32 sentences, SAMPLE DATA" in shown.stdout
    spaces = json.loads(reported.stdout)["spaces"]
    assert [space["encoder"] for space in spaces] == ["mean", "cls"]
    assert -1 <= spaces[0]["space"]["anisotropy"] <= 1
    for suffix in ("png", "svg"):
        assert Path(f"runs/figures/space-{tiny_bert.name}-stsb-test.{suffix}").is_file()


def test_what_fails_is_reported_and_ends_with_1(tiny_bert: Path) -> None:
    result = run("analyse", "cls:layers=0", "--model", str(tiny_bert), "--data", "sample")

    assert result.exit_code == 1
    assert "Error: cls:layers=0 on stsb-test: " in result.stderr
    assert "1.000" in result.stdout


def test_a_report_has_a_section_of_the_analyses(context: Context, sample: DataFolder) -> None:
    analyse(["mean"], ["stsb-test"], RunOptions(sample, context))

    markdown = run("report", "--format", "markdown").stdout
    run("report", "--format", "html")

    page = Path("runs/report.html").read_text(encoding="utf-8")
    assert "**Embedding space: STS-B, 32 sentences, SAMPLE DATA**" in markdown
    assert '<section id="spaces"' in page
    assert 'src="data:image/png;base64,' in page
    assert "Embedding space" not in run("report", "--model", "another").stdout


def test_an_analysis_whose_place_is_taken_is_named_and_the_others_are_kept(
    context: Context, sample: DataFolder
) -> None:
    options = RunOptions(sample, context)
    (space,) = analyse(["mean"], ["stsb-test"], options).spaces
    place = space_folder(Path("runs")) / space.file_name
    place.unlink()
    os.mkfifo(place)

    found = analyse(["mean", "cls"], ["stsb-test"], options)

    assert [(one.encoder, one.task) for one in found.failures] == [("mean", "stsb-test")]
    assert "cannot be read: Not a plain file" in found.failures[0].reason
    assert place.is_fifo()
    assert (place.parent / found.spaces[1].file_name).is_file()
