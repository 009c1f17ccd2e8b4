"""The notes and frames in the picture of a network: items kept by id, of which only what changed is touched."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import reduce

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QGraphicsItem

from engine.framing import contents
from engine.graph import Direction, Graph, Position
from engine.remarks import Frame, Note, Remark
from gui.canvas.frames import FrameItem
from gui.canvas.ink import Ink
from gui.canvas.notes import NoteItem


class RemarkItems:
    """Shows notes and frames in a scene. Where there are none it does nothing."""

    def __init__(
        self, add: Callable[[QGraphicsItem], object], remove: Callable[[QGraphicsItem], object], ink: Ink
    ) -> None:
        self._add, self._remove, self._ink = add, remove, ink
        self._shown: tuple[tuple[Note, ...], tuple[Frame, ...]] = ((), ())
        self._selection: frozenset[str] = frozenset()
        self.notes: dict[str, NoteItem] = {}
        self.frames: dict[str, FrameItem] = {}

    def __contains__(self, name: object) -> bool:
        return name in self.notes or name in self.frames

    def sync(self, network: Graph) -> bool:
        """Makes the items agree with the network; answers whether anything is new."""
        if network.notes is self._shown[0] and network.frames is self._shown[1] and not self._strayed():
            return False
        self._shown = (network.notes, network.frames)
        wanted = {remark.id: remark for remark in network.remarks}
        for name in [name for name in (*self.notes, *self.frames) if name not in wanted]:
            self._take_away(name)
        for remark in wanted.values():
            self.show(remark)
        return True

    def show(self, remark: Remark) -> None:
        """Shows a note or frame as it is here; the network stays as it is."""
        if isinstance(remark, Note):
            self._show_note(remark)
        else:
            self._show_frame(remark)

    def move(self, positions: Mapping[str, Position]) -> None:
        """Shows notes and frames at other places while they are dragged."""
        for name in positions.keys() & self.notes.keys():
            self.notes[name].setPos(*positions[name])
        for name in positions.keys() & self.frames.keys():
            self.frames[name].move(positions[name])

    def place_signs(self, zoom: float, direction: Direction, is_free: Callable[[QRectF], bool]) -> None:
        """Puts the titles of frames where they cover nothing. ``is_free`` says it of nodes and wires."""
        placed: list[QRectF] = []
        for item in self.frames.values():
            # A frame around this one is no obstacle.
            others = [other.place for other in self.frames.values() if not other.place.contains(item.place)]
            taken = [*placed, *others, *(note.place for note in self.notes.values())]
            item.sign.stand(zoom, direction, lambda area, taken=taken: not _meets(area, taken) and is_free(area))
            placed.append(item.sign.place)

    def show_selection(self, names: frozenset[str]) -> None:
        """Marks these and no others."""
        self._selection = names
        for name, item in self._items():
            item.show_selected(name in names)

    def show_ink(self, ink: Ink) -> None:
        """Paints everything in other colours."""
        self._ink = ink
        for _, item in self._items():
            item.show_ink(ink)

    def place_of(self, name: str) -> QRectF:
        """Where a note or frame is; empty where there is none of this id."""
        item = self.notes.get(name) or self.frames.get(name)
        return item.place if item is not None else QRectF()

    def content(self) -> QRectF:
        """The rectangle around all of them."""
        return reduce(QRectF.united, (item.place for _, item in self._items()), QRectF())

    def note_at(self, point: QPointF) -> NoteItem | None:
        """The note under a point: the newest, where several lie on each other."""
        return next((item for item in reversed(self.notes.values()) if item.place.contains(point)), None)

    def frames_inwards(self) -> list[FrameItem]:
        """The frames, from the smallest to the largest."""
        return sorted(self.frames.values(), key=lambda item: item.zValue(), reverse=True)

    def touched_by(self, area: QRectF) -> list[str]:
        """The notes that an area touches, and the frames that it wholly takes in."""
        notes = [name for name, item in self.notes.items() if item.place.intersects(area)]
        return [*notes, *(name for name, item in self.frames.items() if area.contains(item.place))]

    def _items(self) -> Iterator[tuple[str, NoteItem | FrameItem]]:
        yield from self.notes.items()
        yield from self.frames.items()

    def _strayed(self) -> bool:
        """Whether something is shown other than the network has it, as while it is dragged."""
        notes = any(item.note.position != item.pos().toTuple() for item in self.notes.values())
        frames = any(item.frame.position != item.pos().toTuple() for item in self.frames.values())
        return notes or frames

    def _show_note(self, note: Note) -> None:
        item = self.notes.get(note.id)
        if item is not None:
            item.show_note(note)
            return
        item = self.notes[note.id] = NoteItem(note, self._ink)
        item.show_selected(note.id in self._selection)
        self._add(item)

    def _show_frame(self, frame: Frame) -> None:
        item = self.frames.get(frame.id)
        if item is not None:
            item.show_frame(frame)
            return
        item = self.frames[frame.id] = FrameItem(frame, self._ink)
        item.show_selected(frame.id in self._selection)
        self._add(item)
        self._add(item.sign)

    def _take_away(self, name: str) -> None:
        if name in self.notes:
            self._remove(self.notes.pop(name))
        else:
            item = self.frames.pop(name)
            self._remove(item.sign)
            self._remove(item)


def _meets(area: QRectF, places: Iterable[QRectF]) -> bool:
    return any(area.intersects(place) for place in places)


def carried(network: Graph, names: Iterable[str]) -> dict[str, Position]:
    """Where these nodes, notes and frames stand, and all that lies in the frames among them."""
    frames = {frame.id: frame for frame in network.frames}
    all_names = dict.fromkeys(names)
    for name in list(all_names):
        if name in frames:
            all_names |= dict.fromkeys(contents(network, frames[name]))
    return {name: position_of(network, name) for name in all_names}


def position_of(network: Graph, name: str) -> Position:
    """Where a node, note or frame stands. Raises `ProjectError`."""
    return network.node(name).position if name in network else network.remark(name).position
