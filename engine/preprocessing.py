"""What a trained network must be given and how its answers are read: the steps that prepare samples, how values are
scaled, what the classes are.

It is written beside the weights (``preprocessing.json`` in a run folder) and travels with every export, so that a
network can answer where its dataset is not.
"""

from collections.abc import Sequence
from typing import Any, Self

import msgspec
import numpy as np
from msgspec.structs import replace

from engine.data import Prepared, Scaling
from engine.datasets.dataset import Feature
from engine.ends import terms_of
from engine.errors import DataError, RunError
from engine.foreign import json_of
from engine.layers import in_words
from engine.losses import Task
from engine.project import Project
from engine.runs import Run
from engine.spec import Shape
from engine.steps import AnyFitted, Fitted, ScaledImages

FILE = "preprocessing.json"


class Preprocessing(msgspec.Struct, frozen=True):
    """``shape`` is that of one sample as it is read; ``classes`` is empty for a regression.

    First the ``steps`` are applied, then the scaling of the ``inputs``. ``features`` are the columns of a table as they
    are read.
    """

    shape: Shape
    task: Task
    inputs: Scaling = Scaling()
    targets: Scaling = Scaling()
    classes: tuple[str, ...] = ()
    steps: tuple[AnyFitted, ...] = ()
    features: tuple[Feature, ...] = ()
    learned: dict[str, Any] = {}
    """What the dataset learned from the training part: see `Prepared.learned`."""

    def __post_init__(self) -> None:
        fits = (1, *self.network_shape[:1])
        if len(self.inputs.offset) not in fits or len(self.inputs.scale) not in fits:
            raise ValueError(f"the scaling of the inputs does not fit samples of {in_words(self.shape)}")

    @classmethod
    def of(cls, prepared: Prepared, task: Task) -> Self:
        """That of prepared samples."""
        return cls(
            prepared.train.inputs.shape[1:],
            task,
            prepared.inputs,
            prepared.targets,
            prepared.classes,
            prepared.steps,
            prepared.features,
            prepared.learned,
        )

    @classmethod
    def of_training(cls, prepared: Prepared, project: Project) -> Self:
        """That of prepared samples, as the losses of a project take them. Raises `DataError` where one cannot."""
        losses = {term.loss for _, term in terms_of(project)}
        task = project.data.dataset.task
        if task == "regression":
            for loss in losses:
                if refusal := loss.refuses(prepared.train.targets):
                    raise DataError(refusal, fix="Choose another loss, such as mean squared error.")
        takes_scaled = all(loss.takes_scaled for loss in losses)
        return cls.of(prepared if takes_scaled else replace(prepared, targets=Scaling()), task)

    @property
    def network_shape(self) -> Shape:
        """The shape of one sample as the network takes it. Raises ValueError where the steps do not fit."""
        try:
            return self._through(self.steps, np.zeros((0, *self.shape), np.float32)).shape[1:]
        except IndexError:
            raise ValueError(f"the steps do not fit samples of {in_words(self.shape)}") from None

    def apply(self, raw: np.ndarray) -> np.ndarray:
        """Samples (N × shape) as the network takes them, as float32."""
        return self.inputs.apply(self._through(self.steps, raw))

    def halfway(self, raw: np.ndarray) -> tuple[np.ndarray, Scaling]:
        """Samples (N × shape) after all that must be done at once, and the scaling that is left to do to each batch.

        Pixels that are only scaled thus stay bytes.
        """
        last = self.steps[-1] if self.steps else None
        if isinstance(last, ScaledImages) and self.inputs.is_identity:
            return self._through(self.steps[:-1], raw), last.scaling
        return self._through(self.steps, raw), self.inputs

    def keeps(self, raw: np.ndarray) -> np.ndarray:
        """Which samples (N × shape) no step leaves out, N × bool."""
        kept, values = np.ones(len(raw), np.bool_), raw
        for step in self.steps:
            values = step.apply(values)
            if (stays := step.keeps(values)) is not None:
                kept &= stays
        return kept

    @staticmethod
    def _through(steps: Sequence[Fitted], values: np.ndarray) -> np.ndarray:
        for step in steps:
            values = step.apply(values)
        return values

    @classmethod
    def read(cls, run: Run) -> Self:
        """That of a run. Raises `RunError`, `ProjectError`."""
        path = run.path / FILE
        try:
            found = json_of(path, cls)
        except (OSError, ValueError) as fault:
            raise RunError(
                f"{path} cannot be read: {fault}.",
                expected="It says how the run scaled its samples.",
                fix="Train until the first epoch is done.",
            ) from None
        dataset = run.project().data.dataset
        if (found.shape, len(found.classes)) != (dataset.shape, len(dataset.classes)):
            raise RunError(
                f"{path} belongs to other data than “{dataset.title}”, which the run was trained on.",
                expected="It says how the run scaled its samples.",
                fix="Train the run anew.",
            )
        return found

    def to_json(self) -> bytes:
        """As the file holds it."""
        return msgspec.json.encode(self)


class _Learned(msgspec.Struct):
    learned: dict[str, Any] = {}


def learned_in(run: Run) -> dict[str, Any]:
    """What the dataset had learned from its samples when a run was begun (see `Prepared.learned`); of a run of before,
    when datasets knew that from the beginning, nothing. Raises `RunError`.
    """
    path = run.path / FILE
    try:
        return json_of(path, _Learned).learned
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as fault:
        raise RunError(
            f"{path} cannot be read: {fault}.",
            expected="It says what the run had learned from its samples.",
            fix="Train the run anew.",
        ) from None
