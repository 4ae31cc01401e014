from collections.abc import Callable
from pathlib import Path

import pytest

from harness.data import DataFolder
from harness.encoder import Context
from harness.errors import PluginError, SettingError, UnknownNameError
from harness.planning.asked_tasks import expand_suites
from harness.planning.planned_encoders import plan_encoders
from harness.planning.planned_tasks import plan_tasks

FAULTY = '''
from harness import setting
from dataclasses import dataclass

@dataclass(frozen=True)
class Size:
    dim: int = setting(4, help="dimension")

class Raises:
    """Cannot be made."""
    Settings = Size
    def __init__(self, context, settings): raise KeyError("weights")

def no_encoder(context, settings):
    """Makes no encoder."""
    return 5
'''


def test_equal_specs_are_one_encoder() -> None:
    planned = plan_encoders(["mean", "mean:layers=last", "cls", "mean"], {})

    assert [one.spec for one in planned] == ["mean", "cls"]


def test_a_shared_setting_reaches_every_encoder_and_its_own_comes_first() -> None:
    planned = plan_encoders(["mean", "cls:layers=0"], {"layers": "last2"})

    assert [one.spec for one in planned] == ["mean:layers=last2", "cls:layers=0"]


def test_a_shared_setting_that_no_encoder_has_is_refused() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown setting 'layer' of mean, cls\. Did you"):
        plan_encoders(["mean", "cls"], {"layer": "2"})


def test_nothing_to_do_is_refused(sample: DataFolder) -> None:
    with pytest.raises(SettingError, match="encoders must be at least one, got none"):
        plan_encoders([], {})
    with pytest.raises(SettingError, match="tasks must be at least one, got none"):
        plan_tasks([], sample, {})


def test_a_suite_is_its_tasks_and_none_comes_twice() -> None:
    tasks = expand_suites(["stsb-test", "sts", "stsb"])

    assert tasks == [
        "stsb-test",
        "sts12",
        "sts13",
        "sts14",
        "sts15",
        "sts16",
        "sickr-test",
        "stsb-dev",
    ]


def test_an_unknown_task_is_answered_with_tasks_and_suites() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown task 'stsd'\. Did you mean 'sts'\?"):
        expand_suites(["stsd"])


def test_the_known_tasks_are_listed_without_their_tracks() -> None:
    with pytest.raises(UnknownNameError) as refusal:
        expand_suites(["nosuch"])

    assert " sts17, " in str(refusal.value)
    assert "sts17:" not in str(refusal.value)


def test_a_file_in_a_name_s_place_is_answered_with_the_option_that_takes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "answers.toml").touch()
    (tmp_path / "a b.csv").touch()
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SettingError, match=r"'answers': .* add --plugin answers\.toml"):
        expand_suites(["answers"])
    with pytest.raises(SettingError, match=r"got the file 'answers\.toml': put --plugin before"):
        expand_suites(["answers.toml"])
    with pytest.raises(
        SettingError, match=r"got the file 'a b\.csv': put --pairs or --labels befo"
    ):
        plan_encoders(["a b.csv,split=topic"], {})


def test_an_unknown_task_setting_is_refused(sample: DataFolder) -> None:
    with pytest.raises(UnknownNameError, match="unknown setting 'kendal' of these tasks"):
        plan_tasks(["stsb"], sample, {"kendal": "true"})


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("raises", "encoder 'raises' cannot be made: KeyError: 'weights'"),
        ("nothing", "encoder 'nothing' must have a method encode, int has none"),
    ],
)
def test_a_factory_that_fails_is_named(
    install_plugin: Callable[..., None], name: str, message: str
) -> None:
    install_plugin(
        "faulty-dist",
        FAULTY,
        module="faulty",
        encoders={"raises": "faulty:Raises", "nothing": "faulty:no_encoder"},
    )
    (planned,) = plan_encoders([name], {})

    with pytest.raises(PluginError) as caught:
        planned.make(Context())

    assert str(caught.value) == message


def test_the_data_checksum_is_of_all_files(sample: DataFolder) -> None:
    dev, test = plan_tasks(["stsb"], sample, {})

    assert len(dev.data_checksum) == 64
    assert dev.data_checksum != test.data_checksum
