"""Commands run in forked processes that can be killed, signalled, or refused by the disk."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import pytest


@dataclass
class Desk:
    """A working folder with a cache and an output folder, and commands run in it.

    Attributes:
        folder: Where everything is.
        ask: Runs commands, started together, each in a process of its own.
        model: The transformer.
        env: Environment of the commands.
        limits: Limits of what they may use, by the name that `resource` has for them.
        stdout_file: Where they print, if not to a file of the folder.
    """

    folder: Path
    ask: Callable[[list[dict[str, Any]]], list[int]]
    model: Path
    env: dict[str, str] = field(default_factory=dict)
    limits: dict[str, tuple[int, int]] = field(default_factory=dict)
    stdout_file: str = ""

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def out(self) -> Path:
        return self.folder / "runs"

    @property
    def stdout(self) -> str:
        return (self.folder / "stdout").read_text()

    @property
    def stderr(self) -> str:
        return (self.folder / "stderr").read_text()

    def run(self, *arguments: str, **more: Any) -> int:
        """Run one command and return its exit status, negative for a signal."""
        return self.run_together([arguments], **more)[0]

    def run_together(
        self,
        commands: Sequence[Sequence[str]],
        *,
        hooks: Sequence[dict[str, Any]] = (),
        kill_after: float | None = None,
    ) -> list[int]:
        """Start commands together; what they print is collected in a file each, the last's too."""
        for name in ("stdout", "stderr"):
            (self.folder / name).write_bytes(b"")
        runs = [
            {
                "args": [*command],
                "cwd": str(self.folder),
                "env": {"HARNESS_CACHE": str(self.folder / "cache"), **self.env},
                "limits": self.limits,
                "stdout": self.stdout_file or str(self.folder / "stdout"),
                "stderr": str(self.folder / "stderr"),
                "hooks": list(hooks),
                "kill after seconds": kill_after,
            }
            for command in commands
        ]
        return self.ask(runs)

    def eval(self, *encoders: str, tasks: str) -> tuple[str, ...]:
        """Return the command that scores encoders on sample data, in many small batches."""
        model = ("--model", str(self.model), "--device", "cpu", "--token-budget", "200")
        return ("eval", *encoders, *model, "--data", "sample", "-t", tasks)

    def train(self, encoder: str, *, save_seconds: str = "0") -> tuple[str, ...]:
        """Return the command that trains an encoder on sample data, kept after each step."""
        place = ("--model", str(self.model), "--device", "cpu", "--data", "sample")
        return ("train", encoder, *place, "--save-seconds", save_seconds)

    def records(self) -> list[dict[str, Any]]:
        """Return every record of the output folder without its times."""
        return [
            timeless(json.loads(path.read_bytes())) for path in sorted(self.out.glob("*.json"))
        ]

    def leftovers(self) -> list[str]:
        """Return what no finished run leaves: temporary files, resumption, uncommitted shards."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return [
            str(path.relative_to(self.folder))
            for path in files
            if (path.name.startswith(".") or ".training" in path.parts)
            and not path.name.endswith(".lock")
        ]


def timeless(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record without what time alone changes."""
    training = record["training"]
    while training:
        training["seconds"] = 0.0
        training = training["base"]
    return {**record, "times": {}, "created": "", "digest": ""}


MakeDesk: TypeAlias = Callable[[str], Desk]


@pytest.fixture(scope="session")
def forked(tiny_bert: Path) -> Iterator[Callable[[list[dict[str, Any]]], list[int]]]:
    """Run commands in forks of a process that has imported everything."""
    script = Path(__file__).with_name("zygote.py")
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1",
        "PYTHONWARNINGS": "ignore",
    }
    with subprocess.Popen(
        [sys.executable, str(script), str(tiny_bert)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        to, answers = process.stdin, process.stdout

        def ask(runs: list[dict[str, Any]]) -> list[int]:
            to.write(json.dumps(runs) + "\n")
            to.flush()
            statuses: list[int] = json.loads(answers.readline())
            return statuses

        yield ask
        process.stdin.close()


@pytest.fixture
def make_desk(
    forked: Callable[[list[dict[str, Any]]], list[int]], tiny_bert: Path, tmp_path: Path
) -> MakeDesk:
    """Make a working folder of that name."""
    return lambda name: Desk(tmp_path / "desks" / name, forked, tiny_bert)
