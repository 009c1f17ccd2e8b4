"""What the network costs: on the status line at every width, and in full at a click."""

import itertools

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from engine.analysis import analyse
from engine.graph import Graph
from engine.layers import Flatten, Input, Linear, Output, ReLU
from engine.optimizers import GradientDescent, Momentum
from engine.project import Project
from gui.cost import CostLine
from gui.editor import Editor
from gui.page import Facts
from gui.status import Status
from gui.theme import PADDING

NETWORK = Graph.chain(Input((1, 28, 28)), Flatten(), Linear(128), ReLU(), Linear(10), Output())


def project(**choices: object) -> Project:
    return Project(NETWORK, training=msgspec.structs.replace(Project().training, **choices))


@pytest.fixture
def line(qtbot, appearance) -> CostLine:
    made = CostLine()
    qtbot.addWidget(made)
    made.resize(1200, 26)
    with qtbot.waitExposed(made):
        made.show()
    return made


def show(line: CostLine, shown: Project) -> None:
    line.show_cost(shown, analyse(shown).totals)


def shown_facts(line: CostLine) -> list[str]:
    return [label.text() for label in line.card.findChild(Facts).findChildren(QLabel)]


def test_all_is_said_in_one_line(line):
    show(line, project(optimizer=Momentum(), batch_size=64))
    for words in ("101,770 parameters", "203 kFLOP", "102 k multiply-adds", "407 kB weights", "at batch 64"):
        assert words in line.text()
    assert "407 kB optimizer state" in line.text()


@pytest.mark.parametrize("width", [760, 400, 140])
def test_what_does_not_fit_is_said_shorter_and_never_cut(line, width):
    show(line, project())
    longest = line.text()
    line.resize(width, 26)
    assert line.text() != longest
    assert line.fontMetrics().horizontalAdvance(line.text()) <= width
    line.resize(1200, 26)
    assert line.text() == longest


def test_a_click_shows_the_full_account_and_escape_closes_it(line, qtbot):
    show(line, project(optimizer=Momentum()))
    QTest.mouseClick(line, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(line.card.isVisible)
    assert {"101,770", "101,632", "407 kB", "SGD with momentum", "at batch 32"} <= set(shown_facts(line))
    parts = [part.geometry() for part in line.card.children() if isinstance(part, QWidget) and part.isVisible()]
    parts.sort(key=lambda part: part.top())
    assert all(below.top() - above.bottom() <= PADDING + 1 for above, below in itertools.pairwise(parts))
    assert line.card.height() - parts[-1].bottom() <= PADDING + 2
    QTest.keyClick(line.card, Qt.Key.Key_Escape)
    assert not line.card.isVisible()


def test_the_whole_set_is_no_batch(line):
    show(line, project(optimizer=GradientDescent()))
    assert "for the whole set" in line.text()
    assert "0 bytes optimizer state" in line.text()


def test_before_a_report_the_status_begins_with_whether_the_engine_is_ready(qtbot, appearance):
    editor = Editor()
    status = Status(editor)
    qtbot.addWidget(status)
    status.resize(1200, 26)
    with qtbot.waitExposed(status):
        status.show()
    ready = status.findChild(QLabel, "readiness")
    assert ready.x() <= PADDING
    status.show_report(analyse(editor.project))
    qtbot.waitUntil(lambda: ready.x() > 100)
    assert status.findChild(CostLine).isVisible()


def test_the_status_tells_a_pause_from_a_training(qtbot, appearance):
    status = Status(Editor())
    qtbot.addWidget(status)
    status.show_trainer_ready()
    ready = status.findChild(QLabel, "readiness")
    said = []
    for state in ("running", "paused", "stopping", "idle"):
        status.show_training(state)
        said.append((ready.text(), ready.property("kind")))
    training = ("● training", "good")
    assert said == [training, ("○ paused", ""), training, ("● trainer ready", "good")]


def test_names_and_values_stand_on_one_line_however_high_the_rows(qtbot, appearance):
    facts = Facts()
    qtbot.addWidget(facts)
    facts.show_facts({"H": ("H", "H")})
    facts.resize(300, 120)
    with qtbot.waitExposed(facts):
        facts.show()
    shown = facts.grab().toImage()
    tops = {_first_ink(shown, facts, part) for part in facts.findChildren(QLabel)}
    assert len(tops) == 1


def _first_ink(shown: QImage, facts: Facts, part: QLabel) -> int:
    """How high the words of a part begin."""
    corner, ground = part.mapTo(facts, QPoint()), shown.pixel(shown.width() // 2, shown.height() - 1)
    columns = range(corner.x(), corner.x() + part.fontMetrics().horizontalAdvance("H"))
    return next(y for y in range(shown.height()) if any(shown.pixel(x, y) != ground for x in columns))


def test_a_count_and_its_share_stand_on_one_line_of_a_page_that_scrolls(qtbot, appearance):
    facts = Facts()
    qtbot.addWidget(facts)
    facts.show_facts({"Training": ("55,000 samples", "79 % of all")})
    facts.resize(289, 120)
    with qtbot.waitExposed(facts):
        facts.show()
    value = next(part for part in facts.findChildren(QLabel) if part.text() == "55,000 samples")
    assert value.heightForWidth(value.width()) < 2 * value.fontMetrics().height()
