"""The card beside a node that says what is wrong with it."""

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QPushButton, QWidget

from engine.report import ChangeSetting, Problem
from gui.canvas.overlays import ProblemCard
from gui.theme import Appearance


def test_in_a_narrow_room_its_buttons_keep_their_words_whole(qtbot, appearance: Appearance) -> None:
    room = QWidget()
    qtbot.addWidget(room)
    room.resize(720, 470)
    fix = ChangeSetting("network.conv2d_1.bias", False, "Turn off its bias, which is of no use")
    problem = Problem("The bias has no effect.", "conv2d_1", fix, severity="doubt", rule="useless-bias")
    card = ProblemCard(lambda _problem: None, lambda _problem, _everywhere: None, appearance, room)
    with qtbot.waitExposed(room):
        room.show()
    card.show_problems("conv2d_1", (problem,), QRect(242, 154, 236, 54), pinned=True)
    buttons = [button for button in card.findChildren(QPushButton) if button.isVisible()]
    assert buttons
    assert all(button.width() >= button.sizeHint().width() for button in buttons)
    assert room.rect().contains(card.geometry())
