"""The window as a whole: nothing lies over what a person looks at."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from blocks_drawn import project_with_blocks
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QTabBar, QWidget

from engine.errors import LayerloomError
from engine.events import Started, Steps, Validation
from gui import theme as looks
from gui.services import Services
from gui.settings import Settings
from gui.theme import Appearance
from gui.window import Window


@pytest.fixture
def window(qtbot, appearance: Appearance, tmp_path: Path) -> Iterator[Window]:
    window = Window(Settings(tmp_path / "settings.ini"), appearance, Services())
    window.editor.project_changed.disconnect(window.services.analyst.analyse)
    window.resize(1280, 800)
    window.editor.open(project_with_blocks())
    with qtbot.waitActive(window):
        window.show()
    yield window
    window.services.close()
    with qtbot.waitSignal(window.destroyed):
        window.deleteLater()


def bottom_of_notices(window: Window) -> int:
    QApplication.processEvents()
    notices = window.notices
    return notices.mapTo(window, notices.rect().bottomLeft()).y()


def top_of(window: Window, widget: QWidget) -> int:
    return widget.mapTo(window, widget.rect().topLeft()).y()


def seen(window: Window) -> QRect:
    """Where the whole network is in the window."""
    canvas = window.canvas
    place = canvas.mapFromScene(canvas.picture.content()).boundingRect()
    return place.translated(canvas.viewport().mapTo(window, canvas.viewport().rect().topLeft()))


def test_a_network_that_is_fitted_in_stands_clear_of_a_notice(window: Window) -> None:
    window.notices.show_error(LayerloomError("The file cannot be read.", fix="Open its backup."))
    window.notices.show_text("The training was interrupted.", ("Resume", window.update), kind="doubt")
    place = seen(window)
    QApplication.processEvents()
    assert seen(window) == place
    window.canvas.fit()
    assert seen(window).top() > bottom_of_notices(window)
    for close in window.notices.findChildren(QPushButton, "noticeClose"):
        close.click()
    window.canvas.fit()
    assert seen(window) == place


def test_a_notice_hides_neither_the_way_out_of_a_block_nor_the_search(window: Window) -> None:
    window.canvas.places.enter("convblock_1")
    window.actions_by_name["find"].trigger()
    window.notices.show_error(LayerloomError("The file cannot be read."))
    for widget in (window.canvas.places.breadcrumb, window.canvas.orientation.find_bar):
        assert widget.isVisible()
        assert top_of(window, widget) > bottom_of_notices(window)


def bars_in_view(window: Window) -> list[QTabBar]:
    bars = (bar for bar in window.findChildren(QTabBar) if bar.parent() is window)
    return [bar for bar in bars if bar.isVisible() and bar.geometry().intersects(window.rect())]


def tabs_in_view(window: Window) -> list[list[str]]:
    return [[bar.tabText(number) for number in range(bar.count())] for bar in bars_in_view(window)]


def tabs_over_the_centre(window: Window) -> list[QRect]:
    centre = window.centralWidget().geometry().adjusted(-1, -1, 1, 1)
    return [bar.geometry() for bar in bars_in_view(window) if bar.geometry().intersects(centre)]


def test_no_tabs_are_left_of_panels_that_are_put_aside_or_arranged_anew(window: Window) -> None:
    QApplication.processEvents()
    at_first = sorted(tabs_in_view(window))
    window.docks.reset()
    QApplication.processEvents()
    assert sorted(tabs_in_view(window)) == at_first
    window.docks["codeDock"].setFloating(True)
    QApplication.processEvents()
    window.show_start()
    QApplication.processEvents()
    assert not tabs_in_view(window)


def test_the_start_page_does_not_speak_of_an_edit_that_was_refused(window: Window) -> None:
    window.notices.show_refusal(LayerloomError("The network is empty.", fix="See Problems."))
    window.notices.show_error(LayerloomError("The disk is full."))
    window.show_start()
    assert window.notices.texts == ["The disk is full."]


def test_the_window_fits_its_screen_however_that_is_magnified(window: Window) -> None:
    room = window.screen().availableSize()
    assert looks.SMALLEST_WINDOW.width() > room.width(), "as a small screen is at 150 %"
    assert window.minimumSize().boundedTo(room) == window.minimumSize()


def test_panels_lie_beside_each_other_in_the_smallest_window_while_it_trains(window: Window) -> None:
    window.resize(1280, 800)
    steps = Steps(time=1.0, epoch=1, step=[1, 2], loss=[0.5, 0.4], metrics={"accuracy": [0.1, 0.2]})
    validation = Validation(time=2.0, epoch=1, step=2, validation={"loss": 0.4, "accuracy": 0.2, "f1": 0.2})
    window.curves.show_events([Started("", 1, "cpu", 1, 2, 2, 1, 1, time=0.0), steps, validation])
    window.curves._draw()
    QApplication.processEvents()
    window.resize(looks.SMALLEST_WINDOW)
    QApplication.processEvents()
    assert window.size() == looks.SMALLEST_WINDOW
    assert window.curves.findChild(QWidget, "curvesMetric").isVisible()
    left, middle, right = (window.docks[name].geometry() for name in ("paletteDock", "curvesDock", "layerDock"))
    assert left.right() < middle.left()
    assert middle.right() < right.left()
    assert right.right() < window.width()


@pytest.mark.parametrize("times", [0, 1, 2])
def test_no_tabs_of_panels_lie_behind_the_canvas(window: Window, times: int) -> None:
    for _ in range(times):
        window.show_start()
        QApplication.processEvents()
        window.show_editor()
    QApplication.processEvents()
    assert not tabs_over_the_centre(window)
    assert sorted(tabs_in_view(window)) == [
        ["Curves", "Test result", "Problems", "Data check", "Code", "History"],
        ["Layer", "Data", "Training", "Runs"],
    ]


def test_all_buttons_stay_in_the_tool_bar_while_a_long_training_runs(window: Window, qtbot) -> None:
    begun = Started("", 1, "cpu", 1_000, 12_345, 1_000_000, 1, 1, time=0.0)
    steps = Steps(time=1.0, epoch=321, step=[3_962_745], loss=[0.5], samples_per_second=123_456.0)
    window.progress.show_events([begun, steps])
    export = window.findChild(QPushButton, "exportButton")
    assert export is not None

    def is_whole(label: QLabel) -> bool:
        return not label.isVisible() or label.width() >= label.sizeHint().width()

    for width in (1280, 1920, 1100, 1280):
        window.resize(width, 800)
        qtbot.waitUntil(lambda: all(map(is_whole, window.progress.findChildren(QLabel))))
        assert export.isVisible()
        assert export.mapTo(window, export.rect().topRight()).x() < width
