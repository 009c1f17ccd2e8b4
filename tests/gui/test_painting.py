"""Points are painted with the mouse or the keys, erased, and taken back one stroke at a time."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QSlider, QToolButton
from test_accessibility import contrast

from engine.data import Data
from engine.datasets import Digits, DrawnPoints
from engine.datasets.drawn import Point
from engine.project import Project
from gui.data.painting import PointCanvas, PointPainter, value_colour
from gui.data_panel import DataPanel
from gui.editor import Editor
from gui.theme import INSPECTOR_WIDTH, Appearance

LEFT, RIGHT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def editor(qapp) -> Editor:
    made = Editor()
    made.open(Project(data=Data(DrawnPoints(class_count=3))))
    return made


@pytest.fixture
def painter(qtbot, editor: Editor, appearance: Appearance) -> PointPainter:
    panel = DataPanel(editor, appearance)
    qtbot.addWidget(panel)
    panel.resize(INSPECTOR_WIDTH, 900)
    with qtbot.waitActive(panel):
        panel.show()
        panel.activateWindow()
    found = panel.findChild(PointPainter, "pointPainter")
    assert found is not None
    return found


def canvas_of(painter: PointPainter) -> PointCanvas:
    found = painter.findChild(PointCanvas, "pointCanvas")
    assert found is not None
    return found


def at(painter: PointPainter, x: float, y: float) -> QPoint:
    """Where a place of the axes lies on the square."""
    return canvas_of(painter)._position(round(1000 * x), round(1000 * y)).toPoint()


def choose(painter: PointPainter, name: str) -> None:
    button = painter.findChild(QToolButton, name)
    assert button is not None
    button.click()


def stroke(painter: PointPainter, *places: tuple[float, float], button: Qt.MouseButton = LEFT) -> None:
    canvas = canvas_of(painter)
    QTest.mousePress(canvas, button, NONE, at(painter, *places[0]))
    for place in places[1:]:
        QTest.mouseMove(canvas, at(painter, *place))
    QTest.mouseRelease(canvas, button, NONE, at(painter, *places[-1]))


def drawn(editor: Editor) -> DrawnPoints:
    dataset = editor.project.data.dataset
    assert isinstance(dataset, DrawnPoints)
    return dataset


def test_a_stroke_paints_a_cloud_of_the_class_in_one_step(editor: Editor, painter: PointPainter) -> None:
    choose(painter, "pointClassB")
    stroke(painter, (-0.5, 0.5), (0, 0.5), (0.5, 0.5))
    points = drawn(editor).points
    assert len(points) == 12
    assert {point.value for point in points} == {1}
    assert all(abs(point.y - 500) < 200 for point in points)
    assert editor.undo_stack.count() == 1
    editor.undo_stack.undo()
    assert not drawn(editor).points
    assert not canvas_of(painter).points


def test_a_single_point_lies_where_it_was_put(editor: Editor, painter: PointPainter) -> None:
    choose(painter, "pointTool")
    stroke(painter, (0.4, -0.6), (0.9, 0.9))
    (point,) = drawn(editor).points
    assert (point.x, point.y, point.value) == (pytest.approx(400, abs=8), pytest.approx(-600, abs=8), 0)


def test_points_are_erased_with_the_tool_or_the_right_button(editor: Editor, painter: PointPainter) -> None:
    editor.open(Project(data=Data(DrawnPoints(points=(Point(-500, 0, 0), Point(0, 0, 1), Point(500, 0, 0))))))
    stroke(painter, (-0.5, 0), button=RIGHT)
    assert [point.x for point in drawn(editor).points] == [0, 500]
    choose(painter, "eraseTool")
    stroke(painter, (0.9, 0.9))
    assert editor.undo_stack.count() == 1, "nothing was there"
    stroke(painter, (0.9, 0), (0.5, 0))
    assert [point.x for point in drawn(editor).points] == [0]


def test_escape_gives_a_stroke_up(editor: Editor, painter: PointPainter) -> None:
    canvas = canvas_of(painter)
    QTest.mousePress(canvas, LEFT, NONE, at(painter, 0, 0))
    assert canvas.points
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    QTest.mouseRelease(canvas, LEFT, NONE, at(painter, 0, 0))
    assert not canvas.points
    assert not editor.undo_stack.count()


def test_everything_can_be_done_with_the_keys(editor: Editor, painter: PointPainter) -> None:
    canvas = canvas_of(painter)
    choose(painter, "pointTool")
    canvas.setFocus()
    for key in (Qt.Key.Key_3, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Space):
        QTest.keyClick(canvas, key)
    assert drawn(editor).points == (Point(50, 50, 2),)
    assert canvas.accessibleName() == "Square for painting, 1 points; cross at x 0.05, y 0.05"
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert not drawn(editor).points
    QTest.keyClick(canvas, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(canvas, Qt.Key.Key_9)
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert drawn(editor).points == (Point(-200, 50, 2),), "there is no ninth class"


def test_values_are_painted_with_the_slider(editor: Editor, painter: PointPainter) -> None:
    editor.open(Project(data=Data(DrawnPoints(predicts="values"))))
    slider = painter.findChild(QSlider, "pointValue")
    assert slider is not None
    assert slider.isVisible()
    slider.setValue(-50)
    choose(painter, "pointTool")
    stroke(painter, (0, 0))
    assert drawn(editor).load().train.targets.tolist() == [[-0.5]]


def test_all_can_be_erased_and_brought_back(editor: Editor, painter: PointPainter) -> None:
    stroke(painter, (0, 0))
    clear = painter.findChild(QPushButton, "clearPoints")
    assert clear is not None
    clear.click()
    assert not drawn(editor).points
    assert not clear.isEnabled()
    editor.undo_stack.undo()
    assert len(drawn(editor).points) == 4


def test_there_is_a_button_for_each_class_and_none_for_other_data(editor: Editor, painter: PointPainter) -> None:
    shown = [button.text() for button in painter.findChildren(QToolButton) if button.isVisible()]
    assert shown == ["A", "B", "C", "Spray", "One point", "Erase"]
    editor.open(Project(data=Data(Digits())))
    assert not painter.isVisible()


def test_points_of_a_class_that_is_gone_are_kept_aside(editor: Editor, painter: PointPainter) -> None:
    editor.open(Project(data=Data(DrawnPoints(class_count=2, points=(Point(0, 0, 0), Point(0, 900, 5))))))
    stroke(painter, (0.9, -0.9))
    assert drawn(editor).points[0] == Point(0, 900, 5)
    assert len(drawn(editor).load().train) == 5


def test_marks_and_colours_differ(painter: PointPainter, editor: Editor) -> None:
    def picture(value: int) -> np.ndarray:
        editor.open(Project(data=Data(DrawnPoints(class_count=3, points=(Point(0, 0, value),)))))
        image = canvas_of(painter).grab().toImage()
        return np.frombuffer(image.constBits(), np.uint8).copy()

    assert not np.array_equal(picture(0), picture(1))
    assert not np.array_equal(picture(1), picture(2))


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_values_near_nothing_are_still_seen(mode, appearance: Appearance) -> None:
    appearance.choose(mode)
    ground = appearance.theme.colour("raised")
    assert all(contrast(value_colour(appearance, value, True), ground) >= 2 for value in (-1, 0))
