from pathlib import Path

import pytest

from harness.data import DataFolder
from harness.errors import UnknownNameError
from harness.planning.asked_tasks import expand_suites
from harness.planning.task_names import registered_name
from harness.plugins import registry
from harness.plugins.registration import register_task
from harness.plugins.typed_names import find_name
from harness.results.notices import Notice
from harness.training.corpus_reader import CorpusReader
from harness.training.options import TrainingOptions

_OTHERS_TRAIN = (
    "STS-B",
    "SICK-R",
    "STSBenchmark",
    "sts benchmark",
    "stsbenchmark-sts",
    "SICKRelatedness",
)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("STS12", "sts12"),
        ("sts 12", "sts12"),
        ("STS2016", "sts16"),
        ("sts16-sts", "sts16"),
        ("MR", "mr"),
        ("SST-2", "sst2"),
        ("SICK_E", "sick-e"),
        ("SICKEntailment", "sick-e"),
        ("STSBenchmark-dev", "stsb-dev"),
        ("STS-B dev", "stsb-dev"),
        ("SICK-R trained", "sickr-trained"),
        ("STS17 ar-ar", "sts17:ar-ar"),
        ("Transfer", "transfer"),
        ("STS_Multilingual", "sts-multilingual"),
    ],
)
def test_a_name_of_papers_or_senteval_means_a_registered_one(typed: str, name: str) -> None:
    assert registered_name(typed) == name


@pytest.mark.parametrize("typed", _OTHERS_TRAIN)
def test_a_name_under_which_senteval_trains_says_what_is_scored(typed: str) -> None:
    name = "stsb-test" if "b" in typed.lower() else "sickr-test"
    trained = name.replace("test", "trained")
    with pytest.warns(Notice, match=f"means {name}, by cosine .* {trained} is SentEval's"):
        assert registered_name(typed) == name


def test_every_registered_name_means_itself_in_any_case() -> None:
    for name in [*registry.tasks.names(), *registry.suites.names()]:
        assert registered_name(name) == registered_name(name.upper()) == name


@pytest.mark.filterwarnings("ignore::harness.results.notices.Notice")
def test_every_title_of_the_tables_means_its_task() -> None:
    for name in set(registry.tasks.names()) - {"pairs", "labels"}:  # named by their files
        assert registered_name(registry.tasks.load(name).factory.title) == name


def test_the_title_of_a_plug_in_means_its_task() -> None:
    class Own:
        title = "Own Data"
        family = "own"

        def __call__(self) -> None: ...

    register_task("mine-1", Own())  # type: ignore[arg-type]

    assert expand_suites(["own-data"]) == ["mine-1"]


def test_a_registered_name_comes_before_a_title() -> None:
    assert find_name("stsb", ["stsb", "stsb-test"], {"STS-B": "stsb-test"}) == "stsb"
    assert find_name("STS-B", ["stsb", "stsb-test"], {"STS-B": "stsb-test"}) == "stsb-test"
    assert find_name("STS-B", ["STS-B", "stsb-test"], {"STS-B": "stsb-test"}) == "STS-B"


def test_a_suggestion_begins_as_what_was_typed_before_other_letters_count() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown task 'SST'\. Did you mean 'sst2'"):
        expand_suites(["SST"])


def test_a_suggestion_ignores_case() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown task 'STDB-Test'\. Did you mean 'stsb-t"):
        expand_suites(["STDB-Test"])


def test_a_corpus_is_known_in_any_case(sample: DataFolder, tmp_path: Path) -> None:
    options = TrainingOptions(tmp_path)

    assert CorpusReader().read("STS_B", options, sample).name == "stsb"
