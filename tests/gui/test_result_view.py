"""The result of a training: every count of the confusion matrix can be read, and all its rows are in view."""

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel
from test_accessibility import contrast

from gui.result_view import ResultView, cell_ground
from gui.theme import DARK, LIGHT, Theme


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize("is_right", [True, False])
def test_counts_can_be_read_however_strong_their_cell(theme: Theme, is_right: bool) -> None:
    grounds = [cell_ground(theme, share, is_right=is_right) for share in np.linspace(0, 1, 101)]
    poor = [ground.name() for ground in grounds if contrast(theme.ink_on(ground), ground) < 4.5]
    assert not poor


def test_before_a_training_it_says_that_a_run_can_be_opened(qtbot, appearance) -> None:
    view = ResultView(appearance)
    qtbot.addWidget(view)
    assert any("a run is opened" in words.text() for words in view.findChildren(QLabel))


def test_ten_classes_fit_a_low_window(qtbot, appearance) -> None:
    view = ResultView(appearance)
    qtbot.addWidget(view)
    view.matrix.show_counts(np.eye(10, dtype=np.int64), ())
    assert view.matrix.minimumHeight() <= 180
