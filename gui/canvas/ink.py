"""Pens, brushes, fonts and outlines, made once for each theme and shared by everything that paints."""

from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QStaticText, QTransform

from engine.layout import NODE_WIDTH
from gui.canvas.faces import SIGNS
from gui.theme import NODE_BAR, NODE_RADIUS, NODE_TILE, Theme, interface_font, small_font, title_font

_HEAT_STEPS = 48


class FrameInk(NamedTuple):
    """What it takes to paint a frame of one colour."""

    edge: QPen
    tint: QBrush
    sign: QBrush


class Ink:
    """What it takes to paint in one theme."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.panel = QBrush(theme.colour("panel"))
        self.background = QBrush(theme.colour("background"))
        self.accent = QBrush(theme.colour("accent"))
        self.text = theme.colour("text")
        self.dim = theme.colour("dim")
        self.faint = theme.colour("faint")
        self.outline = QPen(theme.colour("line"), 1)
        self.rim = QBrush(theme.colour("line"))
        self.edge = QPen(theme.colour("line"), 1)
        self.edge.setCosmetic(True)
        self.outline_hovered = QPen(theme.colour("faint"), 1)
        self.outline_selected = QPen(theme.colour("accent"), 2)
        self.match = QBrush(theme.colour("validation"))
        self.outline_match = QPen(theme.colour("validation"), 2)
        self.outline_ghost = QPen(theme.colour("accent"), 1.5, Qt.PenStyle.DashLine)
        self.outline_frozen = QPen(theme.colour("cold", 0.55), 1)
        self.outline_bypassed = QPen(theme.colour("faint"), 1.25, Qt.PenStyle.DashLine)
        self.cold = theme.colour("cold")
        self.frost = QBrush(theme.colour("cold"))
        self.snow = wire_pen(self.cold, 1.25)
        self.chill = QBrush(theme.colour("cold", 0.09))
        self.quiet = QBrush(theme.colour("line"))
        self.hollow = QPen(theme.colour("faint"), 1.25)
        self.focus = QPen(theme.colour("text"), 2)
        self.focus.setCosmetic(True)
        self.wire = wire_pen(theme.colour("faint"), 1.5)
        self.wire_hovered = wire_pen(theme.colour("accent"), 2.5)
        self.wire_lit = wire_pen(theme.colour("accent", 0.75), 2)
        self.wire_drawn = wire_pen(theme.colour("accent"), 2)
        self.ring = QPen(theme.colour("faint"), 1.5)
        self.ring_lit = QPen(theme.colour("accent"), 2)
        self.dots = QPen(theme.colour("faint", 0.36), 1)
        self.dots.setCosmetic(True)
        self.band = QPen(theme.colour("accent"), 1)
        self.band.setCosmetic(True)
        self.guide = QPen(theme.colour("validation"), 1)
        self.guide.setCosmetic(True)
        self.band_fill = QBrush(theme.colour("accent", 0.1))
        self.badges = {"fault": QBrush(theme.colour("fault")), "doubt": QBrush(theme.colour("doubt"))}
        self.on_badge = theme.colour("background")
        self.on_family = theme.colour("panel")
        self.title = Lettering(title_font())
        self.large = Lettering(interface_font(QFont.Weight.DemiBold, 2))
        self.regular = Lettering(interface_font())
        self.small = Lettering(small_font())
        self.mark = Lettering(interface_font(QFont.Weight.Bold, 11 / 13))
        self.signs = {name: Line(sign, self.mark).centred(NODE_WIDTH - 2, 2) for name, sign in SIGNS.items()}
        self._warmths = [QBrush(theme.warmth(step / _HEAT_STEPS)) for step in range(_HEAT_STEPS + 1)]
        self.note = QBrush(theme.colour("note"))
        self.note_edge = QPen(theme.colour("note_edge"), 1)
        self.frames = {name: _frame_ink(theme, name) for name in theme.frames}
        self.families = {name: QBrush(theme.family(name)) for name in theme.families}

    def warmth(self, share: float) -> QBrush:
        """The colour between the coolest (0) and the hottest (1)."""
        return self._warmths[round(share * _HEAT_STEPS)]

    def family(self, name: str) -> QBrush:
        """The colour of a family of layers."""
        return self.families.get(name) or QBrush(self.theme.family(name))


def _frame_ink(theme: Theme, name: str) -> FrameInk:
    edge, sign = QColor(theme.frames[name]), theme.colour("panel")
    return FrameInk(QPen(edge, 1.25), QBrush(theme.frame_tint(name)), QBrush(sign))


def wire_pen(colour: QColor, width: float) -> QPen:
    """A pen for wires."""
    return QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)


@lru_cache(maxsize=16)
def body(height: int) -> QPainterPath:
    """The outline of a node, on half pixels so that its hairline is sharp."""
    path = QPainterPath()
    path.addRoundedRect(QRectF(0.5, 0.5, NODE_WIDTH - 1, height - 1), NODE_RADIUS, NODE_RADIUS)
    return path


@lru_cache(maxsize=16)
def bar(height: int) -> QPainterPath:
    """The strip at the left edge of a node, rounded as the node is."""
    strip = QPainterPath()
    strip.addRect(QRectF(0, 0, NODE_BAR, height))
    return body(height).intersected(strip)


@lru_cache(maxsize=4)
def tile_outline(height: int) -> QPainterPath:
    """The square that a node's letter stands on."""
    path = QPainterPath()
    place = QRectF(NODE_BAR + 9, (height - NODE_TILE) / 2, NODE_TILE, NODE_TILE)
    path.addRoundedRect(place, NODE_TILE / 5, NODE_TILE / 5)
    return path


@lru_cache(maxsize=4)
def snowflake(radius: float) -> QPainterPath:
    """Six arms, each with a fork, around the origin."""
    path = QPainterPath()
    for number in range(6):
        turn = QTransform().rotate(60 * number)
        path.moveTo(0, 0)
        path.lineTo(turn.map(QPointF(0, -radius)))
        path.moveTo(turn.map(QPointF(-0.3 * radius, -0.9 * radius)))
        path.lineTo(turn.map(QPointF(0, -0.62 * radius)))
        path.lineTo(turn.map(QPointF(0.3 * radius, -0.9 * radius)))
    return path


class Lettering:
    """A font and its measures."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetricsF(font)
        self.height = self.metrics.height()


class Line:
    """One line of text, cut where there is no room for it, laid out once and painted often."""

    def __init__(self, text: str, lettering: Lettering, room: float = 0) -> None:
        metrics = lettering.metrics
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room) if room else text
        self.font = lettering.font
        self.height = lettering.height
        self.width = metrics.horizontalAdvance(shown)
        self.is_cut = shown != text
        self.at = QPointF()
        self.static = QStaticText(shown)
        self.static.setTextFormat(Qt.TextFormat.PlainText)
        self.static.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)

    def placed(self, x: float, middle: float) -> "Line":
        """With its left end at ``x`` and its middle at that height."""
        self.at = QPointF(round(x), round(middle - self.height / 2))
        return self

    def centred(self, x: float, middle: float) -> "Line":
        """With its centre there, to the fraction of a pixel."""
        self.at = QPointF(x - self.width / 2, middle - self.height / 2)
        return self

    def paint(self, painter: QPainter) -> None:
        """Paints it with the painter's pen."""
        painter.setFont(self.font)
        painter.drawStaticText(self.at, self.static)
