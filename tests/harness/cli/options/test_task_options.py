from pathlib import Path

import click
import pytest
from click.shell_completion import CompletionItem
from click.testing import CliRunner

from harness.cli.options.shared import PluginName
from harness.cli.options.tasks import OwnFile, tasks_option, tasks_or_files
from harness.errors import SettingError
from harness.planning.asked_tasks import file_spec
from harness.settings import Spec


def asked(*arguments: str) -> list[str | Spec]:
    """The tasks that a command receives."""
    received: list[str | Spec] = []

    @click.command()
    @tasks_or_files(tasks_option("sts"))
    @click.option("--other")
    def command(*, tasks: list[str | Spec], other: str | None) -> None:
        received.extend(tasks)

    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return received


def test_a_value_with_an_equals_sign_is_one_spec_whatever_its_commas() -> None:
    tasks = asked("-t", "mr,cr", "-t", "pairs:file=a,b.tsv,columns=x,y", "--other", "1")

    assert tasks == ["mr", "cr", "pairs:file=a,b.tsv,columns=x,y"]


def test_files_take_the_place_of_the_default_tasks_and_join_those_that_are_named() -> None:
    pairs, labels = Spec("pairs", {"file": "a.tsv"}), Spec("labels", {"file": "b.tsv"})

    assert asked() == ["sts"]
    assert asked("--pairs", "a.tsv") == [pairs]
    assert asked("--labels", "b.tsv", "--pairs", "a.tsv", "-t", "mr") == ["mr", pairs, labels]
    assert asked("--pairs", "a.tsv", "--pairs", "b.tsv") == [pairs, Spec("pairs", labels.settings)]


def test_a_file_has_settings_behind_its_name() -> None:
    spec = file_spec("pairs", "hf:me/reviews@v1,columns=q,a,grade,name=mine")

    assert spec.settings == {
        "file": "hf:me/reviews@v1",
        "columns": "q,a,grade",
        "name": "mine",
    }


@pytest.mark.parametrize("name", ["my reviews.tsv", "a,b.tsv", "v=2.tsv", "a,b=c.tsv", "C:x,y=1"])
def test_a_file_that_exists_is_meant_whatever_its_name(name: str) -> None:
    Path(name).write_text("x")

    assert file_spec("pairs", name).settings == {"file": name}
    assert file_spec("pairs", f"{name},split=genre").settings == {"file": name, "split": "genre"}


@pytest.mark.parametrize("text", ["", " ", ",columns=a"])
def test_a_file_must_be_named(text: str) -> None:
    with pytest.raises(SettingError, match="--pairs must name a file, got") as caught:
        file_spec("pairs", text)

    assert repr(text) in str(caught.value)


def test_an_option_names_one_file() -> None:
    with pytest.raises(SettingError, match="--pairs must name one file, got 'a,file=b': repeat"):
        file_spec("pairs", "a,file=b")


def test_the_shell_offers_files_for_files_and_names_for_tasks() -> None:
    context = click.Context(click.Command("eval"))
    option = click.Option(["--tasks"])

    def offered(kind: click.ParamType[str] | OwnFile, text: str) -> list[CompletionItem]:
        return kind.shell_complete(context, option, text)

    (files,) = offered(OwnFile("pairs"), "rev")
    names = [item.value for item in offered(PluginName("task"), "mr,stsb-tes")]

    assert (files.value, files.type) == ("rev", "file")
    assert names == ["mr,stsb-test"]
    assert [item.value for item in offered(PluginName("task"), "mr:classifier=s")] == [
        "mr:classifier=senteval",
        "mr:classifier=senteval-fast",
        "mr:classifier=sklearn",
    ]
