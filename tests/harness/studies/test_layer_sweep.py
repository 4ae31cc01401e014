from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.main import main
from harness.data import DataFolder
from harness.encoder import Context
from harness.encoders.transformer.backbone import Backbone
from harness.errors import SettingError
from harness.evaluation.evaluation import evaluate
from harness.evaluation.run_options import RunOptions
from harness.results.records.store import ResultStore
from harness.results.tables.layer_grid import layer_grids
from harness.studies.sweep_axes import layer_axes, parse_layer_list
from harness.studies.sweeps import run_sweep


def test_every_cell_is_what_an_evaluation_of_its_encoder_gives(
    context: Context, sample: DataFolder
) -> None:
    options = RunOptions(sample, context, out=None, cache=False)
    swept = run_sweep(layer_axes("all", ("cls", "mean", "max"), context), ["stsb-test"], options)
    (grid,) = layer_grids(swept.scores, metric=None, protocol="all")

    assert (grid.rows, grid.columns) == (("0", "1", "2", "3"), ("cls", "mean", "max"))
    assert grid.values[0][0] is None  # the embedding of [CLS] is the same in every sentence
    for spec, value in (("mean:layers=0", grid.values[0][1]), ("max", grid.values[3][2])):
        report = evaluate(
            [spec], ["stsb-test"], data="sample", context=context, out=None, cache=False
        )
        assert value == report.records[0].scores["spearman"]["all"]


def test_the_whole_sweep_is_one_encoding_pass(
    context: Context, sample: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed: list[str] = []
    original = Backbone.tokenize

    def tokenize(self: Backbone, sentences: Sequence[str]) -> list[list[int]]:
        passed.extend(sentences)
        return original(self, sentences)

    monkeypatch.setattr(Backbone, "tokenize", tokenize)
    run_sweep(
        layer_axes("0-3", ("mean", "max"), context),
        ["stsb-test"],
        RunOptions(sample, context, out=None, cache=False),
    )

    assert passed
    assert len(passed) == len(set(passed))


def test_settings_of_a_pooling_are_kept_beside_its_layer(
    context: Context, sample: DataFolder
) -> None:
    swept = run_sweep(
        layer_axes("3", ("random:pooling=max",), context),
        ["stsb-test"],
        RunOptions(sample, context, out=None, cache=False),
    )

    (grid,) = layer_grids(swept.scores, metric=None, protocol="all")
    assert swept.scores.records[0].settings["pooling"] == "max"
    assert grid.columns == ("random:pooling=max",)


@pytest.mark.parametrize(
    ("text", "layers"),
    [("all", (0, 1, 2, 3)), ("0, 2-3", (0, 2, 3)), ("-1,3,1", (3, 1))],
)
def test_layers_are_indices_and_ranges(text: str, layers: tuple[int, ...]) -> None:
    assert parse_layer_list(text, 3) == layers


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("4", "layers must be 0 to 3 for this model, got 4"),
        ("-5", "layers must be 0 to 3 for this model, got -5"),
        ("1-9", "layers must be 0 to 3 for this model, got 9"),
        ("0-900000000000000", "layers must be 0 to 3 for this model, got 900000000000000"),
        ("3-1", "a range of layers must run upwards, got '3-1'"),
        ("0, 2-1", "a range of layers must run upwards, got '2-1'"),
        ("-3-2", "layers must be all, or a list such as 0,3-6,-1, got '-3-2'"),
        ("1,,2", "layers must be all, or a list such as 0,3-6,-1, got '1,,2'"),
        ("last2", "layers must be all, or a list such as 0,3-6,-1, got 'last2'"),
        ("\u0661", "layers must be all, or a list such as 0,3-6,-1, got"),
        ("", "layers must be all, or a list such as 0,3-6,-1, got ''"),
    ],
)
def test_layers_that_the_model_lacks_are_refused(text: str, problem: str) -> None:
    with pytest.raises(SettingError, match=problem):
        parse_layer_list(text, 3)


def test_a_pooling_without_layers_is_refused(context: Context) -> None:
    with pytest.raises(SettingError, match="such as cls, mean or max, got 'bow'"):
        layer_axes("all", ["mean", "bow"], context)


def test_sweep_prints_tables_draws_maps_and_keeps_records(tiny_bert: Path, tmp_path: Path) -> None:
    arguments = ["sweep", "--model", str(tiny_bert), "--data", "sample", "--out", str(tmp_path)]

    result = CliRunner().invoke(main, [*arguments, "--layers", "0,3", "--pooling", "cls,mean"])

    lines = result.stdout.splitlines()
    assert result.exit_code == 0, result.output
    assert lines[0].startswith("STS-B dev by layer and pooling: Spearman × 100, protocol all")
    assert next(line.split()[:2] for line in lines if line[:1] == "0") == ["0", "–"]
    assert (
        "– cls:layers=0 on stsb-dev: STS-B dev: all similarities of split dev are equal" in lines
    )
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == [
        f"sweep-tiny-bert-stsb-{split}.{suffix}"
        for split in ("dev", "test")
        for suffix in ("png", "svg")
    ]
    assert len(ResultStore(tmp_path).read()) == 6
