"""Points that a person has painted: the one dataset that lives in the project itself."""

import msgspec
import numpy as np

from engine.datasets.dataset import Dataset, Loaded, Samples
from engine.datasets.files import GROUP
from engine.errors import DataError
from engine.losses import Task
from engine.spec import Shape, choice, integer, records

MOST_POINTS = 5000
UNIT = 1000
"""What stands for 1 on both axes and for the value: places are whole numbers, so that a file stays small and exact."""
NAMES = "ABCDEFGH"


class Point(msgspec.Struct, frozen=True, array_like=True):
    """A point: its place from −1,000 to 1,000 on both axes, and the number of its class or its value, likewise."""

    x: int
    y: int
    value: int


class DrawnPoints(Dataset, frozen=True):
    """Points in a square that you paint yourself, in several classes or with values to predict."""

    title = "Drawn points"
    group = GROUP
    source = "Painted here"

    predicts: str = choice("classes", "values", help="Whether points have a class, or a value from −1 to 1.")
    class_count: int = integer(2, low=2, high=len(NAMES), help="Number of classes; points of others are left out.")
    points: tuple[Point, ...] = records(Point, help="The points, as they were painted.")

    @property
    def task(self) -> Task:  # pyright: ignore[reportIncompatibleVariableOverride]
        """What is asked of each point."""
        return "classification" if self.predicts == "classes" else "regression"

    @property
    def shape(self) -> Shape:
        return (2,)

    @property
    def features(self) -> tuple[str, ...]:
        return ("x", "y")

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(NAMES[: self.class_count]) if self.predicts == "classes" else ()

    @property
    def used(self) -> tuple[Point, ...]:
        """The points that count: all of a regression, those of the classes that there are."""
        if self.predicts == "values":
            return self.points
        return tuple(point for point in self.points if 0 <= point.value < self.class_count)

    @property
    def sizes(self) -> tuple[int, int]:
        return (len(self.used), 0)

    @property
    def lacks(self) -> str:
        return "" if self.used else "No points are painted yet."

    def load(self) -> Loaded:
        """Raises `DataError` where no points are painted."""
        if self.lacks:
            raise DataError(self.lacks, fix="Paint some in the square of the Data panel.")
        points = np.clip([msgspec.structs.astuple(point) for point in self.used], -UNIT, UNIT).astype(np.float32)
        if self.predicts == "classes":
            return Loaded(Samples(points[:, :2] / UNIT, points[:, 2].astype(np.int64)))
        return Loaded(Samples(points[:, :2] / UNIT, points[:, 2:] / UNIT))
