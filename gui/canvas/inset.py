"""The inside of an unfolded block, drawn in its node as the canvas draws it. To be looked at; it takes no events."""

from typing import Any

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPicture
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem

from engine.blocks import Block
from engine.layout import NODE_WIDTH, Inset, height_of, inset_drawing, inset_of
from engine.project import Project
from engine.report import Report
from gui.theme import INSET_MARGIN, NODE_RADIUS, Theme


class InsetItem(QGraphicsRectItem):
    """A framed area below the words of a node. What it shows is recorded when it first comes into view."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self._block: Block | None = None
        self._report = Report()
        self._theme: Theme | None = None
        self._recorded: QPicture | None = None

    def show_block(self, block: Block | None, report: Report, theme: Theme) -> None:
        """Shows the inside of this block with what is known of it; None: nothing."""
        self._block, self._report, self._theme = block, report, theme
        self._recorded = None
        self.setVisible(block is not None)
        if block is not None:
            inset = inset_of(block)
            top = inset.place[1] - INSET_MARGIN
            self.setRect(INSET_MARGIN, top, NODE_WIDTH - 2 * INSET_MARGIN, inset.height - top - INSET_MARGIN)
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Draws it in other colours."""
        self.show_block(self._block, self._report, theme)

    def node_at(self, point: QPointF) -> str:
        """The layer that is shown at a point of the node; empty: none is."""
        if self._block is None or not self.isVisible():
            return ""
        inset = inset_of(self._block)
        inner = (point - QPointF(*inset.place)) / inset.scale + QPointF(*inset.origin)
        nodes = inset_drawing(self._block).nodes
        places = ((node.id, QRectF(*node.position, NODE_WIDTH, height_of(node))) for node in nodes)
        return next((node_id for node_id, place in places if place.contains(inner)), "")

    def paint(self, painter: QPainter, option: Any, widget: Any = None) -> None:
        del option, widget
        if self._block is None or self._theme is None:
            return
        painter.setPen(self._theme.colour("line"))
        painter.setBrush(self._theme.colour("background"))
        painter.drawRoundedRect(self.rect(), NODE_RADIUS, NODE_RADIUS)
        if self._recorded is None:
            self._recorded = _recorded(self._block, self._report, self._theme, inset_of(self._block))
        painter.drawPicture(QPointF(), self._recorded)


def _recorded(block: Block, report: Report, theme: Theme, inset: Inset) -> QPicture:
    # It holds items, which hold insets: each needs the other.
    from gui.canvas.scene import NetworkScene

    scene = NetworkScene(theme)
    # Notes and frames may reach out of the room that there is for the layers.
    drawing = inset_drawing(block)
    layers = drawing.part(node.id for node in drawing.nodes)
    scene.show_project(Project(network=layers), is_block=True)
    scene.show_report(report)
    for item in scene.nodes.values():
        # The picture that Qt would keep of a node cannot be shown at another size.
        item.setCacheMode(QGraphicsItem.CacheMode.NoCache)
    area = scene.itemsBoundingRect()
    place = QRectF(
        inset.place[0] + (area.left() - inset.origin[0]) * inset.scale,
        inset.place[1] + (area.top() - inset.origin[1]) * inset.scale,
        area.width() * inset.scale,
        area.height() * inset.scale,
    )
    recorded = QPicture()
    painter = QPainter(recorded)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    scene.render(painter, place, area)
    painter.end()
    scene.end()
    return recorded
