"""Looking at the picture: zoom, pan, fit and the dotted ground. Knows nothing of editing."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPixmapCache,
    QPolygonF,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGestureEvent, QGraphicsItem, QGraphicsView, QStyleOptionGraphicsItem, QWidget

from gui.canvas.items import FAR, WITHIN_REACH
from gui.canvas.pinch import Pinch
from gui.canvas.scene import NetworkScene
from gui.theme import DOT_SPACING

SMALLEST_ZOOM, LARGEST_ZOOM = 0.1, 3.0
SCROLL_STEP = 60
FIT_MARGIN = 40
EASY_ZOOM = 0.75
"""The smallest zoom at which words are read without effort."""

_ZOOM_STEP = 1.25
_NEAR_ZOOM = 1.5
_WHEEL_FACTOR = 1.0015
_CATCH = 0.02
_WHEEL_NOTCH = 120
_CLOSEST_DOTS = 14
_LATTICE_STEP = 16
_KEPT_KILOBYTES = 65_536
"""For the pictures of nodes: what a screen of 3840 × 2160 full of them takes."""


class View(NamedTuple):
    """How the picture is looked at."""

    zoom: float
    centre: QPointF
    arrangement: Callable[[], None] | None


class ZoomView(QGraphicsView):
    """A view that zooms around the pointer, pans beyond the content and repaints only what it must."""

    zoom_changed = Signal(float)
    """The new zoom; 1.0 is 100 %."""
    pinched = Signal()
    """Fingers on the screen zoom, so that none of them draws or drags."""

    def __init__(self, picture: NetworkScene, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture = picture
        self.head = 0
        """How much of the top is taken by what floats there, and is left free when all is shown."""
        self.covered: Callable[[], int] = lambda: 0
        """How much of the top lies behind something else now; that is left free as well."""
        self._must_fit = True
        self._arrangement: Callable[[], None] | None = None
        """What has placed the view and does so again when its size changes; None: a person has."""
        self.setScene(picture)
        QPixmapCache.setCacheLimit(max(QPixmapCache.cacheLimit(), _KEPT_KILOBYTES))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        # The dots are a third of what a picture of a few dozen nodes costs.
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheBackground)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        # All of it is painted, so Qt may move what is on the screen when one pans, and paint only what comes into view.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._pinch = Pinch(self)
        self._more = QTimer(self, singleShot=True, interval=0)
        """Runs while parts of what is seen from afar are still to be made."""
        self._more.timeout.connect(self.viewport().update)

    @property
    def zoom(self) -> float:
        """1.0 is 100 %."""
        return self.transform().m11()

    @property
    def view(self) -> View:
        """How the picture is looked at now."""
        return View(self.zoom, self.mapToScene(self.viewport().rect().center()), self._arrangement)

    def look(self, view: View) -> None:
        """Looks at the picture as before; where the view was arranged, it is arranged again."""
        if view.arrangement is not None:
            view.arrangement()
            return
        self.zoom_to(view.zoom, self.viewport().rect().center())
        self._arrangement = None
        self.centerOn(view.centre)

    @property
    def _top(self) -> int:
        return self.head + self.covered()

    def fit(self) -> None:
        """Shows the whole network, never larger than life."""
        self._must_fit = not self.isVisible()
        content = self.picture.content()
        self.zoom_to(self._fitting(content), self.viewport().rect().center())
        self.centerOn(QPointF() if content.isEmpty() else content.center() - QPointF(0, self._top / self.zoom / 2))
        self._arrangement = self.fit

    def show_beginning(self) -> None:
        """Shows the whole network, or as much of its beginning as can be read at ease."""
        self.fit()
        if self.zoom < EASY_ZOOM:
            self.zoom_to(EASY_ZOOM, self.viewport().rect().center())
            self.centerOn(self._middle_at_beginning())
        self._arrangement = self.show_beginning

    def _middle_at_beginning(self) -> QPointF:
        """What is in the middle of the view while the network begins at the edge where its values enter."""
        content, half = self.picture.content(), self.viewport().rect().center()
        if self.picture.network.direction == "right":
            left = content.left() - FIT_MARGIN / self.zoom
            return QPointF(left + half.x() / self.zoom, content.center().y() - self._top / self.zoom / 2)
        top = content.top() - (FIT_MARGIN + self._top) / self.zoom
        return QPointF(content.center().x(), top + half.y() / self.zoom)

    def show_area(self, area: QRectF) -> None:
        """Shows a part of the scene as large as it fits, though not much larger than life."""
        self.zoom_to(self._fitting(area, _NEAR_ZOOM), self.viewport().rect().center())
        self.look_at(area.center())

    def look_at(self, point: QPointF) -> None:
        """Brings a point of the scene to the middle."""
        self._arrangement = None
        self.centerOn(point)

    def _fitting(self, content: QRectF, largest: float = 1.0) -> float:
        """The zoom at which the content is in view."""
        if content.isEmpty():
            return 1.0
        room = self.viewport().rect().adjusted(FIT_MARGIN, FIT_MARGIN + self._top, -FIT_MARGIN, -FIT_MARGIN)
        return min(largest, room.width() / content.width(), room.height() / content.height())

    def zoom_in(self) -> None:
        """One step nearer."""
        self.zoom_to(self.zoom * _ZOOM_STEP, self.viewport().rect().center())

    def zoom_out(self) -> None:
        """One step back."""
        self.zoom_to(self.zoom / _ZOOM_STEP, self.viewport().rect().center())

    def zoom_reset(self) -> None:
        """100 %."""
        self.zoom_to(1.0, self.viewport().rect().center())

    def scroll_by(self, step: QPoint) -> None:
        """Moves the view by pixels."""
        self._arrangement = None
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() + step.x())
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() + step.y())

    def zoom_to(self, zoom: float, around: QPoint) -> None:
        """What is under this point of the viewport stays there."""
        smallest = min(SMALLEST_ZOOM, self._fitting(self.picture.content()))
        zoom = min(max(zoom, smallest), LARGEST_ZOOM)
        # Stops at 100 % on the way, but small steps of a touchpad must be able to leave it.
        if abs(zoom - 1) < _CATCH <= abs(self.zoom - 1):
            zoom = 1.0
        fixed = self.mapToScene(around)
        self.resetTransform()
        self.scale(zoom, zoom)
        self.grow()
        self.scroll_by(self.mapFromScene(fixed) - around)
        self.setRenderHint(QPainter.RenderHint.Antialiasing, zoom >= WITHIN_REACH)
        self.picture.show_zoom(zoom)
        self.zoom_changed.emit(zoom)

    def grow(self) -> None:
        """One can always pan until the content is just out of view."""
        width, height = self.viewport().width() / self.zoom, self.viewport().height() / self.zoom
        wanted = self.picture.content().adjusted(-width, -height, width, height)
        if wanted != self.sceneRect():
            # Qt would paint the background anew even for the same one.
            self.setSceneRect(wanted)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.accept()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_to(self.zoom * _WHEEL_FACTOR ** event.angleDelta().y(), event.position().toPoint())
            return
        step = (
            event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta() * SCROLL_STEP / _WHEEL_NOTCH
        )
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and step.x() == 0:
            step = step.transposed()
        self.scroll_by(-step)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QNativeGestureEvent | QGestureEvent) and self._pinch.take(event):
            return True
        return super().viewportEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._must_fit:
            self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        centre = self.mapToScene(QRect(QPoint(), event.oldSize()).center())
        super().resizeEvent(event)
        self.grow()
        if self._arrangement is not None:
            self._arrangement()
        elif event.oldSize().isValid():
            self.centerOn(centre)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.zoom < FAR:
            self._paint_from_afar(event.rect())
        else:
            super().paintEvent(event)

    def _paint_from_afar(self, area: QRect) -> None:
        """Nodes and wires as marks and lines, all at once; of what else there is, each item as always."""
        # Qt asks for no further picture of the whole scene before it has painted items, be it none, by itself.
        super().paintEvent(QPaintEvent(QRect()))
        seen = self.mapToScene(area).boundingRect().adjusted(-1, -1, 1, 1)
        others = self.picture.others()
        painter = QPainter(self.viewport())
        painter.setWorldTransform(self.viewportTransform())
        self.drawBackground(painter, seen)
        self._paint_items(painter, [item for item in others if item.zValue() < 0])
        painter.setWorldTransform(self.viewportTransform())
        if not self.picture.overview.paint(painter, seen):
            self._more.start()
        self._paint_items(painter, [item for item in others if item.zValue() >= 0])
        painter.end()

    def _paint_items(self, painter: QPainter, items: Iterable[QGraphicsItem]) -> None:
        option = QStyleOptionGraphicsItem()
        for item in items:
            if item.isVisible():
                painter.setWorldTransform(item.deviceTransform(self.viewportTransform()))
                painter.setOpacity(item.effectiveOpacity())
                item.paint(painter, option, self.viewport())
                self._paint_items(painter, item.childItems())

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        painter.fillRect(rect, self.picture.ink.background)
        area = QRectF(rect)
        spacing = float(DOT_SPACING)
        while spacing * self.zoom < _CLOSEST_DOTS:
            spacing *= 2
        columns, rows = int(area.width() / spacing) + 2, int(area.height() / spacing) + 2
        before = painter.worldTransform()
        painter.translate(area.left() // spacing * spacing, area.top() // spacing * spacing)
        painter.scale(spacing, spacing)
        painter.setPen(self.picture.ink.dots)
        painter.drawPoints(_lattice(-(-columns // _LATTICE_STEP), -(-rows // _LATTICE_STEP)))
        painter.setWorldTransform(before)


@lru_cache(maxsize=32)
def _lattice(columns: int, rows: int) -> QPolygonF:
    """Points 1 apart, from the origin; so many steps of them that one lattice serves many sizes and zooms."""
    across, down = range(columns * _LATTICE_STEP), range(rows * _LATTICE_STEP)
    return QPolygonF([QPointF(column, row) for row in down for column in across])
