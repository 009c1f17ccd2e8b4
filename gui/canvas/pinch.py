"""Two fingers that spread zoom, whether the platform tells of it itself or Qt finds it in the touches."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QNativeGestureEvent
from PySide6.QtWidgets import QGestureEvent, QPinchGesture

if TYPE_CHECKING:
    from gui.canvas.zoom import ZoomView

_NATIVE = {Qt.NativeGestureType.BeginNativeGesture: True, Qt.NativeGestureType.EndNativeGesture: False}


class Pinch:
    """Zooms a view around the middle of the fingers. One movement of them counts once, though both may tell of it."""

    def __init__(self, view: "ZoomView") -> None:
        self._view = view
        self._is_native = False
        view.viewport().grabGesture(Qt.GestureType.PinchGesture)

    def take(self, event: QNativeGestureEvent | QGestureEvent) -> bool:
        """Zooms as the event says; answers whether it speaks of zooming."""
        if isinstance(event, QNativeGestureEvent):
            return self._take_native(event)
        pinch = event.gesture(Qt.GestureType.PinchGesture)
        if not isinstance(pinch, QPinchGesture):
            return False
        event.accept(pinch)
        changed = QPinchGesture.ChangeFlag.ScaleFactorChanged
        if not self._is_native and pinch.changeFlags() & changed:
            # The first finger has come as a press of the mouse.
            self._view.pinched.emit()
            self._zoom(pinch.scaleFactor(), self._view.viewport().mapFromGlobal(pinch.centerPoint().toPoint()))
        return True

    def _take_native(self, event: QNativeGestureEvent) -> bool:
        self._is_native = _NATIVE.get(event.gestureType(), self._is_native)
        if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
            return False
        self._zoom(1 + event.value(), event.position().toPoint())
        return True

    def _zoom(self, factor: float, around: QPoint) -> None:
        self._view.zoom_to(self._view.zoom * factor, around)
