import click
import pytest
from click.testing import CliRunner

from harness.cli.options.settings import settings_measuring, task_setting_options
from harness.errors import PluginError
from harness.plugins import registry


def parameters(task: str, *names: str) -> list[click.Parameter]:
    @click.command
    @task_setting_options(task, *names)
    def command(**options: str | None) -> None:
        click.echo(str(options))

    return command.params


def test_an_option_of_eval_is_the_tasks_own_setting() -> None:
    (nan,) = parameters("stsb-test", "nan")

    assert nan.opts == ["--nan"]
    assert isinstance(nan.type, click.Choice)
    assert tuple(nan.type.choices) == ("fail", "zero")
    assert isinstance(nan, click.Option)
    assert nan.help is not None
    assert nan.help.endswith("[default: fail]")


def test_a_setting_that_is_not_given_is_left_to_the_task() -> None:
    @click.command
    @task_setting_options("mr", "classifier", "loss")
    def command(**options: str | None) -> None:
        click.echo(str(options))

    result = CliRunner().invoke(command, ["--loss", "sum"])

    assert result.stdout == "{'loss': 'sum', 'classifier': None}\n"


def test_a_task_that_cannot_be_loaded_has_no_options(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str, *, named_files: bool = True) -> None:
        raise PluginError(f"task {name!r} is registered twice")

    monkeypatch.setattr(registry.tasks, "load", load)

    assert parameters("mr", "loss") == []


def test_only_a_metric_that_is_optional_needs_a_setting() -> None:
    assert settings_measuring(["pearson", None, "kendall"]) == {"kendall": "true"}
