"""What a person does with notes and frames on the canvas: adds, edits, colours and takes hold of them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace
from PySide6.QtCore import QObject, QPoint, QPointF, QRectF, Qt

from engine.framing import FOOT, MARGIN, NOTE_HEIGHT, TITLE, around
from engine.graph import Graph
from engine.remarks import Colour, Frame, Note
from gui.canvas.frames import FrameItem
from gui.canvas.gestures import Gesture
from gui.canvas.placing import snapped
from gui.canvas.remark_editor import RemarkEditor
from gui.canvas.stretch import Sides, Stretch, sides_at
from gui.theme import GRID

if TYPE_CHECKING:
    from gui.canvas.view import Canvas

_REACH = 6
"""How far from an edge the pointer may be and still take it, in pixels."""


class Grip(NamedTuple):
    """What the pointer has of a note or frame: the whole or, where there are sides, an edge or corner."""

    remark: str
    sides: Sides | None = None


class Remarks(QObject):
    """The edits of notes and frames on a canvas. Each is one undo step."""

    def __init__(self, canvas: "Canvas") -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._editor = canvas.editor
        self._items = canvas.picture.remarks
        self._texts = RemarkEditor(canvas)

    # Adding

    def add_note(self) -> None:
        """Opens a new note at the pointer or, where that is elsewhere, in the middle of the view."""
        canvas = self._canvas
        self.add_note_at(canvas.hand.pointer or canvas.viewport().rect().center())

    def add_note_at(self, where: QPoint) -> None:
        """Opens a new note at a point of the viewport, or to the right of the layers there.

        It is part of the drawing once something is written in it.
        """
        note = Note(self._editor.network.new_remark_id(Note), "", snapped(self._canvas.mapToScene(where).toTuple()))
        sheet = QRectF(*note.position, note.width, NOTE_HEIGHT)
        while self._canvas.picture.nodes_in(sheet.adjusted(-MARGIN, 0, MARGIN, 0)):
            sheet.translate(MARGIN, 0)
        self._texts.begin(replace(note, position=(sheet.x(), sheet.y())))

    def frame_selection(self) -> None:
        """Puts a frame around what is selected and asks for its title."""
        selection = self._editor.selection
        if not selection:
            return
        frame = self._grown(around(self._editor.network, selection, self.tr("Frame"), "grey"), selection)
        merge = f"frame {frame.id}"

        def framed(network: Graph) -> Graph:
            return network.annotate(frame)

        words = self.tr("Frame the selection")
        if self._editor.attempt(
            words, lambda project: project.with_network(framed(project.network)), (frame.id,), merge=merge
        ):
            self._texts.begin(frame, merge=merge)

    def _grown(self, frame: Frame, names: Iterable[str]) -> Frame:
        """Around the notes as high as they are."""
        area = QRectF(*frame.position, *frame.size)
        for name in names:
            if name in self._items.notes:
                area |= self._items.place_of(name).adjusted(-MARGIN, -TITLE, MARGIN, FOOT)
        left, top = area.left(), area.top()
        return replace(frame, position=(left, top), size=(area.width(), area.height()))

    # Editing

    def edit(self, name: str) -> bool:
        """Opens the text of a note or the title of a frame; False: it is neither."""
        if name not in self._items:
            return False
        self._canvas.ensureVisible(self._head_of(name), 2 * GRID, 2 * GRID)
        self._texts.begin(self._editor.network.remark(name))
        return True

    def edit_selected(self) -> bool:
        """Opens the text of what is selected, where one note or frame alone is."""
        selection = self._editor.selection
        return len(selection) == 1 and self.edit(selection[0])

    def edit_at(self, point: QPointF) -> bool:
        """Opens the text of the note, or the title of the frame that is at this point of the scene."""
        grip = self.grip_at(point)
        return grip is not None and self.edit(grip.remark)

    def colour(self, colour: Colour) -> None:
        """Gives the selected frames a colour."""
        chosen = [frame for frame in self._editor.network.frames if frame.id in self._editor.selection]
        coloured = [replace(frame, colour=colour) for frame in chosen]
        self._editor.edit_network(self.tr("Colour a frame"), lambda network: network.annotate(*coloured))

    # Mouse

    def grip_at(self, point: QPointF) -> Grip | None:
        """What of a note or frame is at a point of the scene. The inside of a frame is empty canvas, and a wire that
        crosses its edge goes before.
        """
        picture, reach = self._canvas.picture, _REACH / self._canvas.zoom
        if not (self._items.notes or self._items.frames):
            return None
        signs = (item for item in self._items.frames_inwards() if item.sign.place.contains(point))
        sign = next(signs, None)
        if sign is not None:
            return Grip(sign.frame.id)
        if picture.node_at(point) is not None:
            return None
        note = self._items.note_at(point)
        if note is not None:
            is_edge = point.x() >= note.place.right() - reach
            return Grip(note.note.id, Sides(right=True) if is_edge else None)
        if picture.wire_at(point) is not None:
            return None
        grips = (self._frame_grip(item, point, reach) for item in self._items.frames_inwards())
        return next((grip for grip in grips if grip is not None), None)

    def gesture(self, grip: Grip, point: QPointF, modifiers: Qt.KeyboardModifier) -> Gesture:
        """What a press there begins."""
        if grip.sides is None:
            return self._canvas.pointing.take_hold(grip.remark, point, modifiers)
        return Stretch(self._canvas, self._editor.network.remark(grip.remark), grip.sides, point)

    def cursor_at(self, point: QPointF) -> Qt.CursorShape:
        """The shape of the pointer over a point."""
        grip = self.grip_at(point)
        return grip.sides.cursor if grip is not None and grip.sides is not None else Qt.CursorShape.ArrowCursor

    def _frame_grip(self, item: FrameItem, point: QPointF, reach: float) -> Grip | None:
        sides = sides_at(item.place, point, reach)
        if sides is not None:
            return Grip(item.frame.id, sides)
        return Grip(item.frame.id) if item.title_place.contains(point) else None

    def _head_of(self, name: str) -> QRectF:
        frame = self._items.frames.get(name)
        return frame.title_place if frame is not None else self._items.place_of(name)
