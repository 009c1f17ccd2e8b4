"""Points that a person has painted live in the project."""

import json

import numpy as np
import pytest

from engine.data import Data, prepare
from engine.datasets import DrawnPoints
from engine.datasets.drawn import MOST_POINTS, Point
from engine.errors import DataError
from engine.project import Project, from_json, to_json

POINTS = (Point(-500, 250, 0), Point(1000, -1000, 1), Point(0, 0, 4))


def test_points_of_the_classes_that_there_are_are_learned() -> None:
    drawn = DrawnPoints(points=POINTS)
    train = drawn.load().train
    assert (drawn.classes, drawn.sizes) == (("A", "B"), (2, 0))
    assert train.inputs.tolist() == [[-0.5, 0.25], [1, -1]]
    assert train.targets.tolist() == [0, 1]
    assert DrawnPoints(class_count=5, points=POINTS).load().train.targets.tolist() == [0, 1, 4]


def test_values_are_learned() -> None:
    drawn = DrawnPoints(predicts="values", points=(Point(0, 0, -250), Point(0, 0, 5000)))
    assert drawn.load().train.targets.tolist() == [[-0.25], [1]]
    assert (drawn.task, drawn.classes, drawn.target_shape) == ("regression", (), (1,))


def test_a_square_without_points_says_so() -> None:
    with pytest.raises(DataError, match=r"No points are painted yet. Paint some"):
        DrawnPoints().load()


def test_thousands_of_points_are_saved_with_the_project_in_little_room() -> None:
    rng = np.random.default_rng(0)
    points = tuple(Point(*map(int, row)) for row in rng.integers(-1000, 1000, (MOST_POINTS, 3)) // (1, 1, 2000))
    project = Project(data=Data(DrawnPoints(points=points)))
    assert from_json(to_json(project)) == project
    assert len(json.dumps(project.data.settings())) < 25 * MOST_POINTS


def test_they_are_divided_like_any_other() -> None:
    points = tuple(Point(x, x, x % 2) for x in range(100))
    prepared = prepare(Data(DrawnPoints(points=points), test=0.2, validation=0.1))
    assert (len(prepared.train), len(prepared.validation), len(prepared.test)) == (72, 8, 20)
