"""Sketch: a network drawn from its beginning to its end, part by part, as one would on a blackboard."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from msgspec.structs import replace

from engine.blocks import Block, Blueprint, Exposed, Target, check_blueprint
from engine.framing import around
from engine.graph import Graph, Node
from engine.layers import Input, Layer, Output
from engine.layout import GAP, NODE_WIDTH, height_of
from engine.remarks import COLOURS, Frame, Note
from engine.tidy import tidied

LINE, LETTERS = 18, 30
"""About how high a line of a note is, and how much stands in it."""
_PLACE = re.compile(r"(\w+)\.(\w+)(?: × (\d+))?")


class Sketch:
    """A drawing that grows at its end."""

    def __init__(self, *layers: Layer) -> None:
        self.end = ""
        self._graph = Graph()
        self._parts: dict[str, list[str]] = {}
        self._notes: list[tuple[str, str]] = []
        self.then(*layers)

    def then(self, *layers: Layer, after: str = "") -> str:
        """These layers behind the end, or behind another node; answers the new end."""
        self.end = after or self.end
        for layer in layers:
            node = Node(self._graph.new_id(type(layer)), layer)
            self._graph = self._graph.add(node)
            if self.end:
                self._graph = self._graph.connect(self.end, node.id)
            self.end = node.id
        return self.end

    def beside(self, layer: Layer) -> str:
        """A layer that nothing leads to, which is the new end."""
        self.end = ""
        return self.then(layer)

    def join(self, layer: Layer, *ends: str) -> str:
        """A layer in which several ends meet, which is the new end."""
        self.then(layer, after=ends[0])
        for end in ends[1:]:
            self._graph = self._graph.connect(end, self.end)
        return self.end

    def part(self, title: str, *layers: Layer) -> str:
        """These layers behind the end, in a frame of their own; answers the new end."""
        with self.frame(title):
            return self.then(*layers)

    @contextmanager
    def frame(self, title: str) -> Iterator[None]:
        """What is drawn meanwhile has a frame of its own."""
        before = {node.id for node in self._graph.nodes}
        yield
        self._parts[title] = [node.id for node in self._graph.nodes if node.id not in before]

    def note(self, text: str) -> None:
        """A text beside the part drawn last; where there is none, beside the end."""
        self._notes.append((next(reversed(self._parts), self.end), text))

    def drawn(self) -> Graph:
        """The drawing, laid out."""
        graph = tidied(self._graph)
        frames: dict[str, Frame] = {}
        for number, (title, ids) in enumerate(self._parts.items()):
            frames[title] = around(graph, ids, title, COLOURS[number % len(COLOURS)])
            graph = graph.annotate(frames[title])
        for beside, text in self._notes:
            place = frames.get(beside) or graph.node(beside)
            width = place.size[0] if isinstance(place, Frame) else NODE_WIDTH
            corner = (place.position[0] + width + GAP, place.position[1])
            graph = graph.annotate(_out_of_the_way(graph, Note(graph.new_remark_id(Note), text, corner)))
        return graph


def _out_of_the_way(graph: Graph, note: Note) -> Note:
    """The note, further to the right where nodes would lie on it."""
    left, top = note.position
    bottom = top + LINE * (2 + len(note.text) / LETTERS)
    for node in sorted(graph.nodes, key=lambda node: node.position):
        x, y = node.position
        if left - NODE_WIDTH < x < left + note.width and top - height_of(node) < y < bottom:
            left = x + NODE_WIDTH + GAP
    return replace(note, position=(left, top))


def block(name: str, sketch: Sketch, help: str, exposed: Mapping[str, str]) -> type[Block]:
    """A block that anyone can use: ``exposed`` says by name what inside a setting reaches, such as
    ``conv2d_1.out_channels, conv2d_2.out_channels × 4``.
    """
    settings = tuple(
        Exposed(setting, tuple(Target(node, field, int(times or 1)) for node, field, times in _PLACE.findall(places)))
        for setting, places in exposed.items()
    )
    blueprint = Blueprint(name, sketch.drawn(), settings, help)
    check_blueprint(blueprint)
    return blueprint.kind


def between_ends(*layers: Layer) -> Sketch:
    """A block's drawing of layers in one line."""
    return Sketch(Input(), *layers, Output())
