"""What lies in a frame, and the frame that fits around a part of a drawing."""

from collections.abc import Iterable

from msgspec.structs import replace

from engine.graph import Graph
from engine.layout import GAP, NODE_WIDTH, height_of
from engine.remarks import Colour, Frame, Note, Remark

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
    left, top, right, bottom = _around(graph, ids)
    size = right - left + 2 * MARGIN, bottom - top + TITLE + FOOT
    return Frame(graph.new_remark_id(Frame), title, (left - MARGIN, top - TITLE), size, colour)


def refitted(before: Graph, after: Graph) -> Graph:
    """The network with each frame as close around its layers as before they were moved; its notes come along."""
    remarks: dict[str, Remark] = {}
    for frame in before.frames:
        inside = contents(before, frame)
        ids = [name for name in inside if name in before and name in after]
        if all(before.node(name).position == after.node(name).position for name in ids):
            continue
        old, new, own = _around(before, ids), _around(after, ids), _box_of(before, frame.id)
        left, top, right, bottom = (n + o - b for n, o, b in zip(new, own, old, strict=True))
        remarks[frame.id] = replace(frame, position=(left, top), size=(right - left, bottom - top))
        for note in before.notes:
            if note.id in inside:
                x, y = note.position
                remarks[note.id] = replace(note, position=(x + new[0] - old[0], y + new[1] - old[1]))
    return after.annotate(*remarks.values()) if remarks else after


def _around(graph: Graph, ids: Iterable[str]) -> Box:
    boxes = [_box_of(graph, name) for name in ids]
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


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
