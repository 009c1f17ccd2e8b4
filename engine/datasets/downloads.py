"""Well-known image sets in their official files, brought by `engine.datasets.fetching`. None of them is code."""

import gzip
import shutil
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import msgspec
import numpy as np

from engine.datasets.dataset import Dataset, Loaded, Progress, Samples
from engine.datasets.fetching import (
    RemoteFile,
    UnreachableError,
    alone,
    bring,
    cache_folder,
    folders,
    mirror_folder,
    mirror_url,
    part_of,
    writing,
)
from engine.errors import DataError
from engine.spec import Shape

GROUP = "Downloaded"


def _idx_files(folder: str, addresses: Sequence[str], checksums: Sequence[tuple[str, int, str]]) -> list[RemoteFile]:
    return [
        RemoteFile(f"{folder}/{name}", size, f"sha256:{digest}", tuple(address + name for address in addresses))
        for name, size, digest in checksums
    ]


class Mnist(Dataset, frozen=True):
    """70,000 handwritten digits of 28 × 28 pixels: the set on which the field learned to read."""

    title = "MNIST"
    group = GROUP
    source = "Y. LeCun, C. Cortes and C. Burges, The MNIST Database of Handwritten Digits, 1998; CC BY-SA 3.0"
    normalization = "unit"
    largest = 255.0
    downloaded = True
    files: ClassVar[Sequence[RemoteFile]] = _idx_files(
        "mnist",
        (
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
            "http://yann.lecun.com/exdb/mnist/",
        ),
        (
            (
                "train-images-idx3-ubyte.gz",
                9_912_422,
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            ),
            ("train-labels-idx1-ubyte.gz", 28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
            (
                "t10k-images-idx3-ubyte.gz",
                1_648_877,
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            ),
            ("t10k-labels-idx1-ubyte.gz", 4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        ),
    )
    """Images and labels for training, then for the test."""

    @property
    def shape(self) -> Shape:
        return (1, 28, 28)

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple("0123456789")

    @property
    def sizes(self) -> tuple[int, int]:
        return (60_000, 10_000)

    @property
    def download_size(self) -> int:
        return sum(file.size for file in self.files)

    def is_here(self) -> bool:
        return all(file.found() for file in self.files)

    def fetch(self) -> Iterator[Progress]:
        yield from bring(self.title, self.files)

    def load(self) -> Loaded:
        if not self.is_here():
            raise absent(self.title)
        images, labels, test_images, test_labels = map(_read_idx, self.files)
        return Loaded(_as_samples(images, labels), _as_samples(test_images, test_labels))


class FashionMnist(Mnist, frozen=True):
    """70,000 pieces of clothing of 28 × 28 pixels: as large as MNIST, and harder."""

    title = "Fashion-MNIST"
    source = "H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST, Zalando SE, 2017; MIT"
    files = _idx_files(
        "fashion-mnist",
        (
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ),
        (
            (
                "train-images-idx3-ubyte.gz",
                26_421_880,
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            ),
            ("train-labels-idx1-ubyte.gz", 29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
            (
                "t10k-images-idx3-ubyte.gz",
                4_422_102,
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            ),
            ("t10k-labels-idx1-ubyte.gz", 5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        ),
    )

    @property
    def classes(self) -> tuple[str, ...]:
        return (
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        )


class Cifar10(Dataset, frozen=True):
    """60,000 colour photos of 32 × 32 pixels: animals and vehicles.

    A mirror may hold batches 1 and 5 alone: then batch 1 is trained on, and batch 5 is the test.
    """

    title = "CIFAR-10"
    group = GROUP
    source = "A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009"
    normalization = "unit"
    largest = 255.0
    downloaded = True
    archive: ClassVar[RemoteFile] = RemoteFile(
        "cifar-10-binary.tar.gz",
        170_052_171,
        "md5:c32a1d4ab5d03f1284b67883e8d87530",
        ("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",),
    )

    @property
    def shape(self) -> Shape:
        return (3, 32, 32)

    @property
    def classes(self) -> tuple[str, ...]:
        return ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

    @property
    def sizes(self) -> tuple[int, int]:
        train, test = _batches() or (WHOLE_TRAIN, WHOLE_TEST)
        return (len(train) * BATCH, len(test) * BATCH)

    @property
    def download_size(self) -> int:
        return self.archive.size

    def is_here(self) -> bool:
        return _batches() is not None

    def fetch(self) -> Iterator[Progress]:
        if not self.is_here():
            waiting = Progress("Waiting for another download of CIFAR-10")
            yield from alone(cache_folder() / FOLDER, self._fetch(), lambda: waiting)

    def load(self) -> Loaded:
        parts = _batches()
        if parts is None:
            raise absent(self.title)
        train, test = parts
        note = ""
        if len(train) < len(WHOLE_TRAIN):
            note = (
                "This is a part of CIFAR-10: batch 1 of 5 is trained on, and batch 5 stands in for the test "
                "(10,000 images each)."
            )
        return Loaded(_read_batches(train), _read_batches(test), note=note)

    def _fetch(self) -> Iterator[Progress]:
        if self.is_here():
            return  # Another process has brought it while this one waited.
        yield from self._fetch_from_mirror()
        if not self.is_here():
            yield from bring(self.title, (self.archive,))
            yield from _unpack(self.archive.checked())

    def _fetch_from_mirror(self) -> Iterator[Progress]:
        """The archive if the mirror has it, or else the part."""
        if not mirror_url():
            return
        for files in ((msgspec.structs.replace(self.archive, urls=()),), PART):
            try:
                yield from bring(self.title, files)
                return
            except UnreachableError:
                continue


FOLDER = "cifar-10-batches-bin"
BATCH = 10_000
RECORD = 1 + 3 * 32 * 32
WHOLE_TRAIN = tuple(Path(FOLDER) / f"data_batch_{number}.bin" for number in range(1, 6))
WHOLE_TEST = (Path(FOLDER) / "test_batch.bin",)
PART = (
    RemoteFile(
        f"{FOLDER}/data_batch_1.bin",
        BATCH * RECORD,
        "sha256:cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
    ),
    RemoteFile(
        f"{FOLDER}/data_batch_5.bin",
        BATCH * RECORD,
        "sha256:755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
    ),
)


def _batches() -> tuple[Sequence[Path], Sequence[Path]] | None:
    """The files to train and to test on: those of the whole set or, from a mirror alone, of the part; None: neither."""
    for folder in folders():
        train, test = [folder / path for path in WHOLE_TRAIN], [folder / path for path in WHOLE_TEST]
        if all(map(_is_batch, train + test)):
            return train, test
        from_mirror = folder == mirror_folder() or mirror_url()
        if from_mirror and _is_batch(train[0]) and _is_batch(train[4]):
            return train[:1], train[4:]
    return None


def _is_batch(path: Path) -> bool:
    return path.is_file() and path.stat().st_size == BATCH * RECORD


def _unpack(archive: Path) -> Iterator[Progress]:
    """Reads the six batches out of the archive by their names, and removes what was downloaded."""
    wanted = {path.as_posix() for path in WHOLE_TRAIN + WHOLE_TEST}
    done = 0
    with tarfile.open(archive, "r:gz") as tar:
        for member in tar:
            content = tar.extractfile(member) if member.name in wanted else None
            if content is None:
                continue
            yield Progress("Unpacking CIFAR-10", done, len(wanted), "files")
            target = cache_folder() / member.name
            with content, writing(target):
                target.parent.mkdir(parents=True, exist_ok=True)
                with part_of(target).open("wb") as file:
                    shutil.copyfileobj(content, file)
                part_of(target).replace(target)
            done += 1
    if archive.is_relative_to(cache_folder()):
        archive.unlink()


def _read_batches(paths: Sequence[Path]) -> Samples:
    """Records of one label byte and 1,024 red, green and blue bytes each (the page of CIFAR-10 describes them)."""
    for file in PART:
        if file.found() in paths:
            file.checked()
    try:
        records = np.concatenate([np.fromfile(path, np.uint8).reshape(-1, RECORD) for path in paths])
    except OSError as fault:
        raise DataError(f"CIFAR-10 cannot be read: {fault.strerror or fault}.") from None
    labels = records[:, 0].astype(np.int64)
    if labels.max() > 9:
        raise DataError(
            f"{paths[0].parent} does not hold CIFAR-10: a label is {labels.max()}.", expected="Labels run from 0 to 9."
        )
    return Samples(np.ascontiguousarray(records[:, 1:]).reshape(-1, 3, 32, 32), labels)


def absent(title: str) -> DataError:
    """Why a downloaded set cannot be read."""
    return DataError(f"{title} is not on this machine yet.", fix="Download it first.")


def _as_samples(images: np.ndarray, labels: np.ndarray) -> Samples:
    return Samples(images[:, None], labels.astype(np.int64))


def _read_idx(file: RemoteFile) -> np.ndarray:
    """An array in IDX form, gzipped: two zero bytes, the type (8: bytes), the rank, the sizes, the values.

    Source: the page of MNIST.
    """
    content = gzip.decompress(file.checked().read_bytes())
    rank = content[3]
    sizes = np.frombuffer(content, ">i4", rank, offset=4)
    # A copy: the bytes themselves are read-only, and torch wants arrays that could be written.
    return np.frombuffer(content, np.uint8, offset=4 + 4 * rank).reshape(sizes).copy()
