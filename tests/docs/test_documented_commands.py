"""What README and docs tell the reader to type is what the command line takes; nothing is run."""

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import pytest

from harness.cli.main import main
from harness.errors import HarnessError

CHECKOUT = Path(__file__).resolve().parents[2]
PAGES = [CHECKOUT / "README.md", *sorted(CHECKOUT.glob("docs/**/*.md"))]
_SHELL_BLOCK = re.compile(r"(?ms)^ *```(?:bash|sh|shell|console)\b.*?\n(.*?)^ *```")
_ANY_BLOCK = re.compile(r"(?ms)^ *```.*?^ *```")
_INLINE = re.compile(r"`(harness [^`]+)`")
_VARIABLE = re.compile(r"^(\w+)=(\"[^\"]*\"|'[^']*'|\S*)(?:\s+#.*)?$")


def commands(page: str) -> Iterator[list[str]]:
    """Yield the arguments of every call of harness, in shell blocks and in ``code``."""
    values: dict[str, str] = {}
    for block in _SHELL_BLOCK.findall(page):
        for line in block.replace("\\\n", " ").splitlines():
            if found := _VARIABLE.match(line.strip()):
                values[found[1]] = found[2].strip("\"'")
            yield from _calls(re.sub(r"\$\{?(\w+)\}?", lambda v: values.get(v[1], v[0]), line))
    for span in _INLINE.findall(_ANY_BLOCK.sub("", page)):
        yield from _calls(" ".join(span.split()))


def _calls(line: str) -> Iterator[list[str]]:
    """Yield what follows the word harness in each command of a line: torchrun may stand before."""
    if not re.search(r"\bharness\b", line):
        return
    words = shlex.shlex(line, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    command: list[str] = []
    for word in [*words, ";"]:
        if not set(word) <= set("();<>|&"):
            command.append(word)
            continue
        if "harness" in command:
            yield command[command.index("harness") + 1 :]
        command = []


def check(
    command: click.Command, words: Sequence[str], parent: click.Context | None = None
) -> None:
    """Refuse words that the command does not take; neither callbacks nor files are touched."""
    context = click.Context(command, parent, command.name, **command.context_settings)
    values, rest, _ = command.make_parser(context).parse_args(list(words))
    for parameter in command.params:
        _check_value(context, parameter, values.get(parameter.name or ""))
    if isinstance(command, click.Group):
        if rest and not re.search(r"^\W+$|^[A-Z]+$", rest[0]):  # ... and ENCODER stand for any
            _, below, rest = command.resolve_command(context, rest)
            assert below is not None
            check(below, rest, context)
    elif rest:
        context.fail(f"unexpected {rest}")


def _check_value(context: click.Context, parameter: click.Parameter, value: object) -> None:
    """Refuse a value that is not of the parameter's type; ALL_CAPS and $NAMES stand for any."""
    several = value if isinstance(value, (list, tuple)) else [value]
    for one in several:
        if not isinstance(one, str) or re.match(r"[A-Z_]+$|\$|\.\.\.$", one):
            continue
        if not isinstance(parameter.type, (click.Path, click.File)):
            parameter.type.convert(one, parameter, context)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(CHECKOUT).as_posix())
def test_every_command_told_of_is_one_that_the_command_line_takes(page: Path) -> None:
    refused = []
    for words in commands(page.read_text("utf-8")):
        try:
            check(main, words)
        except click.UsageError as error:
            refused.append(f"harness {shlex.join(words)}: {error.format_message()}")
        except HarnessError as error:
            if "--plugin" in words:  # an encoder of a file that only the reader has
                continue
            refused.append(f"harness {shlex.join(words)}: {error}")

    assert not refused, "\n".join(refused)


def test_commands_are_found_wherever_a_page_shows_them() -> None:
    page = """
Run `harness doctor`, not `harnesses`.

```bash
M="--model minilm"  # set once
harness eval mean $M --tasks sts \\
    --json > scores.json; cd runs && harness data list
for seed in 0 1; do CUDA_VISIBLE_DEVICES=$seed harness train sg --seed $seed & done
torchrun --nproc-per-node 2 -m harness train sg
pip install 'sentence-harness[minilm]'
```

```text
harness is not a command here
```
"""

    found = list(commands(page))

    assert found == [
        ["eval", "mean", "--model", "minilm", "--tasks", "sts", "--json"],
        ["data", "list"],
        ["train", "sg", "--seed", "$seed"],
        ["train", "sg"],
        ["doctor"],
    ]


@pytest.mark.parametrize(
    "words",
    [
        "evaluate mean",
        "eval mean --task-list sts",
        "eval mean --protocol median",
        "eval mean --seeds none",
        "train sg-optimal",
        "train sg --temprature 0.1",
        "data list everything",
        "doctor --offline --mend",
    ],
)
def test_a_command_that_does_not_exist_is_refused(words: str) -> None:
    with pytest.raises((click.UsageError, HarnessError)):
        check(main, words.split())
