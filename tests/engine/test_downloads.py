"""Downloads against a real server on this machine, which can cut connections and send wrong bytes."""

import errno
import gzip
import hashlib
import io
import itertools
import struct
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import numpy as np
import pytest

from engine import datasets
from engine.datasets import Cifar10, Dataset, FashionMnist, Mnist, downloads
from engine.datasets.fetching import CACHE, MIRROR, RemoteFile, UnreachableError, bring, part_of
from engine.errors import DataError, DownloadError

CONTENT = np.random.default_rng(0).bytes(1_000_000)


class Server(ThreadingHTTPServer):
    """Serves ``files``; sends at most ``longest`` bytes an answer while ``cuts`` lasts."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.cuts = 0
        self.longest = 300_000
        self.knows_ranges = True
        self.asked: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.server.asked.append((self.path, wanted))
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.server.knows_ranges else 0
        if start >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        end = len(content)
        if self.server.cuts:
            self.server.cuts -= 1
            end = start + self.server.longest
        self.wfile.write(content[start:end])

    def log_message(self, format: str, *args: object) -> None:
        del format, args


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CACHE, str(tmp_path / "cache"))
    monkeypatch.delenv(MIRROR, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path / "cache"


@pytest.fixture
def file(server: Server) -> RemoteFile:
    server.files["/set/file.bin"] = CONTENT
    return remote("set/file.bin", CONTENT, server.url)


def remote(path: str, content: bytes, *addresses: str) -> RemoteFile:
    digest = hashlib.sha256(content).hexdigest()
    return RemoteFile(path, len(content), f"sha256:{digest}", tuple(f"{address}/{path}" for address in addresses))


def fetch(file: RemoteFile) -> None:
    for _ in bring("A set", [file]):
        pass


def test_a_download_tells_how_far_it_is_and_lands_in_the_cache(file: RemoteFile, cache: Path) -> None:
    progress = list(bring("A set", [file]))
    done = [step.done for step in progress]
    assert done == sorted(done)
    assert done[-1] == progress[0].total == len(CONTENT)
    assert progress[0].unit == "bytes"
    assert "A set" in progress[0].message
    assert (cache / "set/file.bin").read_bytes() == CONTENT
    assert file.checked() == cache / "set/file.bin"


def test_what_is_here_is_not_asked_for_again(file: RemoteFile, server: Server) -> None:
    fetch(file)
    assert not list(bring("A set", [file]))
    assert len(server.asked) == 1


def test_a_cut_connection_goes_on_where_it_was_cut(file: RemoteFile, server: Server) -> None:
    server.cuts = 2
    fetch(file)
    assert file.checked().read_bytes() == CONTENT
    assert [wanted for _, wanted in server.asked] == ["", "bytes=300000-", "bytes=600000-"]


def test_a_server_without_ranges_that_cuts_is_given_up(file: RemoteFile, server: Server, cache: Path) -> None:
    server.knows_ranges, server.cuts = False, 99
    with pytest.raises(DownloadError, match=r"cut off.*Try again") as failure:
        fetch(file)
    assert "file.bin" in failure.value.message
    assert file.found() is None
    server.knows_ranges, server.cuts = True, 0
    fetch(file)
    assert server.asked[-1] == ("/set/file.bin", "bytes=300000-")
    assert (cache / "set/file.bin").read_bytes() == CONTENT


def test_cancelling_keeps_what_has_arrived(file: RemoteFile, server: Server, cache: Path) -> None:
    download = bring("A set", [file])
    arrived = next(download).done
    download.close()
    assert part_of(cache / "set/file.bin").stat().st_size == arrived
    assert file.found() is None
    fetch(file)
    assert server.asked[-1][1] == f"bytes={arrived}-"
    assert file.checked().read_bytes() == CONTENT


def test_the_next_source_goes_on_with_the_part_of_the_first(file: RemoteFile, server: Server) -> None:
    server.files["/other/set/file.bin"] = CONTENT
    server.knows_ranges, server.cuts = False, 2
    file = remote("set/file.bin", CONTENT, server.url, server.url + "/other")
    fetch(file)
    assert server.asked[-1] == ("/other/set/file.bin", "bytes=300000-")
    assert file.checked().read_bytes() == CONTENT


def test_wrong_bytes_are_thrown_away_and_named(file: RemoteFile, server: Server, cache: Path) -> None:
    server.files["/set/file.bin"] = CONTENT[::-1]
    with pytest.raises(DownloadError, match=r"file\.bin.*not the official file.*thrown away"):
        fetch(file)
    assert [path.name for path in (cache / "set").iterdir() if path.suffix != ".lock"] == []


def test_a_file_that_never_ends_is_cut_short(file: RemoteFile, server: Server) -> None:
    server.files["/set/file.bin"] = CONTENT * 20
    with pytest.raises(DownloadError, match="not the official file"):
        fetch(file)


def test_the_page_of_a_network_that_wants_a_name_spoils_nothing(file: RemoteFile, server: Server, cache: Path) -> None:
    download = bring("A set", [file])
    arrived = next(download).done
    download.close()
    server.files["/set/file.bin"], server.knows_ranges = b"<html>Who are you?</html>", False
    with pytest.raises(DownloadError, match=r"not the official file \(its size is wrong\).*another network"):
        fetch(file)
    server.files["/set/file.bin"], server.knows_ranges = CONTENT, True
    fetch(file)
    assert server.asked[-1][1] == f"bytes={arrived}-"
    assert file.checked().read_bytes() == CONTENT


def test_a_whole_part_is_checked_and_taken(file: RemoteFile, cache: Path) -> None:
    part = part_of(cache / "set/file.bin")
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT)
    fetch(file)
    assert file.checked().read_bytes() == CONTENT


def test_a_wrong_source_says_more_than_a_silent_one(server: Server) -> None:
    server.files["/set/file.bin"] = b"wrong" * 200_000
    with pytest.raises(DownloadError, match="not the official file"):
        fetch(remote("set/file.bin", CONTENT, server.url, server.url + "/nowhere"))


def test_no_network_is_said_in_a_sentence() -> None:
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:9 cannot be reached to download file\.bin") as failure:
        fetch(remote("set/file.bin", CONTENT, "http://127.0.0.1:9"))
    assert MIRROR in failure.value.fix


def test_a_refusal_is_said_with_its_number(server: Server) -> None:
    with pytest.raises(UnreachableError, match="answers 404") as failure:
        fetch(remote("set/other.bin", CONTENT, server.url))
    # It was reached: the connection is not at fault.
    assert "connection" not in failure.value.fix


def test_the_address_of_a_mirror_is_asked_first(
    file: RemoteFile, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.files["/mirror/set/file.bin"] = CONTENT
    monkeypatch.setenv(MIRROR, server.url + "/mirror/")
    fetch(file)
    assert [path for path, _ in server.asked] == ["/mirror/set/file.bin"]


def test_a_mirror_without_the_file_is_passed_over(
    file: RemoteFile, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR, server.url + "/empty")
    fetch(file)
    assert [path for path, _ in server.asked] == ["/empty/set/file.bin", "/set/file.bin"]


def test_a_folder_as_mirror_is_read_in_place(
    file: RemoteFile, server: Server, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mirror/set").mkdir(parents=True)
    (tmp_path / "mirror/set/file.bin").write_bytes(CONTENT)
    monkeypatch.setenv(MIRROR, str(tmp_path / "mirror"))
    assert not list(bring("A set", [file]))
    assert file.checked() == tmp_path / "mirror/set/file.bin"
    assert not server.asked
    assert not cache.exists()


def test_a_damaged_file_is_thrown_away_from_the_cache_but_never_from_a_mirror(
    file: RemoteFile, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (cache, tmp_path / "mirror"):
        (folder / "set").mkdir(parents=True)
        (folder / "set/file.bin").write_bytes(b"damaged")
    with pytest.raises(DownloadError, match="thrown away"):
        file.checked()
    assert file.found() is None
    monkeypatch.setenv(MIRROR, str(tmp_path / "mirror"))
    with pytest.raises(DownloadError, match="not the official file"):
        file.checked()
    assert (tmp_path / "mirror/set/file.bin").exists()


def test_a_cache_that_cannot_be_written_is_said(file: RemoteFile, cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    with pytest.raises(DownloadError, match="cannot be written") as failure:
        fetch(file)
    assert CACHE in failure.value.fix


def test_a_full_disk_is_said(file: RemoteFile, monkeypatch: pytest.MonkeyPatch) -> None:
    class FullDisk(io.BytesIO):
        def write(self, content: object) -> int:
            del content
            raise OSError(errno.ENOSPC, "No space left on device")

    opened = Path.open
    monkeypatch.setattr(Path, "open", lambda path, *how: FullDisk() if path.suffix == ".part" else opened(path, *how))
    with pytest.raises(DownloadError, match=r"The disk is full: file\.bin"):
        fetch(file)


def test_two_downloads_of_one_file_wait_for_each_other(file: RemoteFile, server: Server) -> None:
    first, second = bring("A set", [file]), bring("A set", [file])
    next(first)
    assert next(second).done <= len(CONTENT)
    list(first)
    list(second)
    assert len(server.asked) == 1


# The sets themselves


@pytest.mark.parametrize("kind", [kind for kind in Dataset.kinds.values() if kind.downloaded])
def test_what_is_not_here_is_said(kind: type[Dataset]) -> None:
    dataset = kind()
    assert not dataset.is_here()
    with pytest.raises(DataError, match=f"{dataset.title} is not on this machine"):
        dataset.load()


def test_every_file_has_an_official_source() -> None:
    files = [*Mnist.files, *FashionMnist.files, Cifar10.archive]
    assert all(file.urls and file.size and file.checksum for file in files)
    assert len({file.checksum for file in files}) == len(files)


def test_mnist_comes_through_an_address(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.arange(5 * 28 * 28, dtype=np.uint8).reshape(5, 28, 28)
    images = gzip.compress(struct.pack(">2BBB3i", 0, 0, 8, 3, 5, 28, 28) + pixels.tobytes())
    labels = gzip.compress(struct.pack(">2BBBi", 0, 0, 8, 1, 5) + bytes([4, 3, 2, 1, 0]))
    small = [remote(file.path, content) for file, content in zip(Mnist.files, (images, labels) * 2, strict=True)]
    server.files = {f"/{file.path}": content for file, content in zip(small, (images, labels) * 2, strict=True)}
    monkeypatch.setattr(Mnist, "files", small)
    monkeypatch.setenv(MIRROR, server.url)
    steps = list(datasets.fetch(Mnist()))
    assert steps[-1].done == steps[-1].total == 2 * (len(images) + len(labels))
    train = Mnist().load().train
    assert np.array_equal(train.inputs[:, 0], pixels)
    assert train.targets.tolist() == [4, 3, 2, 1, 0]


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Six small batches in the form of CIFAR-10; the first pixel tells the batch."""
    monkeypatch.setattr(downloads, "BATCH", 10)
    made = [np.tile(np.arange(10, dtype=np.uint8)[:, None], (1, downloads.RECORD)) for _ in range(6)]
    for number, batch in enumerate(made):
        batch[:, 1:] = 0
        batch[:, 1] = number + 1
    contents = [batch.tobytes() for batch in made]
    part = tuple(remote(file.path, content) for file, content in zip(downloads.PART, contents[0:5:4], strict=True))
    monkeypatch.setattr(downloads, "PART", part)
    return contents


BATCH_NAMES = [path.as_posix() for path in downloads.WHOLE_TRAIN + downloads.WHOLE_TEST]


def archive_of(contents: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def test_cifar_10_is_unpacked_by_names_alone(
    batches: list[bytes], server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = dict(zip(BATCH_NAMES, batches, strict=True))
    packed = archive_of({"../../escaped.bin": b"evil", "cifar-10-batches-bin/readme.html": b"", **whole})
    server.files["/cifar-10-binary.tar.gz"] = packed
    monkeypatch.setattr(Cifar10, "archive", remote("cifar-10-binary.tar.gz", packed))
    monkeypatch.setenv(MIRROR, server.url)
    assert {step.unit for step in Cifar10().fetch()} == {"bytes", "files"}
    assert {path.name for path in tmp_path.rglob("*") if path.suffix not in (".lock", "")} == {
        name.rpartition("/")[2] for name in BATCH_NAMES
    }
    loaded = Cifar10().load()
    assert Cifar10().sizes == (len(loaded.train), len(loaded.test or ())) == (50, 10)
    assert not loaded.note
    assert loaded.train.inputs[:, 0, 0, 0].tolist() == list(
        itertools.chain.from_iterable([number] * 10 for number in range(1, 6))
    )
    monkeypatch.delenv(MIRROR)
    assert Cifar10().is_here()


def test_a_part_of_cifar_10_is_used_and_said(
    batches: list[bytes], server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file, content in zip(downloads.PART, batches[0:5:4], strict=True):
        server.files[f"/{file.path}"] = content
    monkeypatch.setenv(MIRROR, server.url)
    list(Cifar10().fetch())
    loaded = Cifar10().load()
    assert Cifar10().sizes == (len(loaded.train), len(loaded.test or ())) == (10, 10)
    assert "part of CIFAR-10" in loaded.note
    assert loaded.test is not None
    assert set(loaded.test.inputs[:, 0, 0, 0].tolist()) == {5}
    # Without the mirror, the part is no reason to keep the whole set from a person.
    monkeypatch.delenv(MIRROR)
    assert not Cifar10().is_here()


def test_records_that_are_not_cifar_10_are_refused(
    batches: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, content in zip(BATCH_NAMES, batches, strict=True):
        path = tmp_path / "mirror" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\xff" * len(content))
    monkeypatch.setenv(MIRROR, str(tmp_path / "mirror"))
    wrong = tuple(msgspec.structs.replace(file, path="elsewhere") for file in downloads.PART)
    monkeypatch.setattr(downloads, "PART", wrong)
    with pytest.raises(DataError, match="label is 255"):
        Cifar10().load()


@pytest.mark.parametrize(
    ("kind", "means"), [(Mnist, [0.1307]), (FashionMnist, [0.2860]), (Cifar10, [0.4914, 0.4822, 0.4465])]
)
def test_the_real_files_are_read(
    kind: type[Dataset], means: list[float], shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR, str(shared_data))
    dataset = kind()
    assert dataset.is_here()
    loaded = dataset.load()
    assert (len(loaded.train), len(loaded.test or ())) == dataset.sizes
    assert loaded.train.inputs.shape[1:] == dataset.shape
    assert loaded.train.inputs.dtype == np.uint8
    assert loaded.train.inputs.flags.writeable
    assert loaded.train.inputs.mean(axis=(0, 2, 3)) / 255 == pytest.approx(means, abs=0.005)
    assert set(np.unique(loaded.train.targets)) == set(range(10))
