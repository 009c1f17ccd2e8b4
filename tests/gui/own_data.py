"""A stand-in for a person's file, and for the work that reads it; neither needs a process."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal

from engine.datasets import Dataset, Loaded, Samples
from engine.datasets.files import FromFile
from engine.spec import Shape, integer


class Points(FromFile, frozen=True):
    """Numbers from a file."""

    title = "Points"
    listed = False

    width: int = integer(2, low=1, high=64, help="How many numbers a point has.")
    known_width: int = integer(2, low=1, high=64, help="What the file was looked through with.")

    @property
    def shape(self) -> Shape:
        return (self.width,)

    @property
    def classes(self) -> tuple[str, ...]:
        return ("low", "high")

    @property
    def sizes(self) -> tuple[int, int]:
        return (40, 0)

    @property
    def is_stale(self) -> bool:
        return self.known_width != self.width

    def refreshed(self) -> "Points":
        return self.with_setting("known_width", self.width)

    def load(self) -> Loaded:
        values = np.random.default_rng(0).normal(size=(40, self.width)).astype(np.float32)
        return Loaded(Samples(values, (values[:, 0] > 0).astype(np.int64)))


@contextmanager
def listed() -> Iterator[None]:
    """While this lasts, files can name it."""
    Dataset.kinds["Points"] = Points
    try:
        yield
    finally:
        del Dataset.kinds["Points"]


class FakeJob(QObject):
    """Work that a test says has ended."""

    progress = Signal(object)
    done = Signal(object)
    failed = Signal(object)

    def __init__(self, asked: tuple[object, ...]) -> None:
        super().__init__()
        self.asked = asked
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class Jobs:
    """Takes the place of what reads files for a window: keeps what it was asked."""

    def __init__(self, services, monkeypatch) -> None:
        self.all: list[FakeJob] = []
        for name in ("open_data", "find_data", "refresh_data"):
            monkeypatch.setattr(services, name, self._begin)

    def _begin(self, *asked: object) -> FakeJob:
        self.all.append(FakeJob(asked))
        return self.all[-1]

    @property
    def newest(self) -> FakeJob:
        return self.all[-1]


def file_of(folder: Path, name: str = "points.dat") -> Path:
    path = folder / name
    path.write_text("1 2")
    return path
