"""Brings official files to this machine: mirror first, resumable, and in the cache only once the checksum holds.

``LAYERLOOM_DATA_MIRROR`` is a folder, whose files are read where they lie, or an http address. ``LAYERLOOM_CACHE``
moves the cache out of the user's cache folder. Both hold the files under the same paths, such as
``mnist/train-images-idx3-ubyte.gz``.
"""

import errno
import hashlib
import os
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import msgspec

from engine.datasets.dataset import Progress
from engine.errors import DownloadError

if TYPE_CHECKING:
    import ssl
    from http.client import HTTPResponse

    from filelock import FileLock

MIRROR = "LAYERLOOM_DATA_MIRROR"
CACHE = "LAYERLOOM_CACHE"

CHUNK = 2**18
SILENT_SECONDS = 20
POLL_SECONDS = 0.2
RANGE_NOT_SATISFIABLE = 416
PARTIAL_CONTENT = 206

T = TypeVar("T")


class RemoteFile(msgspec.Struct, frozen=True):
    """A file that others publish. ``checksum`` is ``sha256:…`` or ``md5:…``; ``size`` is in bytes."""

    path: str
    size: int
    checksum: str
    urls: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.path.rpartition("/")[2]

    def found(self) -> Path | None:
        """Where it lies on this machine; None: nowhere."""
        return next((folder / self.path for folder in folders() if (folder / self.path).is_file()), None)

    def checked(self) -> Path:
        """Where it lies, its content verified. Raises `DownloadError`."""
        path = self.found()
        if path is None:
            raise DownloadError(f"{self.name} is not on this machine.", fix="Download the dataset first.")
        if self.is_content_of(path):
            return path
        if path.is_relative_to(cache_folder()):
            path.unlink(missing_ok=True)
            raise DownloadError(
                f"{self.name} is damaged on this machine (its checksum is wrong) and has been thrown away.",
                fix="Download the dataset again.",
            )
        raise DownloadError(
            f"{path} is not the official file: its checksum is wrong.", fix="Put the official file in its place."
        )

    def is_content_of(self, path: Path) -> bool:
        """Whether that file holds what the checksum promises. Raises `DownloadError` where it cannot be read."""
        algorithm, _, expected = self.checksum.partition(":")
        try:
            with path.open("rb") as content:
                return hashlib.file_digest(content, algorithm).hexdigest() == expected
        except OSError as fault:
            raise DownloadError(f"{path} cannot be read: {fault.strerror or fault}.") from None


class UnreachableError(DownloadError):
    """Nothing could be had from there: no connection, or the server refuses."""


class _CutOffError(DownloadError):
    pass


def cache_folder() -> Path:
    """Where downloaded files are kept."""
    chosen = os.environ.get(CACHE)
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("layerloom", appauthor=False) / "datasets"


def mirror_url() -> str:
    """The address that is asked first, if the mirror is one; otherwise empty."""
    mirror = os.environ.get(MIRROR, "")
    return mirror.rstrip("/") if mirror.startswith(("http://", "https://")) else ""


def mirror_folder() -> Path | None:
    """The folder that is looked into first, if the mirror is one."""
    mirror = os.environ.get(MIRROR)
    return Path(mirror).expanduser() if mirror and not mirror_url() else None


def folders() -> tuple[Path, ...]:
    """The folders in which files may lie, the first to be asked first."""
    mirror = mirror_folder()
    return (mirror, cache_folder()) if mirror else (cache_folder(),)


def bring(title: str, files: Sequence[RemoteFile]) -> Iterator[Progress]:
    """Downloads what is not here yet into the cache. Closing the generator cancels and keeps what has arrived.

    Raises `UnreachableError` where no source answers, and `DownloadError` where the download was cut off, is not the
    official file, or cannot be written.
    """
    missing = [file for file in files if file.found() is None]
    total, before = sum(file.size for file in missing), 0
    for file in missing:
        with closing(_bring_one(file)) as steps:
            for done in steps:
                yield Progress(f"Downloading {title}", before + done, total, "bytes")
        before += file.size


def _bring_one(file: RemoteFile) -> Generator[int]:
    target = cache_folder() / file.path
    # Two processes that append to one part would spoil it.
    return alone(target, _try_sources(file, target), lambda: _size(part_of(target)))


def alone(target: Path, work: Iterator[T], waiting: Callable[[], T]) -> Generator[T]:
    """What ``work`` yields, begun once no other process works on the target; until then, what ``waiting`` answers."""
    from filelock import FileLock

    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    # Not bound to a thread: whoever cancels may close the generator from another one.
    lock = FileLock(f"{target}.lock", thread_local=False)
    try:
        while not _acquires(lock, target):
            yield waiting()
            time.sleep(POLL_SECONDS)
        yield from work
    finally:
        lock.release()


def _acquires(lock: "FileLock", target: Path) -> bool:
    from filelock import Timeout

    with writing(target):
        try:
            lock.acquire(blocking=False)
        except Timeout:
            return False
    return True


def _try_sources(file: RemoteFile, target: Path) -> Iterator[int]:
    """Each source goes on from what the ones before have brought: the checksum says that they are the same file."""
    if target.is_file():
        return  # Another process has brought it while this one waited.
    mirror = mirror_url()
    failures: list[DownloadError] = []
    for url in ((f"{mirror}/{file.path}",) if mirror else ()) + file.urls:
        try:
            yield from _persist(file, url, part_of(target))
            _accept(file, url, target)
            return
        except DownloadError as failure:
            failures.append(failure)
    # A source that sent something wrong says more than one that did not answer.
    raise next((failure for failure in failures if not isinstance(failure, UnreachableError)), failures[-1])


def _persist(file: RemoteFile, url: str, part: Path) -> Iterator[int]:
    """Asks again after each cut, as long as every attempt brings more."""
    while True:
        before = _size(part)
        try:
            yield from _receive(file, url, part)
            return
        except _CutOffError:
            if _size(part) <= before:
                raise


def _receive(file: RemoteFile, url: str, part: Path) -> Iterator[int]:
    # Here, as every start of the window would wait for them, and few starts download.
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    host, before = urlsplit(url).netloc, _size(part)
    # A server that packs the file once more for the way would spoil its checksum.
    headers = {"User-Agent": "layerloom", "Accept-Encoding": "identity"}
    if before:
        headers["Range"] = f"bytes={before}-"
    try:
        response = urlopen(Request(url, headers=headers), timeout=SILENT_SECONDS, context=_certificates())
    except HTTPError as answer:
        answer.close()
        if answer.code == RANGE_NOT_SATISFIABLE:
            return  # All of it is here already; the checksum tells whether that is so.
        raise UnreachableError(
            f"{host} answers {answer.code} ({answer.reason}) for {file.name}.",
            fix=f"Try again later, or set {MIRROR} to a folder that holds the official files.",
        ) from None
    except (OSError, HTTPException, ValueError):
        raise UnreachableError(f"{host} cannot be reached to download {file.name}.", fix=_OFFLINE) from None
    with response:
        goes_on = response.status == PARTIAL_CONTENT
        if response.length is not None and response.length + (before if goes_on else 0) != file.size:
            # Such as the page on which a hotel asks for a name: what has arrived before is not spoiled by it.
            raise _unofficial(file, host, "size", "and is not taken")
        with writing(part):
            content = part.open("ab" if goes_on else "wb")
        with content:
            done = before if goes_on else 0
            # More than the official file holds is not the official file, however long it goes on.
            while done <= file.size and (chunk := _next_chunk(response, file, host)):
                with writing(part):
                    content.write(chunk)
                    content.flush()
                done += len(chunk)
                yield done
    if done < file.size:
        raise _cut_off(file, host)


_OFFLINE = f"Check the network connection, or set {MIRROR} to a folder that holds the official files."


def _next_chunk(response: "HTTPResponse", file: RemoteFile, host: str) -> bytes:
    from http.client import HTTPException

    try:
        return response.read1(CHUNK)
    except (OSError, HTTPException):
        raise _cut_off(file, host) from None


def _cut_off(file: RemoteFile, host: str) -> _CutOffError:
    return _CutOffError(
        f"The download of {file.name} from {host} was cut off.",
        fix="Try again: what has arrived is kept, and the download goes on from there.",
    )


def _accept(file: RemoteFile, url: str, target: Path) -> None:
    part = part_of(target)
    if not file.is_content_of(part):
        part.unlink(missing_ok=True)
        raise _unofficial(file, urlsplit(url).netloc, "checksum", "and has been thrown away")
    with writing(target):
        part.replace(target)


def _unofficial(file: RemoteFile, host: str, what: str, then: str) -> DownloadError:
    return DownloadError(
        f"{file.name} from {host} is not the official file (its {what} is wrong) {then}.",
        fix="Try again; if it comes back wrong, use another network or another mirror.",
    )


def part_of(target: Path) -> Path:
    """Where a file grows before it is whole."""
    return target.with_name(target.name + ".part")


@contextmanager
def writing(target: Path) -> Generator[None]:
    """Turns what the file system refuses into a `DownloadError`."""
    try:
        yield
    except OSError as fault:
        if fault.errno == errno.ENOSPC:
            raise DownloadError(
                f"The disk is full: {target.name} does not fit into {target.parent}.",
                fix="Make room, then try again: what has arrived is kept.",
            ) from None
        raise DownloadError(
            f"{target.parent} cannot be written: {fault.strerror or fault}.",
            fix=f"Make it writable, or set {CACHE} to another folder.",
        ) from None


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _certificates() -> "ssl.SSLContext":
    """Those of the system, and Mozilla's: Python on macOS comes with none."""
    import ssl

    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
