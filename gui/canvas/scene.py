"""The picture of a network: items kept by node and by wire, of which only what changed is touched."""

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QGraphicsScene
from shiboken6 import Shiboken

from engine.graph import Graph, Node, Position, Wire, difference
from engine.layout import GAP, NODE_WIDTH
from engine.project import Project
from engine.report import NodeReport, Problem, Report
from gui.canvas.faces import DataWords, data_words, door_words, face_of
from gui.canvas.ink import Ink
from gui.canvas.items import FAR, WITHIN_REACH, NodeItem
from gui.canvas.overview import Overview
from gui.canvas.remark_items import RemarkItems
from gui.canvas.routes import (
    Columns,
    Port,
    Side,
    breadth,
    content_of,
    direct,
    input_point,
    may_be_blocked,
    output_point,
)
from gui.canvas.wires import WireItem
from gui.theme import PORT_REACH, Theme

_INSIDE_REACH = PORT_REACH * 0.65
"""Inside a node, a port reaches less far, so that a flat node can still be taken hold of."""


class NetworkScene(QGraphicsScene):
    """Shows a project's network and the newest report of it. Asks nobody and decides nothing."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.ink = Ink(theme)
        self.network = Graph()
        self.nodes: dict[str, NodeItem] = {}
        self.wires: dict[Wire, WireItem] = {}
        self._displaced: set[str] = set()
        """The nodes that may stand elsewhere than the network has them."""
        self._columns: Columns | None = None
        self._content: QRectF | None = None
        self._words = DataWords()
        self._report = Report()
        self._known: Report | None = None
        """What is known of the project while a forecast of something else is shown."""
        self._problems: dict[str, tuple[Problem, ...]] = {}
        self._selection: frozenset[str] = frozenset()
        self.overview = Overview()
        self._others: list[QGraphicsItem] = []
        self.remarks = RemarkItems(self.addItem, self.removeItem, self.ink)
        self._is_far = False
        self._zoom = 1.0
        self._ghosts: frozenset[str] = frozenset()
        self._hovered = ""
        self._touched: Wire | None = None
        self._hot: Port | None = None
        self.chosen: Wire | None = None
        """The wire that Delete would remove."""

    def end(self) -> None:
        """Deletes it with all its items, now: for a scene that is needed for one picture.

        The garbage collector could take the items first, which Qt still asks while the scene goes.
        """
        Shiboken.delete(self)

    # What is shown

    def show_project(self, project: Project, *, is_block: bool = False) -> None:
        """Shows this project's network; ``is_block``: it is the inside of one."""
        self._mark_ghosts(())
        words = door_words(project.network) if is_block else data_words(project.data)
        was_foreseen = self.network is project.network
        changed = self._sync(project.network)
        self._describe(self.nodes if words != self._words else changed, words)
        self._end_forecast(came_true=was_foreseen)

    def show_preview(self, network: Graph, ghosts: Iterable[str] = ()) -> None:
        """Shows a network that is not there yet; ``ghosts`` are the nodes that are new in it."""
        self._describe(self._sync(network), self._words)
        self._mark_ghosts(ghosts)

    def show_forecast(self, report: Report) -> None:
        """Shows what the engine says of the preview, until a project is shown again."""
        if self._known is None:
            self._known = self._report
        self._take(report)

    def show_report(self, report: Report) -> None:
        """Shows what the engine says; where it says nothing yet, what it said before stays."""
        if self._known is None:
            self._take(report)
        else:
            self._known = report

    def _end_forecast(self, *, came_true: bool) -> None:
        known, self._known = self._known, None
        if known is not None and not came_true:
            self._take(known)

    def _take(self, report: Report) -> None:
        known, doubted = self._report.nodes, self._problems
        problems: dict[str, list[Problem]] = {}
        for problem in report.problems:
            if problem.node is not None:
                problems.setdefault(problem.node, []).append(problem)
        self._report = report
        self._problems = {node_id: tuple(found) for node_id, found in problems.items()}
        news = {node_id for node_id in self.nodes if report.nodes.get(node_id) != known.get(node_id)}
        news |= {
            node_id
            for node_id in self.nodes.keys() & (doubted.keys() | self._problems.keys())
            if doubted.get(node_id) != self._problems.get(node_id)
        }
        self._describe(news, self._words)

    def show_selection(self, node_ids: Iterable[str]) -> None:
        """Marks these nodes and no others."""
        self._selection = frozenset(node_ids)
        for node_id, item in self.nodes.items():
            item.show_state("is_selected", node_id in self._selection)
        self.remarks.show_selection(self._selection)

    def show_theme(self, theme: Theme) -> None:
        """Paints everything in other colours."""
        self.ink = Ink(theme)
        for wire in self.wires.values():
            wire.set_ink(self.ink)
        for item in self.nodes.values():
            item.set_face(item.face, self.ink)
            if item.inset is not None:
                item.inset.show_theme(theme)
        self.remarks.show_ink(self.ink)
        self.invalidate()

    def show_zoom(self, zoom: float) -> None:
        """Knows from how far one looks."""
        self._is_far = zoom < FAR
        self._zoom = zoom
        self._place_signs()

    def move(self, positions: Mapping[str, Position]) -> None:
        """Shows nodes, notes and frames at other places while they are dragged; the network stays as it is."""
        for node_id in positions.keys() & self.nodes.keys():
            self.nodes[node_id].move(positions[node_id])
        self._displaced.update(positions)
        self.remarks.move(positions)
        self._route(self._attached(positions))

    def show_hover(self, node_id: str, wire: Wire | None) -> None:
        """Marks what is under the pointer."""
        for hovered in {self._hovered, node_id} & self.nodes.keys():
            self.nodes[hovered].show_state("is_hovered", hovered == node_id)
        self._hovered = node_id
        for touched in {self._touched, wire}:
            if touched in self.wires:
                self.wires[touched].show_hover(touched in (wire, self.chosen))
        self._touched = wire

    def choose(self, wire: Wire | None) -> None:
        """Marks one wire as chosen."""
        before, self.chosen = self.chosen, wire
        for marked in {before, wire}:
            if marked in self.wires:
                self.wires[marked].show_hover(marked == wire)

    def show_hot_port(self, port: Port | None) -> None:
        """Marks the port under the pointer."""
        if port == self._hot:
            return
        for marked, value in ((self._hot, None), (port, port)):
            if marked is not None and marked.node in self.nodes:
                item = self.nodes[marked.node]
                item.show_ports(lit=item.lit, hot=value)
        self._hot = port

    def light_ports(self, network: Graph | None, fixed: Port) -> None:
        """Lights the free ports that can take a wire whose other end is ``fixed``; without a network, puts them out."""
        able = takers(network, fixed) if network is not None else set[str]()
        lit: Side = "input" if fixed.side == "output" else "output"
        for node_id, item in self.nodes.items():
            item.show_ports(lit=lit if node_id in able else None, hot=item.hot)

    def problems_of(self, node_id: str) -> tuple[Problem, ...]:
        """What the newest report finds wrong at a node."""
        return self._problems.get(node_id, ())

    def report_of(self, node_id: str) -> NodeReport | None:
        """What the newest report says of a node."""
        return self._report.nodes.get(node_id)

    def content(self) -> QRectF:
        """The rectangle around all nodes, notes and frames; empty where there are none."""
        if self._content is None:
            self._content = content_of(self.network, self._height) | self.remarks.content()
        return self._content

    def _reaches_edge(self, area: QRectF) -> bool:
        """Whether what moved in this area can have changed how far the content reaches."""
        return self._content is None or not self._content.adjusted(1, 1, -1, -1).contains(area)

    def _height(self, node: Node) -> float:
        return self.nodes[node.id].height

    def others(self) -> list[QGraphicsItem]:
        """What is neither a node nor a wire, from the lowest to the highest."""
        return sorted(self._others, key=lambda item: item.zValue())

    # What is where

    def port_at(self, point: QPointF, zoom: float = 1.0) -> Port | None:
        """The port within reach of a point: the nearest, where several are. From afar there are none to be seen."""
        if zoom < WITHIN_REACH:
            return None
        reach = PORT_REACH / min(zoom, 1.0)
        around_point = QRectF(point.x() - reach, point.y() - reach, 2 * reach, 2 * reach)
        found: list[tuple[float, Port]] = []
        for item in self._nodes_in(around_point):
            allowed = _INSIDE_REACH if item.place.contains(point) else reach
            found += [(far, port) for far, port in self._ports(item, point) if far <= allowed]
        return min(found, key=lambda pair: pair[0])[1] if found else None

    def node_at(self, point: QPointF) -> NodeItem | None:
        """The node under a point."""
        items = self._nodes_in(QRectF(point.x(), point.y(), 1, 1))
        return next((item for item in items if item.place.contains(point)), None)

    def nodes_in(self, area: QRectF) -> list[str]:
        """The ids of the nodes that an area touches."""
        return [item.node.id for item in self._nodes_in(area) if item.place.intersects(area)]

    def place_of(self, name: str) -> QRectF:
        """Where a node, note or frame is; empty where there is none of this id."""
        return self.nodes[name].place if name in self.nodes else self.remarks.place_of(name)

    def wire_at(self, point: QPointF) -> WireItem | None:
        """The wire under a point."""
        area = QRectF(point.x() - PORT_REACH, point.y() - PORT_REACH, 2 * PORT_REACH, 2 * PORT_REACH)
        found = self.items(area, Qt.ItemSelectionMode.IntersectsItemBoundingRect)
        return next((item for item in found if isinstance(item, WireItem) and item.reach().contains(point)), None)

    def point_of(self, port: Port) -> QPointF:
        """Where a port is."""
        item = self.nodes[port.node]
        if port.side == "output":
            return output_point(item.place, item.direction)
        return input_point(item.node.layer, item.place, port.number, item.arriving, item.direction)

    # How it is kept

    def addItem(self, item: QGraphicsItem) -> None:
        super().addItem(item)
        if not isinstance(item, NodeItem | WireItem):
            self._others.append(item)

    def removeItem(self, item: QGraphicsItem) -> None:
        super().removeItem(item)
        if isinstance(item, NodeItem | WireItem):
            self.overview.forget(item)
        else:
            self._others.remove(item)

    def _note_change(self, item: NodeItem | WireItem) -> None:
        """From afar it is not the item that is painted."""
        self.overview.touch(item)
        if self._is_far:
            self.update()

    def _sync(self, network: Graph) -> set[str]:
        """Makes the items agree with the network; answers which nodes need another look."""
        is_turned = network.direction != self.network.direction
        changed, moved, stirred = self._sync_nodes(network)
        rewired = self._sync_wires(network)
        if is_turned:
            self._columns = None
        elif self._columns is not None:
            self._columns.follow(self.network, network, changed | moved)
        self.network = network
        if self.remarks.sync(network) or is_turned or (moved and self._reaches_edge(stirred)):
            self._content = None
        if is_turned:
            moved, changed = set(self.nodes), set(self.nodes)
        for node_id in changed | rewired:
            item = self.nodes[node_id]
            item.turn(network.direction)
            item.arriving = len(network.incoming(node_id))
            item.show_state("is_end", item.node.layer.outputs and not network.outgoing(node_id))
        stale = self._attached(moved | rewired)
        if moved:
            stale |= self._passing(stirred)
        self._route(stale)
        self._place_signs()
        return changed | rewired

    def _place_signs(self) -> None:
        self.remarks.place_signs(self._zoom, self.network.direction, self._is_free)

    def _is_free(self, area: QRectF) -> bool:
        """Whether neither a node nor a wire is in an area."""
        found = self.items(area, Qt.ItemSelectionMode.IntersectsItemBoundingRect)
        return not any(
            item.place.intersects(area) if isinstance(item, NodeItem) else item.path().intersects(area)
            for item in found
            if isinstance(item, NodeItem | WireItem)
        )

    def _passing(self, area: QRectF) -> set[Wire]:
        """The wires that something which stands, or stood, in an area could be in the way of."""
        near = area.adjusted(-NODE_WIDTH, -GAP, NODE_WIDTH, GAP)
        return {wire for wire, item in self.wires.items() if item.is_long and near.intersects(item.area)}

    def _sync_nodes(self, network: Graph) -> tuple[set[str], set[str], QRectF]:
        """The nodes that are not as they were, those that stand elsewhere or are gone, and the area of all these."""
        went, came = difference(self.network.nodes, network.nodes)
        moved = {node.id for node in went if node.id not in network}
        stirred = QRectF()
        for gone in moved:
            item = self.nodes.pop(gone)
            stirred |= item.place
            self.removeItem(item)
        displaced = (self._displaced & network.ids) - {node.id for node in came}
        self._displaced.clear()
        shown = set(map(id, went))
        fresh = [node for node in came if id(node) not in shown] + [network.node(node_id) for node_id in displaced]
        for node in fresh:
            item = self.nodes.get(node.id)
            if item is None:
                item = self.nodes[node.id] = NodeItem(node, self.ink, self._note_change)
                item.is_selected = node.id in self._selection
                self.addItem(item)
                moved.add(node.id)
                stirred |= item.place
            else:
                before = item.place
                if item.set_node(node):
                    moved.add(node.id)
                    stirred |= before | item.place
        return {node.id for node in fresh}, moved, stirred

    def _sync_wires(self, network: Graph) -> set[str]:
        """The nodes at which wires came or went."""
        went, came = map(set, difference(self.network.wires, network.wires))
        touched: set[str] = set()
        for gone in went - came:
            self.removeItem(self.wires.pop(gone))
            touched |= {gone.source, gone.target}
        for wire in came - went:
            item = self.wires[wire] = WireItem(wire, self.ink, self._note_change)
            self.addItem(item)
            touched |= {wire.source, wire.target}
        return {node_id for node_id in touched if node_id in network}

    def _attached(self, node_ids: Iterable[str]) -> set[Wire]:
        return {
            wire
            for node_id in node_ids
            for wire in (*self.network.incoming(node_id), *self.network.outgoing(node_id))
            if wire in self.wires
        }

    def _route(self, wires: Iterable[Wire]) -> None:
        for wire in wires:
            self.wires[wire].set_route(self._path(wire), is_crowded=self._is_crowded(wire))

    def _is_crowded(self, wire: Wire) -> bool:
        """Whether other wires run close by."""
        return len(self.network.outgoing(wire.source)) > 1 or len(self.network.incoming(wire.target)) > 1

    def _path(self, wire: Wire) -> QPainterPath:
        start = self.point_of(Port(wire.source, "output"))
        end = self.point_of(Port(wire.target, "input", wire.port))
        direction = self.network.direction
        self.wires[wire].is_long = may_be_blocked(start, end, direction)
        if not self.wires[wire].is_long:
            return direct(start, end, direction)
        if self._columns is None:
            self._columns = Columns(self.network)
        return self._columns.route(start, end, wire)

    def _describe(self, node_ids: Iterable[str], words: DataWords) -> None:
        self._words = words
        for node_id in node_ids:
            item = self.nodes[node_id]
            report, problems = self._report.nodes.get(node_id), self.problems_of(node_id)
            node = item.node
            facts = (node.id, node.layer, node.frozen, node.bypassed, node.unfolded, words, report, problems)
            if facts != item.facts:
                item.facts = facts
                item.set_face(face_of(item.node, words, report, problems), self.ink)
                if item.is_block:
                    item.show_inside(self._report.opened((node_id,)))
            for wire in self.network.outgoing(node_id):
                self.wires[wire].set_label(item.face.shape)

    def _mark_ghosts(self, node_ids: Iterable[str]) -> None:
        ghosts = frozenset(node_ids)
        for marked in (self._ghosts | ghosts) & self.nodes.keys():
            self.nodes[marked].show_state("is_ghost", marked in ghosts)
        self._ghosts = ghosts

    def _nodes_in(self, area: QRectF) -> list[NodeItem]:
        found = self.items(area, Qt.ItemSelectionMode.IntersectsItemBoundingRect)
        return [item for item in found if isinstance(item, NodeItem)]

    def _ports(self, item: NodeItem, point: QPointF) -> list[tuple[float, Port]]:
        """The ports of a node and how far each is from a point."""
        layer, node_id = item.node.layer, item.node.id
        ports: list[tuple[float, Port]] = []
        if layer.outputs:
            output = Port(node_id, "output")
            ports.append((_distance(point, self.point_of(output)), output))
        if layer.inputs is None:
            middle = input_point(layer, item.place, 0, item.arriving, item.direction)
            away = point - middle if item.direction == "down" else (point - middle).transposed()
            beside = max(abs(away.x()) - breadth(layer, item.arriving, item.direction), 0.0)
            far = (beside**2 + away.y() ** 2) ** 0.5
            free = self.network.free_port(node_id) if node_id in self.network else 0
            ports.append((far, Port(node_id, "input", free or 0)))
        for number in range(layer.inputs or 0):
            entry = Port(node_id, "input", number)
            ports.append((_distance(point, self.point_of(entry)), entry))
        return ports


def takers(network: Graph, fixed: Port) -> set[str]:
    """The nodes that can take the other end of a wire: no circle comes of it, and they have a free port."""
    if fixed.side == "output":
        barred = {fixed.node} | network.ancestors(fixed.node)
        able = {node.id for node in network.nodes if node.layer.inputs != 0} - barred
        return {node_id for node_id in able if network.free_port(node_id) is not None}
    barred = {fixed.node} | network.descendants(fixed.node)
    return {node.id for node in network.nodes if node.layer.outputs} - barred


def _distance(one: QPointF, other: QPointF) -> float:
    return ((one.x() - other.x()) ** 2 + (one.y() - other.y()) ** 2) ** 0.5
