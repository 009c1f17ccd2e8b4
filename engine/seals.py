"""Seals: whether the samples that a project leaves out by their numbers are still those that were chosen.

A seal covers the numbering of all samples up to the last one left out (their names, or the rows of the file in which
they stand) and the content of the file as it was: rows that are added behind it break no seal, a row that is put in,
taken out or changed does.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np

from engine.datasets.dataset import Dataset, Loaded
from engine.datasets.files import FromFile
from engine.errors import DataError

WHOLE = 2**26
"""Bytes: of a larger file as many are looked at, in pieces spread over all of it."""
PIECE = 2**16
DIGITS = 16


class Seal(msgspec.Struct, frozen=True, array_like=True):
    """What is known of the first ``count`` samples: a digest of where they stand, the bytes of the file (0: a folder
    whose files are named) and a digest of them.
    """

    count: int
    places: str
    size: int = 0
    content: str = ""

    def written(self, excluded: Sequence[str]) -> str:
        """As a project keeps it, for samples written so."""
        return f"{_of_entries(excluded)} {msgspec.json.encode(self).decode()}"

    @classmethod
    def read(cls, words: str, excluded: Sequence[str]) -> "Seal | None":
        """None: there is none, or the samples were chosen otherwise since, by hand."""
        entries, _, rest = words.partition(" ")
        try:
            return msgspec.json.decode(rest, type=cls) if entries == _of_entries(excluded) else None
        except msgspec.DecodeError:
            return None


def sealed(dataset: Dataset, loaded: Loaded, last: int) -> Seal | None:
    """The seal of the samples up to this one; None: these samples never change. Raises `DataError`."""
    if not isinstance(dataset, FromFile):
        return None
    if loaded.names:
        return Seal(last + 1, _of_places(loaded, last + 1))
    size = _size(dataset.file())
    return Seal(last + 1, _of_places(loaded, last + 1), size, _of_content(dataset.file(), size))


def check(seal: Seal, dataset: Dataset, loaded: Loaded) -> None:
    """Raises `DataError` where it is broken."""
    if not isinstance(dataset, FromFile):
        return
    path = dataset.file()
    fits = seal.places == _of_places(loaded, seal.count)
    if fits and seal.content:
        fits = _size(path) >= seal.size and _of_content(path, seal.size) == seal.content
    if not fits:
        raise DataError(
            f"{path.name}, or what is used of it, has changed since samples were chosen to be left out: "
            "their numbers may now be those of others.",
            expected="Nothing is lost: the numbers are kept, under Excluded.",
            fix="Empty Excluded to use all samples and examine the data anew, or write the numbers that hold now.",
        )


def _of_entries(excluded: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(excluded).encode()).hexdigest()[:DIGITS]


def _of_places(loaded: Loaded, count: int) -> str:
    if loaded.names:
        known = "\n".join(loaded.names[:count]).encode("utf-8", "surrogatepass")
    else:
        known = np.ascontiguousarray(loaded.places[:count], np.int64).tobytes()
    return hashlib.sha256(known).hexdigest()[:DIGITS]


def _files(path: Path) -> list[Path]:
    return sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]


def _size(path: Path) -> int:
    try:
        return sum(file.stat().st_size for file in _files(path))
    except OSError as fault:
        raise _unreadable(path, fault) from None


def _of_content(path: Path, size: int) -> str:
    """A digest of the first ``size`` bytes of the file, or of the files of the folder one after the other."""
    digest = hashlib.sha256()
    try:
        for file in _files(path):
            for piece in _pieces(file, min(size, file.stat().st_size)):
                digest.update(piece)
    except OSError as fault:
        raise _unreadable(path, fault) from None
    return digest.hexdigest()[:DIGITS]


def _unreadable(path: Path, fault: OSError) -> DataError:
    return DataError(f"{path} cannot be read: {fault.strerror or fault}.", fix="Check that it is there.")


def _pieces(file: Path, size: int) -> Iterator[bytes]:
    with file.open("rb") as content:
        step = PIECE * max(1, size // WHOLE)
        for start in range(0, size, step):
            content.seek(start)
            yield content.read(min(PIECE, size - start))
        content.seek(max(0, size - PIECE))
        yield content.read(min(PIECE, size))
