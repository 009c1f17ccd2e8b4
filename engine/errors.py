"""Failures of the world, as exceptions that a person can act on.

::

    LayerloomError            what happened, what was expected, what to do
    ├── SettingError          a setting out of its range or of the wrong type
    ├── ProjectError          a project that cannot be read, written or edited that way
    ├── DataError             samples that are missing, damaged or do not fit
    │   └── DownloadError     a download that was cut off or is not what it should be
    ├── RunError              a run folder that cannot be used
    ├── TrainingError         a training that cannot go on: NaN, no memory, a network at fault
    ├── ExportError           a model that cannot be written in that format
    └── UsageError            a command line that does not say what to do

A person's mistake while designing is not here: it is a `Problem` in a `Report`.
"""

from typing import Any

from engine.complaint import told


class LayerloomError(Exception):
    """Carries one sentence each: ``message`` (what happened), ``expected``, ``fix`` (what to do)."""

    def __init__(self, message: str, *, expected: str = "", fix: str = "") -> None:
        super().__init__(message, expected, fix)
        self.message = message
        self.expected = expected
        self.fix = fix

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments are lost by the default pickling; errors cross the process border.
        return _revive, (type(self), self.message, self.expected, self.fix)

    def __str__(self) -> str:
        return " ".join(part for part in (self.message, self.expected, self.fix) if part)


def worded(fault: Exception) -> LayerloomError:
    """What reached a border of the program, in a sentence: what the system refuses, a mistake in the code of a person,
    or one of ours.

    A mistake of ours has no fix; the border says where it is written down.
    """
    if isinstance(fault, LayerloomError):
        return fault
    if words := told(fault):
        return LayerloomError(words, fix="Correct the code of this layer.")
    if isinstance(fault, MemoryError):
        fix = "Close other programs, or make the network, the batch or the data smaller."
        return LayerloomError("There is not enough memory for this.", fix=fix)
    if isinstance(fault, OSError) and fault.strerror:
        place = _shortened(str(fault.filename)) if fault.filename else "What is needed from the system"
        fix = "Check its name, that you may read and write it, and that there is room."
        return LayerloomError(f"{place} cannot be used: {fault.strerror}.", fix=fix)
    words = [type(fault).__name__, *str(fault).splitlines()[:1]]
    return LayerloomError(f"Layerloom made a mistake: {': '.join(words).rstrip('.: ')}.")


def _shortened(path: str) -> str:
    return path if len(path) <= 160 else f"{path[:100]} … {path[-40:]}"


def _revive(kind: type[LayerloomError], message: str, expected: str, fix: str) -> LayerloomError:
    return kind(message, expected=expected, fix=fix)


class SettingError(LayerloomError):
    """A setting is out of its range or of the wrong type."""


class ProjectError(LayerloomError):
    """A project cannot be read, written or edited in that way."""


class DataError(LayerloomError):
    """Samples are missing, damaged or do not fit."""


class DownloadError(DataError):
    """A download was cut off, or what arrived is not what it should be."""


class RunError(LayerloomError):
    """A run folder cannot be used."""


class TrainingError(LayerloomError):
    """A training cannot go on."""

    offers: tuple[Any, ...] = ()
    """Ways to go on nevertheless, each an `engine.events.Offer`."""


class ExportError(LayerloomError):
    """A model cannot be written in that format."""


class UsageError(LayerloomError):
    """A command line does not say what to do."""
