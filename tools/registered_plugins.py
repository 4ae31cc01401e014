"""A hook of mkdocs: fill docs/reference/registered.md from the registries."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from harness.plugins import registry
from harness.settings import setting_fields

_MARK = re.compile(r"<!-- registered (\w+) -->")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Replace each mark ``<!-- registered encoders -->`` by what is registered."""
    return _MARK.sub(lambda found: _SECTIONS[found[1]](), markdown)


def encoders() -> str:
    """List every encoder with its source and settings."""
    return "\n\n".join(_encoder(name) for name in registry.encoders.names())


def _encoder(name: str) -> str:
    plugin = registry.encoders.load(name)
    return f"### {name}\n\n{plugin.description}\n\n{_settings(plugin)}"


def tasks() -> str:
    """List every task, then the settings that groups of tasks share."""
    plugins = [registry.tasks.load(name) for name in registry.tasks.names()]
    rows = [
        (f"`{plugin.name}`", plugin.factory.title, plugin.summary, plugin.factory.citation)
        for plugin in plugins
    ]
    by_settings = {plugin.settings_type: plugin for plugin in plugins}
    lines = []
    for kind, one in by_settings.items():
        names = _names(plugin.name for plugin in plugins if plugin.settings_type is kind)
        lines.append(f"Settings of {names}:\n\n{_settings(one)}")
    return "\n\n".join([_table(("task", "title", "what it is", "cite"), rows), *lines])


def suites() -> str:
    """List the tasks of every suite."""
    names = registry.suites.names()
    rows = [(f"`{name}`", _names(registry.suites.load(name).factory)) for name in names]
    return _table(("suite", "tasks"), rows)


def corpora() -> str:
    """List every training text."""
    names = registry.corpora.names()
    rows = [(f"`{name}`", registry.corpora.load(name).summary) for name in names]
    return _table(("corpus", "what it is"), rows)


_SECTIONS = {"encoders": encoders, "tasks": tasks, "suites": suites, "corpora": corpora}


def _settings(plugin: "registry.Plugin[Any]") -> str:
    rows = [
        (f"`{field.name}`", field.type, f"`{field.default}`", field.help, field.source)
        for field in setting_fields(plugin.settings_type)
    ]
    head = ("setting", "type", "default", "meaning", "source")
    return _table(head, rows) if rows else "No settings."


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)
