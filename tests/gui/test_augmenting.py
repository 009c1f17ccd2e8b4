"""Augmentation in the Data tab: added and set, with a live look at variants of a real sample."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from engine.augmentation import Cutout, HorizontalFlip, Rotate
from engine.data import Data
from engine.datasets import Digits, Iris
from engine.errors import DataError
from engine.project import Project
from engine.variants import Variants, variants
from gui.data.augmenting import Augmenting
from gui.editor import Editor
from gui.theme import INSPECTOR_WIDTH

FLIPPED = Data(Digits(), augmentation=(HorizontalFlip(),))


@pytest.fixture
def editor(qapp):
    return Editor()


@pytest.fixture
def panel(qtbot, editor, appearance):
    made = Augmenting(editor, appearance)
    qtbot.addWidget(made)
    made.resize(INSPECTOR_WIDTH, 700)
    made.asked = []
    made.variants_asked.connect(lambda data, row: made.asked.append((data, row)))
    editor.project_changed.connect(lambda project: made.show_data(project.data))
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def grid(panel) -> QWidget:
    return panel.findChild(QWidget, "variantsGrid")


def made_up(count: int = 10) -> Variants:
    images = np.zeros((count + 1, 1, 8, 8), np.uint8)
    images[:, :, 2:5] = 200
    return Variants(images[:1], images[1:], ("3",) * count, 10)


def test_without_any_nothing_is_made(panel, editor, qtbot):
    editor.open(Project(data=Data(Digits())))
    qtbot.wait(400)
    assert panel.asked == []
    assert not grid(panel).isVisible()


def test_variants_follow_the_settings(panel, editor, qtbot):
    editor.open(Project(data=FLIPPED))
    qtbot.waitUntil(lambda: panel.asked == [(FLIPPED, 0)])
    panel.show_variants(FLIPPED, made_up())
    assert grid(panel).isVisible()
    assert grid(panel).accessibleName() == "A sample and 10 variants of it"
    painted = grid(panel).grab().toImage()
    assert len({painted.pixel(x, y) for x in range(painted.width()) for y in range(0, painted.height(), 2)}) > 3
    editor.apply("Less", editor.project.with_value("data.augmentation.0.p", 0.25))
    qtbot.waitUntil(lambda: panel.asked[1:] == [(editor.project.data, 0)])


def test_variants_are_shown_as_they_come_and_nothing_below_moves(panel, editor, qtbot):
    editor.open(Project(data=FLIPPED))
    qtbot.waitUntil(lambda: len(panel.asked) == 1)
    panel.show_some(FLIPPED, made_up(1))
    qtbot.waitUntil(grid(panel).isVisible)
    assert grid(panel).accessibleName() == "A sample and 1 variants of it"
    height = grid(panel).sizeHint().height()
    panel.show_some(FLIPPED, made_up(4))
    panel.show_some(FLIPPED.with_setting("test", 0.1), made_up(9))
    assert grid(panel).accessibleName() == "A sample and 4 variants of it"
    assert grid(panel).sizeHint().height() == height
    editor.apply("Less", editor.project.with_value("data.augmentation.0.p", 0.25))
    qtbot.wait(400)
    assert len(panel.asked) == 1, "the rest of them is still to come"


def test_only_the_newest_settings_are_asked_for_while_variants_are_made(panel, editor, qtbot):
    editor.open(Project(data=FLIPPED))
    qtbot.waitUntil(lambda: len(panel.asked) == 1)
    for share in (0.1, 0.2, 0.3):
        editor.apply("Share", editor.project.with_value("data.augmentation.0.p", share))
    qtbot.wait(400)
    assert len(panel.asked) == 1
    panel.show_variants(FLIPPED, made_up())
    assert not grid(panel).isVisible()
    qtbot.waitUntil(lambda: panel.asked[1:] == [(editor.project.data, 0)])


def test_another_sample_can_be_looked_at(panel, editor, qtbot):
    editor.open(Project(data=FLIPPED))
    qtbot.waitUntil(lambda: len(panel.asked) == 1)
    panel.show_variants(FLIPPED, made_up())
    QTest.mouseClick(panel.findChild(QWidget, "anotherSample"), Qt.MouseButton.LeftButton)
    assert panel.asked[1:] == [(FLIPPED, 1)]


def test_what_fails_is_said(panel, editor, qtbot):
    editor.open(Project(data=FLIPPED))
    qtbot.waitUntil(lambda: len(panel.asked) == 1)
    panel.show_failure(FLIPPED, DataError("The file has gone.", fix="Choose where it is."))
    assert panel.findChild(QLabel, "variantsStatus").text() == "The file has gone. Choose where it is."


def test_one_that_does_not_suit_the_data_says_so_and_nothing_is_made(panel, editor, qtbot):
    editor.open(Project(data=Data(Iris(), augmentation=(Rotate(),))))
    (fault,) = (label for label in panel.findChildren(QLabel, "specFault") if label.text())
    assert "images" in fault.text()
    qtbot.wait(400)
    assert panel.asked == []


def test_real_variants_are_shown(panel, editor, qtbot):
    data = Data(Digits(), augmentation=(Rotate(), Cutout()))
    editor.open(Project(data=data))
    qtbot.waitUntil(lambda: len(panel.asked) == 1)
    panel.show_variants(data, variants(data))
    assert grid(panel).isVisible()
