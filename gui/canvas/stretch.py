"""Making a note wider and a frame larger by their edges."""

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace
from PySide6.QtCore import QPointF, QRectF, Qt

from engine.remarks import Note, Remark
from gui.canvas.gestures import Gesture
from gui.canvas.placing import snapped

if TYPE_CHECKING:
    from gui.canvas.view import Canvas

NARROWEST = 96
LOWEST = 64

_SHAPES = Qt.CursorShape


class Sides(NamedTuple):
    """How an edge or corner moves the left, top, right and bottom of what it belongs to: which of them come along."""

    left: bool = False
    top: bool = False
    right: bool = False
    bottom: bool = False

    @property
    def cursor(self) -> Qt.CursorShape:
        """The shape that says where to one can pull."""
        across, along = self.left or self.right, self.top or self.bottom
        if across and along:
            falls = (self.left and self.top) or (self.right and self.bottom)
            return _SHAPES.SizeFDiagCursor if falls else _SHAPES.SizeBDiagCursor
        return _SHAPES.SizeHorCursor if across else _SHAPES.SizeVerCursor


def sides_at(place: QRectF, point: QPointF, reach: float) -> Sides | None:
    """The edge or corner of a rectangle that a point touches; None: it is further away from all of them."""
    if not place.adjusted(-reach, -reach, reach, reach).contains(point):
        return None
    sides = Sides(
        abs(point.x() - place.left()) <= reach,
        abs(point.y() - place.top()) <= reach,
        abs(point.x() - place.right()) <= reach,
        abs(point.y() - place.bottom()) <= reach,
    )
    return sides if any(sides) else None


class Stretch(Gesture):
    """Pulls an edge or a corner, on the grid. What lies in a frame stays where it is."""

    def __init__(self, canvas: "Canvas", remark: Remark, sides: Sides, start: QPointF) -> None:
        super().__init__(canvas)
        self.cursor = sides.cursor
        self._before = self._after = remark
        self._sides = sides
        self._start = start

    def click(self, modifiers: Qt.KeyboardModifier) -> None:
        del modifiers
        self.editor.select([self._before.id])

    def move(self, point: QPointF) -> None:
        self._after = _stretched(self._before, self._sides, point - self._start)
        self.picture.remarks.show(self._after)

    def finish(self) -> None:
        self.editor.edit_network(self.canvas.tr("Resize"), lambda network: network.annotate(self._after))

    def cancel(self) -> None:
        self.picture.remarks.show(self._before)


def _stretched(remark: Remark, sides: Sides, by: QPointF) -> Remark:
    if isinstance(remark, Note):
        right, _ = snapped((remark.position[0] + remark.width + by.x(), 0))
        return replace(remark, width=max(float(right - remark.position[0]), NARROWEST))
    (left, top), (width, height) = remark.position, remark.size
    right, bottom = left + width, top + height
    if sides.left:
        left = min(snapped((left + by.x(), 0))[0], right - NARROWEST)
    if sides.top:
        top = min(snapped((0, top + by.y()))[1], bottom - LOWEST)
    if sides.right:
        right = max(snapped((right + by.x(), 0))[0], left + NARROWEST)
    if sides.bottom:
        bottom = max(snapped((0, bottom + by.y()))[1], top + LOWEST)
    return replace(remark, position=(left, top), size=(right - left, bottom - top))
