"""Export: the trained network in a file that others can use.

Each file is written beside its place, read back as its user would, and compared with the trained network on real
samples; only then does it take its place. A new format is one class in one file of this folder.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import msgspec
import numpy as np

from engine.datasets import Progress
from engine.errors import ExportError
from engine.runs import Run
from engine.spec import Spec, abbreviate

if TYPE_CHECKING:
    from engine.export.model import Model

TOLERANCE = 1e-4
"""The largest difference that rounding can explain, for answers around 1."""


class Exporter(Spec, frozen=True):
    """Base of all formats. ``kinds`` holds them by the names that the command line uses."""

    name: ClassVar[str]
    suffix: ClassVar[str]
    writes: ClassVar[tuple[str, ...]]
    """The ends of the names of all files it writes; the first is the file asked for."""
    tells_scaling_in: ClassVar[str] = ""
    """Where the numbers are that raw samples must be scaled by; empty where the file scales them itself."""

    def __init_subclass__(cls) -> None:
        cls.kinds[cls.name] = cls

    def files(self, path: Path) -> tuple[Path, ...]:
        """All files that an export to this path writes; the first is the file asked for."""
        return path, *(path.with_name(path.stem + end) for end in self.writes[1:])

    @classmethod
    def suggested(cls, name: str) -> str:
        """What a file may be called, without its end, that is to be called like this."""
        return name

    def check(self, path: Path) -> None:
        """Raises `ExportError` where the name does not suit the format."""

    def write(self, model: "Model", path: Path) -> None:
        """Writes all `files`. Raises `ExportError`, or OSError where the disk refuses."""
        raise NotImplementedError

    def answers(self, model: "Model", path: Path) -> np.ndarray:
        """What the file, read back as its user would read it, answers to the samples of the model."""
        raise NotImplementedError

    def expected(self, model: "Model") -> np.ndarray:
        """What it should answer."""
        return model.answers


class Exported(msgspec.Struct, frozen=True):
    """A file that has been read back and compared.

    ``max_difference`` is the largest absolute difference of an output over ``samples`` real samples;
    ``changed_classes`` counts those that are given another class than by the trained network. ``scaling`` says in words
    what must be done to raw samples before the file takes them; empty where nothing is.
    """

    file: Path
    format: str
    max_difference: float
    samples: int
    files: tuple[Path, ...]
    changed_classes: int = 0
    scaling: str = ""


def exporter(name: str) -> Exporter:
    """The exporter that the command line calls by this name. Raises `ExportError`."""
    kind = Exporter.kinds.get(name)
    if kind is None:
        raise ExportError(
            f"There is no format called “{abbreviate(name, 60)}”.", expected=f"Known: {', '.join(Exporter.kinds)}."
        )
    return kind()


def export(
    run: Run, format: str, path: Path, checkpoint: str = "best", overwrite: bool = False
) -> Iterator[Progress | Exported]:
    """Writes a trained network and checks what was written; the last item is the `Exported`.

    Raises `ExportError`, `RunError` where the checkpoint is missing, `DataError` where the samples are.
    """
    # torch is needed from here on only: the window lists the formats without it.
    from engine.export.model import load

    chosen = exporter(format)
    path = path if path.suffix else path.with_suffix(chosen.suffix)
    _check_place(chosen, path, overwrite)
    model = yield from load(run, checkpoint)
    try:
        with tempfile.TemporaryDirectory(prefix=".layerloom-", dir=path.parent, ignore_cleanup_errors=True) as beside:
            draft = Path(beside) / path.name
            yield Progress(f"Writing {path.name}")
            chosen.write(model, draft)
            yield Progress(f"Comparing {path.name} with the trained network")
            exported = _compared(chosen, model, draft, path)
            for written, place in zip(chosen.files(draft), exported.files, strict=True):
                written.replace(place)
    except OSError as fault:
        raise ExportError(
            f"{path} cannot be written: {fault.strerror or fault}.",
            fix="Choose a folder that you may write to, with room for the file.",
        ) from None
    yield exported


def _check_place(chosen: Exporter, path: Path, overwrite: bool) -> None:
    chosen.check(path)
    if not path.parent.is_dir():
        raise ExportError(f"There is no folder {path.parent}.", fix="Make it first, or choose another.")
    for file in chosen.files(path):
        if file.is_dir():
            raise ExportError(f"{file} is a folder.", fix="Choose another name.")
        if file.exists() and not overwrite:
            raise ExportError(
                f"{file} is there already.", fix="Choose another name, or allow it to be replaced (--overwrite)."
            )


def _compared(chosen: Exporter, model: "Model", draft: Path, path: Path) -> Exported:
    answers, expected = chosen.answers(model, draft), chosen.expected(model)
    difference = float(np.abs(answers - expected).max(initial=0.0))
    allowed = TOLERANCE * max(1.0, float(np.abs(expected).max(initial=0.0)))
    # Written so that a NaN, which is neither more nor less, does not pass.
    if not difference <= allowed:
        raise ExportError(
            f"The {chosen.title} file answers differently from the trained network: by up to {difference:.3g}.",
            expected=f"At most {allowed:.3g} can be explained by rounding.",
            fix="The file was not kept. Try another checkpoint or another format.",
        )
    changed = int(np.count_nonzero(model.labels(answers) != model.labels(expected)))
    scaling = model.scaling_words(chosen.tells_scaling_in) if chosen.tells_scaling_in else ""
    return Exported(path, chosen.name, difference, len(model.samples), chosen.files(path), changed, scaling)
