"""Text before each sentence, on both sides of pairs or on one, whatever the encoder."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from harness.data import DataFolder
from harness.encoder import Context, Embeddings, Encoder
from harness.encoders.methods.mean import MeanEncoder
from harness.encoders.transformer.pooled_encoder import PoolingSettings
from harness.encoding.encoding import encode_all
from harness.encoding.job import EncodingJob
from harness.encoding.prompted_texts import PromptedTexts
from harness.errors import PluginError, SettingError
from harness.evaluation.embedding import encode
from harness.evaluation.evaluation import evaluate
from harness.evaluation.report import Report
from harness.planning.planned_tasks import plan_tasks
from harness.results.notices import Notice
from harness.results.records.record import Record
from harness.task import Sides
from harness.tasks.sts.task import StsTask

PROMPTS = ("query: ", "passage: ")
TWO = {"prompt": PROMPTS[0], "second_prompt": PROMPTS[1]}


class Letters:
    """Counts letters; remembers what it was asked."""

    def __init__(self, name: str = "letters", dim: int = 26) -> None:
        self.name = name
        self.dim = dim
        self.seen: list[str] = []

    def encode(self, sentences: Sequence[str]) -> Embeddings:
        self.seen += sentences
        rows = [[s.count(chr(97 + letter)) for letter in range(self.dim)] for s in sentences]
        return np.array(rows, np.float32) + 1

    def fingerprint(self) -> str:
        return self.name


class Queries(Letters):
    """Embeds documents with another encoder."""

    def __init__(self, documents: object) -> None:
        super().__init__("queries")
        self.documents = documents

    def second_side(self) -> object:
        return self.documents


def score(encoder: Encoder | str, tasks: Sequence[str] = ("stsb-dev",), **more: object) -> Report:
    given = encoder if isinstance(encoder, str) else {"given": encoder}
    report = evaluate(given, tasks, data="sample", out=None, **more)  # type: ignore[arg-type]
    assert report.failures == []
    return report


def sides_of(task: str, sample: DataFolder) -> Sides:
    (planned,) = plan_tasks([task], sample, {})
    assert planned.sides is not None
    return planned.sides


def prompted(sides: Sides) -> list[str]:
    pairs = zip(PROMPTS, sides, strict=True)
    return sorted({prompt + each for prompt, side in pairs for each in side})


def test_each_text_of_both_sides_has_a_place_and_equal_ones_have_one() -> None:
    texts = PromptedTexts.of_sides(("a ", ""), ["x", "a x", "y"], Sides(["x", "y"], ["a x", "y"]))

    assert texts.distinct == ["a x", "a y", "y"]
    assert texts.first == {"x": 0, "y": 1}
    assert texts.second == {"a x": 0, "y": 2}


def test_without_prompts_texts_are_the_sentences_in_their_order() -> None:
    texts = PromptedTexts.of_sides(("", ""), ["b", "a", "b"], Sides(["a"], ["b"]))

    assert texts == PromptedTexts(["b", "a"], {"b": 0, "a": 1})


def test_each_side_is_encoded_once_behind_its_prompt(sample: DataFolder) -> None:
    encoder = Letters()
    score(encoder, ["stsb-dev", "mrpc", "mr"], settings=TWO)

    sides = [sides_of(task, sample) for task in ("stsb-dev", "mrpc", "mr")]
    both = Sides(*([each for side in part for each in side] for part in zip(*sides, strict=True)))
    checked = len(encoder.seen) - len(set(encoder.seen))  # that rows are in order
    assert sorted(set(encoder.seen)) == prompted(both)
    assert checked < 8


@pytest.mark.parametrize(("first", "second"), [("query: ", "query: "), ("", "passage: "), PROMPTS])
def test_scores_are_those_of_sentences_prefixed_by_hand(
    first: str, second: str, tiny_bert: Path, sample: DataFolder
) -> None:
    context = Context(model=str(tiny_bert), device="cpu")
    encoder = MeanEncoder(context, PoolingSettings())
    (planned,) = plan_tasks(["stsb-dev"], sample, {})
    sides = sides_of("stsb-dev", sample)
    u = encoder.encode([first + each for each in sides.first])
    v = encoder.encode([second + each for each in sides.second])
    cosines = np.sum(u * v, axis=1) / np.linalg.norm(u, axis=1) / np.linalg.norm(v, axis=1)
    gold = [gold for *_, gold in planned.task.scored_pairs]  # type: ignore[attr-defined]

    (record,) = score(f'mean:prompt="{first}",second_prompt="{second}"', context=context).records

    assert record.scores["spearman"]["all"] == pytest.approx(spearmanr(cosines, gold).statistic)
    items = record.items["all"] if "all" in record.items else next(iter(record.items.values()))
    np.testing.assert_allclose(items["system"], cosines, atol=1e-5)


def test_kept_vectors_are_the_encoder_s_own_found_by_the_prompted_text(tiny_bert: Path) -> None:
    context = Context(model=str(tiny_bert), device="cpu")

    def record_of(spec: str) -> Record:
        (record,) = score(spec, context=context).records
        return record

    one_prompt = record_of('mean:prompt="query: "')
    plain = record_of("mean")
    mixed = record_of('mean:second_prompt="query: "')

    assert one_prompt.fingerprint == plain.fingerprint == mixed.fingerprint
    assert plain.times["sentences_encoded"] > 0
    assert mixed.times["sentences_encoded"] == 0
    assert mixed.encoder == 'mean:second_prompt="query: "'
    assert (mixed.settings["second_prompt"], "prompt" in mixed.settings) == ("query: ", False)
    assert len({each.scores["pearson"]["all"] for each in (one_prompt, plain, mixed)}) == 3


def test_encoders_with_one_prompt_share_a_pass_and_others_do_not(tiny_bert: Path) -> None:
    labels = []
    specs = [f"{name}:prompt={prompt}" for prompt in ("a", "b") for name in ("mean", "cls")]
    evaluate(
        specs,
        ["stsb-dev"],
        data="sample",
        context=Context(model=str(tiny_bert), device="cpu"),
        out=None,
        on_progress=lambda label, done, total: labels.append(label),
    )

    passes = [label for label in dict.fromkeys(labels) if "," in label]
    assert passes == [
        "encoding mean:prompt=a, cls:prompt=a",
        "encoding mean:prompt=b, cls:prompt=b",
    ]


def test_an_encoder_may_have_another_one_for_second_sentences(sample: DataFolder) -> None:
    queries, documents = Queries(Letters("documents")), Letters("documents")
    queries.documents = documents
    (record,) = score(queries, settings=TWO).records

    sides = sides_of("stsb-dev", sample)
    assert {*queries.seen} == {PROMPTS[0] + each for each in sides.first}
    assert {*documents.seen} == {PROMPTS[1] + each for each in sides.second}
    assert record.times["sentences_encoded"] == len({*queries.seen}) + len({*documents.seen})
    assert record.fingerprint is not None
    assert "queries; second side: " in record.fingerprint
    alike = {"settings": {"prompt": PROMPTS[0], "second_prompt": PROMPTS[1]}}
    assert record.scores == score(Letters(), **alike).records[0].scores


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        (Letters("documents", dim=3), "must have one dimension for both sides, got 26 and 3"),
        (3, "second_side of 'given' must be an encoder, got int"),
    ],
)
def test_a_second_encoder_that_does_not_fit_fails_in_one_line(
    documents: object, message: str
) -> None:
    report = evaluate({"given": Queries(documents)}, ["stsb-dev"], data="sample", out=None)

    assert [message in each.reason for each in report.failures] == [True]


def test_a_task_that_knows_no_sides_has_the_first_prompt_for_all_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = score(Letters(), settings={"prompt": "query: "}).records[0].scores
    monkeypatch.setattr(StsTask, "sides", None)

    with pytest.warns(Notice, match="'stsb-dev' does not say which sentences stand second"):
        (record,) = score(Letters(), settings=TWO).records

    assert record.scores == expected


@pytest.mark.parametrize("sides", [Sides(["x"], []), Sides((), ("y",))])
def test_sides_that_are_not_the_sentences_are_refused(
    sides: Sides, monkeypatch: pytest.MonkeyPatch, sample: DataFolder
) -> None:
    monkeypatch.setattr(StsTask, "sides", sides)

    with pytest.raises(PluginError, match="sides of task 'stsb-dev' must have all its sentences"):
        plan_tasks(["stsb-dev"], sample, {})


def test_sentences_outside_pairs_have_the_first_prompt(tiny_bert: Path) -> None:
    context = Context(model=str(tiny_bert), device="cpu")
    by_hand = encode("mean", ["query: a man", "query: "], context=context)

    np.testing.assert_allclose(
        encode('mean:prompt="query: "', ["a man", ""], context=context), by_hand
    )
    with pytest.raises(SettingError, match="second_prompt must be left out"):
        encode("mean", ["a man"], context=context, settings={"second_prompt": "passage: "})


def test_a_model_s_own_prompt_of_second_sentences_is_refused_outside_pairs() -> None:
    with pytest.raises(SettingError, match="second_prompt must be left out"):
        encode('sentence-transformers:model=minilm,second_prompt="passage: "', ["a man"])


def test_an_encoder_is_prepared_for_the_texts_that_it_will_see() -> None:
    prepared: list[str] = []
    encoder = Letters()
    encoder.prepare = prepared.extend  # type: ignore[attr-defined]
    job = EncodingJob("letters", encoder, prompts=("q: ", "q: "))
    encode_all([job], ["a", "b", "a"])

    assert prepared == encoder.seen == ["q: a", "q: b"]
    assert job.vectors is not None
    np.testing.assert_array_equal(job.vectors.of(["b"]), Letters().encode(["q: b"]))
