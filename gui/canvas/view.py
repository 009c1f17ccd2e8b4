"""The canvas: looks at the picture of the network, turns mouse and keys into gestures and edits."""

from collections.abc import Iterable
from functools import reduce

from PySide6.QtCore import QElapsedTimer, QEvent, QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from engine.block_edits import adopted
from engine.errors import LayerloomError
from engine.graph import Graph, Position, Wire
from engine.layers import Input, Layer
from engine.layout import GRID
from engine.project import Project
from engine.report import Problem, Report
from gui.canvas import clipboard
from gui.canvas.arranging import Arranging
from gui.canvas.block_work import BlockWork
from gui.canvas.commands import Commands
from gui.canvas.dragging import at_home, carried_by
from gui.canvas.gestures import ADDING, DrawWire, Drop, Gesture, Marquee, MoveNodes, Pan
from gui.canvas.key_wire import WireByKeys
from gui.canvas.menu import menu_at
from gui.canvas.orientation import Orientation
from gui.canvas.overlays import Hint, ProblemCard, Reason
from gui.canvas.places import Places
from gui.canvas.placing import place_in_stack, without
from gui.canvas.preview import Preview
from gui.canvas.remark_items import carried
from gui.canvas.remarks import Remarks
from gui.canvas.rename import Rename
from gui.canvas.routes import Port
from gui.canvas.scene import NetworkScene
from gui.canvas.searching import Searching
from gui.canvas.switches import Switches
from gui.canvas.telling import Telling
from gui.canvas.walk import Walk
from gui.canvas.zoom import FIT_MARGIN, SCROLL_STEP, ZoomView
from gui.editor import Editor
from gui.theme import Appearance, Theme
from gui.words import translated

_CLICK_REACH = 4
_EDGE = 28
_EDGE_STEP = 14
_EDGE_MILLISECONDS = 16
_TAP_MILLISECONDS = 400
_PASTE_STEP = 6 * GRID


class Canvas(ZoomView):
    """Where a network is designed. Every change goes to the editor as one undo step."""

    edit_asked = Signal()
    """The settings of the selected node are to be edited."""

    def __init__(self, editor: Editor, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(NetworkScene(appearance.theme), parent)
        self.picture.setParent(self)
        self.editor = editor
        self._gesture: Gesture | None = None
        self._pressed = QPoint()
        self._button = Qt.MouseButton.NoButton
        self._is_moving = False
        self._is_space_held = False
        self._space_tap = QElapsedTimer()
        self._pointer: QPoint | None = None
        self._is_report_fresh = False
        self._set_up()
        self.places = Places(self)
        self.blocks = BlockWork(self)
        self.walk = Walk(self)
        self.switches = Switches(self)
        self.remarks = Remarks(self)
        self.commands = Commands(self)
        self.card = ProblemCard(self.editor.mend, self.editor.ignore, appearance, self.viewport())
        self.reason = Reason(self.viewport())
        self.preview = Preview(editor, self.picture, self)
        self.searching = Searching(self, appearance)
        self.rename = Rename(self)
        self._hint = Hint(lambda: self.stack(Input), self.viewport())
        self._edge = QTimer(self, interval=_EDGE_MILLISECONDS)
        self._edge.timeout.connect(self._scroll_at_edge)
        appearance.changed.connect(self._show_theme)
        self.zoom_changed.connect(self._show_zoom)
        self.pinched.connect(self._abandon)
        editor.project_changed.connect(self._show_project)
        editor.document_replaced.connect(self._show_document)
        editor.place_changed.connect(self._show_place)
        editor.report_changed.connect(self._show_report)
        editor.selection_changed.connect(self._show_selection)
        # After the canvas itself: what it shows must be there when these look at it.
        self.orientation = Orientation(self, appearance)
        self.arranging = Arranging(self)
        self.telling = Telling(self)
        self._show_document(editor.project)
        self._show_selection(editor.selection)

    def _set_up(self) -> None:
        self.setObjectName("canvas")
        self.setAccessibleName(self.tr("Network canvas"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)

    # What is shown

    def _show_project(self, _project: Project) -> None:
        self._abandon()
        self._is_report_fresh = False
        self.card.forget()
        self.picture.show_project(self.editor.opened, is_block=bool(self.editor.place))
        if self.picture.chosen not in self.picture.wires:
            self.picture.choose(None)
        self._hint.setVisible(not self.editor.network.nodes)
        self.walk.follow()
        self.grow()

    def _show_document(self, project: Project) -> None:
        self.picture.show_report(Report())
        self._show_project(project)
        self.places.forget()
        self.show_beginning()

    def _show_place(self) -> None:
        is_fresh = self.editor.is_report_current
        self.places.keep_view()
        self.picture.show_report(Report())
        self._show_project(self.editor.project)
        if is_fresh:
            self._show_report(self.editor.report)
        self.places.bring_view()

    def _show_report(self, _report: Report) -> None:
        self._is_report_fresh = True
        self.picture.show_report(self.editor.here)
        self.walk.describe()
        self._show_card_of_selection()

    def _show_selection(self, node_ids: tuple[str, ...]) -> None:
        self.picture.show_selection(node_ids)
        if node_ids:
            self.choose_wire(None)
        self.walk.follow()
        self._show_card_of_selection()

    def _show_theme(self, theme: Theme) -> None:
        self.picture.show_theme(theme)
        self.walk.show_theme()
        self.viewport().update()

    def _show_zoom(self) -> None:
        # The card stands beside its node, which has moved.
        self.card.forget()
        self._show_card_of_selection()

    def _show_card_of_selection(self) -> None:
        if len(self.editor.selection) == 1:
            self._show_card(self.editor.selection[0])
        else:
            self.card.leave()

    def _show_card(self, node_id: str) -> None:
        problems = self.problems_of(node_id)
        if problems and node_id in self.picture.nodes and self._gesture is None:
            place = self.mapFromScene(self.picture.nodes[node_id].place).boundingRect()
            self.card.show_problems(node_id, problems, place, pinned=node_id in self.editor.selection)
        else:
            self.card.leave()

    @property
    def pointer(self) -> QPoint | None:
        """Where in the viewport the pointer is; None: it is elsewhere."""
        return self._pointer

    def problems_of(self, node_id: str) -> tuple[Problem, ...]:
        """What is wrong at a node; nothing while the engine has not yet looked at the newest edit."""
        return self.picture.problems_of(node_id) if self._is_report_fresh and not self.preview.is_shown else ()

    def say(self, words: str, point: QPointF) -> None:
        """Shows a reason at a point of the scene; no words: hides it."""
        self.reason.say(translated(words), self.mapFromScene(point))

    def choose_wire(self, wire: Wire | None) -> None:
        """Chooses a wire, so that Delete removes it."""
        self.picture.choose(wire)
        if wire is not None:
            self.editor.select([])

    def centre_on(self, node_id: str) -> None:
        """Brings a node to the middle; one that is not there is left alone."""
        if node_id in self.picture.nodes:
            self.look_at(self.picture.nodes[node_id].place.center())

    def reveal(self, node_ids: Iterable[str]) -> None:
        """Scrolls only as far as it takes to see these nodes, or the first where they are too far apart."""
        places = [self.picture.nodes[node_id].place for node_id in node_ids if node_id in self.picture.nodes]
        if places:
            together = reduce(QRectF.united, places)
            fits = together.width() * self.zoom < self.width() and together.height() * self.zoom < self.height()
            self.ensureVisible(together if fits else places[0], 2 * FIT_MARGIN, 2 * FIT_MARGIN)

    # Edits

    def stack(self, kind: type[Layer]) -> None:
        """Adds a layer after the selection, or at the end of the network, and shows it."""
        try:
            layer = at_home(kind, self.editor)()
        except LayerloomError as error:
            self.editor.refused.emit(error)
            return
        network = self.editor.network
        graph, new = place_in_stack(network, layer, self.editor.selected_nodes).take(network, layer)
        words = self.tr("Add {layer}").format(layer=layer.title)
        self.editor.edit_network(words, lambda _network: graph, (new,))
        self.reveal([new])

    def select_all(self) -> None:
        """Selects every node, note and frame."""
        network = self.editor.network
        self.editor.select(each.id for each in (*network.nodes, *network.remarks))

    def delete_selection(self) -> None:
        """Removes the selected nodes, joining what they joined, or the chosen wire."""
        chosen, selection = self.picture.chosen, self.editor.selection
        if chosen is not None:
            self.editor.edit_network(self.tr("Remove the wire"), lambda network: network.disconnect(chosen))
        elif selection:
            self.editor.edit_network(self.tr("Delete"), lambda network: without(network, selection), ())

    def copy(self) -> None:
        """Puts the selected nodes, and the wires between them, on the clipboard as text."""
        if self.editor.selection:
            copied = clipboard.copied(self.editor.network, self.editor.selection)
            QGuiApplication.clipboard().setText(clipboard.to_text(copied))

    def cut(self) -> None:
        """Copies and deletes."""
        if self.editor.selection:
            self.copy()
            self.delete_selection()

    def paste(self) -> None:
        """Adds what the clipboard holds, at the pointer where it is over the canvas."""
        self.paste_at(self._pointer)

    def paste_with_wires(self) -> None:
        """Pastes, and wires the copy to the layers from which wires led into what was copied."""
        self.paste_at(self._pointer, with_wires=True)

    def paste_at(self, where: QPoint | None, *, with_wires: bool = False) -> None:
        """Adds what the clipboard holds, at a point of the viewport or else beside where it was copied."""
        try:
            copied = clipboard.from_text(QGuiApplication.clipboard().text())
        except LayerloomError as error:
            self.editor.refused.emit(error)
            return
        incoming = copied.incoming if with_wires else ()
        self._add_copy(self.tr("Paste"), copied.network, self._paste_offset(copied.network, where), incoming)

    def duplicate(self) -> None:
        """Adds a copy of the selected nodes beside them."""
        if self.editor.selection:
            part = self.editor.network.part(self.editor.selection)
            self._add_copy(self.tr("Duplicate"), part, (_PASTE_STEP, _PASTE_STEP))

    def nudge(self, x: int, y: int) -> None:
        """Moves the selected nodes by steps of the grid, in a row one undo step; with none selected, the view."""
        selection = self.editor.selection
        step = (x * GRID, y * GRID)

        def moved(project: Project) -> Project:
            network = project.network
            places = carried(network, selection)
            return project.with_network(network.move({key: _plus(place, step) for key, place in places.items()}))

        if selection:
            self.editor.attempt(self.tr("Move"), moved, merge=f"move {' '.join(selection)}")
        else:
            self.scroll_by(QPoint(x, y) * SCROLL_STEP)

    def _add_copy(self, words: str, copied: Graph, offset: Position, incoming: tuple[Wire, ...] = ()) -> None:
        network, copied = self.editor.network, adopted(self.editor.project.network, copied)
        taken = {each.position for each in (*network.nodes, *network.remarks)}
        first = (*copied.nodes, *copied.remarks)[0].position
        while _plus(first, offset) in taken:
            offset = _plus(offset, (_PASTE_STEP, _PASTE_STEP))
        merged, names = network.merge(copied, offset, incoming)
        self.editor.edit_network(words, lambda _network: merged, names)

    def _paste_offset(self, copied: Graph, where: QPoint | None) -> Position:
        if where is None:
            return (_PASTE_STEP, _PASTE_STEP)
        at = self.mapToScene(where)
        left = min(each.position[0] for each in (*copied.nodes, *copied.remarks))
        top = min(each.position[1] for each in (*copied.nodes, *copied.remarks))
        return (round((at.x() - left) / GRID) * GRID, round((at.y() - top) / GRID) * GRID)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if isinstance(self._gesture, WireByKeys):
            self._abandon()
        if self._gesture is not None:
            return
        self.walk.show(False)
        self.searching.end()
        self._space_tap.invalidate()
        at = event.position().toPoint()
        self._pressed, self._button, self._is_moving = at, event.button(), False
        if event.button() == Qt.MouseButton.MiddleButton or (
            self._is_space_held and event.button() == Qt.MouseButton.LeftButton
        ):
            self.begin(Pan(self, at))
        elif event.button() == Qt.MouseButton.LeftButton and self.blocks.fold_at(self.mapToScene(at)):
            self._button = Qt.MouseButton.NoButton
        elif event.button() == Qt.MouseButton.LeftButton:
            self.begin(self._gesture_at(self.mapToScene(at), event.modifiers()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        self._pointer = at
        if self._gesture is None:
            self._hover(self.mapToScene(at))
            return
        if not self._is_moving and (at - self._pressed).manhattanLength() < _CLICK_REACH:
            return
        self._is_moving = True
        self._gesture.modifiers = event.modifiers()
        self._follow(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture = self._gesture
        if gesture is None or event.button() != self._button:
            return
        self._gesture = None
        self._stop_gesture()
        gesture.modifiers = event.modifiers()
        if self._is_moving:
            gesture.move(self.mapToScene(event.position().toPoint()))
            gesture.finish()
        else:
            gesture.click(event.modifiers())
        self._is_moving = False
        self.grow()
        self._show_card_of_selection()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        point, is_left = self.mapToScene(event.position().toPoint()), event.button() == Qt.MouseButton.LeftButton
        if is_left and self.remarks.edit_at(point):
            return
        if is_left and self._is_free(point):
            self.searching.at(point)
        elif not is_left or not (self.places.enter_at(point) or self.rename.begin_at(point)):
            self.mousePressEvent(event)

    def _is_free(self, point: QPointF) -> bool:
        """Whether a layer can be put there: on the empty canvas or on a wire."""
        if self._gesture is not None or self.picture.node_at(point) is not None:
            return False
        # The ports of a short wire reach all along it.
        return self.picture.wire_at(point) is not None or self.picture.port_at(point, self.zoom) is None

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer = None
        if self._gesture is None:
            self.picture.show_hover("", None)
            self.orientation.trail.follow(None, "")
            self.picture.show_hot_port(None)
            self._show_card_of_selection()
        super().leaveEvent(event)

    def _gesture_at(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> Gesture:
        port = self.picture.port_at(point, self.zoom)
        if port is not None:
            return self._wire_from(port)
        grip = self.remarks.grip_at(point)
        if grip is not None:
            return self.remarks.gesture(grip, point, modifiers)
        item = self.picture.node_at(point)
        if item is not None:
            return self.take_hold(item.node.id, point, modifiers)
        touched = self.picture.wire_at(point)
        if touched is not None:
            return self._wire_end(touched.wire, point)
        self.choose_wire(None)
        return Marquee(self, point, modifiers)

    def take_hold(self, node_id: str, point: QPointF, modifiers: Qt.KeyboardModifier) -> Gesture:
        """Selects a node, note or frame as a press on it does; what is selected can then be moved."""
        selection = self.editor.selection
        if modifiers & ADDING:
            rest = tuple(name for name in selection if name != node_id)
            self.editor.select(rest if node_id in selection else (*selection, node_id))
        elif node_id not in selection:
            self.editor.select([node_id])
        if node_id not in self.editor.selection:
            return Gesture(self)
        return MoveNodes(self, node_id, point)

    def _wire_from(self, port: Port) -> Gesture:
        """A wire that arrives at the only input is taken off; otherwise a new one begins."""
        if port.side == "input":
            arriving = [w for w in self.editor.network.incoming(port.node) if w.port == port.number]
            if arriving:
                return DrawWire(self, Port(arriving[0].source, "output"), arriving[0])
        return DrawWire(self, port)

    def _wire_end(self, wire: Wire, point: QPointF) -> Gesture:
        """The end that is nearer to the pointer comes along."""
        start, end = Port(wire.source, "output"), Port(wire.target, "input", wire.port)
        to_start = (self.picture.point_of(start) - point).manhattanLength()
        to_end = (self.picture.point_of(end) - point).manhattanLength()
        return DrawWire(self, end if to_start < to_end else start, wire)

    def begin(self, gesture: Gesture) -> None:
        """Begins a gesture."""
        self.arranging.settle()
        self._gesture = gesture
        self.card.forget()
        self.picture.show_hover("", None)
        if isinstance(gesture, Pan):
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def _follow(self, at: QPoint) -> None:
        gesture = self._gesture
        if gesture is None:
            return
        if isinstance(gesture, Pan):
            gesture.drag_to(at)
            return
        if gesture.cursor is not None:
            self.viewport().setCursor(gesture.cursor)
        gesture.move(self.mapToScene(at))
        if self._edge_step(at).isNull():
            self._edge.stop()
        elif not self._edge.isActive():
            self._edge.start()

    def complete(self) -> None:
        """Ends a gesture that has no button to be let go."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            self._stop_gesture()
            gesture.finish()

    def _abandon(self) -> None:
        """Ends a gesture or a search half-way; all is as it was."""
        self.searching.end()
        self.arranging.settle()
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.cancel()
            self._stop_gesture()
            self._hint.setVisible(not self.editor.network.nodes)

    def _stop_gesture(self) -> None:
        self._edge.stop()
        cursor = Qt.CursorShape.OpenHandCursor if self._is_space_held else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(cursor)

    def _scroll_at_edge(self) -> None:
        step = QPoint() if self._pointer is None or self._gesture is None else self._edge_step(self._pointer)
        if step.isNull() or self._pointer is None:
            self._edge.stop()
            return
        self.scroll_by(step)
        self._follow(self._pointer)

    def _edge_step(self, at: QPoint) -> QPoint:
        room = self._away_from_edge()
        if self._gesture is None or not self._gesture.scrolls or room.contains(at):
            return QPoint()
        x = -_EDGE_STEP if at.x() < room.left() else _EDGE_STEP if at.x() > room.right() else 0
        y = -_EDGE_STEP if at.y() < room.top() else _EDGE_STEP if at.y() > room.bottom() else 0
        return QPoint(x, y)

    def _away_from_edge(self) -> QRect:
        return self.viewport().rect().adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)

    def _hover(self, point: QPointF) -> None:
        port = self.picture.port_at(point, self.zoom)
        item = self.picture.node_at(point) if port is None else None
        wire = self.picture.wire_at(point) if port is None and item is None else None
        self.picture.show_hot_port(port)
        self.picture.show_hover(item.node.id if item else "", wire.wire if wire else None)
        is_followed = bool(QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.AltModifier)
        followed = port.node if port else item.node.id if item and is_followed else ""
        self.orientation.trail.follow(wire.wire if wire else None, followed)
        if not self._is_space_held:
            over = Qt.CursorShape.CrossCursor if port else self.remarks.cursor_at(point)
            self.viewport().setCursor(over)
        if item is not None and self.picture.problems_of(item.node.id):
            self._show_card(item.node.id)
        elif self.card.node not in self.editor.selection:
            self._show_card_of_selection()

    # Drag and drop from the palette

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        try:
            kind = carried_by(event.mimeData(), self.editor)
        except LayerloomError as error:
            self.editor.refused.emit(error)
            kind = None
        if kind is None:
            event.ignore()
            return
        self._abandon()
        self.begin(Drop(self, kind))
        self._hint.hide()
        event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if not isinstance(self._gesture, Drop):
            event.ignore()
            return
        self._pointer = event.position().toPoint()
        self._gesture.scrolls = self._gesture.scrolls or self._away_from_edge().contains(self._pointer)
        self._follow(self._pointer)
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        if isinstance(self._gesture, Drop):
            self._abandon()
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        gesture = self._gesture
        if not isinstance(gesture, Drop):
            event.ignore()
            return
        self._gesture = None
        self._stop_gesture()
        gesture.move(self.mapToScene(event.position().toPoint()))
        gesture.finish()
        event.acceptProposedAction()
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.grow()

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if isinstance(self._gesture, WireByKeys):
            self._gesture.press(event)
            return
        if self._holds_alt(event, True):
            return
        action = self.commands.find(event)
        if self._gesture is not None and event.key() != Qt.Key.Key_Escape:
            # A hand is on the mouse; what it has begun ends first.
            return
        if action is None:
            super().keyPressEvent(event)
            return
        action()
        event.accept()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._hold_space(False)
            if self._space_tap.isValid() and not self._space_tap.hasExpired(_TAP_MILLISECONDS):
                self.searching.by_key(self._pointer)
            return
        if not self._holds_alt(event, False):
            super().keyReleaseEvent(event)

    def _holds_alt(self, event: QKeyEvent, held: bool) -> bool:
        """Whether it is Alt during a gesture; what is moved then follows the pointer more freely, and at once."""
        if event.key() != Qt.Key.Key_Alt or self._gesture is None or self._pointer is None or not self._is_moving:
            return False
        self._gesture.modifiers = Qt.KeyboardModifier.AltModifier if held else Qt.KeyboardModifier.NoModifier
        self._follow(self._pointer)
        return True

    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab goes on along the wires; after the last layer, out of the canvas."""
        step = 1 if next else -1
        if isinstance(self._gesture, WireByKeys):
            self._gesture.step(step)
            return True
        return (self.hasFocus() and self.walk.pass_on(step)) or super().focusNextPrevChild(next)

    def escape(self) -> None:
        """Gives up what was begun; with nothing begun, nothing is selected."""
        if self._gesture is not None:
            self._abandon()
        elif self.picture.chosen is not None or self.editor.selection:
            self.choose_wire(None)
            self.editor.select([])
        else:
            self.places.leave()

    def take_hand(self) -> None:
        """While Space is held the pointer drags the view; a tap opens the quick search."""
        if not self._is_space_held and self._gesture is None:
            self._space_tap.start()
        self._hold_space(True)

    def _hold_space(self, held: bool) -> None:
        self._is_space_held = held
        if self._gesture is None:
            self._stop_gesture()

    # The rest

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._gesture is not None:
            return
        point = self.mapToScene(event.pos())
        item, touched = self.picture.node_at(point), self.picture.wire_at(point)
        grip = self.remarks.grip_at(point)
        chosen = grip.remark if grip is not None else item.node.id if item is not None else ""
        if chosen and chosen not in self.editor.selection:
            self.editor.select([chosen])
        elif not chosen and touched is not None:
            self.choose_wire(touched.wire)
        menu_at(self, chosen, not chosen and touched is not None, event.pos()).popup(event.globalPos())

    def disconnect_node(self, node_id: str) -> None:
        """Removes the wires of a node."""

        def alone(network: Graph) -> Graph:
            return network.disconnect(*network.incoming(node_id), *network.outgoing(node_id))

        self.editor.edit_network(self.tr("Disconnect"), alone)

    def focusInEvent(self, event: QFocusEvent) -> None:
        reasons = Qt.FocusReason
        by_keyboard = (reasons.TabFocusReason, reasons.BacktabFocusReason, reasons.ShortcutFocusReason)
        self._show_focus(event.reason() in by_keyboard)
        self.telling.tell_focus_soon()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._show_focus(False)
        self._hold_space(False)
        super().focusOutEvent(event)

    def _show_focus(self, visible: bool) -> None:
        if bool(self.property("focused")) != visible:
            self.setProperty("focused", visible)
            self.walk.show(visible)
            self.style().polish(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._hint.centre()
        self.orientation.place()
        self.places.breadcrumb.place()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        # Qt moves the children of the viewport along; the card is meant to, these are not.
        self._hint.centre()
        self.orientation.place()
        self.places.breadcrumb.place()


def _plus(one: Position, other: Position) -> Position:
    return (one[0] + other[0], one[1] + other[1])
