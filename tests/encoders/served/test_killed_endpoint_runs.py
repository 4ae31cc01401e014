"""Commands that ask a server, killed and resumed; and where their key is: nowhere."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from harness.cli.main import main

if TYPE_CHECKING:
    from tests.encoders.conftest import Served

KEY = "sk-Secret.0123456789"
ANSWERED = 24


def command(served: "Served", *options: str, key_env: str = "SERVED_KEY") -> list[str]:
    spec = served.spec(batch_size=4, concurrency=2, tries=2, key_env=key_env)
    return [*options, "eval", spec, "--tasks", "stsb-dev", "--data", "sample"]


def kept_rows(cache: Path) -> int:
    return sum(json.loads(each.read_bytes())["rows"] for each in cache.rglob("*.json"))


def holders_of_the_key(folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if KEY.encode() in path.read_bytes()]


@pytest.mark.parametrize(
    ("how", "status"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)]
)
def test_a_run_that_ends_early_resumes_without_asking_again_what_was_answered(
    served: "Served",
    how: signal.Signals,
    status: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SERVED_KEY", KEY)
    served.behave(key=KEY, held_after=ANSWERED)
    with (tmp_path / "output").open("wb") as output:
        run = subprocess.Popen(
            [sys.executable, "-m", "harness", *command(served)],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        until = time.monotonic() + 60
        while kept_rows(tmp_path / "cache") < ANSWERED and time.monotonic() < until:
            time.sleep(0.02)
        ended = time.monotonic()
        run.send_signal(how)
        assert run.wait(30) == status
    first = served.seen["answered"]

    served.behave(key=KEY)
    resumed = CliRunner().invoke(main, command(served))

    assert resumed.exit_code == 0, resumed.output
    assert time.monotonic() - ended < 40  # no held request was waited for
    assert len(first) >= ANSWERED
    both = Counter([*first, *served.seen["answered"]])
    assert max(both.values()) == 1
    assert len(both) == kept_rows(tmp_path / "cache")
    assert holders_of_the_key(tmp_path) == []
    assert KEY not in resumed.output


@pytest.mark.parametrize("debug", [(), ("--debug",)])
def test_no_failure_shows_the_key_even_if_the_server_repeats_it(
    served: "Served", debug: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVED_KEY", KEY)
    served.behave(key="another")
    refused = CliRunner().invoke(main, command(served, *debug))
    echo = {"status": 429, "body": f"slow down, {KEY}", "headers": {"Retry-After": "0"}}
    served.behave(faults=[echo] * 99, key=KEY)
    tried = CliRunner().invoke(main, command(served, *debug))
    served.behave(key=KEY, model=f"model of {KEY}")
    recorded = CliRunner().invoke(main, command(served, *debug))
    broken = f"{KEY}\nmore"
    monkeypatch.setenv("SERVED_KEY", broken)
    no_header = CliRunner().invoke(main, [*command(served, *debug), "--no-cache"])
    monkeypatch.delenv("SERVED_KEY")
    unset = CliRunner().invoke(main, [*command(served, *debug), "--no-cache"])
    misplaced = CliRunner().invoke(main, command(served, *debug, key_env=KEY))
    login = [*debug, "eval", f"endpoint:name=m,url=https://me:{KEY}@x.org", "--tasks", "stsb-dev"]
    in_url = CliRunner().invoke(main, login)

    runs = [refused, tried, recorded, no_header, unset, misplaced, in_url]
    assert [run.exit_code for run in runs] == [1, 1, 0, 1, 1, 1, 1]
    assert "answered 401, 'Incorrect API key provided: Bearer ***'" in refused.output
    assert "answered 429, 'slow down, ***' (tried 2 times)" in tried.output
    assert "must hold a key, one line of ASCII without spaces" in no_header.output
    assert "key_env names SERVED_KEY, which must be set" in unset.output
    for run in runs:
        assert KEY not in run.output
    assert holders_of_the_key(tmp_path) == []
