"""Test sentences are found in training text, whatever the text is called."""

from pathlib import Path

import pytest

from harness.corpus import Corpus, LabelledPair
from harness.data import DataFolder, open_data
from harness.encoder import Context
from harness.evaluation.evaluation import evaluate
from harness.planning.planned_tasks import plan_tasks
from harness.results.records.record import Record
from harness.tasks.corpora.fetched import NLI
from harness.tasks.corpora.task_text import STSB_TEXT
from harness.training import leakage
from harness.training.leakage import TaskTexts
from harness.training.options import TrainingOptions

TASKS = TaskTexts(
    {
        "twentieth": ["A man is playing.", *map(str, range(19)), "18"],
        "less": ["a man is playing", *map(str, range(20))],
        "no words": ["?", "..."],
    }.items()
)


@pytest.mark.parametrize(
    "corpus",
    [
        Corpus("sentences", ("a man is playing .", "of nothing")),
        Corpus("pairs", pairs=(LabelledPair("of nothing", "a man is playing .", 0),)),
        Corpus("paraphrases", paraphrases=(("a man is playing .", "there plays a man ."),)),
    ],
)
def test_a_task_is_in_a_text_that_holds_a_twentieth_of_its_sentences(corpus: Corpus) -> None:
    assert TASKS.within(corpus) == ("twentieth",)


def test_sentences_without_words_are_not_looked_for() -> None:
    assert TASKS.within(Corpus("text", ("! ! !",))) == ()


def test_a_text_is_searched_once_whatever_number_of_seeds_trains_on_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folded: list[str] = []
    monkeypatch.setattr(leakage, "_fold", lambda sentence: folded.append(sentence) or sentence)
    texts, corpus = TaskTexts([("one", ["of nothing"])]), Corpus("text", ("of nothing",))

    found = [texts.within(each) for each in (corpus, corpus, Corpus("other", ("of all",)))]

    assert found == [("one",), ("one",), ()]
    assert folded == ["of nothing", "of nothing", "of all"]


def score_bt(tiny_bert: Path, data: DataFolder, text: Path, tmp_path: Path) -> Record:
    report = evaluate(
        ["bt:max_steps=1,head_width=8,batch_size=4"],
        ["stsb-test"],
        data=data,
        context=Context(model=str(tiny_bert), device="cpu"),
        out=None,
        training=TrainingOptions(tmp_path / "checkpoints", text=text),
    )
    assert not report.failures
    return report.records[0]


def test_a_file_of_one_s_own_is_searched_for_the_test_text(
    tiny_bert: Path, sample: DataFolder, tmp_path: Path
) -> None:
    (planned,) = plan_tasks(["stsb-test"], sample, {})
    own, other = tmp_path / "own.tsv", tmp_path / "other.tsv"
    own.write_text("".join(f"{s}\tsaid again\n" for s in planned.task.sentences), "utf-8")
    other.write_text("".join(f"number {i}\tsaid again\n" for i in range(9)), "utf-8")

    assert score_bt(tiny_bert, sample, own, tmp_path).trained_on_this_task
    assert not score_bt(tiny_bert, sample, other, tmp_path).trained_on_this_task


@pytest.mark.real
def test_sts_b_is_made_of_the_other_tasks_text(shared: Path) -> None:
    if not (shared / "data/senteval").is_dir():
        pytest.skip("no real data beside the checkout")
    data = open_data(shared / "data")
    made_of = {"sts12", "sts13", "sts14", "sts15", "sts16", "sts17", "sts17:en-en"}
    made_of |= {"stsb-trained", "sickr-test", "sickr-trained", "sick-e", "mrpc"}
    planned = plan_tasks([*made_of, "sts17:es-es", "subj", "trec"], data, {})

    texts = TaskTexts((task.name, task.task.sentences) for task in planned)

    assert set(texts.within(STSB_TEXT(data))) == made_of
    assert set(texts.within(NLI(data))) == {"sts17:en-en"}


def test_a_task_that_comes_twice_is_looked_for_with_the_sentences_of_both() -> None:
    texts = TaskTexts([("own", ["of nothing"]), ("own", ["a man is playing"])])

    assert texts.within(Corpus("text", ("a man is playing .",))) == ("own",)
