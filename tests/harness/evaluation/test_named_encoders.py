import json
from pathlib import Path

import pytest

from harness.encoder import Context
from harness.evaluation import scoring
from harness.evaluation.evaluation import evaluate
from harness.recipes.tiny_model import make_tiny_bert
from harness.results.records.record import Record
from harness.results.records.store import ResultStore
from harness.settings import Spec

PAIRS = Spec("pairs", {"file": "pairs.tsv"})
OLD_FILE = "mean_layers=last2-minilm-stsb-test-145724dfa844.json"


@pytest.fixture(scope="module")
def other_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_bert(tmp_path_factory.mktemp("models") / "other-bert", layers=2)


def old_record(name: str = "") -> Record:
    return Record(
        encoder="mean:layers=last2",
        name=name,
        model="minilm",
        seed=None,
        task="stsb-test",
        title="STS-B",
        family="sts",
        data="sample",
        scores={"spearman": {"all": 0.5}},
        dim=4,
        fingerprint="f",
        data_checksum="a" * 64,
    )


def test_a_record_lies_where_earlier_versions_put_it_whatever_its_name() -> None:
    store = ResultStore(Path("runs"))

    assert store.path(old_record()).name == OLD_FILE
    assert store.path(old_record("base")).name == OLD_FILE


def test_a_record_without_a_name_is_written_as_before() -> None:
    assert "name" not in json.loads(old_record().model_dump_json())
    assert json.loads(old_record("base").model_dump_json())["name"] == "base"


def test_several_models_give_the_records_of_single_runs(
    tiny_bert: Path, other_bert: Path, passes: list[int]
) -> None:
    models = [str(tiny_bert), str(other_bert)]
    Path("pairs.tsv").write_text("a man\tdogs run\t1\na cat\tthe cat\t5\na man\ta man\t2\n")

    def scored(encoders: list[str], **options: object) -> dict[tuple[str, str | None], str]:
        report = evaluate(encoders, PAIRS, cache=False, **options)  # type: ignore[arg-type]
        assert not report.failures
        return {(r.encoder, r.model): str(r.fingerprint) for r in report.records}

    together = scored(["base=mean", "cls", "bow"], models=models, out="runs")
    sentences = sum(passes)
    alone = [scored(["mean", "cls"], context=Context(model=model), out=None) for model in models]
    files = {path.name for path in Path("runs").glob("*.json")}
    own = scored([f"mean@{models[0]}", f"cls@{models[1]}"], out="runs")

    assert {key: value for one in alone for key, value in one.items()}.items() <= together.items()
    assert len(together) == 5  # bow, which reads none, once
    assert sum(passes) - sentences == 2 * sentences
    assert own.items() <= together.items()
    assert {path.name for path in Path("runs").glob("*.json")} == files


def test_a_slow_record_is_used_again_under_the_newest_name(
    tiny_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "git_revision", lambda: "of a release")
    context = Context(model=str(tiny_bert))
    (measured,) = evaluate("mean", "cr", data="sample", context=context).records

    (again,) = evaluate({"base": "mean"}, "cr", data="sample", context=context).records

    assert ResultStore(Path("runs")).read() == [again]
    assert again == measured.model_copy(update={"name": "base"})


def test_an_encoder_that_reads_no_transformer_refuses_a_model() -> None:
    report = evaluate(["bow@minilm"], "stsb-dev", data="sample", out=None)

    (failure,) = report.failures
    assert failure.reason == "encoder 'bow' reads no transformer: leave out '@minilm'"
