"""Sounds as arrays: read, brought to one rate and length, turned into spectrograms."""

from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import numpy as np

from engine.errors import DataError

ZEROS = 10
"""Crossings of zero of the resampling filter on each side."""
BETA = 5.0
"""Shape of its Kaiser window."""
QUIETEST = 1e-10
BLOCK = 2**22
"""Products that are summed together while resampling."""
LOWEST_RATE, HIGHEST_RATE = 1000, 768_000
FINEST = 2000
"""The largest denominator of the ratio of two rates: what it leaves out nobody hears."""
LONGEST = 2**22
"""Frames that are read of one file, at most."""


def length_of(path: Path) -> tuple[int, int]:
    """How many frames a file has, and how many a second. Raises `DataError` where it is no sound."""
    import soundfile

    try:
        about = soundfile.info(str(path))
    except (soundfile.LibsndfileError, OSError, RuntimeError, ValueError) as fault:
        raise _no_sound(path, fault) from None
    if about.frames <= 0:
        raise DataError(f"{path.name} is empty.")
    if not LOWEST_RATE <= about.samplerate <= HIGHEST_RATE:
        raise DataError(f"{path.name} is damaged: it says that it has {about.samplerate:,} values a second.")
    return about.frames, about.samplerate


def sound_of(path: Path, rate: int, count: int) -> np.ndarray:
    """The first ``count`` values of a sound at this rate, float32, its channels averaged; what is missing is silence.

    Raises `DataError`.
    """
    import soundfile

    _, own = length_of(path)
    try:
        frames, _ = soundfile.read(
            str(path), min(LONGEST, -(-count * own // rate) + 1), dtype="float32", always_2d=True
        )
    except (soundfile.LibsndfileError, OSError, RuntimeError, ValueError) as fault:
        raise _no_sound(path, fault) from None
    if not np.isfinite(frames).all():
        raise DataError(f"{path.name} holds values that are no numbers.")
    values = resampled(frames.mean(axis=1), own, rate)[:count]
    return np.pad(values, (0, count - len(values)))


def resampled(values: np.ndarray, before: int, after: int) -> np.ndarray:
    """Values at another rate, float32, through a sinc filter under a Kaiser window.

    Source: J. O. Smith, “Digital Audio Resampling”, 2002; the width and window are those of SciPy's resample_poly.
    """
    if before == after or not len(values):
        return values.astype(np.float32)
    up, down = Fraction(after, before).limit_denominator(FINEST).as_integer_ratio()
    filters = _filters(up, down)
    reach = filters.shape[1] // 2
    padded = np.pad(values, (reach, reach + 1))
    places = np.arange(-(-len(values) * up // down), dtype=np.int64) * down
    answer = np.empty(len(places), np.float32)
    rows = max(1, BLOCK // filters.shape[1])
    for start in range(0, len(places), rows):
        part = places[start : start + rows]
        windows = padded[(part // up)[:, None] + np.arange(filters.shape[1])]
        answer[start : start + rows] = np.einsum("ij,ij->i", windows, filters[part % up])
    return answer


@lru_cache(maxsize=8)
def _filters(up: int, down: int) -> np.ndarray:
    """One filter for each place that a new value can have between two old ones."""
    cutoff = min(1.0, up / down)
    reach = int(np.ceil(ZEROS / cutoff))
    distance = np.arange(-reach, reach + 1) - np.arange(up)[:, None] / up
    inside = np.clip(1 - (distance * cutoff / ZEROS) ** 2, 0, None)
    filters = cutoff * np.sinc(cutoff * distance) * np.i0(BETA * np.sqrt(inside)) / np.i0(BETA)
    return (filters / filters.sum(axis=1, keepdims=True)).astype(np.float32)


def spectrogram(values: np.ndarray, rate: int, bands: int, window: int, hop: int) -> np.ndarray:
    """The loudness in decibels of each band at each time: bands × times, float32, the lowest band first.

    Times lie ``hop`` values apart, the first at the first value, each seen through a Hann window of ``window`` values.
    """
    padded = np.pad(values, (window // 2, window - window // 2))
    times = 1 + len(values) // hop
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[: times * hop : hop][:times]
    size = 2 ** int(np.ceil(np.log2(window)))
    power = np.abs(np.fft.rfft(frames * np.hanning(window + 1)[:-1], size)) ** 2
    return (10 * np.log10(np.maximum(power @ mel_filters(rate, bands, size).T, QUIETEST))).T.astype(np.float32)


@lru_cache(maxsize=8)
def mel_filters(rate: int, bands: int, size: int) -> np.ndarray:
    """Triangles that overlap by half, evenly spaced in mel: bands × frequencies of a transform of this size.

    Source: D. O'Shaughnessy, Speech Communication, 1987: mel = 2595 · log10(1 + f / 700).
    """
    highest = 2595 * np.log10(1 + rate / 2 / 700)
    corners = 700 * (10 ** (np.linspace(0, highest, bands + 2) / 2595) - 1)
    frequencies = np.fft.rfftfreq(size, 1 / rate)
    rising = (frequencies - corners[:-2, None]) / np.diff(corners)[:-1, None]
    falling = (corners[2:, None] - frequencies) / np.diff(corners)[1:, None]
    filters = np.maximum(0, np.minimum(rising, falling))
    # Narrower than the step between two frequencies, a band would hear nothing.
    nearest = np.abs(frequencies - corners[1:-1, None]).argmin(axis=1)
    deaf = np.flatnonzero(filters.sum(axis=1) == 0)
    filters[deaf, nearest[deaf]] = 1
    return filters


def _no_sound(path: Path, fault: Exception) -> DataError:
    reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else "it is no sound, or is damaged"
    return DataError(f"{path.name} cannot be read: {reason}.", expected="WAV, FLAC, OGG, MP3 and AIFF can be.")
