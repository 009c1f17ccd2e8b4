"""Sounds of one's own that are to be told apart."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import msgspec
import numpy as np

from engine.datasets.arrays.stored import check_room
from engine.datasets.dataset import Asked, Loaded, Normalization, Samples, Skipped
from engine.datasets.files import FromFile
from engine.datasets.links import strays
from engine.datasets.sound.labels import SUFFIXES, Found, only_label, sounds_in, texts_in
from engine.datasets.sound.waves import length_of, sound_of, spectrogram
from engine.datasets.symbols import LONGEST, longest_of, numbered, padded, symbols_of, why_not
from engine.errors import DataError
from engine.losses import Task
from engine.spec import MOST_NAMES, Shape, abbreviate, choice, integer, names, number, records

LIKELY_RATE = 16_000
"""Values a second: more than speech needs; what was recorded finer is brought down to it."""
COVERED = 0.95
"""Share of the sounds that fit uncut into the length that is proposed."""
LONGEST_PROPOSED = 5.0
MOST_LOOKED_AT = 2000
"""Files whose length is looked at when a folder is opened."""
LONGEST_SAID = 60.0
MOST_LABELS = 1000


class SoundCount(msgspec.Struct, frozen=True, array_like=True):
    """A label, and how many sounds for training and for the test have it."""

    name: str
    train: int
    test: int = 0


class Sounds(FromFile, frozen=True):
    """A folder of sounds, in a folder for each class or with a table that names each file and its label, or what is
    said in it.

    Every sound is brought to one rate and length and given as its waveform or as a spectrogram: how loud each band of
    frequencies is over time, which networks for images read well.
    """

    order = 30
    fold_title = "How sounds are cut up"

    given: str = choice("spectrogram", "waveform", help="What the network is given of each sound.")
    seconds: float = number(1.0, low=0.01, high=60, help="Length of every sound: longer ones are cut, others padded.")
    rate: int = integer(LIKELY_RATE, low=1000, high=192_000, help="Values a second; all sounds are brought to it.")
    bands: int = integer(64, low=4, high=512, help="Bands of frequencies of a spectrogram, evenly spaced to the ear.")
    window: float = number(
        25.0, low=1, high=1000, help="Milliseconds that each time of a spectrogram looks at.", advanced=True
    )
    hop: float = number(10.0, low=1, high=1000, help="Milliseconds between two times of a spectrogram.", advanced=True)
    labels: tuple[SoundCount, ...] = records(SoundCount, help="The labels, and how many sounds have each.")

    symbols: tuple[str, ...] = names(help="Of texts that are said: the symbols in them.", advanced=True)
    longest_text: int = integer(0, high=LONGEST, help="Symbols of the longest text.", advanced=True)
    texts: int = integer(0, help="Sounds with a text each.", advanced=True)

    suffixes: ClassVar[tuple[str, ...]] = ()
    finds: ClassVar[tuple[str, ...]] = ("path", "symbols", "longest_text", "texts")

    @property
    def task(self) -> Task:  # pyright: ignore[reportIncompatibleVariableOverride]
        """What is asked for of each sound: its label, or what is said."""
        return "transcription" if self.symbols else "classification"

    @property
    def longest(self) -> int:
        return self.longest_text if self.symbols else 0

    @property
    def idle(self) -> tuple[str, ...]:
        return ("bands",) if self.given == "waveform" else ()

    @classmethod
    def opened(cls, path: Path) -> Self | None:
        if path.is_file():
            if path.suffix.lower() not in SUFFIXES:
                return None
            raise DataError(
                f"{path.name} is one sound: there is nothing to tell it from.",
                fix="Open the folder that holds a folder of sounds for each class.",
            )
        train, test = ([one for one in part if not strays(one.file, path)] for part in sounds_in(path))
        said = [] if train else [one for one in texts_in(path) if not strays(one.file, path)]
        if not train and not said:
            _refuse_one_label(path)
            return None
        lengths = [
            about
            for sound in (train or said)[:: max(1, len(train or said) // MOST_LOOKED_AT)]
            if (about := _length(sound.file))
        ]
        if not lengths:
            raise DataError(f"{path.name} holds no sound that can be read.", fix="Choose another folder.")
        rate = min(LIKELY_RATE, Counter(rate for _, rate in lengths).most_common(1)[0][0])
        seconds = sorted(frames / rate for frames, rate in lengths)
        likely = min(LONGEST_PROPOSED, seconds[int((len(seconds) - 1) * COVERED)])
        if said:
            # A text whose end is cut off is not what was said.
            whole = max(0.01, min(LONGEST_SAID, round(seconds[-1] + 0.005, 2)))
            return cls(path=str(path), seconds=whole, rate=max(1000, rate))._with_texts(said)
        labels = _counted(train, test)
        if len(labels) > MOST_LABELS:
            raise DataError(
                f"{path.name} holds {len(labels):,} different labels.", expected=f"At most {MOST_LABELS:,}."
            )
        return cls(path=str(path), seconds=max(0.01, round(likely, 2)), rate=max(1000, rate), labels=labels)

    def _with_texts(self, said: Sequence[Found]) -> Self:
        """With what these sounds say found out."""
        texts = [sound.label for sound in said]
        symbols = symbols_of(texts)
        if len(symbols) > MOST_NAMES:
            raise DataError(f"The texts hold {len(symbols):,} different symbols.", expected=f"At most {MOST_NAMES:,}.")
        return msgspec.structs.replace(self, symbols=symbols, longest_text=longest_of(texts), texts=len(texts))

    @property
    def shape(self) -> Shape:
        """(1, values) of a waveform, (1, bands, times) of a spectrogram."""
        if self.given == "waveform":
            return (1, self._count)
        return (1, self.bands, 1 + self._count // self._in_values(self.hop))

    @property
    def channels_first(self) -> bool:
        return True

    @property
    def classes(self) -> tuple[str, ...]:
        return self.symbols or tuple(label.name for label in self.labels)

    @property
    def sizes(self) -> tuple[int, int]:
        if self.symbols:
            return (self.texts, 0)
        return (sum(label.train for label in self.labels), sum(label.test for label in self.labels))

    @property
    def normalization(self) -> Normalization:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Decibels are far from 0; a waveform lies between −1 and 1 already."""
        return "none" if self.given == "waveform" else "standard"

    @property
    def lacks(self) -> str:
        if words := super().lacks:
            return words
        return (
            ""
            if self.symbols or len(self.labels) >= 2
            else "The sounds have only one label: there is nothing to tell apart."
        )

    def sample_of(self, file: Path) -> np.ndarray:
        """A sound as a sample, float32. Raises `DataError`."""
        values = sound_of(file, self.rate, self._count)
        if self.given == "waveform":
            return values[None]
        return spectrogram(values, self.rate, self.bands, self._in_values(self.window), self._in_values(self.hop))[None]

    def asked(self, words: str) -> Asked | None:
        """A file of sound. Raises `DataError`."""
        file = Path(words.strip())
        if file.suffix.lower() not in SUFFIXES:
            return None
        if not file.is_file():
            raise DataError(f"There is no file {abbreviate(str(file), 60)}.", fix="Check its name.")
        return Asked(words, self.sample_of(file))

    def load(self) -> Loaded:
        """Raises `DataError` where no sound can be read; of single ones that cannot, it tells."""
        if self.lacks:
            self.file()
            raise DataError(self.lacks, fix="Choose a folder of sounds.")
        folder = self.file()
        train, test = (texts_in(folder), list[Found]()) if self.symbols else sounds_in(folder)
        check_room(f"{folder.name} in memory", 4 * int(np.prod(self.shape)) * (len(train) + len(test)))
        samples, names, skipped = self._samples(train, folder)
        if not names:
            raise DataError(f"{folder.name} holds no sound that can be read.", fix="Choose another folder.")
        if not test:
            return Loaded(samples, names=names, skipped=skipped)
        tested, test_names, test_skipped = self._samples(test, folder)
        test_names = tuple(f"test/{name}" for name in test_names)
        return Loaded(samples, tested, names=names + test_names, skipped=skipped + test_skipped)

    def _samples(self, sounds: Iterable[Found], folder: Path) -> tuple[Samples, tuple[str, ...], tuple[Skipped, ...]]:
        places = {name: number for number, name in enumerate(self.classes)}
        inputs: list[np.ndarray] = []
        targets: list[Any] = []
        names: list[str] = []
        skipped: list[Skipped] = []
        for sound in sounds:
            if self.symbols and (why := why_not(sound.label, places)):
                skipped.append(Skipped(sound.name, why))
                continue
            if not self.symbols and sound.label not in places:
                skipped.append(Skipped(sound.name, f"its label “{sound.label[:60]}” is new: open the folder again"))
                continue
            if why := strays(sound.file, folder):
                skipped.append(Skipped(sound.name, why))
                continue
            try:
                inputs.append(self.sample_of(sound.file))
            except DataError as fault:
                skipped.append(Skipped(sound.name, fault.message))
                continue
            targets.append(numbered(sound.label, places) if self.symbols else places[sound.label])
            names.append(sound.name)
        stacked = np.stack(inputs) if inputs else np.zeros((0, *self.shape), np.float32)
        asked = padded(targets, self.longest_text) if self.symbols else np.array(targets, np.int64)
        return Samples(stacked, asked), tuple(names), tuple(skipped)

    @property
    def _count(self) -> int:
        return max(2, round(self.seconds * self.rate))

    def _in_values(self, milliseconds: float) -> int:
        return max(2, round(milliseconds * self.rate / 1000))


def _refuse_one_label(folder: Path) -> None:
    label = only_label(folder)
    if label is not None:
        lacking = f"of one label only ({label})" if label else "but no labels that tell them apart"
        raise DataError(
            f"{folder.name} holds sounds {lacking}.",
            expected="There are at least two labels, each a folder of sounds or named in a CSV file beside them.",
            fix="Sort the sounds into folders, one for each label, and open the folder that holds these.",
        )


def _length(file: Path) -> tuple[int, int] | None:
    try:
        return length_of(file)
    except DataError:
        return None


def _counted(train: Iterable[Found], test: Iterable[Found]) -> tuple[SoundCount, ...]:
    counts = [Counter(sound.label for sound in part) for part in (train, test)]
    return tuple(SoundCount(name, *(count[name] for count in counts)) for name in sorted(counts[0] | counts[1]))
