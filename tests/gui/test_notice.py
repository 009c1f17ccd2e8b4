"""The bar above the canvas: what stays until it is read, and what the next edit takes away."""

import pytest

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
