"""Asks a trained network: how good it is on a part of its data, and what it answers to new inputs."""

import math
import re
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch
from msgspec.structs import replace

from engine.build import Network, build, loss_function
from engine.checkpoints import give, read_weights
from engine.continuing import Continuation
from engine.data import SplitName, prepare
from engine.datasets.dataset import Asked, Dataset
from engine.datasets.images.pictures import Decoding, Fit, UnreadableError, pixels_of
from engine.datasets.images.source import ImageSource
from engine.datasets.labels import labels_in_words, labels_of
from engine.datasets.symbols import text_of
from engine.datasets.tables import Table
from engine.ends import tells_probabilities
from engine.errors import DataError
from engine.events import Metrics
from engine.layers import in_words
from engine.loading import brought
from engine.modules.sequences import spelled
from engine.preprocessing import Preprocessing, learned_in
from engine.project import Project
from engine.rows import is_row, rows_in
from engine.runs import Run
from engine.scoring import batch_to_judge, probabilities
from engine.spec import Shape, abbreviate, as_percent
from engine.streaming import part_of
from engine.transcripts import blank_of

CPU = torch.device("cpu")
MOST_SHOWN = 5


class Evaluation(msgspec.Struct, frozen=True):
    """Metrics over all samples of a split. ``confusion`` is classes × classes (rows: true class), of labels one of no
    and yes for each (labels × 2 × 2), None for numbers.
    """

    split: str
    samples: int
    metrics: Metrics
    confusion: np.ndarray | None = None


class Prediction(msgspec.Struct, frozen=True):
    """What a network answers to one input.

    ``output`` are its values, as probabilities where it was trained for classes, in the units of the data where it was
    trained for numbers, nested as the answer is shaped. ``label`` is the class meant, or the sequence of symbols that
    the answer spells, and ``probabilities`` has one for each class; where there is a class for each place of the input,
    ``labels`` has them, nested as the places are. Where any number of labels may apply, ``labels`` has those that do,
    and ``label`` names them all.
    """

    input: str
    output: list[Any]
    label: str | None = None
    probabilities: dict[str, float] = {}
    labels: list[Any] = []
    notes: tuple[str, ...] = ()
    """What a person must know of the input, such as a category that no training sample had."""
    continuation: str = ""
    """How the network goes on with a text."""

    def in_words(self) -> str:
        """What a person reads of it: ``7 (7 98.1 %, 1 0.9 %)``, a few values, or what they come to."""
        if self.continuation:
            return f"… {self.continuation}"
        if self.labels and self.label is None:
            counts = Counter(np.ravel(self.labels).tolist()).most_common(MOST_SHOWN)
            return ", ".join(f"{label!r} at {count:,} places" for label, count in counts)
        if np.ndim(self.output) > 1 and self.label is not None:
            return f"“{self.label}”"
        if np.ndim(self.output) > 1:
            values = np.asarray(self.output)
            return f"{in_words(values.shape)} values from {values.min():.6g} to {values.max():.6g}"
        likely = sorted(self.probabilities.items(), key=lambda pair: -pair[1])[:3]
        words = ", ".join(f"{name} {as_percent(share, 1)}" for name, share in likely)
        words = words or ", ".join(f"{value:.6g}" for value in self.output)
        return words if self.label is None else f"{self.label} ({words})"


def load_model(run: Run, checkpoint: str = "best") -> tuple[Network, Project]:
    """The trained network, on the CPU and in eval mode, and its project, whose dataset knows what it learned from its
    samples. Raises `RunError`, `ProjectError`.
    """
    weights = read_weights(run, checkpoint)
    project = run.project()
    if learned := learned_in(run):
        project = project.with_data(replace(project.data, dataset=project.data.dataset.with_settings(learned)))
    network = build(project)
    give(network, weights, run, checkpoint)
    return network.eval(), project


def evaluate(run: Run, split: SplitName = "test", checkpoint: str = "best") -> Evaluation:
    """How good the trained network is on ``train``, ``validation`` or ``test``. Raises `RunError`, `DataError`."""
    network, project = load_model(run, checkpoint)
    for _ in brought(project.data.dataset, project.data.loading):
        pass
    part = part_of(prepare(project.data, {}).part(split), project, Preprocessing.read(run), CPU)
    metrics, confusion = part.judge(network, loss_function(project), batch_to_judge(project))
    return Evaluation(split, len(part), metrics, confusion)


def predict(run: Run, inputs: list[str], checkpoint: str = "best", tokens: int = 0) -> list[Prediction]:
    """What the network answers to images, ``.npy`` files, JSON lists or numbers between commas; of a table also to JSON
    objects, cells between commas and files of rows; of texts to texts, of sounds to their files.

    The dataset is not read. Values are in the units of the data: steps and scaling are applied here. A network that
    learned what comes next goes on for so many ``tokens``. Raises `RunError`, `DataError`.
    """
    network, project = load_model(run, checkpoint)
    preprocessing = Preprocessing.read(run)
    dataset = project.data.dataset
    samples = [row for text in inputs for row in _rows(text, preprocessing, dataset)]
    scaled = _prepared(samples, preprocessing)
    with torch.inference_mode():
        answers = probabilities(project, network(torch.from_numpy(scaled))).numpy()
    if preprocessing.task == "regression":
        answers = preprocessing.targets.undo(answers)
    likely = _are_probabilities(project)
    goes_on = Continuation.of(network, project, preprocessing) if tokens else None
    if preprocessing.task == "transcription":
        return [_transcript(row, answer, project, preprocessing) for row, answer in zip(samples, answers, strict=True)]
    return [
        replace(
            _prediction(row.name, answer if row.place is None else answer[:, row.place], preprocessing, likely),
            notes=row.notes,
            continuation=goes_on.after(row, tokens) if goes_on else "",
        )
        for row, answer in zip(samples, answers, strict=True)
    ]


def _transcript(row: Asked, answer: np.ndarray, project: Project, preprocessing: Preprocessing) -> Prediction:
    """The sequence that an answer (C × steps) spells."""
    numbers = spelled(torch.from_numpy(answer)[None], blank_of(project))[0].numpy()
    return Prediction(row.name, answer.tolist(), text_of(numbers, preprocessing.classes), notes=row.notes)


def _rows(text: str, preprocessing: Preprocessing, dataset: Dataset) -> list[Asked]:
    own = dataset.asked(text)
    if own is not None:
        return [own]
    if is_row(text, preprocessing.features):
        return rows_in(text, preprocessing.features, dataset.decimal if isinstance(dataset, Table) else "point")
    fit: Fit = dataset.fit if isinstance(dataset, ImageSource) else "resize"
    may_lack = bool(preprocessing.steps)
    return [
        Asked(name, values) for name, values in read_input(text, preprocessing.shape, dataset.largest, fit, may_lack)
    ]


def _prepared(rows: list[Asked], preprocessing: Preprocessing) -> np.ndarray:
    """The samples as the network takes them. Raises `DataError` where one lacks what the network needs."""
    raw = np.stack([row.values for row in rows])
    for row, kept in zip(rows, preprocessing.keeps(raw), strict=True):
        if not kept:
            raise _lacking(row, preprocessing, "rows without it were left out of the training")
    scaled = preprocessing.apply(raw)
    for row, values in zip(rows, scaled, strict=True):
        if not np.isfinite(values).all():
            raise _lacking(row, preprocessing, "no step fills in what is missing")
    return scaled


def _lacking(row: Asked, preprocessing: Preprocessing, reason: str) -> DataError:
    places = np.flatnonzero(np.isnan(row.values.ravel()))
    names = [preprocessing.features[place].name if preprocessing.features else f"value {place + 1}" for place in places]
    lacking = ", ".join(f"“{name}”" for name in names[:MOST_SHOWN]) or "a value"
    return DataError(f"{row.name} lacks {lacking}, and {reason}.", fix="Say what it is.")


def read_input(
    text: str, shape: Shape, largest: float = 1.0, fit: Fit = "resize", may_lack: bool = False
) -> list[tuple[str, np.ndarray]]:
    """The samples that an input stands for, with a name each, as float32 in the units of the data.

    Pixels of an image file run from 0 to ``largest``; an image of another size is brought there as ``fit`` says. NaN
    stands for what is missing, where samples ``may_lack`` values. Raises `DataError`.
    """
    text = text.strip()
    path = Path(text)
    if text.startswith("["):
        return _samples(text, _from_json(text), shape, may_lack)
    if path.suffix.lower() == ".npy":
        return _samples(text, _from_npy(path), shape, may_lack)
    numbers = _numbers(text)
    if numbers is not None:
        return _samples(text, numbers, shape, may_lack)
    return [(text, _from_image(path, shape, largest, fit))]


def _samples(text: str, values: np.ndarray, shape: Shape, may_lack: bool) -> list[tuple[str, np.ndarray]]:
    """One sample, or several along the first axis; a missing or an extra axis of 1 does not matter."""
    size = math.prod(shape)
    if not np.isfinite(values[~np.isnan(values)] if may_lack else values).all():
        raise DataError(f"{abbreviate(text, 60)} holds values that are not finite numbers.")
    if values.size == size:
        return [(text, values.reshape(shape))]
    if values.ndim > 1 and len(values) and values.size == len(values) * size:
        return [(f"{text}[{row}]", sample.reshape(shape)) for row, sample in enumerate(values)]
    raise DataError(
        f"{abbreviate(text, 60)} holds {in_words(values.shape)} value{'s' * (values.size != 1)}.",
        expected=f"A sample of this network has {in_words(shape)}.",
    )


def _numbers(text: str) -> np.ndarray | None:
    try:
        return np.array([float(part) for part in text.split(",")], np.float32)
    except ValueError:
        return None


def _from_json(text: str) -> np.ndarray:
    try:
        return np.array(msgspec.json.decode(text), np.float32)
    except (msgspec.DecodeError, ValueError, TypeError):
        raise DataError(
            f"{abbreviate(text, 60)} is not a list of numbers.", expected="A sample is written like [0, 1]."
        ) from None


def _from_npy(path: Path) -> np.ndarray:
    try:
        return np.asarray(np.load(path, allow_pickle=False), np.float32)
    except (OSError, ValueError, TypeError, EOFError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else "it holds no array of numbers"
        raise DataError(f"{path} cannot be read: {reason}.") from None


def _from_image(path: Path, shape: Shape, largest: float, fit: Fit) -> np.ndarray:
    if not path.is_file():
        raise DataError(
            _why_no_input(path),
            expected="An input is an image file, an .npy file, a list such as [0, 1], or numbers such as 5.1,3.5.",
        )
    if len(shape) != 3 or shape[0] not in (1, 3):
        raise DataError(f"{path.name} is an image, but a sample of this network is {in_words(shape)}.")
    channels, height, width = shape
    try:
        pixels, _ = pixels_of(path, Decoding(height, width, "grey" if channels == 1 else "colour", fit))
    except UnreadableError as fault:
        raise DataError(
            f"{path} cannot be read as an image: {fault}.", expected="PNG, JPEG and other usual formats can."
        ) from None
    return pixels.astype(np.float32) / 255 * largest


def _why_no_input(path: Path) -> str:
    name = abbreviate(str(path), 60)
    if path.is_dir() and path.name:
        return f"{name} is a folder."
    if len(path.parts) > 1 or re.fullmatch(r"\.[A-Za-z]\w*", path.suffix):
        return f"There is no file {name}."
    return f"“{name}” is neither a file nor a sample."


def _are_probabilities(project: Project) -> bool:
    """Whether the values that `scoring.probabilities` gives are some."""
    return project.data.dataset.task in ("classification", "multilabel") and tells_probabilities(project)


def _prediction(name: str, answer: np.ndarray, preprocessing: Preprocessing, are_probabilities: bool) -> Prediction:
    output: list[Any] = answer.tolist()
    classes = preprocessing.classes
    if not classes:
        return Prediction(name, output)
    if answer.ndim > 1:
        numbers = answer.argmax(0) if len(answer) > 1 else (answer[0] >= 0.5).astype(int)
        return Prediction(name, output, labels=np.array(classes)[numbers].tolist())
    if preprocessing.task == "multilabel":
        applies, each = answer >= 0.5, dict(zip(classes, output, strict=True)) if are_probabilities else {}
        return Prediction(name, output, labels_in_words(applies, classes), each, labels_of(applies, classes))
    # One value says how likely the second of two classes is.
    number = int(answer.argmax()) if len(output) > 1 else int(output[0] >= 0.5)
    shares = output if len(output) > 1 else [1 - output[0], output[0]]
    by_class = dict(zip(classes, shares, strict=True)) if are_probabilities else {}
    return Prediction(name, output, classes[number], by_class)
