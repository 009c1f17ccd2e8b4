"""Small pictures of a network, for cards: how its values shrink, widen and become an answer."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap

from engine.facts import Bar
from gui.theme import GRID, Theme

_RATIO = 2.0
_WIDEST = 14.0
_NARROWEST = 0.28
"""Of the widest bar, that of a single channel."""
_LOWEST = 0.12
"""Of the height, that of a single number."""
_FLAT = 0.6
"""How high the longest list of numbers is beside an image."""
_GAP = 0.35
"""Between two bars, of the width of one."""
_MANY = 40
"""More bars than these stand closer together."""


def portrait(bars: Sequence[Bar], theme: Theme, size: QSize) -> QPixmap:
    """What leaves each layer, from left to right, fitted into ``size`` (in points; sharp on fine screens too), on
    nothing: images as high as their side, lists of numbers as long as they are; what has more channels is wider.
    """
    picture = QPixmap(size * _RATIO)
    picture.setDevicePixelRatio(_RATIO)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    room = QRectF(0, 0, size.width(), size.height()).adjusted(GRID, GRID, -GRID, -GRID)
    widths = [_grown(bar.width, max(other.width for other in bars), _NARROWEST) for bar in bars]
    gap = _GAP if len(bars) <= _MANY else _GAP / 2
    whole = sum(widths) + gap * (len(bars) - 1)
    unit = min(_WIDEST, room.width() / whole) if bars else 0.0
    left = room.center().x() - unit * whole / 2
    for bar, width in zip(bars, widths, strict=True):
        height = room.height() * _height(bar, bars)
        place = QRectF(left, room.center().y() - height / 2, unit * width, height)
        radius = min(2.0, place.width() / 3)
        painter.setBrush(theme.family(bar.family))
        painter.drawRoundedRect(place, radius, radius)
        left += unit * (width + gap)
    painter.end()
    return picture


def _height(bar: Bar, bars: Sequence[Bar]) -> float:
    """Of the room: a side beside the longest side, a list beside the longest list."""
    if bar.side:
        return _grown(bar.side, max(other.side for other in bars), _LOWEST)
    longest = max(other.width for other in bars if not other.side)
    return _grown(bar.width, longest, _LOWEST) * (_FLAT if any(other.side for other in bars) else 1.0)


def _grown(value: int, largest: int, least: float) -> float:
    """From ``least`` for 1 to 1 for the largest, by its logarithm: a network halves and doubles."""
    return least + (1 - least) * math.log(max(1, value)) / math.log(max(2, largest))
