"""For everyone: what assistive technology is told, names for all that takes the keyboard, contrast, touchpads."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QColor, QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QGestureEvent, QPinchGesture, QWidget

from engine.graph import Graph
from engine.layers import Conv2d, Input, Output
from engine.layout import stacked
from engine.project import Project
from engine.report import NodeReport, Problem, Report, Totals
from gui.canvas import Canvas
from gui.services import Services
from gui.settings import Settings
from gui.theme import DARK, LIGHT, Appearance, Theme
from gui.window import Window

NONE = Qt.KeyboardModifier.NoModifier
both = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)


@pytest.fixture
def window(qtbot, appearance: Appearance, tmp_path: Path) -> Iterator[Window]:
    services = Services()
    window = Window(Settings(tmp_path / "settings.ini"), appearance, services)
    window.editor.project_changed.disconnect(services.analyst.analyse)
    window.editor.open(Project(network=stacked(Graph.chain(Input(), Conv2d(out_channels=8), Output()))))
    with qtbot.waitActive(window):
        window.show()
    yield window
    window.services.close()
    with qtbot.waitSignal(window.destroyed):
        window.deleteLater()


@pytest.fixture
def canvas(window: Window) -> Canvas:
    return window.canvas


def told(canvas: Canvas) -> str:
    """What a screen reader reads of the canvas."""
    return QAccessible.queryAccessibleInterface(canvas).text(QAccessible.Text.Description)


class TestTold:
    def test_the_network(self, canvas: Canvas) -> None:
        assert told(canvas) == "3 layers and 2 wires between them."

    def test_each_layer_while_one_walks(self, canvas: Canvas) -> None:
        canvas.setFocus()
        QTest.keyClick(canvas, Qt.Key.Key_Home)
        QTest.keyClick(canvas, Qt.Key.Key_Down)
        words = told(canvas)
        assert words.startswith("Conv2d, called conv2d_1.")
        assert "out_channels 8" in words
        assert "kernel_size 3" in words
        assert "bias on" in words
        assert words.endswith("Fed by input_1. Feeds output_1.")

    def test_its_shape_and_problems_once_the_engine_has_answered(self, canvas: Canvas, window: Window) -> None:
        canvas.editor.select(["conv2d_1"])
        node = NodeReport("conv2d_1", "Conv2d", output_shape=(8, 26, 26), parameters=80)
        problem = Problem("It needs an image.", "conv2d_1")
        canvas.editor.set_report(
            window.editor.project, Report({"conv2d_1": node}, Totals(parameters=80), problems=(problem,))
        )
        assert "Fault: It needs an image." in told(canvas)
        assert "Gives 8 × 26 × 26. 80 parameters." in told(canvas)

    def test_several(self, canvas: Canvas) -> None:
        canvas.editor.select(["conv2d_1", "input_1"])
        assert told(canvas) == "2 layers selected: conv2d_1, input_1."


def test_all_that_takes_the_keyboard_has_a_name(window: Window) -> None:
    window.editor.select(["conv2d_1"])
    QApplication.processEvents()
    nameless = [
        f"{type(widget).__name__} {widget.objectName()} in {type(widget.parent()).__name__}"
        for widget in window.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and is_ours(widget) and not name_of(widget)
    ]
    assert not sorted(set(nameless))


def is_ours(widget: QWidget) -> bool:
    """Whether a person can come to it: what Qt makes inside another widget takes the keyboard through that one."""
    is_popup = widget.window().windowType() == Qt.WindowType.Popup
    return not is_popup and not widget.objectName().startswith("qt_") and widget.focusProxy() is None


def name_of(widget: QWidget) -> str:
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name) if interface is not None else ""


# Contrast, as WCAG 2.2 defines it


def luminance(colour: QColor) -> float:
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: QColor, other: QColor) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@both
@pytest.mark.parametrize("ground", ["background", "panel", "raised"])
@pytest.mark.parametrize("ink", ["text", "dim", "faint", "accent", "fault", "doubt", "good"])
def test_text_can_be_read(theme: Theme, ink: str, ground: str) -> None:
    assert contrast(theme.colour(ink), theme.colour(ground)) >= 4.5


@both
def test_text_on_the_accent_can_be_read(theme: Theme) -> None:
    assert contrast(theme.colour("on_accent"), theme.colour("accent")) >= 4.5


@both
def test_letters_on_the_marks_of_families_can_be_read(theme: Theme) -> None:
    poor = {name: contrast(theme.family(name), theme.colour("panel")) for name in theme.families}
    assert not {name: ratio for name, ratio in poor.items() if ratio < 4.5}


@both
@pytest.mark.parametrize("severity", ["fault", "doubt"])
def test_signs_on_badges_can_be_read(theme: Theme, severity: str) -> None:
    assert contrast(theme.colour("background"), theme.colour(severity)) >= 4.5


@both
@pytest.mark.parametrize("token", ["accent", "text", "faint"])
def test_rings_and_wires_stand_out(theme: Theme, token: str) -> None:
    assert contrast(theme.colour(token), theme.colour("background")) >= 3


@both
def test_curves_stand_out(theme: Theme) -> None:
    colours = [theme.colour("accent"), theme.colour("validation"), *map(theme.sequence, range(len(theme.overlays)))]
    assert min(contrast(colour, theme.colour("panel")) for colour in colours) >= 3


# Touchpads


def test_two_fingers_pan_by_the_pixel(canvas: Canvas) -> None:
    before = canvas.mapFromScene(QPointF())
    at, none = QPointF(200, 200), Qt.MouseButton.NoButton
    event = QWheelEvent(at, at, QPoint(7, -13), QPoint(14, -26), none, NONE, Qt.ScrollPhase.ScrollUpdate, False)
    QApplication.sendEvent(canvas.viewport(), event)
    assert canvas.mapFromScene(QPointF()) - before == QPoint(7, -13)


def pinch_natively(canvas: Canvas, kind: Qt.NativeGestureType, at: QPointF, value: float = 0) -> None:
    """As a touchpad has it where the system finds the gestures."""
    device = QPointingDevice.primaryPointingDevice()
    QApplication.sendEvent(canvas.viewport(), QNativeGestureEvent(kind, device, 2, at, at, at, value, QPointF()))


def pinch(canvas: Canvas, at: QPointF, factor: float) -> None:
    """As Qt finds it in the touches of a screen."""
    gesture = QPinchGesture()
    gesture.setChangeFlags(QPinchGesture.ChangeFlag.ScaleFactorChanged)
    gesture.setScaleFactor(factor)
    gesture.setCenterPoint(canvas.viewport().mapToGlobal(at))
    QApplication.sendEvent(canvas.viewport(), QGestureEvent([gesture]))


def test_a_pinch_zooms_around_the_fingers(canvas: Canvas) -> None:
    at, zoom = QPointF(200, 150), canvas.zoom
    fixed = canvas.mapToScene(at.toPoint())
    for _ in range(3):
        pinch_natively(canvas, Qt.NativeGestureType.ZoomNativeGesture, at, 0.1)
    assert canvas.zoom == pytest.approx(zoom * 1.1**3)
    assert (canvas.mapFromScene(fixed) - at.toPoint()).manhattanLength() <= 4


def test_a_pinch_on_a_touch_screen_zooms_around_the_fingers(canvas: Canvas) -> None:
    at, zoom = QPointF(200, 150), canvas.zoom
    fixed = canvas.mapToScene(at.toPoint())
    for _ in range(3):
        pinch(canvas, at, 1.1)
    assert canvas.zoom == pytest.approx(zoom * 1.1**3)
    assert (canvas.mapFromScene(fixed) - at.toPoint()).manhattanLength() <= 4


def test_a_pinch_that_is_told_of_twice_zooms_once(canvas: Canvas) -> None:
    at, zoom, kinds = QPointF(200, 150), canvas.zoom, Qt.NativeGestureType
    pinch_natively(canvas, kinds.BeginNativeGesture, at)
    pinch(canvas, at, 1.1)
    pinch_natively(canvas, kinds.ZoomNativeGesture, at, 0.1)
    pinch_natively(canvas, kinds.EndNativeGesture, at)
    assert canvas.zoom == pytest.approx(zoom * 1.1)
    pinch(canvas, at, 1.1)
    assert canvas.zoom == pytest.approx(zoom * 1.1**2)


def test_fingers_that_pinch_move_no_layer(canvas: Canvas) -> None:
    network = canvas.editor.network
    at = canvas.mapFromScene(canvas.picture.nodes["conv2d_1"].place.center())
    QTest.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, NONE, at)
    QTest.mouseMove(canvas.viewport(), at + QPoint(40, 40))
    pinch(canvas, QPointF(at), 1.2)
    QTest.mouseMove(canvas.viewport(), at + QPoint(90, 90))
    QTest.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, NONE, at + QPoint(90, 90))
    assert canvas.editor.network == network
