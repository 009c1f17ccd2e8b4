"""What the sets of images from a person's own folders have in common: one size, one fit, one colour, decoded once."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, Self

import msgspec
import numpy as np

from engine.datasets.archives import folder_in, left_out_of, unpack
from engine.datasets.dataset import Loaded, Progress, Samples, Skipped
from engine.datasets.files import FromFile
from engine.datasets.images import kept
from engine.datasets.images.ahead import decoded_ahead, surveyed
from engine.datasets.images.parallel import in_order
from engine.datasets.images.pictures import Colour, Decoding, Fit, Header, UnreadableError, header_of, picture_of
from engine.datasets.images.proposal import proposed
from engine.datasets.images.walking import File, shown
from engine.datasets.rows import Made
from engine.errors import DataError
from engine.spec import Pair, Shape, choice, pair, several

Counts = tuple[int, int, int]
"""How many are for training, for validation and for the test."""


class Listing(msgspec.Struct, frozen=True, eq=False):
    """The files of a set, those for training first, then for validation, then for the test, and the target of each."""

    files: tuple[File, ...]
    targets: np.ndarray
    counts: Counts
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    answers: tuple[File, ...] = ()
    """Where what is asked for is an image too: that of each file."""


class ImageSource(FromFile, frozen=True):
    """Base of the sets of images in folders."""

    listed = False
    normalization = "unit"
    largest = 255.0
    finds = ("path", "counts")
    chosen: ClassVar[tuple[str, ...]] = ("path", "size", "fit", "colour")
    """Settings that are a person's choice: they stay when the files are looked through anew."""

    size: Pair = pair(64, low=1, high=4096, help="Height and width that every image is brought to, in pixels.")
    fit: Fit = choice(
        "resize",
        "crop",
        "pad",
        help="How an image of another shape is brought there: stretched, its middle cut out, or with a border added.",
    )
    colour: Colour = choice("colour", "grey", help="Whether images keep their colours (3 channels) or are grey (1).")
    counts: tuple[int, ...] = several(
        (0, 0, 0),
        high=100_000_000,
        help="Images for training, validation and test, as found when it was opened.",
        advanced=True,
    )

    @property
    def decoding(self) -> Decoding:
        """How its images become samples."""
        height, width = self.size if isinstance(self.size, tuple) else (self.size, self.size)
        return Decoding(height, width, self.colour, self.fit)

    @property
    def shape(self) -> Shape:
        return self.decoding.shape

    @property
    def sizes(self) -> tuple[int, int]:
        train, _, test = self._counts
        return (train, test)

    @property
    def brings_validation(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Whether its folders set images for validation apart."""
        return self._counts[1] > 0

    @property
    def _counts(self) -> Counts:
        train, validation, test, *_ = (*self.counts, 0, 0, 0)
        return (train, validation, test)

    def listing(self) -> Listing:
        """What lies in the folder now. Raises `DataError`."""
        raise NotImplementedError

    def fetch(self) -> Iterator[Progress]:
        yield from super().fetch()
        if (found := self.found()) is not None:
            yield from unpack(found)
        listing, beside = self.listing(), 0
        if listing.answers:
            yield from kept.keep(listing.answers, self.reading_of_answers)
            beside = kept.size_of(listing.answers, self.reading_of_answers)
        yield from kept.keep(listing.files, self.decoding, beside)

    @property
    def memory(self) -> int:
        return int(np.prod(self.shape)) * sum(self._counts)

    def keep_on_disk(self) -> Iterator[Progress]:
        listing = self.listing()
        yield from surveyed(listing.files, self.decoding)
        if listing.answers:
            yield from surveyed(listing.answers, self.reading_of_answers)

    def load_to_disk(self) -> Loaded | None:
        """From where they are kept, or else decoded as they are needed."""
        return self._loaded(decoded_ahead)

    def load(self) -> Loaded:
        return self._loaded(kept.decoded)

    def _loaded(self, images_of: Callable[[Sequence[File], kept.Reading], kept.Decoded]) -> Loaded:
        listing = self.listing()
        answers = images_of(listing.answers, self.reading_of_answers) if listing.answers else None
        decoded = images_of(listing.files, self.decoding)
        broken = dict(_faults(listing.files, decoded))
        if answers:
            broken = dict(_faults(listing.answers, answers)) | broken
        good = np.setdiff1d(np.arange(len(listing.files)), list(broken))
        edges = np.searchsorted(good, np.cumsum((0, *listing.counts)))
        images = decoded.of(good)
        targets = self._targets_of(answers.of(good)) if answers else listing.targets[good]
        train, validation, test = (
            Samples(_between(images, start, end), _between(targets, start, end)) if end > start else None
            for start, end in pairwise(edges)
        )
        if train is None:
            raise self._nothing(listing, broken)
        return Loaded(
            train,
            test,
            validation=validation,
            note=" ".join(self._notes(listing, decoded)),
            names=tuple(listing.files[row].name for row in good),
            skipped=(*listing.skipped, *left_out_of(self.file()), *(broken[place] for place in sorted(broken))),
        )

    @property
    def reading_of_answers(self) -> kept.Reading:
        """Where what is asked for of each file is an image too: how that is read. Raises `DataError`."""
        raise NotImplementedError

    def as_targets(self, answers: np.ndarray) -> np.ndarray:
        """Such images (uint8) as targets."""
        return answers

    def _targets_of(self, answers: Any) -> Any:
        if isinstance(answers, np.ndarray):
            return self.as_targets(answers)
        dtype = self.as_targets(np.zeros((0, *answers.shape[1:]), np.uint8)).dtype
        return Made(answers, self.as_targets, dtype)

    def headers(self) -> Iterator[Header]:
        """What the header of each file says, in the order in which they are decoded; those that cannot be read have a
        ``fault``. Raises `DataError`.
        """
        return headers(self.listing().files)

    def picture_of(self, name: str, longest_side: int) -> np.ndarray:
        """The image of this name (see `Loaded.names`) in its own size, or smaller so that no side is longer than that:
        height × width × 3, uint8. Raises `DataError`.
        """
        path = self.root() / name
        if not path.is_file():
            path = next((file.path for file in self.listing().files if file.name == name), path)
        try:
            return picture_of(path, longest_side)
        except UnreadableError as fault:
            raise DataError(f"{name} cannot be shown: {fault}.") from None

    def refreshed(self) -> Self:
        new = type(self).opened(self.file())
        if new is None:
            raise DataError(f"{self.path} is no longer a {type(self).title.lower()}.", fix="Choose where it is.")
        return new.with_settings({name: getattr(self, name) for name in self.chosen})

    def root(self) -> Path:
        """The folder from which its files are named; an archive is unpacked first. Raises `DataError`."""
        folder = folder_in(self.file())
        if folder is None:
            raise DataError(f"{self.path} holds no images.", fix="Choose where they are.")
        return folder

    def found_out(self, files: Sequence[File]) -> Self:
        """With size, fit and colour as they suit these files. Raises `DataError` where none can be read."""
        if shown(self.path) != self.path:
            raise DataError(f"The name of the folder {shown(self.path)} is no text.", fix="Rename the folder.")
        height, width, colour, fit = proposed(self.path, files)
        return self.with_settings({"size": (height, width), "colour": colour, "fit": fit})

    def _nothing(self, listing: Listing, broken: dict[int, Skipped]) -> DataError:
        if not listing.counts[0]:
            return DataError(f"{self.path} holds no images to train on.", fix="Choose another folder.")
        first = broken[min(broken)]
        why = f"{first.place}: {first.reason}"
        return DataError(f"None of the images in {self.path} can be read ({why}).", fix="Check the files.")

    def _notes(self, listing: Listing, decoded: kept.Decoded) -> Iterator[str]:
        yield from listing.notes
        if any(self._counts) and listing.counts != self._counts:
            now, then = sum(listing.counts), sum(self._counts)
            yield f"{self.path} has changed since it was opened: it held {then:,} images then and {now:,} now."
        if moving := decoded.outcome.moving:
            first = listing.files[moving[0]].name
            files = "1 file holds" if len(moving) == 1 else f"{len(moving):,} files hold"
            yield f"{files} several images, of which the first is used, such as {first}."
        if decoded.note:
            yield decoded.note


def _between(images: Any, start: int, end: int) -> Any:
    """These images, not copied; what is decoded as needed is not decoded for it."""
    return images[start:end] if isinstance(images, np.ndarray) else images.pick(np.arange(start, end))


def _faults(files: Sequence[File], decoded: kept.Decoded) -> Iterator[tuple[int, Skipped]]:
    return ((place, Skipped(files[place].name, why)) for place, why in decoded.outcome.faults.items())


def headers(files: Sequence[File]) -> Iterator[Header]:
    """What the header of each file says, read by several threads."""
    return in_order(lambda file: header_of(file.path, file.name), files)
