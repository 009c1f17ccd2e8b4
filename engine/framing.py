"""What lies in a frame, and the frame that fits around a part of a drawing."""

from collections.abc import Iterable

from engine.graph import Graph
from engine.layout import GAP, NODE_WIDTH, height_of
from engine.remarks import Colour, Frame, Note

MARGIN = 12
TITLE = 20
"""The room above its contents in which a frame has its title."""
FOOT = GAP - TITLE
"""The room below them. Two frames one after the other in a stack meet in the gap between their layers."""
NOTE_HEIGHT = 60
"""A note is as high as its text; where that has not been set, it is taken to be so high."""

Box = tuple[float, float, float, float]


def contents(graph: Graph, frame: Frame) -> tuple[str, ...]:
    """The ids of all that lies wholly inside a frame: nodes, notes and smaller frames."""
    left, top, right, bottom = _box_of(graph, frame.id)
    ids = [*(node.id for node in graph.nodes), *(remark.id for remark in graph.remarks if remark.id != frame.id)]
    boxes = ((name, _box_of(graph, name)) for name in ids)
    return tuple(
        name for name, box in boxes if left <= box[0] and top <= box[1] and box[2] <= right and box[3] <= bottom
    )


def around(graph: Graph, ids: Iterable[str], title: str, colour: Colour = "grey") -> Frame:
    """A new frame around these nodes, notes and frames, with room for its title."""
    boxes = [_box_of(graph, name) for name in ids]
    left, top = min(box[0] for box in boxes) - MARGIN, min(box[1] for box in boxes) - TITLE
    right, bottom = max(box[2] for box in boxes) + MARGIN, max(box[3] for box in boxes) + FOOT
    return Frame(graph.new_remark_id(Frame), title, (left, top), (right - left, bottom - top), colour)


def _box_of(graph: Graph, name: str) -> Box:
    """Left, top, right and bottom."""
    if name in graph:
        node = graph.node(name)
        x, y = node.position
        return x, y, x + NODE_WIDTH, y + height_of(node)
    remark = graph.remark(name)
    x, y = remark.position
    width, height = (remark.width, NOTE_HEIGHT) if isinstance(remark, Note) else remark.size
    return x, y, x + width, y + height
