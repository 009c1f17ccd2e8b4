"""Datasets that are read from a person's own files.

The project holds the path and all that was found out on opening (columns, classes, sizes), so that a design is known
without the file, and a file that has changed since is noticed.
"""

import logging
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import ClassVar, Self
from urllib.parse import urlsplit

import msgspec

from engine.datasets.catalogue import PUBLISHED
from engine.datasets.dataset import Dataset, Progress
from engine.datasets.fetching import RemoteFile, bring, folders, mirror_folder
from engine.datasets.unread import refuse_stand_ins, unread
from engine.errors import DataError, LayerloomError
from engine.freeing import give_back
from engine.spec import place

logger = logging.getLogger(__name__)

GROUP = "Your own"
PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".pth")
ENTRY_POINTS = "layerloom.datasets"


class FromFile(Dataset, frozen=True):
    """Base of the datasets that are read from a file or folder."""

    listed = False
    group = GROUP
    source = "Your own file"
    order: ClassVar[int] = 50
    """Who is asked first what a file is: the lower, the earlier."""
    suffixes: ClassVar[tuple[str, ...]] = ()
    """Endings of the files it reads, lower case with the dot; empty: it reads folders."""

    finds: ClassVar[tuple[str, ...]] = ("path",)
    """Settings that opening finds out, or that are chosen elsewhere than in a form."""

    path: str = place(help="The file or folder that it is read from.")

    @classmethod
    def opened(cls, path: Path) -> Self | None:
        """The dataset in this file or folder, with all that can be found out; None: it is none of this kind.

        Raises `DataError` where it is of this kind and cannot be used.
        """
        raise NotImplementedError

    @classmethod
    def opening(cls, path: Path) -> Iterator["Progress | Self | None"]:
        """What `opened` answers, as the last item, after how far it is. Raises `DataError`."""
        yield cls.opened(path)

    def found(self) -> Path | None:
        """Where it lies on this machine; None: nowhere. One that is no longer in its place may be in the folder that
        the mirror names: the place stands in each run, and cannot be changed there.
        """
        if not self.path:
            return None
        where, mirror = Path(self.path).expanduser(), mirror_folder()
        if where.is_absolute():
            places = [where, *([mirror / where.name] if mirror else [])]
        else:
            places = [folder / where for folder in folders()]
        return next((place for place in places if place.exists()), None)

    @property
    def called(self) -> str:
        """The name of what it is read from."""
        return Path(self.path).name

    def file(self) -> Path:
        """Where it lies on this machine; of an archive that holds one table, that table. Raises `DataError`."""
        found = self.found()
        if found is None:
            raise DataError(self.lacks or f"{self.path} is not on this machine.", fix="Choose where it is.")
        return _table_or_itself(found)

    @property
    def lacks(self) -> str:
        if not self.path:
            return "No file is chosen yet."
        if self.path in PUBLISHED or self.found() is not None:
            return ""
        return f"{self.path} is not there."

    @property
    def offers(self) -> Mapping[str, tuple[str, ...]]:
        """Names that were found in the file, by the settings for which they can be chosen."""
        return {}

    @property
    def is_stale(self) -> bool:
        """Whether a setting has changed on which depends what was found out: `refreshed` finds it out anew."""
        return False

    def refreshed(self) -> Self:
        """With these settings, and what the file now holds found out anew. Raises `DataError`."""
        return self

    @property
    def scales_targets(self) -> bool:
        # Nobody knows in what units a person's own values are; images and sequences keep theirs.
        return self.task == "regression" and len(self.target_shape) == 1

    def is_here(self) -> bool:
        return self.found() is not None

    @property
    def host(self) -> str:
        """Who publishes the file; empty: nobody, it is a person's own."""
        return urlsplit(self._published.urls[0]).netloc if self._published else ""

    @property
    def download_size(self) -> int:
        return self._published.size if self._published else 0

    def fetch(self) -> Iterator[Progress]:
        if self._published:
            yield from bring(self._published.name, [self._published])

    @property
    def _published(self) -> RemoteFile | None:
        return PUBLISHED.get(self.path)


def open_data(path: str) -> Dataset:
    """The dataset in a file or folder of a person. Raises `DataError`, one sentence each."""
    *_, dataset = opening_data(path)
    assert isinstance(dataset, Dataset)
    return dataset


def opening_data(path: str) -> Iterator[Progress | Dataset]:
    """`open_data`, with how far it is before the dataset: of a large file, the bytes that have been read."""
    where = Path(path).expanduser().absolute()
    try:
        where.stat()
        _refuse_what_is_never_read(where)
    except OSError as fault:
        raise DataError(f"{where} cannot be read: {fault.strerror or fault}.", fix="Check that it is there.") from None
    from engine.datasets.archives import unpack

    yield from unpack(where)
    content = _table_or_itself(where)
    for kind in sorted(_readers(), key=lambda kind: kind.order):
        for found in kind.opening(content):
            if isinstance(found, FromFile) and content != where:
                found = msgspec.structs.replace(found, path=str(where))
            if found is not None:
                yield found
            if isinstance(found, Dataset):
                give_back()
                return
    raise unread(where)


def _table_or_itself(path: Path) -> Path:
    from engine.datasets.archives import table_in

    return table_in(path) or path


def _refuse_what_is_never_read(where: Path) -> None:
    """Raises `DataError` for what would never end, holds nothing, or is code; OSError."""
    if where.is_dir():
        if not any(where.iterdir()):
            raise DataError(f"{where.name} is an empty folder.", fix="Choose a folder with data in it.")
    elif not where.is_file():
        raise DataError(f"{where.name} is neither a file nor a folder.", fix="Choose another file or folder.")
    elif where.suffix.lower() in PICKLES:
        raise DataError(
            f"{where.name} is a pickle, which is code and is never opened.",
            expected="Tables, images in folders, arrays, texts and sounds can be.",
            fix="Save its numbers as an array (.npy) or a table (.csv) and open that.",
        )
    else:
        refuse_stand_ins(where)


def _readers() -> list[type[FromFile]]:
    return [kind for kind in Dataset.kinds.values() if issubclass(kind, FromFile)]


def refreshed(dataset: Dataset) -> Dataset:
    """`FromFile.refreshed` as a plain function, which another process can be asked for by name."""
    return dataset.refreshed() if isinstance(dataset, FromFile) else dataset


def load_extensions() -> None:
    """Brings in the datasets of other packages: each names a module under the entry point ``layerloom.datasets``.

    One that fails is left out, with a warning in the log.
    """
    for found in entry_points(group=ENTRY_POINTS):
        before = dict(Dataset.kinds)
        try:
            found.load()
        except _MISTAKES as fault:
            Dataset.kinds.clear()
            Dataset.kinds.update(before)
            reason = f"{type(fault).__name__}: {fault}".splitlines()[0]
            logger.warning("The datasets of “%s” are left out, as it cannot be loaded (%s).", found.name, reason)


_MISTAKES = (
    *(ArithmeticError, AssertionError, AttributeError, BufferError, EOFError, ImportError, LookupError, MemoryError),
    *(NameError, OSError, ReferenceError, RuntimeError, SyntaxError, TypeError, ValueError, Warning, LayerloomError),
)
"""What a module of others may raise while it is imported."""
