"""Images in one folder, and in another, under the same names, what a network is to make of them: masks or images."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Literal, Self

import msgspec
import numpy as np

from engine.datasets.archives import folder_in
from engine.datasets.dataset import IGNORED, Skipped
from engine.datasets.images import kept
from engine.datasets.images.folder import PARTS
from engine.datasets.images.masks import (
    FEW,
    MOST_CLASSES,
    NO_CLASS,
    MaskReading,
    are_colours,
    names_of,
    palette_of,
    value_in,
    void_in,
)
from engine.datasets.images.pictures import Colour, Decoding
from engine.datasets.images.proposal import proposed
from engine.datasets.images.source import ImageSource, Listing
from engine.datasets.images.walking import File, Folder, walk
from engine.errors import DataError
from engine.losses import Task
from engine.spec import Pair, Shape, abbreviate, choice, flag, names, pair

INPUTS = ("images", "image", "imgs", "img", "inputs", "input", "source", "sources")
MASKS = ("masks", "mask", "labels", "label", "annotations", "annotation", "segmentations", "segmentation", "gt")
TARGETS = ("targets", "target", "outputs", "output", "groundtruth", "ground_truth")
"""What the two folders are called, in lower case."""
ENDINGS = ("_mask", "-mask", "_segmentation", "_seg", "_label", "_labels", "_gt", "_target", "_l", "_lab")
"""What may stand behind the name of an image in that of its mask."""
ENOUGH = 0.5
"""Share of the images that must have a partner for two folders to be pairs."""


class ImagePairs(ImageSource, frozen=True):
    """Images in a folder, such as images, and in a second one, such as masks, under the same names, what is to be
    answered: the class of each pixel, or another image.
    """

    title = "Pairs of images"
    order = 25
    chosen = (*ImageSource.chosen, "ignored_values", "target_size", "target_colour")

    answer: Literal["classes", "image"] = choice(
        "classes", "image", help="Whether a second image holds a class for each pixel (a mask), or is itself predicted."
    )
    class_names: tuple[str, ...] = names(help="What the values in the masks are called, in their order.")
    ignored_values: tuple[str, ...] = names(
        help="Values in the masks that stand for no class: nothing is learned or counted where they are."
    )
    mask_values: tuple[str, ...] = names(help="The numbers or colours that stand for the classes.", advanced=True)
    nearest: bool = flag(
        False, help="Whether other values in a mask count for the nearest, as after JPEG.", advanced=True
    )
    target_size: Pair = pair(0, high=4096, help="Height and width of the second images; 0: that of the first.")
    target_colour: Colour = choice("colour", "grey", help="Whether the second images keep their colours or are grey.")

    @classmethod
    def opened(cls, path: Path) -> Self | None:
        root = folder_in(path)
        folder = walk(root) if root else None
        pairs = _folders_of(folder) if folder else None
        if folder is None or pairs is None:
            return None
        listing = _listing(pairs)
        if sum(listing.counts) < ENOUGH * sum(1 for inputs, _, _ in pairs for _ in inputs.all_images()):
            return None
        found = cls(path=str(path)).found_out(listing.files)
        found = found.with_setting("counts", listing.counts)
        most = MOST_CLASSES if _word(pairs[0][1]) in MASKS else FEW
        palette = palette_of(listing.answers, most)
        if palette is None:
            return found._for_images(listing)
        if len(palette.values) == 1:
            raise DataError(
                f"The masks in {path.name} hold one value only ({palette.values[0]}).",
                expected="To tell classes apart, there must be at least two.",
                fix="Check the masks.",
            )
        told = names_of(palette.values, folder)
        return found.with_settings(
            {
                "mask_values": palette.values,
                "class_names": told,
                "ignored_values": void_in(palette, told),
                "nearest": palette.nearest,
            }
        )

    def refreshed(self) -> Self:
        new = super().refreshed()
        return new.with_setting("class_names", self.class_names) if new.mask_values == self.mask_values else new

    @property
    def task(self) -> Task:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Regression where the answer is an image."""
        return "regression" if self.answer == "image" else "classification"

    @property
    def classes(self) -> tuple[str, ...]:
        if self.answer == "image":
            return ()
        ignored = self._ignored
        return tuple(name for value, name in zip(self.mask_values, self._called, strict=True) if value not in ignored)

    @property
    def places(self) -> Shape:
        return self.shape[1:] if self.answer == "classes" else ()

    @property
    def ignores(self) -> bool:
        # A border that is added has no class either.
        return self.answer == "classes" and (bool(self.ignored_values) or self.fit == "pad")

    @property
    def offers(self) -> Mapping[str, tuple[str, ...]]:
        return {"ignored_values": self._called}

    @property
    def idle(self) -> tuple[str, ...]:
        of_masks = ("class_names", "ignored_values")
        return of_masks if self.answer == "image" else ("target_size", "target_colour")

    @property
    def lacks(self) -> str:
        if self.mask_values and self.answer == "classes":
            if "" in self._ignored:
                strange = self.ignored_values[self._ignored.index("")]
                return (
                    f"What is ignored is a value of the masks or a class, but “{abbreviate(strange, 60)}” is neither."
                )
            if len(self.classes) < 2:
                return "All values of the masks but one are ignored: leave at least two that are classes."
        return super().lacks

    @property
    def _called(self) -> tuple[str, ...]:
        """The names of all values in the masks."""
        return self.class_names if len(self.class_names) == len(self.mask_values) else self.mask_values

    @property
    def _ignored(self) -> tuple[str, ...]:
        """The values that are ignored, each of which may be named by its class; empty where a word is none."""
        by_name = dict(zip(self._called, self.mask_values, strict=True))
        in_colour = are_colours(self.mask_values or ("0",))
        return tuple(by_name.get(word) or value_in(word, in_colour) for word in self.ignored_values)

    @property
    def target_shape(self) -> Shape:
        return self._target_decoding.shape

    @property
    def targets(self) -> int:
        return int(np.prod(self.target_shape))

    @property
    def _target_decoding(self) -> Decoding:
        height, width = self.target_size if isinstance(self.target_size, tuple) else (self.target_size,) * 2
        own = self.decoding
        return Decoding(height or own.height, width or own.width, self.target_colour, self.fit)

    @property
    def memory(self) -> int:
        # Class numbers are int64, values float32.
        of_answer = 8 * int(np.prod(self.places)) if self.answer == "classes" else 4 * self.targets
        return super().memory + of_answer * sum(self.counts)

    @property
    def reading_of_answers(self) -> kept.Reading:
        if self.answer == "image":
            return self._target_decoding
        if not self.mask_values:
            raise DataError(f"It is not known which values the masks in {self.path} hold.", fix="Open it once more.")
        if self.lacks:
            raise DataError(self.lacks)
        own, ignored = self.decoding, self._ignored
        classes = tuple(value for value in self.mask_values if value not in ignored)
        return MaskReading(own.height, own.width, self.fit, classes, self.nearest, ignored)

    def listing(self) -> Listing:
        folder = walk(self.root())
        pairs = _folders_of(folder)
        if pairs is None:
            raise DataError(f"{self.path} no longer holds pairs of images.", fix="Choose where they are.")
        listing = _listing(pairs)
        return msgspec.structs.replace(listing, skipped=(*folder.all_skipped(), *listing.skipped))

    def as_targets(self, answers: np.ndarray) -> np.ndarray:
        if self.answer == "classes":
            numbers = answers.astype(np.int64)
            numbers[answers == NO_CLASS] = IGNORED
            return numbers
        return np.divide(answers, 255, dtype=np.float32)

    def _for_images(self, listing: Listing) -> Self:
        """With the answers as images: their colour, and their size where it is not that of the images."""
        height, width, colour, _ = proposed(self.path, listing.answers)
        own = self.decoding
        size = (0, 0) if (height, width) == (own.height, own.width) else (height, width)
        return self.with_settings({"answer": "image", "target_colour": colour, "target_size": size})


PairOfFolders = tuple[Folder, Folder, int]
"""The folder of the images, that of the answers, and what they are for: 0 training, 1 validation, 2 test."""


def _folders_of(folder: Folder) -> list[PairOfFolders] | None:
    """The two folders, once or for each part; None: there are none such."""
    if found := _two_of(folder):
        return _by_parts(*found)
    by_name = {_word(inner): inner for inner in folder.folders}
    parts = [(by_name[word], number) for number, words in enumerate(PARTS) for word in words if word in by_name]
    pairs = [(*two, number) for inner, number in parts if (two := _two_of(inner))]
    if any(number == 0 for _, _, number in pairs):
        return pairs
    if len(folder.folders) == 1 and not folder.images:
        return _folders_of(folder.folders[0])
    return None


def _two_of(folder: Folder) -> tuple[Folder, Folder] | None:
    with_images = {_word(inner): inner for inner in folder.folders if inner.has_images()}
    inputs = next((with_images[word] for word in INPUTS if word in with_images), None)
    answers = next((with_images[word] for word in (*MASKS, *TARGETS) if word in with_images), None)
    return (inputs, answers) if inputs and answers else None


def _by_parts(inputs: Folder, answers: Folder) -> list[PairOfFolders]:
    """Folders for the parts within the two, where there are some: ``images/train`` and ``masks/train``."""
    inside, beside = ({_word(inner): inner for inner in two.folders} for two in (inputs, answers))
    pairs = [
        (inside[word], beside[word], number)
        for number, words in enumerate(PARTS)
        for word in words
        if word in inside and word in beside
    ]
    return pairs if any(number == 0 for _, _, number in pairs) else [(inputs, answers, 0)]


def _word(folder: Folder) -> str:
    return folder.path.name.lower()


def _listing(pairs: Sequence[PairOfFolders]) -> Listing:
    files: list[File] = []
    answers: list[File] = []
    counts = [0, 0, 0]
    skipped: list[Skipped] = []
    for inputs, beside, part in sorted(pairs, key=lambda pair: pair[2]):
        partners: dict[str, File] = {}
        for file in beside.all_images():
            first = partners.setdefault(_stem(file, beside), file)
            if first is not file:
                skipped.append(Skipped(file.name, f"{first.name} has the same name and is used"))
        alike = _in_lower_case(partners)
        for file in inputs.all_images():
            stem = _stem(file, inputs)
            partner = _partner(stem, partners) or _partner(stem.lower(), alike)
            if partner is None:
                skipped.append(Skipped(file.name, f"there is no image of this name in {beside.name}"))
                continue
            files.append(file)
            answers.append(msgspec.structs.replace(partner, image=file.path))
            counts[part] += 1
        used = {file.name for file in answers}
        alone = (file.name for file in partners.values() if file.name not in used)
        skipped += (Skipped(name, f"there is no image of this name in {inputs.name}") for name in alone)
    train, validation, test = counts
    return Listing(tuple(files), np.zeros(0), (train, validation, test), tuple(skipped), answers=tuple(answers))


def _stem(file: File, folder: Folder) -> str:
    """Its path within the folder, without its ending."""
    return str(PurePosixPath(file.name).relative_to(PurePosixPath(folder.name)).with_suffix(""))


def _in_lower_case(partners: Mapping[str, File]) -> dict[str, File]:
    """The same by their names in lower case, less those that are then called the same: cameras and editors write
    IMG_1.JPG and img_1.png for one and the same.
    """
    counts = Counter(name.lower() for name in partners)
    return {name.lower(): file for name, file in partners.items() if counts[name.lower()] == 1}


def _partner(stem: str, partners: Mapping[str, File]) -> File | None:
    return next((partners[name] for name in (stem, *(stem + end for end in ENDINGS)) if name in partners), None)
