from pathlib import Path

import pytest

from harness.errors import SettingError, UnknownNameError
from harness.planning.asked_tasks import expand_suites, read_tasks, take_tasks
from harness.settings import Spec


def test_a_spec_s_settings_belong_to_its_task_alone() -> None:
    specs = read_tasks(["mr:classifier=sklearn", "mr", "cr"])

    assert specs == [Spec("mr", {"classifier": "sklearn"}), Spec("mr"), Spec("cr")]


def test_a_task_with_a_colon_in_its_name_takes_settings_too() -> None:
    (spec,) = read_tasks(["sts17:en-en:similarity=dot,nan=zero"])

    assert spec == Spec("sts17:en-en", {"similarity": "dot", "nan": "zero"})


def test_a_name_with_settings_is_known_in_any_case() -> None:
    assert read_tasks(["STS12:similarity=dot"]) == [Spec("sts12", {"similarity": "dot"})]


def test_a_suite_s_settings_are_those_of_each_task_that_has_them() -> None:
    specs = read_tasks(["stsb:similarity=dot", "transfer:classifier=sklearn"])

    assert specs[:2] == [
        Spec("stsb-dev", {"similarity": "dot"}),
        Spec("stsb-test", {"similarity": "dot"}),
    ]
    assert {str(spec) for spec in specs[2:]} == {
        f"{name}:classifier=sklearn" for name in expand_suites(["transfer"])
    }


def test_a_setting_that_no_task_of_a_suite_has_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="unknown setting 'clasifier' of suite 'transfer'"):
        read_tasks(["transfer:clasifier=sklearn"])


def test_a_setting_without_a_value_is_refused() -> None:
    message = "setting similarity of task 'stsb-dev' must have a value, got none: leave it out"

    for task in ("stsb-dev:similarity=", Spec("stsb-dev", {"similarity": " "})):
        with pytest.raises(SettingError, match=message):
            read_tasks([task])


def test_what_is_no_setting_is_refused_as_such() -> None:
    with pytest.raises(SettingError, match="a setting must be name=value, got '3'"):
        read_tasks(["mr:3,classifier=sklearn"])


@pytest.mark.parametrize("task", ["mr=sklearn", "no-such:classifier=sklearn"])
def test_a_spec_of_no_task_is_answered_with_tasks(task: str) -> None:
    with pytest.raises(UnknownNameError, match="unknown task"):
        read_tasks([task])


def test_the_same_task_comes_once_and_with_other_settings_again() -> None:
    specs = read_tasks(
        ["stsb-dev", "stsb", "stsb-dev:nan=zero", Spec("stsb-dev", {"nan": "zero"})]
    )

    assert list(map(str, specs)) == ["stsb-dev", "stsb-test", "stsb-dev:nan=zero"]


def test_tasks_must_be_texts_or_specs() -> None:
    assert take_tasks(iter(["mr", Spec("cr")])) == ("mr", Spec("cr"))
    with pytest.raises(TypeError, match=r"tasks must be strings, number 1 is .* of type"):
        take_tasks([Path("mr")])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="tasks must be a list of strings, got one string"):
        take_tasks("mr")
