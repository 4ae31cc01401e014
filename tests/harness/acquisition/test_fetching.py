"""Fetching: from archives, files and mirrors of a real server, checked in any case."""

import hashlib
import io
import os
import re
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.acquisition import placement
from harness.acquisition.fetching import FetchOptions, fetch
from harness.acquisition.importing import import_data
from harness.acquisition.manifest import SUITES, DataFileEntry, Manifest, built_in_manifest
from harness.acquisition.placement import Outcome, place
from harness.errors import DownloadError
from harness.results.locks import locked

if TYPE_CHECKING:
    from tests.acquisition.conftest import Loopback, Tiny

ONCE = FetchOptions(retries=0)


def fetch_all(manifest: Manifest, root: Path, options: FetchOptions = ONCE) -> list[Outcome]:
    return fetch(manifest.data_sets, root, manifest, options)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_archive_is_unpacked_prepared_and_put_in_its_place(
    server: "Loopback", tiny: "Tiny", root: Path
) -> None:
    server.files["/tiny.zip"] = tiny.zipped()

    (outcome,) = fetch_all(tiny.manifest(f"{server.url}/tiny.zip"), root)

    assert tiny.read(root) == tiny.prepared
    assert sorted(outcome.placed) == sorted(tiny.prepared)
    assert (outcome.missing, outcome.problems) == ([], [])


def test_files_prepared_already_are_taken_as_they_are(
    server: "Loopback", tiny: "Tiny", root: Path
) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in tiny.prepared.items():
            info = tarfile.TarInfo(f"STS/tiny/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    server.files["/all.tar"] = buffer.getvalue()

    fetch_all(tiny.manifest(f"{server.url}/all.tar"), root)

    assert tiny.read(root) == tiny.prepared


def test_complete_data_set_is_not_asked_for_again(
    server: "Loopback", tiny: "Tiny", root: Path
) -> None:
    server.files["/tiny.zip"] = tiny.zipped()
    manifest = tiny.manifest(f"{server.url}/tiny.zip")
    fetch_all(manifest, root)
    server.asked.clear()

    assert fetch_all(manifest, root) == []
    assert server.asked == []


def bad_archives(tiny: "Tiny") -> dict[str, bytes]:
    hostile = io.BytesIO()
    with zipfile.ZipFile(hostile, "w") as archive:
        archive.writestr("../../../escaped.txt", "x")
    return {
        "truncated": tiny.zipped()[:-40],
        "hostile": hostile.getvalue(),
        "sold": b"<html>Buy this domain</html>",
        "empty": b"",
        "other": zipped_other(),
    }


def zipped_other() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("release/STS.input.tiny.txt", "Another\tfile\n")
    return buffer.getvalue()


@pytest.mark.parametrize("fault", ["truncated", "hostile", "sold", "empty", "other", "absent"])
def test_second_place_of_an_archive_makes_good_the_first_ones_fault(
    server: "Loopback", tiny: "Tiny", root: Path, fault: str
) -> None:
    server.files = {f"/first/{name}.zip": bad for name, bad in bad_archives(tiny).items()}
    server.files["/second/tiny.zip"] = tiny.zipped()

    (outcome,) = fetch_all(
        tiny.manifest(f"{server.url}/first/{fault}.zip", f"{server.url}/second/tiny.zip"), root
    )

    assert tiny.read(root) == tiny.prepared
    assert outcome.missing == []
    assert not list(root.parent.rglob("escaped.txt"))


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("truncated", "served a bad archive: .*truncated or damaged"),
        ("hostile", "served a bad archive: .*must stay inside the archive's folder"),
        ("sold", "served a bad archive: .*must be a whole zip or tar archive"),
        ("absent", "answered 404 Not Found"),
    ],
)
def test_fault_of_the_only_place_is_named_and_nothing_is_placed(
    server: "Loopback", tiny: "Tiny", root: Path, fault: str, message: str
) -> None:
    server.files = {f"/{name}.zip": bad for name, bad in bad_archives(tiny).items()}

    (outcome,) = fetch_all(tiny.manifest(f"{server.url}/{fault}.zip"), root)

    assert outcome.missing == ["STS.input.tiny.txt", "STS.gs.tiny.txt"]
    assert len(outcome.problems) == 1
    assert re.search(message, outcome.problems[0])
    assert tiny.read(root) == {}


def test_wrong_checksum_of_an_archive_is_refused(
    server: "Loopback", tiny: "Tiny", root: Path
) -> None:
    server.files["/tiny.zip"] = tiny.zipped()

    (outcome,) = fetch_all(tiny.manifest(f"{server.url}/tiny.zip", sha256="0" * 64), root)

    assert outcome.problems == [f"{server.url}/tiny.zip served a file with another checksum"]
    assert tiny.read(root) == {}


def test_next_fetch_goes_on_where_the_last_one_broke_off(
    server: "Loopback", tiny: "Tiny", root: Path
) -> None:
    server.files["/tiny.zip"] = tiny.zipped() + b"\0" * 30_000  # a comment's room
    server.break_after = [20_000]
    manifest = tiny.manifest(f"{server.url}/tiny.zip")
    fetch_all(manifest, root)

    (outcome,) = fetch_all(manifest, root)

    assert [wanted for _, wanted in server.asked] == [None, "bytes=16384-"]
    assert outcome.missing == []


@pytest.mark.skipif(os.name == "nt", reason="permissions and links of Unix")
def test_folder_of_downloads_is_closed_to_others(
    server: "Loopback", tiny: "Tiny", root: Path
) -> None:
    server.files["/tiny.zip"] = tiny.zipped()
    (root / ".downloads").mkdir(parents=True)
    (root / ".downloads").chmod(0o777)

    fetch_all(tiny.manifest(f"{server.url}/tiny.zip"), root)

    assert stat.S_IMODE((root / ".downloads").stat().st_mode) == 0o700
    assert tiny.read(root) == tiny.prepared


@pytest.mark.skipif(os.name == "nt", reason="not every user may make links")
def test_link_in_place_of_the_folder_of_downloads_is_refused(
    server: "Loopback", tiny: "Tiny", root: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    root.mkdir()
    (root / ".downloads").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(DownloadError, match=r"\.downloads must be a folder, got a link or a file"):
        fetch_all(tiny.manifest(f"{server.url}/tiny.zip"), root)

    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert server.asked == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can give files away")
def test_folder_of_downloads_of_another_user_is_refused(
    server: "Loopback", tiny: "Tiny", root: Path
) -> None:
    (root / ".downloads").mkdir(parents=True)
    os.chown(root / ".downloads", 65534, 65534)

    with pytest.raises(DownloadError, match=r"\.downloads must belong to you, got another user's"):
        fetch_all(tiny.manifest(f"{server.url}/tiny.zip"), root)

    assert server.asked == []


def test_mirror_is_asked_first_and_its_damaged_file_is_not_taken(
    make_server: Callable[[], "Loopback"], tiny: "Tiny", root: Path
) -> None:
    publisher, mirror = make_server(), make_server()
    publisher.files["/tiny.zip"] = tiny.zipped()
    place = "/senteval/downstream/STS/tiny/"
    mirror.files = {place + name: content for name, content in tiny.prepared.items()}
    mirror.files[f"{place}STS.gs.tiny.txt"] = b"9.9\n"

    (outcome,) = fetch_all(
        tiny.manifest(f"{publisher.url}/tiny.zip"),
        root,
        FetchOptions(mirrors=(f"{mirror.url}/",), retries=0),
    )

    assert tiny.read(root) == tiny.prepared
    assert outcome.placed == ["readme.txt", "STS.input.tiny.txt", "STS.gs.tiny.txt"]


def test_dead_mirror_gives_way_to_the_next(server: "Loopback", tiny: "Tiny", root: Path) -> None:
    place = "/senteval/downstream/STS/tiny/"
    server.files = {place + name: content for name, content in tiny.prepared.items()}

    (outcome,) = fetch_all(
        tiny.manifest(), root, FetchOptions(mirrors=("http://127.0.0.1:9", server.url), retries=0)
    )

    assert tiny.read(root) == tiny.prepared
    assert outcome.missing == []


def test_host_that_cannot_be_reached_is_asked_once(
    server: "Loopback", tiny: "Tiny", root: Path
) -> None:
    urls = ["http://127.0.0.1:9/a.zip", "http://127.0.0.1:9/b.zip"]

    (outcome,) = fetch_all(tiny.manifest(*urls), root)

    assert outcome.problems == [
        f"{urls[0]} cannot be reached",
        f"{urls[1]} was not asked for: 127.0.0.1:9 cannot be reached",
    ]


def test_archive_that_lacks_a_file_is_named(server: "Loopback", tiny: "Tiny", root: Path) -> None:
    server.files["/other.zip"] = zipped_other()

    (outcome,) = fetch_all(tiny.manifest(f"{server.url}/other.zip"), root)

    names = "readme.txt, STS.input.tiny.txt, STS.gs.tiny.txt"
    assert outcome.problems == [f"{server.url}/other.zip does not hold {names} as published"]


def test_set_without_a_public_source_says_what_to_do(
    server: "Loopback", tiny: "Tiny", root: Path
) -> None:
    (outcome,) = fetch_all(tiny.manifest(), root)

    assert outcome.problems == ["no public source has it: use --mirror URL, or data import"]


def test_differing_file_is_kept_beside_the_right_one(
    server: "Loopback", tiny: "Tiny", root: Path
) -> None:
    server.files["/tiny.zip"] = tiny.zipped()
    folder = root / "downstream/STS/tiny"  # where some users have it
    folder.mkdir(parents=True)
    (folder / "STS.gs.tiny.txt").write_bytes(b"mine\n")

    (outcome,) = fetch_all(tiny.manifest(f"{server.url}/tiny.zip"), root)

    assert outcome.replaced == ["STS.gs.tiny.txt"]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        **tiny.prepared,
        "STS.gs.tiny.txt.replaced": b"mine\n",
    }


@pytest.mark.parametrize("by", ["option", "environment"])
def test_offline_nothing_is_asked_for(
    server: "Loopback", tiny: "Tiny", root: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    server.files["/tiny.zip"] = tiny.zipped()
    if by == "environment":
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    with pytest.raises(DownloadError, match="nothing can be downloaded offline"):
        fetch_all(
            tiny.manifest(f"{server.url}/tiny.zip"), root, FetchOptions(offline=by == "option")
        )

    assert server.asked == []


def relocated(manifest: Manifest, base: str) -> Manifest:
    """The manifest with every URL served by one server: its host becomes a folder."""
    text = (
        manifest.model_dump_json().replace("https://", f"{base}/").replace("http://", f"{base}/")
    )
    return Manifest.model_validate_json(text.replace(f"{base}/{base[7:]}", base))


def zip_of(files: dict[str, Path]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, path in files.items():
            archive.write(path, name)
    return buffer.getvalue()


def tar_of(files: dict[str, Path], mode: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, path in files.items():
            archive.add(path, name)
    return buffer.getvalue()


SHARED_TASK_FOLDERS = {
    12: "test-gold",
    13: "test-gs",
    14: "sts-en-test-gs-2014",
    15: "test_evaluation_task2a",
    16: "sts2016-english-with-gs-v1.0",
}


def publish_shared_task(real: Path, year: int) -> bytes:
    """The year's release: untokenised pairs, gold and read-mes."""
    raw = real / f"senteval-raw/STS/STS{year}-en-test"
    files = {path.name: path for path in (real / f"senteval/downstream/STS/{raw.name}").iterdir()}
    files |= {path.name: path for path in raw.iterdir()}
    return zip_of(
        {
            f"{SHARED_TASK_FOLDERS[year]}/"
            + (name.replace("STS.", "STS2016.") if year == 16 else name): path
            for name, path in files.items()
        }
    )


def publish(real: Path, manifest: Manifest) -> dict[str, bytes]:
    """Every source of the evaluation sets that can be made of real data: URL to content.

    The sources of MR, CR, SUBJ and MPQA are left out but for the last, already prepared one, and
    so is the first place of STS-B.
    """
    downstream, multilingual = real / "senteval/downstream", real / "sts-multilingual"
    benchmark = {path.name: path for path in (downstream / "STS/STSBenchmark").iterdir()}
    benchmark |= {p.name: p for p in (real / "senteval-raw/STS/STSBenchmark").iterdir()}
    sts17 = {path.name: path for path in (multilingual / "STS17-test").iterdir()}
    sts17["STS.input.track6.tr-en.txt"] = sts17.pop("STS.input.track6.tr-en.original-500-rows.txt")
    classes = [f for name in ("MR", "CR", "SUBJ", "MPQA") for f in (downstream / name).iterdir()]
    made = {
        **{f"sts{year}": publish_shared_task(real, year) for year in SHARED_TASK_FOLDERS},
        **{
            f"sick-{part.replace('_', '-')}": zip_of(
                {f"SICK_{part}.txt": real / f"senteval-raw/SICK/SICK_{part}.txt"}
            )
            for part in ("train", "trial", "test_annotated")
        },
        "stsbenchmark": tar_of({f"stsbenchmark/{n}": p for n, p in benchmark.items()}, "w:gz"),
        "sts17-input": zip_of({f"eval/{n}": p for n, p in sts17.items() if ".gs." not in n}),
        "sts17-gold": zip_of({f"gs/{n}": p for n, p in sts17.items() if ".gs." in n}),
        "senteval": tar_of({str(path.relative_to(downstream)): path for path in classes}, "w"),
    }
    served = {manifest.archives[name].urls[-1]: content for name, content in made.items()}
    for data_set in manifest.select(SUITES):
        for file in data_set.files:
            if file.urls and data_set.name != "sick":
                path = real / data_set.published_place(file)
                served[file.urls[-1]] = path.read_bytes()
    return served


@pytest.mark.real
def test_fetched_folder_equals_sentevals_byte_for_byte(
    server: "Loopback", real: Path, root: Path
) -> None:
    manifest = relocated(built_in_manifest(), server.url)
    chosen = manifest.select(SUITES)
    server.files = {
        url.removeprefix(server.url): content for url, content in publish(real, manifest).items()
    }

    outcomes = fetch(chosen, root, manifest, ONCE)

    assert {outcome.data_set.name: outcome.missing for outcome in outcomes} == {
        data_set.name: [] for data_set in chosen
    }
    places = [data_set.published_place(file) for data_set in chosen for file in data_set.files]
    assert len(places) == 106
    assert [p for p in places if (root / p).read_bytes() != (real / p).read_bytes()] == []


@pytest.mark.real
def test_mirror_of_real_data_serves_every_collection(
    server: "Loopback", real: Path, root: Path
) -> None:
    server.folder = real
    manifest = relocated(built_in_manifest(), server.url)
    names = ["sick", "sts17", "mr", "nli-tsv", "text-selections"]

    outcomes = fetch(
        manifest.select(names), root, manifest, FetchOptions((server.url,), retries=0)
    )

    assert [outcome.missing for outcome in outcomes] == [[]] * len(names)
    for outcome in outcomes:
        for file in outcome.data_set.files:
            place = outcome.data_set.published_place(file)
            assert (root / place).read_bytes() == (real / place).read_bytes()
    assert [path.name for path in (root / ".downloads").iterdir()] == ["lock"]


UNENCRYPTED = "is not encrypted and has no known checksum: each file taken from it was checked"


def test_archive_without_a_checksum_over_http_is_named(
    server: "Loopback", tiny: "Tiny", root: Path
) -> None:
    server.files["/tiny.zip"] = tiny.zipped()
    url = f"{server.url}/tiny.zip"
    digest = hashlib.sha256(tiny.zipped()).hexdigest()

    (unknown,) = fetch_all(tiny.manifest(url), root)
    (known,) = fetch_all(tiny.manifest(url, sha256=digest), root.with_name("other"))

    assert unknown.notes == [f"{url} {UNENCRYPTED}"]
    assert known.notes == []


def test_what_publishers_serve_over_http_is_asked_for_over_https_and_checked() -> None:
    manifest = built_in_manifest()
    for data_set in manifest.data_sets:
        archives = [manifest.archives[name] for name in data_set.archives]
        for file in data_set.files:
            places = [one.urls for one in archives if one.sha256 is None] + [file.urls]
            http = [urls for urls in places if any(url.startswith("http:") for url in urls)]

            assert all(urls[0].startswith("https:") for urls in http)
            assert file.sha256 is not None or not http


@pytest.mark.parametrize("kept", range(3))
def test_fetch_that_ends_anywhere_is_completed_by_the_next_read_mes_included(
    server: "Loopback", tiny: "Tiny", root: Path, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.files["/tiny.zip"] = tiny.zipped()
    manifest = tiny.manifest(f"{server.url}/tiny.zip")
    with monkeypatch.context() as killed:
        done: list[str] = []

        def place_some(path: Path, file: DataFileEntry, *rest: Any) -> bool:
            if len(done) == kept:
                raise KeyboardInterrupt
            done.append(file.name)
            return place(path, file, *rest)

        killed.setattr(placement, "place", place_some)
        with pytest.raises(KeyboardInterrupt):
            fetch_all(manifest, root)

    fetch_all(manifest, root)

    assert tiny.read(root) == tiny.prepared


@pytest.fixture
def left(root: Path) -> tuple[Path, Path, Path]:
    """Half-unpacked folders below the data folder, and a link to one that is not ours."""
    downloads = root / ".downloads"
    folders = root / ".import-abc", downloads / "tmpabc"
    theirs = root.with_name("theirs")
    for folder in (*folders, theirs):
        (folder / "set").mkdir(parents=True)
        (folder / "set/a.txt").write_text("half")
    (downloads / "tmplink").symlink_to(theirs)
    return (*folders, theirs)


@pytest.mark.parametrize("how", ["fetch", "fetch nothing", "import", "import folder"])
def test_what_a_killed_run_unpacked_is_removed_by_the_next(
    server: "Loopback", tiny: "Tiny", root: Path, left: tuple[Path, Path, Path], how: str
) -> None:
    server.files["/tiny.zip"] = tiny.zipped()
    source = root.with_name("tiny.zip")
    source.write_bytes(tiny.zipped())
    manifest = tiny.manifest(f"{server.url}/tiny.zip")
    if how == "import folder":
        source = root.with_name("folder")
        source.mkdir()
        (source / "readme.txt").write_bytes(tiny.published["readme.txt"])

    if how.startswith("fetch"):
        fetch(manifest.data_sets if how == "fetch" else [], root, manifest, ONCE)
    else:
        import_data(source, manifest.data_sets, root)

    assert [folder.exists() for folder in left] == [False, False, True]
    assert (left[-1] / "set/a.txt").exists()


def test_what_a_living_run_unpacked_is_left(
    server: "Loopback", tiny: "Tiny", root: Path, left: tuple[Path, Path, Path]
) -> None:
    server.files["/tiny.zip"] = tiny.zipped()

    with locked(left[0] / "lock"), locked(left[1] / "lock"):
        fetch_all(tiny.manifest(f"{server.url}/tiny.zip"), root)

    assert [(folder / "set/a.txt").exists() for folder in left] == [True, True, True]
    assert tiny.read(root) == tiny.prepared
