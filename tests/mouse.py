"""What a person does with the mouse on the canvas, as real events."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget

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


def files_of(paths: Sequence[Path]) -> QMimeData:
    """What a file manager hands out."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def hover_over(widget: QWidget, mime: QMimeData) -> bool:
    """Drags something over a widget, told to its window as the system does; answers whether it may be let go there."""
    entered = _told(widget, QDragEnterEvent, mime)
    return _told(widget, QDragMoveEvent, mime, entered)


def leave(widget: QWidget) -> None:
    """Drags it out of the window again."""
    QApplication.sendEvent(widget.window().windowHandle(), QDragLeaveEvent())


def drop_on(widget: QWidget, mime: QMimeData) -> bool:
    """Drags something over a widget and lets it go; answers whether it was taken."""
    return hover_over(widget, mime) and _told(widget, QDropEvent, mime)


def drop_files(widget: QWidget, *paths: Path) -> None:
    """Lets files go over a widget, which must be taken."""
    assert drop_on(widget, files_of(paths))


def _told(widget: QWidget, kind: type[QDropEvent], mime: QMimeData, was_accepted: bool = False) -> bool:
    where = widget.mapTo(widget.window(), widget.rect().center())
    event: QEvent = kind(where, Qt.DropAction.CopyAction, mime, LEFT, NONE)
    # Qt tells a move as it was answered before.
    event.setAccepted(was_accepted)
    QApplication.sendEvent(widget.window().windowHandle(), event)
    return event.isAccepted()
