"""Where a new layer comes to stand and what it is wired to. Values only: a place can be tried before it is taken."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from engine.ends import main_output
from engine.errors import LayerloomError
from engine.graph import Graph, Node, Position, Wire
from engine.layers import Layer, Linear, Output, Sigmoid, Softmax
from engine.layout import GAP, GRID, NODE_HEIGHT, NODE_WIDTH, Flow, below, flow_of, node_height, shifted

MAGNET = 96
"""How far below a node its pull reaches."""
_SIDEWAYS = 0.6


class Place(msgspec.Struct, frozen=True):
    """Base of the places where a layer can land."""

    @property
    def source(self) -> str:
        """The node whose values arrive there; empty: none do."""
        return ""

    def take(self, network: Graph, layer: Layer) -> tuple[Graph, str]:
        """The network with the layer there, and the id it has got. Raises `ProjectError`."""
        raise NotImplementedError


class Free(Place, frozen=True):
    """Alone, at a position."""

    position: Position

    def take(self, network: Graph, layer: Layer) -> tuple[Graph, str]:
        new = Node(network.new_id(type(layer)), layer, snapped(self.position))
        return network.add(new), new.id


class Under(Place, frozen=True):
    """Stacked under a node, between it and all that follows it."""

    node: str

    @property
    def source(self) -> str:
        return self.node

    def take(self, network: Graph, layer: Layer) -> tuple[Graph, str]:
        above, followers = network.node(self.node), network.outgoing(self.node)
        if not layer.outputs or not followers:
            place = clear_of(network, below(above, network.direction), layer)
            new = Node(network.new_id(type(layer)), layer, place)
            return network.add(new).connect(self.node, new.id), new.id
        new = Node(network.new_id(type(layer)), layer, below(above, network.direction))
        pushed = _pushed_below(network, new, [wire.target for wire in followers])
        return pushed.insert_after(self.node, new), new.id


class Above(Place, frozen=True):
    """On top of a node that has a free input."""

    node: str

    def take(self, network: Graph, layer: Layer) -> tuple[Graph, str]:
        flow = flow_of(network.direction)
        across, along = flow.turned(network.node(self.node).position)
        place = clear_of(network, flow.turned((across, along - flow.length(layer) - flow.gap)), layer)
        new = Node(network.new_id(type(layer)), layer, place)
        return network.add(new).connect(new.id, self.node), new.id


class Join(Place, frozen=True):
    """Under several nodes, where their branches meet."""

    nodes: tuple[str, ...]

    @property
    def source(self) -> str:
        return self.nodes[-1]

    def take(self, network: Graph, layer: Layer) -> tuple[Graph, str]:
        places = [below(network.node(node_id), network.direction) for node_id in self.nodes]
        turned = flow_of(network.direction).turned
        across, along = zip(*(turned(place) for place in places), strict=True)
        place = clear_of(network, snapped(turned((sum(across) / len(places), max(along)))), layer)
        new = Node(network.new_id(type(layer)), layer, place)
        graph = network.add(new)
        for node_id in self.nodes:
            graph = graph.connect(node_id, new.id)
        return graph, new.id


class OnWire(Place, frozen=True):
    """In the middle of a wire; what follows makes room."""

    wire: Wire

    @property
    def source(self) -> str:
        return self.wire.source

    def take(self, network: Graph, layer: Layer) -> tuple[Graph, str]:
        wire = self.wire
        new = Node(network.new_id(type(layer)), layer, self._position(network, layer))
        graph = _pushed_below(network, new, [wire.target]).add(new).disconnect(wire)
        return graph.connect(wire.source, new.id).connect(new.id, wire.target, wire.port), new.id

    def _position(self, network: Graph, layer: Layer) -> Position:
        flow = flow_of(network.direction)
        source, target = network.node(self.wire.source), network.node(self.wire.target)
        left, after = flow.turned(below(source, network.direction))
        right, before = flow.turned(target.position)
        room = before - after - flow.gap - flow.length(layer)
        if room < 0:
            return flow.turned((right if before >= after else left, after))
        return clear_of(network, snapped(flow.turned(((left + right) / 2, after + room / 2))), layer)


class Wired(Place, frozen=True):
    """At the loose end of a wire: it feeds input ``port`` of a node or, where that is None, comes out of the node."""

    point: Position
    node: str
    port: int | None = None

    @property
    def source(self) -> str:
        return self.node if self.port is None else ""

    def take(self, network: Graph, layer: Layer) -> tuple[Graph, str]:
        new = Node(network.new_id(type(layer)), layer, self._position(network, layer))
        graph = network.add(new)
        if self.port is None:
            return graph.connect(self.node, new.id), new.id
        return graph.connect(new.id, self.node, self.port), new.id

    def _position(self, network: Graph, layer: Layer) -> Position:
        """Its port at the point; nearly in line with the other node, in one line with it."""
        other, (x, y), height = network.node(self.node).position, self.point, node_height(layer)
        if network.direction == "right":
            x, y = x if self.port is None else x - NODE_WIDTH, y - height / 2
            place = (x, other[1] if abs(y - other[1]) < GAP else y)
        else:
            x, y = x - NODE_WIDTH / 2, y if self.port is None else y - height
            place = (other[0] if abs(x - other[0]) < GAP else x, y)
        return clear_of(network, snapped(place), layer)


def place_at(network: Graph, layer: Layer, point: Position, wire: Wire | None = None) -> Place:
    """The place that is meant by dropping a layer at a point, ``wire`` being the one under it.

    On a wire it goes into the wire. On the lower half of a node or shortly below it, it is stacked under it; on the
    upper half, before it. Elsewhere it stands free, its middle at the point.
    """
    if wire is not None and layer.inputs != 0 and layer.outputs:
        return OnWire(wire)
    flow = flow_of(network.direction)
    free = Free((point[0] - NODE_WIDTH / 2, point[1] - node_height(layer) / 2))
    near = [(far, node) for node in network.nodes if (far := _pull(node, point, flow)) is not None]
    for _, node in sorted(near, key=lambda pair: pair[0]):
        place = _beside(network, node, layer, point)
        if place is not None and _can_take(place, network, layer):
            return place
    return free


def place_in_stack(network: Graph, layer: Layer, selection: tuple[str, ...]) -> Place:
    """The place after the last selected node, or at the end of the network, but before the layers that answer.

    A layer that takes several wires joins the selected nodes.
    """
    if not network.nodes:
        return Free((0.0, 0.0))
    if layer.inputs == 0:
        heads = [
            node for node in network.order if network.free_port(node) == 0 and network.node(node).layer.inputs != 0
        ]
        return Above(heads[0]) if heads else Free(_beyond(network))
    after = selection[-1] if selection else _before_the_answer(network, _end(network))
    places = _places_after(network, layer, after)
    if layer.inputs is None and len(selection) > 1:
        places.insert(0, Join(selection))
    for place in places:
        if _can_take(place, network, layer):
            return place
    return Free(_beyond(network))


def replaced(network: Graph, node_ids: tuple[str, ...], layer: Layer) -> tuple[Graph, tuple[str, ...]]:
    """The network with these nodes turned into another kind, and their ids; what stands below a taller one makes room.

    Raises `ProjectError` where a wire could not stay.
    """
    turned, names = network.replace_kind(node_ids, layer)
    bottoms = dict(zip(names, (_bottom(network.node(node_id)) for node_id in node_ids), strict=True))
    for name in turned.order:
        if name in bottoms:
            after = [wire.target for wire in turned.outgoing(name)]
            lower = [node_id for node_id in after if turned.node(node_id).position[1] >= bottoms[name]]
            turned = _pushed_below(turned, turned.node(name), lower)
    return turned, names


def copied_clear_of(network: Graph, copied: Graph, offset: Position) -> Position:
    """The offset, or the next beside it across the flow, at which a copy covers no node of a network."""
    flow = flow_of(network.direction)
    across, along = flow.turned(offset)
    own = [_box(node, flow) for node in copied.nodes]
    others = [_box(node, flow) for node in network.nodes]
    while covered := [
        far - left
        for left, right, top, bottom in own
        for start, far, begin, end in others
        if left + across < far and start < right + across and top + along < end and begin < bottom + along
    ]:
        across = max(covered) + flow.spacing - flow.breadth
    return flow.turned((across, along))


def _box(node: Node, flow: Flow) -> tuple[float, float, float, float]:
    """From where to where a node stands, across and then along."""
    across, along = flow.turned(node.position)
    return across, across + flow.breadth, along, along + flow.length_of(node)


def without(network: Graph, node_ids: tuple[str, ...]) -> Graph:
    """The network without these nodes, notes and frames.

    Nodes are taken out as values flow. Stacks close over the gaps; what they joined stays joined.
    """
    chosen = set(node_ids)
    gone = [node_id for node_id in network.order if node_id in chosen]
    rest = network.remove(dict.fromkeys((*gone, *node_ids)))
    return rest.move(_closed_up(network, gone, rest))


def snapped(position: Position) -> Position:
    """The nearest position on the grid."""
    return (round(position[0] / GRID) * GRID, round(position[1] / GRID) * GRID)


def clear_of(network: Graph, position: Position, layer: Layer) -> Position:
    """The position, moved beside the flow until no node is in the way."""
    flow = flow_of(network.direction)
    across, along = flow.turned(position)
    while any(_overlap(node, across, along, flow.length(layer), flow) for node in network.nodes):
        across += flow.spacing
    return flow.turned((across, along))


def _bottom(node: Node) -> float:
    return node.position[1] + node_height(node.layer)


def _overlap(node: Node, across: float, along: float, length: float, flow: Flow) -> bool:
    beside, start = flow.turned(node.position)
    return abs(beside - across) < flow.breadth + GAP / 2 and along - flow.length_of(node) < start < along + length


def _pull(node: Node, point: Position, flow: Flow) -> float | None:
    """How far behind the end of a node a point is (0: on the node); None: out of its reach."""
    across, along = flow.turned(point)
    beside, start = flow.turned(node.position)
    end = start + flow.length_of(node)
    aside = abs(across - beside - flow.breadth / 2)
    if aside > flow.breadth * _SIDEWAYS or not start - NODE_HEIGHT <= along <= end + max(MAGNET, flow.gap):
        return None
    return max(along - end, start - along, 0.0) + aside / 10


def _beside(network: Graph, node: Node, layer: Layer, point: Position) -> Place | None:
    flow = flow_of(network.direction)
    upper = flow.turned(point)[1] < flow.turned(node.position)[1] + flow.length_of(node) / 2
    arriving = network.incoming(node.id)
    if layer.inputs == 0 or (upper and not arriving and node.layer.inputs != 0):
        return Above(node.id) if upper else None
    if (upper or not node.layer.outputs) and layer.outputs:
        return OnWire(arriving[0]) if arriving else None if upper else Above(node.id)
    return Under(node.id) if node.layer.outputs else None


def _places_after(network: Graph, layer: Layer, after: str) -> list[Place]:
    if network.node(after).layer.outputs:
        return [Under(after)]
    arriving = network.incoming(after)
    return [OnWire(arriving[0])] if arriving and layer.outputs else [Above(after)]


def _can_take(place: Place, network: Graph, layer: Layer) -> bool:
    try:
        place.take(network, layer)
    except LayerloomError:
        return False
    return True


def _end(network: Graph) -> str:
    """Where the main stack ends: at its Output, or else at the last node that anything arrives at."""
    wired = [node_id for node_id in network.order if network.incoming(node_id)]
    ends = [node_id for node_id in wired if not network.outgoing(node_id)]
    outputs = [node_id for node_id in ends if not network.node(node_id).layer.outputs]
    answer = main_output(network)
    return answer if answer in ends else (outputs or ends or network.order)[-1]


def _before_the_answer(network: Graph, end: str) -> str:
    """The node before the layers that give the answer its form: a last Linear, its Softmax or Sigmoid, the Output.

    What is added to a finished network belongs between its hidden layers and these.
    """
    if network.node(end).layer.outputs:
        return end
    after = end
    for kinds in (Output, Softmax | Sigmoid, Linear):
        feeding = network.predecessors(after)
        if isinstance(network.node(after).layer, kinds) and len(feeding) == 1:
            (after,) = feeding
    return after


def _beyond(network: Graph) -> Position:
    flow = flow_of(network.direction)
    lowest = max(network.nodes, key=lambda node: flow.turned(node.position)[1] + flow.length_of(node))
    return below(lowest, network.direction)


def _pushed_below(network: Graph, new: Node, followers: list[str]) -> Graph:
    """With the followers, and all that follows them, far enough below the new node."""
    if not followers:
        return network
    turned = flow_of(network.direction).turned
    lowest = turned(below(new, network.direction))[1]
    step = lowest - min(turned(network.node(follower).position)[1] for follower in followers)
    if step <= 0:
        return network
    moving = {*followers, *network.descendants(*followers)}
    return shifted(network, moving, step)


def _closed_up(network: Graph, gone: Sequence[str], rest: Graph) -> dict[str, Position]:
    """Where the rest stands when each node that was the middle of a whole stack is taken out in turn."""
    flow, closing = flow_of(network.direction), _closing(network, gone)
    bits = {node_id: 1 << number for number, node_id in enumerate(closing)}
    steps: dict[float, int] = {}
    for node_id, step in closing.items():
        steps[step] = steps.get(step, 0) | bits[node_id]
    above: dict[str, int] = {}
    moved: dict[str, Position] = {}
    for node_id in network.order:
        reached = 0
        for source in network.predecessors(node_id):
            reached |= above[source] | bits.get(source, 0)
        above[node_id] = reached
        if reached and node_id in rest:
            across, along = flow.turned(network.node(node_id).position)
            step = sum(step * (reached & those).bit_count() for step, those in steps.items())
            moved[node_id] = flow.turned((across, along - step))
    return moved


def _closing(network: Graph, gone: Sequence[str]) -> dict[str, float]:
    """The nodes over which a stack closes, and by how much."""
    # A node that joined several leaves what follows it with one wire less.
    flow, lost = flow_of(network.direction), Counter[str]()
    closing: dict[str, float] = {}
    for node_id in gone:
        node, followers = network.node(node_id), network.outgoing(node_id)
        if len(network.incoming(node_id)) - lost[node_id] != 1:
            lost.update(wire.target for wire in followers)
            continue
        is_stacked = all(network.node(wire.target).position == below(node, network.direction) for wire in followers)
        is_shortcut = any(len(network.incoming(wire.target)) - lost[wire.target] > 1 for wire in followers)
        if followers and is_stacked and not is_shortcut:
            closing[node_id] = flow.length_of(node) + flow.gap
    return closing
