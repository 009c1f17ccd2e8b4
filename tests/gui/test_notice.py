"""The bar above the canvas: what stays until it is read, and what the next edit takes away."""

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from engine.errors import LayerloomError
from gui.notice import Notices
from gui.theme import Appearance


@pytest.fixture
def notices(qtbot, appearance: Appearance) -> Notices:
    notices = Notices(appearance)
    qtbot.addWidget(notices)
    notices.show()
    return notices


def test_the_next_edit_takes_a_refusal_and_a_done_away(notices: Notices) -> None:
    notices.show_text("It is in your blocks now.", kind="good")
    notices.show_refusal(LayerloomError("No block is selected."))
    assert notices.texts == ["No block is selected.", "It is in your blocks now."]
    notices.pass_by()
    assert notices.texts == []


def test_a_failure_and_an_offer_stay_until_they_are_read(notices: Notices) -> None:
    notices.show_error(LayerloomError("The disk is full."))
    notices.show_text("It is gone from your blocks.", ("Bring it back", notices.update), kind="good")
    notices.pass_by()
    assert notices.texts == ["It is gone from your blocks.", "The disk is full."]


def test_several_offers_leave_the_words_their_room(notices: Notices, qtbot) -> None:
    offers = [(f"Begin again in quite another way, number {number}", notices.update) for number in range(2)]
    notices.show_text("The loss is not a finite number any more at step 4. " * 3, *offers)
    notices.resize(718, notices.heightForWidth(718))
    words = notices.findChild(QLabel, "noticeText")
    qtbot.waitUntil(lambda: words.width() > 500)
    buttons = notices.findChildren(QPushButton, "noticeOffer")
    assert all(button.y() >= words.geometry().bottom() for button in buttons)
    assert buttons[0].geometry().right() < buttons[1].x()
