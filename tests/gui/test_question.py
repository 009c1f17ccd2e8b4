"""Questions: how they look, and what the keys answer."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from gui.question import Question
from gui.theme import PADDING, Appearance

ANSWERS = [("recover", "Recover"), ("discard", "Discard"), ("later", "Not now")]


def asked(qtbot, *, harmless: bool = True, title: str = "Recover “cifar.loom”?") -> Question:
    question = Question(None, title, "Unsaved work of yesterday evening is still there.", ANSWERS, harmless=harmless)
    qtbot.addWidget(question)
    question.open()
    return question


@pytest.mark.parametrize("title", ["Recover “cifar.loom”?", "Delete the run “2026-11-21 09-12 A very long name”? " * 3])
def test_words_and_buttons_keep_to_the_same_margins_and_nothing_is_cut_off(
    qtbot, appearance: Appearance, title: str
) -> None:
    question = asked(qtbot, title=title)
    room = question.rect().adjusted(2 * PADDING, 2 * PADDING, -2 * PADDING, -2 * PADDING)
    labels, buttons = question.findChildren(QLabel), question.findChildren(QPushButton)
    for part in (*labels, *buttons):
        assert room.contains(part.geometry())
    assert {words.x() for words in labels} == {room.left()}
    assert max(button.geometry().right() for button in buttons) == room.right()
    assert max(button.geometry().bottom() for button in buttons) == room.bottom()
    for words in labels:
        assert words.height() >= words.heightForWidth(words.width())


@pytest.mark.parametrize(
    ("key", "harmless", "answer"),
    [
        (Qt.Key.Key_Return, True, "recover"),
        (Qt.Key.Key_Return, False, "later"),
        (Qt.Key.Key_Escape, True, "later"),
        (Qt.Key.Key_Escape, False, "later"),
    ],
)
def test_enter_answers_what_does_no_harm_and_escape_the_last(
    qtbot, appearance: Appearance, key: Qt.Key, harmless: bool, answer: str
) -> None:
    question = asked(qtbot, harmless=harmless)
    QTest.keyClick(question, key)
    assert question.isHidden()
    assert question.answer == answer


def test_a_click_answers(qtbot, appearance: Appearance) -> None:
    question = asked(qtbot)
    button = question.findChild(QPushButton, "discardAnswer")
    assert button is not None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(9, 9))
    assert question.answer == "discard"
