"""Download data sets into a data folder, file by file or from archives."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from harness.acquisition.archives import unpack
from harness.acquisition.downloads import (
    RETRIES,
    OnBytes,
    UnreachableError,
    download,
    shown,
)
from harness.acquisition.manifest import ArchiveEntry, DataFileEntry, DataSetEntry, Manifest
from harness.acquisition.placement import Outcome, Tree, place, place_from
from harness.acquisition.scratch import DOWNLOADS, fetch_folder, remove_leftovers
from harness.acquisition.verification import check_data_set
from harness.data import DataFolder
from harness.errors import BadDataError, DownloadError, SettingError
from harness.results.locks import locked


@dataclass(frozen=True)
class FetchOptions:
    """How data sets are fetched.

    Attributes:
        mirrors: URLs of complete data folders, asked before the publishers.
        offline: Whether to refuse to ask any network.
        retries: How often a failed download is tried again.
        on_bytes: Called with the progress of each download.

    Raises:
        SettingError: If a mirror is no URL of the web.
    """

    mirrors: tuple[str, ...] = field(default=(), repr=False)  # they may hold passwords
    offline: bool = False
    retries: int = RETRIES
    on_bytes: OnBytes = lambda name, done, total: None

    def __post_init__(self) -> None:
        """Refuse mirrors that are no URLs, without a word of what they are."""
        for mirror in self.mirrors:
            if not _is_web_address(mirror):
                msg = "mirror must be as https://USER:PASSWORD@HOST/FOLDER, got something else"
                raise SettingError(f"{msg}: write / ? # @ in a password as %2F %3F %23 %40")


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and parts.port != 0  # a wrong port raises
    except ValueError:
        return False
    behind = parts.path + parts.query + parts.fragment
    return parts.scheme in {"http", "https"} and is_whole and "@" not in behind


def fetch(
    data_sets: Sequence[DataSetEntry],
    root: Path,
    manifest: Manifest,
    options: FetchOptions | None = None,
) -> list[Outcome]:
    """Download what is absent from a data folder, or differs.

    Args:
        data_sets: What to fetch.
        root: The data folder; made if it does not exist.
        manifest: Where the data sets' archives are.
        options: How to fetch.

    Returns:
        What became of each data set that was not complete; one that fails does not stop the
        others.

    Raises:
        DownloadError: If there is something to download and the harness is offline, or the folder
            of downloads is a link or another user's.
    """
    options = options or FetchOptions()
    remove_leftovers(root)
    data = DataFolder(root, str(root))
    incomplete = [one for one in data_sets if check_data_set(one, data).state != "complete"]
    if not incomplete:
        return []
    refuse_offline(offline=options.offline)
    with _workplace(root) as (downloads, scratch):
        fetching = _Fetching(data, manifest, options, downloads, scratch)
        return [fetching.fetch(data_set) for data_set in incomplete]


def refuse_offline(*, offline: bool) -> None:
    """Raise a `DownloadError` if the harness, or the environment, is offline."""
    if offline or os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}:
        msg = (
            "nothing can be downloaded offline: leave out --offline and unset HF_HUB_OFFLINE,"
            " or bring the data with 'harness data import'"
        )
        raise DownloadError(msg)


@contextmanager
def _workplace(root: Path) -> Iterator[tuple[Path, Path]]:
    """Yield the folder of downloads, held alone, and a folder in it that goes afterwards."""
    downloads = root / DOWNLOADS
    root.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        downloads.mkdir(mode=0o700)
    _keep_private(downloads)
    with locked(downloads / "lock"), fetch_folder(root) as scratch:
        yield downloads, scratch


def _keep_private(folder: Path) -> None:
    """Let only this user into a folder, so that nobody can place links where downloads go.

    Raises:
        DownloadError: If it is a link or no folder, or belongs to another user.
    """
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise DownloadError(f"{folder} must be a folder, got a link or a file: remove it")
    if hasattr(os, "geteuid") and found.st_uid != os.geteuid():
        msg = f"{folder} must belong to you, got another user's: remove it, or use another --data"
        raise DownloadError(msg)
    folder.chmod(0o700)


class _Fetching:
    """One run: an archive that several data sets need is downloaded once.

    Args:
        data: Where files are put.
        manifest: Where archives are.
        options: How to fetch.
        downloads: Where downloads are kept until they are whole.
        scratch: Where archives are unpacked.
    """

    def __init__(
        self,
        data: DataFolder,
        manifest: Manifest,
        options: FetchOptions,
        downloads: Path,
        scratch: Path,
    ) -> None:
        self._data = data
        self._manifest = manifest
        self._options = options
        self._downloads = downloads
        self._scratch = scratch
        self._trees: dict[str, Tree | str] = {}  # an archive's files, or why there are none
        self._dead: set[tuple[str, str]] = set()  # protocols and hosts that cannot be reached

    def fetch(self, data_set: DataSetEntry) -> Outcome:
        outcome = Outcome(data_set)
        wanted = check_data_set(data_set, self._data).wanted
        wanted = [file for file in wanted if not self._fetch_file(file, outcome)]
        for url, archive in self._archives(data_set):
            if all(file.documentation for file in wanted):
                break
            tree = self._trees.get(url) or self._unpack(url, archive)
            self._trees[url] = tree
            if isinstance(tree, str):
                outcome.problems.append(tree)
            else:
                before, wanted = wanted, place_from(tree, wanted, outcome, self._data)
                if archive.sha256 is None and len(wanted) < len(before):
                    _note_unencrypted(url, [one for one in before if one not in wanted], outcome)
                if wanted:
                    names = ", ".join(file.name for file in wanted)
                    outcome.problems.append(f"{shown(url)} does not hold {names} as published")
        outcome.missing = [file.name for file in wanted if not file.documentation]
        if outcome.missing and not outcome.problems:
            outcome.problems.append("no public source has it: use --mirror URL, or data import")
        return outcome

    def _fetch_file(self, file: DataFileEntry, outcome: Outcome) -> bool:
        """Download a file that can be had by itself; return whether it is in its place."""
        for url, sha256 in self._places(outcome.data_set, file):
            try:
                size = file.bytes if sha256 else None
                path = self._download(url, sha256, size)
            except DownloadError as error:
                outcome.problems.append(str(error))
                continue
            placed = place(path, file, outcome, self._data)
            path.unlink()
            if placed:
                if file.sha256 is None:
                    _note_unencrypted(url, [file], outcome)
                return True
            outcome.problems.append(f"{shown(url)} served another file than {file.name}")
        return False

    def _places(
        self, data_set: DataSetEntry, file: DataFileEntry
    ) -> Iterator[tuple[str, str | None]]:
        """Yield URLs of a file, with the checksum of what they serve where that is known."""
        for mirror in self._options.mirrors:
            yield f"{mirror.rstrip('/')}/{quote(data_set.published_place(file))}", file.sha256
        for url in file.urls:
            yield url, file.sha256 if file.prepare == "none" else None

    def _archives(self, data_set: DataSetEntry) -> Iterator[tuple[str, ArchiveEntry]]:
        for name in data_set.archives:
            archive = self._manifest.archives[name]
            for url in archive.urls:
                yield url, archive

    def _unpack(self, url: str, archive: ArchiveEntry) -> Tree | str:
        """Download and unpack an archive; return its files, or why there are none."""
        folder = self._scratch / str(len(self._trees))
        try:
            path = self._download(url, archive.sha256, archive.bytes)
        except DownloadError as error:
            return str(error)
        try:
            unpack(path, folder)
        except BadDataError as error:
            return f"{shown(url)} served a bad archive: {error}"
        finally:
            path.unlink()
        return Tree.below(folder)

    def _download(self, url: str, sha256: str | None, size: int | None) -> Path:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        if (parts.scheme, host) in self._dead:
            raise DownloadError(f"{shown(url)} was not asked for: {host} cannot be reached")
        try:
            return download(
                url,
                self._downloads,
                sha256=sha256,
                size=size,
                retries=self._options.retries,
                on_bytes=self._options.on_bytes,
            )
        except UnreachableError:
            self._dead.add((parts.scheme, host))
            raise


def _note_unencrypted(url: str, files: Sequence[DataFileEntry], outcome: Outcome) -> None:
    """Say how files that came over plain http, without a checksum of the whole, were checked."""
    if urlsplit(url).scheme == "http":
        unknown = ", ".join(file.name for file in files if file.sha256 is None)
        check = f"only the rows of {unknown} were" if unknown else "each file taken from it was"
        what = f"{shown(url)} is not encrypted and has no known checksum"
        outcome.notes.append(f"{what}: {check} checked")
