"""What a person does with the mouse on the canvas, as real events."""

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from gui.canvas import LAYER_MIME, Canvas

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def drag_layer(canvas: Canvas, kind: str, point: QPointF, *, drop: bool = True) -> bool:
    """Drags a layer from outside to a point of the scene; answers whether it was taken."""
    mime = QMimeData()
    mime.setData(LAYER_MIME, kind.encode())
    return drag_content(canvas, mime, point, drop=drop)


def drag_content(canvas: Canvas, mime: QMimeData, point: QPointF, *, drop: bool = True) -> bool:
    """Drags what a palette hands out to a point of the scene; answers whether it was taken."""
    view, where = canvas.viewport(), canvas.mapFromScene(point)
    enter = QDragEnterEvent(QPoint(1, 1), Qt.DropAction.CopyAction, mime, LEFT, NONE)
    QApplication.sendEvent(view, enter)
    if not enter.isAccepted():
        return False
    QApplication.sendEvent(view, QDragMoveEvent(where, Qt.DropAction.CopyAction, mime, LEFT, NONE))
    if drop:
        QApplication.sendEvent(view, QDropEvent(QPointF(where), Qt.DropAction.CopyAction, mime, LEFT, NONE))
    return True


def drag_on(canvas: Canvas, where: QPoint) -> None:
    """Moves the layer that is being dragged to a point of the viewport."""
    move = QDragMoveEvent(where, Qt.DropAction.CopyAction, QMimeData(), LEFT, NONE)
    QApplication.sendEvent(canvas.viewport(), move)


def below(canvas: Canvas, node_id: str, distance: float = 30) -> QPointF:
    """A point of the scene just below a node."""
    place = canvas.picture.nodes[node_id].place
    return QPointF(place.center().x() + 10, place.bottom() + distance)
