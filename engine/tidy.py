"""Tidy: places for the nodes of a network, found by its wires alone.

Values flow down or to the right, one level after the other. The longest way through each part stands in one line, a
plain stack exactly as `engine.layout.stacked` has it, and a wire that only skips layers claims no room of its own: it
runs in the gap beside them.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import cast

from engine.graph import Graph, Node, Position
from engine.layout import GAP, GRID, Flow, flow_of

_MOST_TRANSPOSED = 1500
"""Up to so many nodes the library may also swap neighbours to spare crossings, which takes it time."""
_MOST_IN_A_LINE = 8
_BAND = 128

Places = dict[str, Position]
"""Where nodes stand as (across, along) the flow."""
_Positions = list[tuple[int, tuple[float, float]]]
_Edges = list[tuple[int, int]]


def tidied(network: Graph, node_ids: Iterable[str] | None = None) -> Graph:
    """The network with these nodes (all where none are named) laid out so that every wire runs with the flow.

    The largest part begins where it began. Nodes that are not named stay, and those that are stand clear of them.
    """
    chosen = {node.id for node in network.nodes} if node_ids is None else set(node_ids)
    part, flow = network.part(chosen), flow_of(network.direction)
    if not part.nodes:
        return network
    before = {node.id: flow.turned(node.position) for node in part.nodes}
    places = _side_by_side(_laid_out(part, before, flow), flow)
    first = _anchor(part)
    places = _moved(places, (before[first][0] - places[first][0], before[first][1] - places[first][1]))
    others = [node for node in network.nodes if node.id not in chosen]
    places = _moved(places, (_clear_step(places, part, others, flow), 0.0))
    return network.move({node_id: flow.turned(place) for node_id, place in places.items()})


def _laid_out(part: Graph, before: Places, flow: Flow) -> list[Places]:
    """Each connected part laid out for itself, as they stood from left to right; nodes without wires come last."""
    parts = _connected(part)
    wired = sorted((ids for ids in parts if len(ids) > 1), key=lambda ids: min(before[node_id] for node_id in ids))
    alone = sorted((ids[0] for ids in parts if len(ids) == 1), key=lambda node_id: (before[node_id], node_id))
    parts_placed = [_layered(part, ids, before, flow) for ids in wired]
    height = max(_MOST_IN_A_LINE, *(len(ids) for ids in wired)) if wired else _MOST_IN_A_LINE
    for start in range(0, len(alone), height):
        parts_placed.append(_levels_placed([{node_id: 0.0} for node_id in alone[start : start + height]], part, flow))
    return parts_placed


def _connected(part: Graph) -> list[list[str]]:
    """The ids of each connected part, in the order in which values flow."""
    group: dict[str, int] = {}
    for number, node in enumerate(part.nodes):
        open_ends = [] if node.id in group else [node.id]
        while open_ends:
            at = open_ends.pop()
            if at not in group:
                group[at] = number
                open_ends += (*part.predecessors(at), *(wire.target for wire in part.outgoing(at)))
    parts: dict[int, list[str]] = defaultdict(list)
    for node_id in part.order:
        parts[group[node_id]].append(node_id)
    return [parts[number] for number in sorted(parts)]


def _layered(part: Graph, ids: list[str], before: Places, flow: Flow) -> Places:
    """A connected part, its longest way at 0 across."""
    # Loading the library takes 50 ms, which a window that starts does not have.
    from fast_sugiyama import from_edges

    # The library has the branches named last on the left: what stands on the left stays there.
    names = sorted(ids, key=lambda node_id: (before[node_id][0], before[node_id][1], node_id))
    numbers = {node_id: number for number, node_id in enumerate(names)}
    edges = sorted(((numbers[source], numbers[target]) for source, target in _needed(part, ids)), reverse=True)
    layout = from_edges(edges, vertex_spacing=flow.spacing, transpose=len(ids) <= _MOST_TRANSPOSED)
    positions, _, _, bent = layout[0]
    # The library's types also allow names for numbers.
    stood = [before[name][0] for name in names]
    levels = _Levels(cast(_Positions, positions), cast(_Edges, bent), stood, flow.spacing)
    levels.straighten()
    named = [{names[number]: x for number, x in level if number < len(ids)} for level in levels.places()]
    return _levels_placed(named, part, flow)


def _needed(part: Graph, ids: list[str]) -> list[tuple[str, str]]:
    """The pairs of neighbours that no longer way joins as well: what is left determines the same order."""
    bits = {node_id: 1 << number for number, node_id in enumerate(ids)}
    above: dict[str, int] = {}
    pairs: list[tuple[str, str]] = []
    for node_id in ids:
        feeding = set(part.predecessors(node_id))
        reached = [above[source] for source in feeding]
        above[node_id] = bits[node_id]
        for ancestors in reached:
            above[node_id] |= ancestors
        for source in feeding:
            if sum(1 for ancestors in reached if ancestors & bits[source]) == 1:
                pairs.append((source, node_id))
    return pairs


class _Levels:
    """What the library answers, by number: nodes, and the bends of wires that pass levels, which are numbered on."""

    def __init__(self, positions: _Positions, edges: _Edges, stood: list[float], spacing: float) -> None:
        self._spacing = spacing
        self._stood = stood
        self._count = len(stood)
        self.across = {number: place[0] for number, place in positions}
        level_of = {number: -place[1] for number, place in positions}
        self._feeding: dict[int, list[int]] = defaultdict(list)
        self._fed: dict[int, list[int]] = defaultdict(list)
        for source, target in edges:
            self._feeding[target].append(source)
            self._fed[source].append(target)
        self._rows: dict[float, list[int]] = defaultdict(list)
        for number in sorted(self.across, key=lambda number: (level_of[number], self.across[number])):
            self._rows[level_of[number]].append(number)
        self._row_of = {number: row for row in self._rows.values() for number in row}
        self._rank = {number: rank for row in self._rows.values() for rank, number in enumerate(row)}

    def places(self) -> list[list[tuple[int, float]]]:
        """The numbers on each level with their places across."""
        return [[(number, self.across[number]) for number in row] for row in self._rows.values()]

    def straighten(self) -> None:
        """Draws the longest way as one line at 0, and every branch as straight as its neighbours let it be."""
        main = self._longest_way()
        for number in main:
            shift = self.across[number]
            for other in self._row_of[number]:
                self.across[other] -= shift
        branches = sorted(self._branches(set(main)), key=lambda branch: (-len(branch), branch))
        for _ in range(2):
            for branch in branches:
                self._align(branch)

    def _longest_way(self) -> list[int]:
        """Through most nodes; among such, that which swerves least, here or else as it stood before."""
        best: dict[int, tuple[int, float, float]] = {}
        came_from: dict[int, int] = {}
        for row in self._rows.values():
            for number in row:
                ways = [(self._longer(best[source], source, number), source) for source in self._feeding[number]]
                best[number] = max(ways)[0] if ways else (int(number < self._count), 0.0, 0.0)
                if ways:
                    came_from[number] = max(ways)[1]
        at = max(best, key=lambda number: (best[number], -number))
        way = [at]
        while way[-1] in came_from:
            way.append(came_from[way[-1]])
        return way

    def _longer(self, way: tuple[int, float, float], source: int, target: int) -> tuple[int, float, float]:
        swerve = abs(self.across[source] - self.across[target])
        is_drawn = source < self._count and target < self._count
        swerved = abs(self._stood[source] - self._stood[target]) if is_drawn else 0.0
        return (way[0] + (target < self._count), way[1] - swerve, way[2] - swerved)

    def _branches(self, main: set[int]) -> list[list[int]]:
        """The numbers beside the longest way, in runs that neither part nor meet another."""
        runs: list[list[int]] = []
        follows: set[int] = set()
        for number in self.across:
            feeding = self._feeding[number]
            if len(feeding) == 1 and len(self._fed[feeding[0]]) == 1 and feeding[0] not in main:
                follows.add(number)
        for number in self.across:
            if number not in main and number not in follows:
                run = [number]
                while len(self._fed[run[-1]]) == 1 and self._fed[run[-1]][0] in follows - main:
                    run.append(self._fed[run[-1]][0])
                runs.append(run)
        return runs

    def _align(self, branch: list[int]) -> None:
        rooms = [self._room(number) for number in branch]
        low, high = max(room[0] for room in rooms), min(room[1] for room in rooms)
        if low <= high:
            wanted = sorted(self.across[number] for number in branch)[len(branch) // 2]
            for number in branch:
                self.across[number] = min(max(wanted, low), high)

    def _room(self, number: int) -> tuple[float, float]:
        """How far it may move to either side."""
        row, rank = self._row_of[number], self._rank[number]
        left = self.across[row[rank - 1]] + self._spacing if rank else float("-inf")
        right = self.across[row[rank + 1]] - self._spacing if rank + 1 < len(row) else float("inf")
        return left, right


def _levels_placed(levels: Iterable[Mapping[str, float]], part: Graph, flow: Flow) -> Places:
    """One level after the other, each as far along as its largest node needs."""
    places: Places = {}
    along = 0.0
    for level in levels:
        for node_id, across in level.items():
            places[node_id] = (_on_grid(across), along)
        along += max(flow.length_of(part.node(node_id)) for node_id in level) + flow.gap
    return places


def _side_by_side(parts: Iterable[Places], flow: Flow) -> Places:
    places: Places = {}
    left = 0.0
    for part in parts:
        beginning = min(across for across, _ in part.values())
        places |= _moved(part, (left - beginning, 0.0))
        left += max(across for across, _ in part.values()) - beginning + flow.spacing
    return places


def _anchor(part: Graph) -> str:
    """The first node of the largest connected part."""
    return max(_connected(part), key=len)[0]


def _clear_step(places: Places, part: Graph, others: Iterable[Node], flow: Flow) -> float:
    """The least step across that brings the places clear of other nodes."""
    taken: dict[int, list[tuple[float, float, float]]] = defaultdict(list)
    for node in others:
        across, along = flow.turned(node.position)
        end = along + flow.length_of(node) + flow.gap / 2
        for band in _bands(along, end):
            taken[band].append((across, along, end))
    apart = flow.breadth + GAP / 2
    barred: set[tuple[float, float]] = set()
    for node_id, (across, along) in places.items():
        end = along + flow.length_of(part.node(node_id)) + flow.gap / 2
        near = {entry for band in _bands(along, end) for entry in taken.get(band, ())}
        barred |= {(x - across - apart, x - across + apart) for x, start, stop in near if start < end and along < stop}
    return _nearest_outside(sorted(barred))


def _bands(start: float, end: float) -> range:
    return range(int(start // _BAND), int(end // _BAND) + 1)


def _nearest_outside(spans: Iterable[tuple[float, float]]) -> float:
    """The step of the grid nearest to 0 that lies in none of these open spans, which come sorted."""
    joined: list[tuple[float, float]] = []
    for low, high in spans:
        if joined and low < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    around = next(((low, high) for low, high in joined if low < 0 < high), (0.0, 0.0))
    return min(math.floor(around[0] / GRID) * GRID, math.ceil(around[1] / GRID) * GRID, key=abs)


def _moved(places: Places, step: Position) -> Places:
    return {node_id: (across + step[0], along + step[1]) for node_id, (across, along) in places.items()}


def _on_grid(value: float) -> float:
    return round(value / GRID) * GRID
