"""``harness data`` as a user sees it."""

import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from harness.acquisition.manifest import Manifest
from harness.cli.main import main

if TYPE_CHECKING:
    from tests.acquisition.conftest import Loopback, Tiny

LICENCE = """\
tiny: A tiny set
  from: this test
  licence: free for all
  cite: Nobody (2000)
"""


def run(*args: str) -> Result:
    return CliRunner().invoke(main, ["data", *args])


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[Manifest], None]:
    """Let the commands work from another manifest than the built-in one."""

    def put(manifest: Manifest) -> None:
        for module in ("data_fetch", "data"):
            monkeypatch.setattr(f"harness.cli.{module}.built_in_manifest", lambda: manifest)

    return put


@pytest.fixture
def fetch(
    server: "Loopback", tiny: "Tiny", use: Callable[[Manifest], None], target: Path
) -> Callable[..., Result]:
    """Fetch the tiny set, which a server has."""
    server.files["/tiny.zip"] = tiny.zipped()
    use(tiny.manifest(f"{server.url}/tiny.zip"))

    def run_fetch(*options: str) -> Result:
        return run("fetch", "tiny", "--data", str(target), *options)

    return run_fetch


def test_licence_is_shown_and_must_be_accepted_before_anything_is_downloaded(
    fetch: Callable[..., Result], server: "Loopback", target: Path
) -> None:
    result = fetch()

    assert result.exit_code == 1
    assert result.stdout == LICENCE
    assert result.stderr == (
        "Error: licences must be accepted before a download: read them, add --accept-licences\n"
    )
    assert server.asked == []
    assert not target.exists()


def test_accepted_licence_is_shown_once(
    fetch: Callable[..., Result], tiny: "Tiny", target: Path
) -> None:
    first = fetch("--accept-licences")
    place = target / "senteval/downstream/STS/tiny/STS.gs.tiny.txt"
    place.unlink()
    second = fetch()

    assert first.stdout == f"{LICENCE}tiny: complete, 3 files new\nData folder: {target}\n"
    assert second.stdout == f"tiny: complete, 1 files new\nData folder: {target}\n"
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert tiny.read(target) == tiny.prepared


def test_accepted_licences_that_cannot_be_read_are_named_and_not_replaced(
    fetch: Callable[..., Result], target: Path
) -> None:
    (target / "accepted-licences.json").mkdir(parents=True)

    result = fetch("--accept-licences")

    assert result.exit_code == 1
    assert "accepted-licences.json cannot be read (Is a directory): mend that" in result.stderr


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 130)])
def test_person_at_a_terminal_is_asked(
    fetch: Callable[..., Result],
    monkeypatch: pytest.MonkeyPatch,
    target: Path,
    *,
    answer: str,
    code: int,
) -> None:
    monkeypatch.setattr("harness.cli.data_fetch._at_a_terminal", lambda: True)

    result = CliRunner().invoke(main, ["data", "fetch", "tiny", "--data", str(target)], answer)

    assert "Do you accept these licences? [y/N]" in result.stdout
    assert result.exit_code == code
    assert (target / "senteval").exists() == (code == 0)


def test_fetch_of_what_is_there_says_so(fetch: Callable[..., Result], target: Path) -> None:
    fetch("--accept-licences")

    result = fetch("--offline")

    assert (result.exit_code, result.stdout) == (
        0,
        f"nothing to fetch: {target} has all of tiny\n",
    )


@pytest.mark.parametrize("by", ["option", "environment"])
def test_offline_fetch_is_refused(
    fetch: Callable[..., Result], server: "Loopback", monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1" if by == "environment" else "0")

    result = fetch(*(["--offline"] if by == "option" else []), "--accept-licences")

    assert result.exit_code == 1
    assert result.stderr == (
        "Error: nothing can be downloaded offline: leave out --offline and unset HF_HUB_OFFLINE,"
        " or bring the data with 'harness data import'\n"
    )
    assert server.asked == []


def test_failed_fetch_names_place_and_cause(
    fetch: Callable[..., Result], server: "Loopback", target: Path
) -> None:
    server.files["/tiny.zip"] = b"<html></html>"

    result = fetch("--accept-licences")

    lines = result.stderr.splitlines()
    assert result.exit_code == 1
    assert lines[0] == "tiny: INCOMPLETE, missing STS.input.tiny.txt, STS.gs.tiny.txt"
    assert lines[1].startswith(f"  {server.url}/tiny.zip served a bad archive: {target}")
    assert len(lines) == 2


def test_sample_takes_no_data() -> None:
    result = run("fetch", "sts", "--data", "sample", "--accept-licences")

    assert result.stderr == (
        "Error: the sample ships with the package and takes no other data:"
        " name a folder with --data\n"
    )


def test_unknown_suite_is_named_with_the_nearest(target: Path) -> None:
    result = run("fetch", "stss", "--data", str(target))

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: unknown data set 'stss'. Did you mean 'sts'? Known: ")


def lines_of(result: Result, start: str) -> Sequence[str]:
    return [line for line in result.stdout.splitlines() if line.lstrip().startswith(start)]


def test_list_says_state_source_and_licence(fetch: Callable[..., Result], target: Path) -> None:
    before = run("list", "--data", str(target)).stdout
    fetch("--accept-licences")

    after = run("list", "--data", str(target)).stdout

    rest = "      from: this test\n      licence: free for all\n"
    assert before == (
        f"Data folder: {target} (does not exist)\n\ntinies\n  tiny, A tiny set: absent\n{rest}"
    )
    assert after == f"Data folder: {target}\n\ntinies\n  tiny, A tiny set: complete\n{rest}"


def test_verify_names_what_differs_and_what_is_missing(
    fetch: Callable[..., Result], target: Path
) -> None:
    fetch("--accept-licences")
    whole = run("verify", str(target))
    folder = target / "senteval/downstream/STS/tiny"
    (folder / "STS.gs.tiny.txt").write_text("1.5\n2.5\n")
    differing = run("verify", "--data", str(target))
    (folder / "STS.gs.tiny.txt").unlink()
    missing = run("verify", str(target))

    assert (whole.exit_code, differing.exit_code, missing.exit_code) == (0, 1, 1)
    assert whole.stdout == f"tiny: complete\n0 tasks can be read from {target}\n"
    assert differing.stdout.splitlines()[0] == "tiny: DIFFERS"
    assert differing.stdout.splitlines()[1].startswith(
        f"  {folder / 'STS.gs.tiny.txt'}: sha256 must be "
    )
    assert differing.stdout.splitlines()[1].endswith("; 2 rows where 1 are published")
    assert missing.stdout.splitlines()[:2] == [
        "tiny: incomplete, 1 of 2 files",
        "  missing: STS.gs.tiny.txt",
    ]


def test_verify_reads_every_task_of_the_sample() -> None:
    result = run("verify", "--data", "sample")

    assert result.exit_code == 0
    assert result.stdout.endswith("/sample\n")
    assert not lines_of(result, "task")


def test_verify_names_a_task_that_cannot_be_read(tmp_path: Path) -> None:
    place = tmp_path / "STS/STSBenchmark"
    place.mkdir(parents=True)
    (place / "sts-dev.csv").write_text("only one column\n")

    result = run("verify", str(tmp_path))

    assert result.exit_code == 1
    (line,) = lines_of(result, "task stsb-dev: DAMAGED")
    assert "sts-dev.csv:1: must have 7 or 9 tab-separated columns" in line


def test_import_says_what_it_took_and_what_it_left(
    tiny: "Tiny", use: Callable[[Manifest], None], tmp_path: Path, target: Path
) -> None:
    use(tiny.manifest())
    source = tmp_path / "mine/STS/tiny"
    source.mkdir(parents=True)
    for name, content in tiny.published.items():
        (source / name).write_bytes(content)
    (source / "STS.gs.tiny.txt").write_bytes(b"9.9\n")
    partial = run("import", str(tmp_path / "mine"), "--data", str(target))
    (source / "STS.gs.tiny.txt").write_bytes(tiny.published["STS.gs.tiny.txt"])

    whole = run("import", str(tmp_path / "mine"), "--data", str(target))
    again = run("import", str(tmp_path / "mine"), "--data", str(target))

    assert (partial.exit_code, whole.exit_code, again.exit_code) == (1, 0, 0)
    assert partial.stderr.splitlines()[0] == "tiny: INCOMPLETE, missing STS.gs.tiny.txt"
    assert partial.stderr.splitlines()[1].startswith(f"  {source / 'STS.gs.tiny.txt'}: sha256")
    assert whole.stdout == f"tiny: complete, 1 files new\nData folder: {target}\n"
    assert again.stdout == f"nothing new in {tmp_path / 'mine'} for {target}\n"


@pytest.mark.real
def test_real_folder_verifies_and_lists_as_complete(real: Path) -> None:
    verified = run("verify", str(real))
    listed = run("list", "--data", str(real))

    absent = {"snli", "multinli", "wiki1m", "korsts", "jsts", "stsb-multi-mt"}
    assert verified.exit_code == 0
    assert {
        line.split(":")[0] for line in verified.stdout.splitlines() if "absent" in line
    } == absent
    assert listed.stdout.count(": complete\n") == 21


@pytest.mark.parametrize(
    "mirror",
    [
        "me:s3crET@host",
        "https://me:s3crET/x@host",
        "https://me:1/s3crET@host",
        "https://me:1?s3crET@host",
        "https://me:1#s3crET@host",
        "ftp://me:s3crET@host",
        "https://me:s3crET@",
        "https://me:s3crET@[host",
    ],
)
@pytest.mark.parametrize("debug", [False, True])
def test_mirror_that_is_no_url_is_refused_without_its_password(
    target: Path, mirror: str, debug: bool
) -> None:
    options = ["--debug"] if debug else []

    result = CliRunner().invoke(
        main, [*options, "data", "fetch", "--data", str(target), "--mirror", mirror]
    )

    assert result.exit_code == 1
    shown = result.output + "".join(traceback.format_exception(*result.exc_info or ()))
    assert "s3crET" not in shown
    assert "mirror must be as https://USER:PASSWORD@HOST/FOLDER" in shown
    assert not target.exists()


def test_url_without_its_option_is_refused_without_its_password(target: Path) -> None:
    result = run("fetch", "https://me:s3crET@host", "--data", str(target))

    assert result.exit_code == 2
    assert "a URL must follow --mirror" in result.output
    assert "s3crET" not in result.output


@pytest.mark.parametrize("works", [True, False])
def test_password_of_a_mirror_stands_nowhere(
    fetch: Callable[..., Result], server: "Loopback", tiny: "Tiny", target: Path, works: bool
) -> None:
    if works:
        place = "/senteval/downstream/STS/tiny/"
        server.files = {place + name: content for name, content in tiny.prepared.items()}
    mirror = server.url.replace("http://", "http://me:s3crET@")

    result = fetch("--accept-licences", "--mirror", mirror)

    written = b"".join(path.read_bytes() for path in target.rglob("*") if path.is_file())
    names = " ".join(map(str, target.rglob("*")))
    assert result.exit_code == 0
    assert "s3crET" not in result.output + names
    assert b"s3crET" not in written
    assert server.logins[0] is not None
