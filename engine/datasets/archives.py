"""Archives of images, or of one table: what is safe and needed in them is unpacked into the cache, once.

An archive is refused, with the name of what is wrong in it, where a file would climb out of the folder, a link would
leave it, or it holds far more than its size lets expect.
"""

import errno
import gzip
import hashlib
import lzma
import os
import shutil
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import IO, cast

import msgspec

from engine.datasets.dataset import Progress, Skipped
from engine.datasets.fetching import alone, cache_folder
from engine.datasets.images.labels import SUFFIXES as LABELS
from engine.datasets.images.walking import is_image, shown
from engine.datasets.unread import TABLES
from engine.errors import DataError
from engine.spec import abbreviate

SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
PACKED_TABLES = tuple(f"{ending}.gz" for ending in TABLES)
MOST_FILES = 2_000_000
MOST_TIMES = 100
"""How many times its own size an archive may unpack to: images hardly shrink, so what does so more is a trap."""
ALWAYS_ALLOWED = 200_000_000
"""Bytes that any archive may unpack to, however small it is."""
CHUNK = 2**20
LEFT_OUT = ".left-out.json"
"""Beside what was unpacked: what was not."""
ONLY_TABLE = ".table"
"""The folder with what was unpacked of an archive that holds one table and no images."""
MANNER = 3
"""Which way of unpacking it was, as what was unpacked in another is not what would be now."""
LARGEST_CACHE = 20 * 2**30
"""Bytes of all archives that stay unpacked."""
SPARED = 2**28
"""Bytes of the disk that are left to others."""

_UNPACK = "Unpack it yourself and open the folder."
_DAMAGE = (
    *(zipfile.BadZipFile, gzip.BadGzipFile, tarfile.TarError, lzma.LZMAError, zlib.error),
    *(EOFError, ValueError, struct.error),
)


class Member(msgspec.Struct, frozen=True):
    """What an archive holds under a name: a file, a link to ``target``, or something else (a device, say).

    ``is_named``: it is only named there, by a hard link.
    """

    name: str
    is_file: bool
    target: str | None = None
    is_named: bool = False


def is_archive(path: Path) -> bool:
    """Whether it is one by its name."""
    return path.name.lower().endswith((*SUFFIXES, *PACKED_TABLES)) and path.is_file()


def table_in(path: Path) -> Path | None:
    """The table that an archive holds and nothing else that is read; None: it is another one, or none. Raises
    `DataError`.
    """
    folder = _unpacked(path) / ONLY_TABLE if is_archive(path) else None
    return next(folder.iterdir(), None) if folder and folder.is_dir() else None


def folder_in(path: Path) -> Path | None:
    """The folder that a path stands for: itself, or what an archive unpacks to; None: it is neither, or an archive
    without images. Raises `DataError`.
    """
    if path.is_dir():
        return path
    if not is_archive(path):
        return None
    target = _unpacked(path)
    return target if any(entry.name != ONLY_TABLE for entry in target.iterdir()) else None


def _unpacked(path: Path) -> Path:
    target = _target(path)
    if not target.is_dir():
        for _ in unpack(path):
            pass
    with suppress(OSError):
        os.utime(target)
    return target


def unpack(path: Path) -> Iterator[Progress]:
    """Unpacks the images and tables of an archive, unless that is done already; of a folder, nothing. Raises
    `DataError`.
    """
    if not is_archive(path):
        return
    target = _target(path)
    if not target.is_dir():
        yield from alone(target, _unpack(path, target), lambda: Progress(f"Unpacking {path.name}"))


def left_out_of(path: Path) -> tuple[Skipped, ...]:
    """What of an archive was not unpacked, though it might be an image; of a folder, nothing."""
    if not is_archive(path):
        return ()
    with suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode((_target(path) / LEFT_OUT).read_bytes(), type=tuple[Skipped, ...])
    return ()


def _target(path: Path) -> Path:
    try:
        facts = path.stat()
    except OSError as fault:
        raise DataError(f"{path} cannot be read: {fault.strerror or fault}.") from None
    key = f"{MANNER}\0{path.resolve()}\0{facts.st_size}\0{facts.st_mtime_ns}".encode("utf-8", "surrogateescape")
    return cache_folder() / "unpacked" / hashlib.sha256(key).hexdigest()[:32]


def _unpack(path: Path, target: Path) -> Iterator[Progress]:
    if target.is_dir():
        return  # Another process has unpacked it while this one waited.
    part = target.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    most = max(ALWAYS_ALLOWED, MOST_TIMES * path.stat().st_size)
    done = files = images = 0
    left_out: list[Skipped] = []
    tables: list[Path] = []
    try:
        with _reading(path):
            part.mkdir(parents=True)
            for member, content in _members(path):
                refuse_dangerous(path.name, member)
                if why := _why_not(member, content):
                    left_out.append(Skipped(shown(member.name), why))
                if content is None or not _is_wanted(member.name):
                    continue
                files += 1
                images += is_image(member.name)
                file = part / PurePosixPath(member.name)
                tables += [file] if member.name.lower().endswith(TABLES) else []
                for written in _copied(content, file):
                    done += written
                    _refuse_more(path, target, done, most, files)
                yield Progress(f"Unpacking {path.name}", files, 0, "files")
            if not images:
                _throw_away_all_but(tables, part)
            elif left_out:
                (part / LEFT_OUT).write_bytes(msgspec.json.encode(left_out))
            part.replace(target)
            _throw_away_old(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _throw_away_all_but(tables: list[Path], part: Path) -> None:
    """Leaves what was unpacked of an archive without images: its table where it holds one, or nothing."""
    aside = part.with_suffix(ONLY_TABLE)
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    if len(tables) == 1:
        tables[0].replace(aside / tables[0].name)
    shutil.rmtree(part)
    part.mkdir()
    aside.replace(part / ONLY_TABLE)


def _throw_away_old(newest: Path) -> None:
    """Keeps what is unpacked within its limit: what was used longest ago goes first, and is unpacked anew if needed."""
    folders = [folder for folder in newest.parent.iterdir() if folder.is_dir() and folder.suffix != ".part"]
    room = LARGEST_CACHE
    # Another process may throw them away meanwhile, and will do the rest.
    with suppress(OSError):
        for folder in sorted(folders, key=lambda folder: folder.stat().st_mtime, reverse=True):
            room -= sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
            if room < 0 and folder != newest:
                shutil.rmtree(folder, ignore_errors=True)


def refuse_dangerous(archive: str, member: Member) -> None:
    """Raises `DataError` for a member that would leave the folder it is unpacked to."""
    if _leaves(member.name):
        what = f"names the file {abbreviate(shown(member.name), 80)}, which lies outside of it"
    elif member.target is not None and _leaves(str(PurePosixPath(member.name).parent / member.target)):
        what = f"holds the link {abbreviate(shown(member.name), 80)}, which leads out of it"
    elif not member.is_file and member.target is None:
        what = f"holds {abbreviate(shown(member.name), 80)}, which is neither file nor folder"
    else:
        return
    raise DataError(f"{archive} {what}: it is not unpacked.", fix="Take an archive that you trust.")


def _leaves(name: str) -> bool:
    """Whether a name climbs out of the folder, or starts elsewhere, on any system."""
    name = name.replace("\\", "/")
    if name.startswith("/") or name[1:2] == ":" or "\0" in name:
        return True
    depth = 0
    for part in name.split("/"):
        depth += -1 if part == ".." else part not in ("", ".")
        if depth < 0:
            return True
    return False


def _is_wanted(name: str) -> bool:
    return not _is_hidden(name) and (is_image(name) or name.lower().endswith((*LABELS, *TABLES)))


def _why_not(member: Member, content: IO[bytes] | None) -> str:
    """Why a member that may be an image is left out, as a clause; empty: it is not, or is none."""
    if member.target is not None:
        return "" if _is_hidden(member.name) else "it is a link, and links in archives are not followed"
    is_lost = content is None and not member.is_named and _is_wanted(member.name)
    return "it is a link to what is not in the archive" if is_lost else ""


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") or part in ("__MACOSX", "..") for part in PurePosixPath(name).parts)


def _members(path: Path) -> Iterator[tuple[Member, IO[bytes] | None]]:
    """What an archive holds, the folders aside, with the content of each file that is wanted."""
    # A tar that ends with a zip in it looks like one, too.
    if path.suffix.lower() == ".zip" and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if not entry.is_dir():
                    # On Unix, the upper half says what kind of file it was; links are kept as such.
                    is_link = entry.external_attr >> 28 == 0xA
                    member = Member(entry.filename, not is_link, _link_in(archive, entry) if is_link else None)
                    yield member, archive.open(entry) if member.is_file and _is_wanted(entry.filename) else None
        return
    if path.name.lower().endswith(PACKED_TABLES):
        with gzip.open(path) as content:
            yield Member(path.stem, is_file=True), cast("IO[bytes]", content)
        return
    with tarfile.open(path, "r:*") as archive:
        for entry in archive:
            if entry.isdir():
                continue
            if entry.islnk():
                # A hard link names its file from the root of the archive.
                yield Member(entry.linkname, True, is_named=True), None
            member = Member(entry.name, entry.isfile() or entry.islnk(), entry.linkname if entry.issym() else None)
            yield member, _content_of(archive, entry) if member.is_file and _is_wanted(entry.name) else None


def _content_of(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes] | None:
    """That of a file, or of the one to which it is a hard link; None: that one is not in the archive."""
    with suppress(KeyError):
        return archive.extractfile(entry)
    return None


def _link_in(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str:
    with archive.open(entry) as content:
        return content.read(4096).decode("utf-8", "replace")


def _copied(content: IO[bytes], target: Path) -> Iterator[int]:
    """Writes a file, telling the bytes of each piece."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with content, target.open("wb") as file:
        while chunk := content.read(CHUNK):
            file.write(chunk)
            yield len(chunk)


def _refuse_more(path: Path, target: Path, done: int, most: int, files: int) -> None:
    if done > most:
        raise DataError(
            f"{path.name} unpacks to more than {most // 10**6:,} MB, from {path.stat().st_size:,} bytes.",
            expected=f"Data unpack to at most {MOST_TIMES} times the size of their archive.",
            fix="If you trust it, unpack it yourself and open the folder.",
        )
    if files > MOST_FILES:
        raise DataError(f"{path.name} holds more than {MOST_FILES:,} files.", fix=_UNPACK)
    if shutil.disk_usage(target.parent).free < SPARED:
        raise _full(path)


def _full(path: Path) -> DataError:
    return DataError(
        f"The disk is full: {path.name} cannot be unpacked into {cache_folder()}.",
        fix="Make room, or unpack it elsewhere and open the folder.",
    )


@contextmanager
def _reading(path: Path) -> Generator[None]:
    """Turns what goes wrong with an archive into a `DataError`."""
    try:
        yield
    except NotImplementedError:
        raise DataError(f"{path.name} is packed in a way that cannot be read.", fix=_UNPACK) from None
    except RuntimeError:
        raise DataError(f"{path.name} is locked with a password.", fix=_UNPACK) from None
    except _DAMAGE:
        raise DataError(f"{path.name} is damaged or cut off.", fix="Get it once more.") from None
    except OSError as fault:
        if fault.errno == errno.ENOSPC:
            raise _full(path) from None
        raise DataError(f"{path.name} cannot be unpacked: {fault.strerror or fault}.", fix=_UNPACK) from None
