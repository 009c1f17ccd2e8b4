"""Where the words of a wire stand, so that they can be read: beside it, on it, or nowhere."""

from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QPainterPath

from engine.layout import GAP, NODE_HEIGHT, NODE_HEIGHT_WITH_SUMMARY
from gui.theme import BADGE_RADIUS, GRID, PORT_RADIUS

_ASIDE = 16
_CURVE_ELEMENTS = 4
_UPRIGHT = 90
_PLACES_ON_CURVES = (0.5, 0.36, 0.64)
_LEVEL = NODE_HEIGHT / 2


class Words(NamedTuple):
    """Where words stand: their place, and whether they need a ground, as they lie on a wire."""

    place: QRectF
    on_ground: bool


def words_place(path: QPainterPath, size: QSizeF, port: int, *, is_crowded: bool) -> Words | None:
    """Beside a straight wire; on a curved one, which they interrupt, at a height that differs by the port.

    ``is_crowded``: other wires run close by. None: the nodes at its ends leave no room.
    """
    if path.elementCount() == 2:
        place = _beside(path, size)
        return Words(place, is_crowded) if place is not None else None
    is_curve = path.elementCount() == _CURVE_ELEMENTS
    place = _centred(path.pointAtPercent(_PLACES_ON_CURVES[port % len(_PLACES_ON_CURVES)] if is_curve else 0.5), size)
    if is_curve and _is_covered(path, place):
        return None
    if not is_curve and round(path.angleAtPercent(0.5)) % 180 == _UPRIGHT:
        # Beside a column the words keep off its layers.
        over = max(size.width() / 2 - GAP + GRID, 0)
        place.translate(-over if place.center().x() < path.elementAt(0).x else over, 0)
    return Words(place, on_ground=True)


def _beside(path: QPainterPath, size: QSizeF) -> QRectF | None:
    middle, (start, end) = path.pointAtPercent(0.5), _ends(path)
    if start.y() != end.y():
        has_room = end.y() - start.y() >= size.height()
        return QRectF(QPointF(middle.x() + _ASIDE, middle.y() - size.height() / 2), size) if has_room else None
    has_room = end.x() - start.x() >= size.width() + 2 * PORT_RADIUS
    # Where the nodes stand close, the words are above both, clear of what marks their corners.
    above = 2 if has_room else _LEVEL + BADGE_RADIUS
    return QRectF(QPointF(middle.x() - size.width() / 2, middle.y() - size.height() - above), size)


def _is_covered(path: QPainterPath, place: QRectF) -> bool:
    """Whether a node at an end of a wire that runs to the right would lie over words at this place."""
    start, end = _ends(path)
    if path.elementAt(1).y != start.y() or end.x() < start.x():
        return False
    beside = (place.left() < start.x(), start.y()), (place.right() > end.x(), end.y())
    bands = (
        QRectF(place.left(), y - _LEVEL, place.width(), NODE_HEIGHT_WITH_SUMMARY) for is_over, y in beside if is_over
    )
    return any(band.intersects(place) for band in bands)


def _centred(point: QPointF, size: QSizeF) -> QRectF:
    return QRectF(point - QPointF(size.width() / 2, size.height() / 2), size)


def _ends(path: QPainterPath) -> tuple[QPointF, QPointF]:
    first = path.elementAt(0)
    return QPointF(first.x, first.y), path.currentPosition()
