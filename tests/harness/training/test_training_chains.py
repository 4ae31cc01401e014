"""Encoders that start from another encoder's trained weights."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from harness.data import DataFolder
from harness.encoder import Context
from harness.evaluation.evaluation import evaluate
from harness.evaluation.report import Report
from harness.training.options import TrainingOptions

FIRST = "max_steps=2;batch_size=8"
CHAIN = f"consert-sup-unsup:max_steps=2,batch_size=8,learning_rate=0.001,base=sbert:{FIRST}"

Train = Callable[..., Report]


@pytest.fixture
def trained() -> list[str]:
    """Which encoders were trained, in order."""
    return []


@pytest.fixture
def train(tiny_bert: Path, sample: DataFolder, trained: list[str], tmp_path: Path) -> Train:
    def note(label: str, step: int, *_: object) -> None:
        if step == 1 and label not in trained[-1:]:
            trained.append(label)

    def run(specs: Sequence[str], **more: object) -> Report:
        options = TrainingOptions(tmp_path / "checkpoints", on_step=note, **more)  # type: ignore[arg-type]
        context = Context(model=str(tiny_bert), device="cpu")
        report = evaluate(
            specs, ["stsb-dev"], data=sample, context=context, out=None, training=options
        )
        assert not report.failures
        return report

    return run


def test_a_chain_trains_its_base_first_and_then_itself(train: Train, trained: list[str]) -> None:
    train([CHAIN])

    assert [label.partition(":")[0] for label in trained] == ["sbert", "consert-sup-unsup"]


def test_the_base_s_checkpoint_serves_every_encoder_that_names_it(
    train: Train, trained: list[str]
) -> None:
    train([CHAIN])
    trained.clear()

    train(
        [
            f"sbert:{FIRST.replace(';', ',')}",
            CHAIN,
            f"simcse:max_steps=2,batch_size=8,base=sbert:{FIRST}",
        ]
    )

    assert [label.partition(":")[0] for label in trained] == ["simcse"]


def test_the_record_of_a_chain_says_how_its_base_was_trained(
    train: Train, tiny_bert: Path
) -> None:
    (record,) = train([CHAIN]).records

    assert record.training is not None
    assert record.training.corpus == "sts"
    assert record.training.base is not None
    assert record.training.base.corpus == "nli"
    assert record.model == str(tiny_bert)
    assert record.trained_on_this_task


def test_text_of_the_base_counts_as_training_text(train: Train, tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text("".join(f"sentence number {i}\n" for i in range(20)))

    (record,) = train(
        ["simcse:max_steps=2,batch_size=8,base=consert:max_steps=2;batch_size=8"], text=text
    ).records

    assert record.training is not None
    assert record.training.corpus == "text.txt"
    assert record.training.base is not None
    assert record.training.base.corpus == "sts"  # the file is the last stage's alone
    assert record.trained_on_this_task


def test_a_chain_starts_where_its_base_ended(
    train: Train, tmp_path: Path, sample: DataFolder
) -> None:
    # one step at a negligible learning rate leaves the base's weights all but alone
    still = "max_steps=1,batch_size=8,learning_rate=1e-12"
    base = f"consert:{FIRST};learning_rate=0.01"
    specs = [base.replace(";", ","), f"consert:{still},base={base}", f"consert:{still}"]

    scores = [record.items for record in train(specs).records]

    (split,) = scores[0]
    of_base, of_chain, of_model = (np.array(items[split]["system"]) for items in scores)
    np.testing.assert_allclose(of_chain, of_base, atol=1e-6)
    assert np.abs(of_model - of_base).max() > 1e-3


def test_a_base_that_is_not_trained_is_refused(
    tiny_bert: Path, sample: DataFolder, tmp_path: Path
) -> None:
    report = evaluate(
        ["consert:base=mean"],
        ["stsb-dev"],
        data=sample,
        context=Context(model=str(tiny_bert), device="cpu"),
        out=None,
        training=TrainingOptions(tmp_path),
    )

    assert [failure.reason for failure in report.failures] == [
        "base must be a trainable encoder, 'mean' is none"
    ]


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        (
            "consert-joint:batch_size=64",
            "batch_size must be at most the 60 labelled pairs of training text 'nli', got 64: set",
        ),
        ("consert-joint:batchsize=4", "unknown setting 'batchsize' of "),
        ("consert-joint", "encoder 'consert-joint' is not trained for"),
    ],
)
def test_an_error_of_the_first_stage_says_whose_it_is_and_where_that_is_set(
    base: str, expected: str, tiny_bert: Path, sample: DataFolder, tmp_path: Path
) -> None:
    report = evaluate(
        [f"consert-joint-unsup:base={base}"],
        ["stsb-dev"],
        data=sample,
        context=Context(model=str(tiny_bert), device="cpu"),
        out=None,
        training=TrainingOptions(tmp_path / "checkpoints", train=base != "consert-joint"),
    )

    (failure,) = report.failures
    stage = f"first stage {base!r} (its settings: base='consert-joint:NAME=VALUE;...'): "
    assert failure.reason.startswith(stage + expected)
    assert "\n" not in failure.reason


def test_a_limit_takes_that_many_sentences_at_random(train: Train) -> None:
    (record,) = train(["consert:max_steps=2,batch_size=8"], limit=10).records

    assert record.training is not None
    assert record.training.sentences == 10
    assert record.training.corpus == "sts[10]"
    assert record.trained_on_this_task
