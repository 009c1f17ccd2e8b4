"""The panels around the canvas: put aside and brought back, closed, reset, and remembered for the next start."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMainWindow

from gui.docks import BOTTOM, LEFT, RIGHT, Docks, Panel
from gui.settings import Settings


@pytest.fixture
def start(qtbot, tmp_path):
    """Starts a window with panels; called again, it is the next start."""

    def started():
        window = QMainWindow()
        qtbot.addWidget(window)
        window.setCentralWidget(QLabel("canvas"))
        window.resize(1200, 800)
        rows = [("left", LEFT), ("layer", RIGHT), ("data", RIGHT), ("curves", BOTTOM), ("code", BOTTOM)]
        panels = [Panel(name, name.title(), QLabel(name), area) for name, area in rows]
        docks = Docks(window, panels, Settings(tmp_path / "settings.ini"))
        docks.restore()
        with qtbot.waitExposed(window):
            window.show()
        docks.set_aside()
        docks.bring_back()
        return docks

    return started


def test_the_first_of_the_tabs_is_in_view_at_first(start, qtbot):
    docks = start()
    qtbot.waitUntil(lambda: docks["layer"].widget().isVisible() and docks["curves"].widget().isVisible())
    assert not docks["data"].widget().visibleRegion().boundingRect().isValid()


def test_put_aside_none_is_in_view_and_all_come_back(start):
    docks = start()
    docks["code"].close()
    docks.set_aside()
    assert not any(docks[name].isVisible() for name in ("left", "layer", "curves"))
    docks.bring_back()
    assert docks["left"].isVisible()
    assert not docks["code"].isVisible()


def test_what_was_closed_stays_closed_at_the_next_start(start):
    docks = start()
    docks["left"].close()
    docks.set_aside()
    docks.keep()
    assert not start()["left"].isVisible()


def test_reset_brings_everything_back(start):
    docks = start()
    docks["left"].close()
    docks["layer"].setFloating(True)
    docks.reset()
    assert docks["left"].isVisible()
    assert not docks["layer"].isFloating()


def test_title_bars_come_and_go(start):
    docks = start()
    docks.show_title_bars(True)
    assert docks["left"].titleBarWidget() is None
    docks.show_title_bars(False)
    assert docks["left"].titleBarWidget() is not None


def test_each_panel_can_be_toggled(start):
    docks = start()
    for action in docks.toggles():
        action.trigger()
    assert not any(docks[name].isVisible() for name in ("left", "layer", "curves"))


def test_the_curves_grow_with_the_window_until_a_person_sizes_them(start, qtbot):
    docks = start()
    window, curves = docks["curves"].window(), docks["curves"]
    in_small = curves.height()

    window.resize(1900, 1080)
    qtbot.waitUntil(lambda: curves.height() > 1.15 * in_small)
    window.resize(1200, 800)
    qtbot.waitUntil(lambda: abs(curves.height() - in_small) <= 2)

    window.resizeDocks([curves], [200], Qt.Orientation.Vertical)
    qtbot.waitUntil(lambda: curves.height() < in_small)
    sized = curves.height()
    window.resize(1900, 1080)
    qtbot.waitUntil(lambda: window.centralWidget().height() > 700)
    assert curves.height() == sized
