"""The drawing from afar: marks and lines in a few strokes of the painter, however many nodes there are.

Beyond a certain distance one sees no more of a node than its colour. The marks and wires of each tile of the drawing
are kept as one outline for each colour, which Qt fills at once; a change makes anew only the tiles that it touches.
Where that are more than can be made while nobody notices, the others follow with the next pictures.
"""

from collections.abc import Iterable
from itertools import count
from time import perf_counter
from typing import NamedTuple

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPainterPath, QPen

from gui.canvas.items import NodeItem
from gui.canvas.wires import WireItem

TILE = 2048
"""The side of a tile, in canvas units."""

_SLICE_SECONDS = 0.03
_LEAST_TILES = 4
_LEAST_ITEMS = 1000
"""So many are made for every picture, so that a drag is always seen where it is."""

Item = NodeItem | WireItem
Key = tuple[int, int]


class Overview:
    """Keeps nodes and wires by where they are, and paints what an area shows of them."""

    def __init__(self) -> None:
        self._touched: dict[Item, None] = {}
        self._homes: dict[Item, Key] = {}
        self._tiles: dict[Key, _Tile] = {}

    def touch(self, item: Item) -> None:
        """Something of this item is new, or it is. Near by nobody looks here, so no more is done about it now."""
        self._touched[item] = None

    def forget(self, item: Item) -> None:
        """This item is no longer there."""
        self._touched.pop(item, None)
        self._leave(item)

    def paint(self, painter: QPainter, area: QRectF) -> bool:
        """Paints what lies in the area: the wires, and the marks over them. Answers whether that is all there is."""
        is_whole = self._make(perf_counter() + _SLICE_SECONDS, area)
        seen = [tile.drawn for tile in self._tiles.values() if tile.drawn.bounds.intersects(area)]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for drawn in seen:
            for pen, path in drawn.lines:
                painter.setPen(pen)
                painter.drawPath(path)
        for drawn in seen:
            for brush, path in drawn.marks:
                painter.fillPath(path, brush)
        return is_whole

    def _make(self, end: float, area: QRectF) -> bool:
        """Brings the tiles up to date, those in the area first; answers whether there was time for all of them."""
        self._settle(end)
        outdated = [key for key, tile in self._tiles.items() if tile.is_outdated]
        outdated.sort(key=lambda key: not area.intersects(QRectF(key[0] * TILE, key[1] * TILE, TILE, TILE)))
        for number, key in enumerate(outdated):
            if number >= _LEAST_TILES and perf_counter() > end:
                return False
            self._tiles[key].draw()
        return not self._touched

    def _settle(self, end: float) -> None:
        """Takes what was touched to the tiles in which it is now."""
        for number in count():
            if not self._touched or (number >= _LEAST_ITEMS and perf_counter() > end):
                return
            item, _ = self._touched.popitem()
            home = _home_of(item)
            if self._homes.get(item) != home:
                self._leave(item)
                self._homes[item] = home
            self._tiles.setdefault(home, _Tile()).touch(item)

    def _leave(self, item: Item) -> None:
        home = self._homes.pop(item, None)
        if home is not None:
            self._tiles[home].remove(item)


class _Drawn(NamedTuple):
    """Outlines in the order in which they are painted, and the rectangle around them."""

    lines: list[tuple[QPen, QPainterPath]]
    marks: list[tuple[QBrush, QPainterPath]]
    bounds: QRectF


class _Tile:
    """The nodes and wires of one place. Wires may reach out of it."""

    def __init__(self) -> None:
        self._items: dict[Item, None] = {}
        self.is_outdated = False
        self.drawn = _Drawn([], [], QRectF())
        """As they were when it was drawn last."""

    def touch(self, item: Item) -> None:
        self._items[item] = None
        self.is_outdated = True

    def remove(self, item: Item) -> None:
        del self._items[item]
        self.is_outdated = True

    def draw(self) -> None:
        self.drawn = _draw(self._items)
        self.is_outdated = False


def _draw(items: Iterable[Item]) -> _Drawn:
    lines: dict[tuple[int, int], tuple[QPen, QPainterPath]] = {}
    marks: dict[tuple[int, int], tuple[QBrush, QPainterPath]] = {}
    for item in items:
        if isinstance(item, NodeItem):
            _add_marks(marks, item)
        elif item.isVisible():
            pen = _thin(item.pen())
            _, path = lines.setdefault((pen.color().rgba(), pen.width()), (pen, QPainterPath()))
            path.addPath(item.path())
    in_order = [marks[key] for key in sorted(marks)]
    bounds = QRectF()
    for _, path in (*lines.values(), *in_order):
        # A row of straight wires has no breadth, and an empty rectangle meets nothing.
        bounds |= path.boundingRect().adjusted(-1, -1, 1, 1)
    return _Drawn([*lines.values()], in_order, bounds)


def _add_marks(marks: dict[tuple[int, int], tuple[QBrush, QPainterPath]], item: NodeItem) -> None:
    for layer, (place, brush) in enumerate(item.marks()):
        _, path = marks.setdefault((layer, brush.color().rgba()), (brush, QPainterPath()))
        # Where nodes lie over each other, there must be no hole.
        path.setFillRule(Qt.FillRule.WindingFill)
        path.addRect(place.translated(item.pos()))


def _thin(pen: QPen) -> QPen:
    """Whole pixels wide at any distance, for thinner ones Qt leaves out."""
    thin = QPen(pen.color(), max(1, int(pen.widthF())))
    thin.setCosmetic(True)
    return thin


def _home_of(item: Item) -> Key:
    place = item.pos() if isinstance(item, NodeItem) else item.path().pointAtPercent(0)
    return int(place.x() // TILE), int(place.y() // TILE)
