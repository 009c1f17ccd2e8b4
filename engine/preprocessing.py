"""What a trained network must be given and how its answers are read: how values are scaled, what the classes are.

It is written beside the weights (``preprocessing.json`` in a run folder) and travels with every export, so that a
network can answer where its dataset is not.
"""

from typing import Self

import msgspec

from engine.data import Prepared, Scaling
from engine.errors import RunError
from engine.layers import in_words
from engine.losses import Task
from engine.runs import Run
from engine.spec import Shape

FILE = "preprocessing.json"


class Preprocessing(msgspec.Struct, frozen=True):
    """``shape`` is that of one sample; ``classes`` is empty for a regression."""

    shape: Shape
    task: Task
    inputs: Scaling = Scaling()
    targets: Scaling = Scaling()
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        fits = (1, *self.shape[:1])
        if len(self.inputs.offset) not in fits or len(self.inputs.scale) not in fits:
            raise ValueError(f"the scaling of the inputs does not fit samples of {in_words(self.shape)}")

    @classmethod
    def of(cls, prepared: Prepared, task: Task) -> Self:
        """That of prepared samples."""
        return cls(prepared.train.inputs.shape[1:], task, prepared.inputs, prepared.targets, prepared.classes)

    @classmethod
    def read(cls, run: Run) -> Self:
        """That of a run. Raises `RunError`, `ProjectError`."""
        path = run.path / FILE
        try:
            found = msgspec.json.decode(path.read_bytes(), type=cls)
        except (OSError, msgspec.DecodeError) as fault:
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
