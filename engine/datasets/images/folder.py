"""Images in a folder with a subfolder for each class."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from engine.datasets.archives import folder_in
from engine.datasets.dataset import Skipped
from engine.datasets.images.source import Counts, ImageSource, Listing
from engine.datasets.images.walking import File, Folder, walk
from engine.errors import DataError
from engine.spec import MOST_NAMES, names

PARTS = (("train", "training"), ("val", "valid", "validation"), ("test", "testing"))
"""What folders are called that set images apart for training, validation and test, in lower case."""


class Plan(NamedTuple):
    """Where the images of a folder are: the folders of classes for training, validation and test; and what was left
    out, in sentences.
    """

    parts: tuple[tuple[Folder, ...], tuple[Folder, ...], tuple[Folder, ...]]
    notes: tuple[str, ...] = ()


class ImageFolder(ImageSource, frozen=True):
    """Images in a folder with a subfolder for each class, or with such folders for training, validation and test."""

    title = "Folder of images"
    order = 40

    class_names: tuple[str, ...] = names(
        help="The subfolders that are the classes; images in others are left out.", advanced=True
    )

    @classmethod
    def opened(cls, path: Path) -> Self | None:
        root = folder_in(path)
        plan = plan_of(walk(root)) if root else None
        if plan is None:
            return None
        classes = tuple(folder.path.name for folder in plan.parts[0])
        _refuse_few(path, classes)
        found = cls(path=str(path), class_names=tuple(_class_of(folder) for folder in plan.parts[0]))
        listing = _listing(plan, found.class_names)
        return found.found_out(listing.files).with_setting("counts", listing.counts)

    @property
    def classes(self) -> tuple[str, ...]:
        return self.class_names

    def listing(self) -> Listing:
        folder = walk(self.root())
        plan = plan_of(folder)
        if plan is None:
            raise DataError(f"{self.path} holds no images any more.", fix="Choose where they are.")
        listing = _listing(plan, self.class_names)
        skipped = (*folder.all_skipped(), *listing.skipped)
        return Listing(listing.files, listing.targets, listing.counts, skipped, (*plan.notes, *_strays(folder)))


def plan_of(folder: Folder) -> Plan | None:
    """Where the images are; None: there is none. A folder that holds nothing but one folder stands for that one."""
    if not folder.has_images():
        return None
    parts = _parts(folder)
    if parts:
        train, validation, test = parts
        return Plan((_classes(train), _classes(validation), _classes(test)), tuple(_unsorted(parts)))
    if len(folder.folders) == 1 and not folder.images and _classes(folder.folders[0]):
        return plan_of(folder.folders[0])
    return Plan((_classes(folder), (), ()), tuple(_unsorted((folder,))))


def _parts(folder: Folder) -> tuple[Folder | None, Folder | None, Folder | None] | None:
    """The folders for training, validation and test, where the first and another are there."""
    by_name = {inner.path.name.lower(): inner for inner in folder.folders}
    train, validation, test = (next((by_name[word] for word in words if word in by_name), None) for words in PARTS)
    return (train, validation, test) if train and (validation or test) and _classes(train) else None


def _classes(folder: Folder | None) -> tuple[Folder, ...]:
    return tuple(inner for inner in folder.folders if inner.has_images()) if folder else ()


def _unsorted(folders: Sequence[Folder | None]) -> Iterator[str]:
    """What is told of images that lie in no class, and of classes that are empty."""
    for folder in folders:
        if folder is None:
            continue
        if folder.images:
            yield f"{_counted(len(folder.images), 'image')} left out, in no folder of a class: {folder.images[0].name}."
        empty = [inner.name for inner in folder.folders if not inner.has_images()]
        if empty:
            yield f"{_some(empty)} {'holds' if len(empty) == 1 else 'hold'} no images."


def _strays(folder: Folder) -> Iterator[str]:
    others = [file.name for file in folder.others()]
    if others:
        yield f"{_counted(len(others), 'file')} left out, no image by its name, such as {others[0]}."


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _some(words: Sequence[str]) -> str:
    return ", ".join(words[:3]) + (f" and {len(words) - 3:,} more" if len(words) > 3 else "")


def _class_of(folder: Folder) -> str:
    return folder.name.rpartition("/")[2]


def _listing(plan: Plan, classes: Sequence[str]) -> Listing:
    files: list[File] = []
    targets: list[int] = []
    counts: list[int] = []
    strange: Counter[str] = Counter()
    numbers = {name: number for number, name in enumerate(classes)}
    for part in plan.parts:
        before = len(files)
        for folder in part:
            inside = list(folder.all_images())
            number = numbers.get(_class_of(folder))
            if number is None:
                strange[folder.name] += len(inside)
            else:
                files += inside
                targets += [number] * len(inside)
        counts.append(len(files) - before)
    skipped = tuple(
        Skipped(name, f"it is none of the classes; its {count:,} images are left out")
        for name, count in strange.items()
    )
    train, validation, test = counts
    found: Counts = (train, validation, test)
    return Listing(tuple(files), np.array(targets, np.int64), found, skipped)


def _refuse_few(path: Path, classes: Sequence[str]) -> None:
    if not classes:
        raise DataError(
            f"{path.name} holds images, but no subfolder for each class.",
            expected="Each class has a folder of its own, or a CSV file in it names the images and their labels.",
            fix="Sort the images into folders, one for each class.",
        )
    if len(classes) == 1:
        raise DataError(
            f"{path.name} holds images of one class only ({classes[0]}).",
            expected="To tell classes apart, there must be at least two, each in a folder of its own.",
            fix="Add a folder with images of another class, or choose the folder above.",
        )
    if len(classes) > MOST_NAMES:
        raise DataError(
            f"{path.name} holds {len(classes):,} folders of classes.",
            expected=f"At most {MOST_NAMES:,} classes can be told apart.",
            fix="Choose a folder with fewer.",
        )
