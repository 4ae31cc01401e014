"""Archives: good ones unpack, hostile and broken ones leave nothing outside and say why."""

import gzip
import io
import stat
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import bounded_files
from harness.acquisition import archives
from harness.acquisition.archives import Limits, unpack
from harness.errors import BadDataError

FILES = {"set/a.txt": b"first\n" * 500, "set/sub/b.txt": "niño\n".encode(), "empty": b""}


def make_tar(path: Path, mode: str = "w:gz", *extra: tarfile.TarInfo) -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in FILES.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for info in extra:
            archive.addfile(info, io.BytesIO(b"x" * info.size))
    return path


def make_zip(path: Path, *extra: zipfile.ZipInfo) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("set/", b"")
        for name, content in FILES.items():
            archive.writestr(name, content)
        for info in extra:
            archive.writestr(info, "/etc/passwd")
    return path


def tar_member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def zip_member(name: str, mode: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("x")
    info.filename, info.external_attr = name, mode << 16
    return info


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def everything_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tar_unpacks_to_its_files(tmp_path: Path, mode: str) -> None:
    unpack(make_tar(tmp_path / "a.tar", mode), tmp_path / "out")

    assert contents(tmp_path / "out") == FILES


def test_zip_unpacks_to_its_files(tmp_path: Path) -> None:
    unpack(make_zip(tmp_path / "a.bin"), tmp_path / "out")

    assert contents(tmp_path / "out") == FILES


OUTSIDE = ["/etc/x", "../x", "set/../../x", "C:/x", "C:x", "\\\\host\\x", "set\\..\\..\\x"]


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_member_outside_the_folder_is_refused_before_anything_is_written(
    tmp_path: Path, kind: str, name: str
) -> None:
    path = tmp_path / "hostile"
    if kind == "tar":
        make_tar(path, "w:gz", tar_member(name))
    else:
        make_zip(path, zip_member(name))
    before = everything_below(tmp_path)

    with pytest.raises(BadDataError, match="members must stay inside the archive's folder, got"):
        unpack(path, tmp_path / "out")

    assert everything_below(tmp_path) == before


def unicode_path(name: str, path: str) -> bytes:
    """Return the extra field of a zip member that gives it another name: tag, size, version."""
    content = struct.pack("<BL", 1, zlib.crc32(name.encode())) + path.encode()
    return struct.pack("<HH", 0x7075, len(content)) + content


def test_unicode_path_in_a_zip_does_not_move_a_member(tmp_path: Path) -> None:
    member = zipfile.ZipInfo("plain.txt")
    member.extra = unicode_path("plain.txt", "../../evil")
    path = make_zip(tmp_path / "hostile.zip", member)
    folder = tmp_path / "work" / "out"

    unpack(path, folder)

    assert contents(folder) == FILES | {"plain.txt": b"/etc/passwd"}
    assert not (tmp_path / "evil").exists()


def test_zip_member_is_written_to_the_name_that_was_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class RenamedByReader(zipfile.ZipFile):
        def infolist(self) -> list[zipfile.ZipInfo]:
            members = super().infolist()
            for member in members:
                member.filename = f"../../{member.filename}"
            return members

    path = make_zip(tmp_path / "hostile.zip")
    folder = tmp_path / "work" / "out"
    monkeypatch.setattr(zipfile, "ZipFile", RenamedByReader)

    unpack(path, folder)

    assert contents(folder) == FILES
    assert not (tmp_path / "set").exists()


def test_pax_path_of_a_tar_member_is_the_name_that_is_checked(tmp_path: Path) -> None:
    member = tar_member("plain.txt")
    member.pax_headers = {"path": "../../evil"}
    path = make_tar(tmp_path / "hostile.tar", "w:gz", member)

    with pytest.raises(BadDataError, match=r"inside the archive's folder, got '../../evil'"):
        unpack(path, tmp_path / "out")

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "member",
    [
        tar_member("link", tarfile.SYMTYPE, "/etc/passwd"),
        tar_member("link", tarfile.LNKTYPE, "set/a.txt"),
        tar_member("pipe", tarfile.FIFOTYPE),
        tar_member("disk", tarfile.BLKTYPE),
        tar_member("null", tarfile.CHRTYPE),
    ],
    ids=["symbolic link", "hard link", "pipe", "block device", "character device"],
)
def test_links_and_devices_in_a_tar_are_refused(tmp_path: Path, member: tarfile.TarInfo) -> None:
    path = make_tar(tmp_path / "hostile.tar", "w:gz", member)

    with pytest.raises(
        BadDataError, match=f"plain files only, got the link or device '{member.name}'"
    ):
        unpack(path, tmp_path / "out")

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK])
def test_links_and_devices_in_a_zip_are_refused(tmp_path: Path, mode: int) -> None:
    path = make_zip(tmp_path / "hostile.zip", zip_member("odd", mode | 0o777))

    with pytest.raises(BadDataError, match="plain files only, got the link or device 'odd'"):
        unpack(path, tmp_path / "out")

    assert not (tmp_path / "out").exists()


def header(kind: bytes, content: bytes, **fields: bytes) -> bytes:
    """Return one member of a tar as bytes: its header of 512, and its content filled up."""
    info = tar_member("././@Header", kind)
    info.size = len(content)
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    for place, value in fields.items():
        start = int(place.removeprefix("at"))
        block[start : start + len(value)] = value
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + content + bytes(-len(content) % 512)


def pax(content: str) -> bytes:
    """Return one entry of a PAX header, which begins with its own length."""
    length = len(content) + 3
    while len(f"{length} {content}\n") != length:
        length += 1
    return f"{length} {content}\n".encode()


MEMBER = header(b"0", b"content")
MEBIBYTES = 16
LONG = b"x" * (MEBIBYTES << 20)
SPARSE = {"at482": b"\1", "at345": b"0" * 100}  # "an extension follows", and an empty map
BOMBS = {
    "PAX header": header(b"x", pax("comment=" + LONG.decode())) + MEMBER,
    "PAX header for all": header(b"g", pax("comment=" + LONG.decode())) + MEMBER,
    "long name": header(b"L", LONG) + MEMBER,
    "long link": header(b"K", LONG) + MEMBER,
    "many PAX headers": header(b"x", pax("comment=" + "x" * 50_000)) * 200 + MEMBER,
    "many headers for all": header(b"g", pax("a=" + "x" * 50_000)) * 200 + MEMBER,
    "many empty headers": header(b"x", b"") * 300 + MEMBER,
    "extensions of a sparse map": header(b"S", b"", **SPARSE)
    + (b"00000000001\0" * 42 + b"\1" + bytes(7)) * (MEBIBYTES << 11),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_tar_of_headers_costs_little_and_is_refused(tmp_path: Path, bomb: str) -> None:
    path = tmp_path / "bomb.tar.gz"
    path.write_bytes(gzip.compress(BOMBS[bomb] + bytes(1024), 1))
    tracemalloc.start()

    with pytest.raises(BadDataError, match=r"(must have (shorter )?headers|must be a plain)"):
        unpack(path, tmp_path / "out")

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20
    assert not (tmp_path / "out").exists()


def test_headers_of_all_members_together_are_limited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "_ALL_HEADERS", 100_000)
    member = header(b"x", pax("comment=" + "x" * 50_000)) + MEMBER
    path = tmp_path / "bomb.tar"
    path.write_bytes(member * 3 + bytes(1024))

    with pytest.raises(BadDataError, match="must have shorter headers"):
        unpack(path, tmp_path / "out")


def test_headers_that_say_much_of_each_member_are_read(tmp_path: Path) -> None:
    path = tmp_path / "many.tar.xz"
    with tarfile.open(path, "w:xz", format=tarfile.PAX_FORMAT) as archive:
        for number in range(300):
            info = tar_member(f"{'niño' * 40}/{number}")
            info.pax_headers = {"comment": "x" * 1000}
            archive.addfile(info)

    unpack(path, tmp_path / "out")

    assert len(contents(tmp_path / "out")) == 300


def test_sparse_file_in_a_tar_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sparse.tar"
    path.write_bytes(header(b"S", b"", at483=b"00000100000\0") + bytes(1024))

    with pytest.raises(BadDataError, match="plain files only, got the sparse file"):
        unpack(path, tmp_path / "out")


def test_member_of_negative_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "negative.tar"
    path.write_bytes(header(b"0", b"", at124=b"\xff" * 10 + b"\xf0\x00") + bytes(1024))

    with pytest.raises(BadDataError, match=r"(at most \d+ bytes|truncated or damaged)"):
        unpack(path, tmp_path / "out")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zip_packed_by_what_unpacks_without_a_limit_is_refused(
    tmp_path: Path, method: int
) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("zeros", bytes(1 << 20))

    with pytest.raises(BadDataError, match="members must be deflated or stored"):
        unpack(path, tmp_path / "out")


def test_zip_with_a_huge_list_of_members_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "list.zip")
    content = path.read_bytes()
    start, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    listed = content[start:end] * (1 + (8 << 20) // (end - start))
    ended = content[end : end + 12] + struct.pack("<LLH", len(listed), start, 0)
    path.write_bytes(content[:start] + listed + ended)
    tracemalloc.start()

    with pytest.raises(BadDataError, match="must have headers of at most"):
        unpack(path, tmp_path / "out")

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20


@pytest.mark.parametrize("make", [make_tar, make_zip])
@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(bytes=3000), "must unpack to at most 3000 bytes"),
        (Limits(members=2), "must have at most 2 members"),
    ],
)
def test_archive_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, make: Callable[[Path], Path], limits: Limits, message: str
) -> None:
    path = make(tmp_path / "bomb")

    with pytest.raises(BadDataError, match=message):
        unpack(path, tmp_path / "out", limits)

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz", "zip"])
def test_archive_that_unpacks_to_far_more_than_data_does_is_refused(
    tmp_path: Path, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_files, "_SMALL", 1 << 20)
    path = tmp_path / "zeros"
    if mode == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("zeros", bytes(16 << 20))
    else:
        with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
            info = tar_member("zeros")
            info.size = 16 << 20
            archive.addfile(info, io.BytesIO(bytes(info.size)))

    with pytest.raises(BadDataError, match=r"must unpack to at most \d+ bytes"):
        unpack(path, tmp_path / "out")

    assert not (tmp_path / "out").exists()


def test_zip_that_understates_its_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "liar.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("big", b"0" * 1_000_000)
    honest = (1_000_000).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(honest, (10).to_bytes(4, "little")))

    with pytest.raises(BadDataError, match="truncated or damaged"):
        unpack(path, tmp_path / "out")

    assert all(len(content) <= 10 for content in contents(tmp_path / "out").values())


@pytest.mark.parametrize("name", ["set/a.txt", "set//a.txt", "./set/a.txt", "set/a.txt/below"])
def test_member_that_would_replace_another_is_refused(tmp_path: Path, name: str) -> None:
    path = make_tar(tmp_path / "twice.tar", "w:gz", tar_member(name))

    with pytest.raises(BadDataError, match="must have each member once"):
        unpack(path, tmp_path / "out")


@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz", "zip"])
def test_truncated_archive_is_named(tmp_path: Path, mode: str, share: float) -> None:
    path = tmp_path / "cut"
    if mode == "zip":
        make_zip(path)
    else:
        make_tar(path, mode)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])

    with pytest.raises(BadDataError, match=r"cut: must be a whole (zip or tar )?archive"):
        unpack(path, tmp_path / "out")


def test_page_of_a_vanished_site_is_no_archive(tmp_path: Path) -> None:
    path = tmp_path / "data.zip"
    path.write_text("<html>This domain is for sale</html>" * 100)

    with pytest.raises(BadDataError, match="must be a whole zip or tar archive"):
        unpack(path, tmp_path / "out")


def test_encrypted_zip_is_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "secret.zip")
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = -1
        while (start := content.find(signature, start + 1)) >= 0:
            content[start + offset] |= 1
    path.write_bytes(bytes(content))

    with pytest.raises(BadDataError, match="must be a plain archive"):
        unpack(path, tmp_path / "out")
