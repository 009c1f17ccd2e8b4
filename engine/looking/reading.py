"""The datasets that are being looked at, kept as they were read so that a page of them is answered at once."""

from collections import OrderedDict
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace

from engine.data import Data
from engine.datasets import Dataset, Loaded, Progress
from engine.datasets.files import FromFile
from engine.errors import DataError
from engine.held import Stamp, read, stamp_of
from engine.looking.frame import Frame
from engine.spec import abbreviate

Key = TypeVar("Key")
Value = TypeVar("Value")

MOST_READ = 2
MOST_FRAMES = 4

_read: "OrderedDict[Dataset, tuple[Stamp | None, Dataset, Loaded]]" = OrderedDict()
_frames: "OrderedDict[Data, Frame]" = OrderedDict()


def opening(data: Data, *, anew: bool = False) -> Iterator[Progress | Frame]:
    """Reads the data where that is not done yet, or again where the file has changed; the last item is its `Frame`.

    ``anew``: what was read of a file that has changed since is not used any more. Raises `DataError`.
    """
    dataset = data.dataset
    stamp = stamp_of(dataset)
    kept = _read.get(dataset)
    if kept is None or (anew and stamp is not None and kept[0] != stamp):
        yield Progress(f"Reading {dataset.title}")
        _forget(dataset)
        _keep(_read, dataset, (stamp, *(yield from _loaded(dataset))), MOST_READ)
        for each in [each for each in _frames if each.dataset not in _read]:
            del _frames[each]
    _read.move_to_end(dataset)
    if data not in _frames:
        _, shown, loaded = _read[dataset]
        _keep(_frames, data, Frame(replace(data, dataset=shown), loaded, dataset.lacks), MOST_FRAMES)
    _frames.move_to_end(data)
    yield _frames[data]


def frame_of(data: Data) -> Frame:
    """What was read of the data, or is now. Raises `DataError`."""
    *_, frame = opening(data)
    assert isinstance(frame, Frame)
    return frame


def change_of(data: Data) -> str:
    """What became of the file since it was read, as a sentence; empty: it is as it was."""
    kept = _read.get(data.dataset)
    if kept is None or kept[0] is None or not isinstance(data.dataset, FromFile):
        return ""
    name, stamp = Path(data.dataset.path).name, stamp_of(data.dataset)
    if stamp is None:
        return f"{name} is not there any more: what was read of it before is shown."
    return "" if stamp == kept[0] else f"{name} has changed since it was read: what was in it before is shown."


def forget_all() -> None:
    """Lets go of whatever was read."""
    _read.clear()
    _frames.clear()


def _loaded(dataset: Dataset) -> Generator[Progress, None, tuple[Dataset, Loaded]]:
    try:
        return (yield from read(dataset))
    except OSError as fault:
        raise DataError(
            f"{dataset.title} cannot be read: {abbreviate(str(fault))}.", fix="Choose its file again."
        ) from None


def _forget(dataset: Dataset) -> None:
    _read.pop(dataset, None)
    for data in [data for data in _frames if data.dataset == dataset]:
        del _frames[data]


def _keep(kept: "OrderedDict[Key, Value]", key: Key, value: Value, most: int) -> None:
    kept[key] = value
    while len(kept) > most:
        kept.popitem(last=False)
