"""The canvas: the widget in which the picture of the network is looked at and edited.

Here stands what is shown when, and who is asked when Qt tells of mouse and keys: the `Hand`, which does the gestures,
what is `Pointing` at, what is `Dropping` in, and the `Commands` of keys, of which the plainest are `Edits`.
"""

from collections.abc import Iterable
from functools import reduce

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from engine.graph import Wire
from engine.layers import Input
from engine.project import Project
from engine.report import Problem, Report
from gui.canvas.arranging import Arranging
from gui.canvas.block_work import BlockWork
from gui.canvas.commands import Commands
from gui.canvas.dropping import Dropping
from gui.canvas.edits import Edits
from gui.canvas.hand import Hand
from gui.canvas.key_wire import WireByKeys
from gui.canvas.orientation import Orientation
from gui.canvas.overlays import Hint, ProblemCard, Reason
from gui.canvas.places import Places
from gui.canvas.pointing import Pointing
from gui.canvas.preview import Preview
from gui.canvas.remarks import Remarks
from gui.canvas.rename import Rename
from gui.canvas.scene import NetworkScene
from gui.canvas.searching import Searching
from gui.canvas.switches import Switches
from gui.canvas.telling import Telling
from gui.canvas.walk import Walk
from gui.canvas.zoom import FIT_MARGIN, ZoomView
from gui.editor import Editor
from gui.theme import Appearance, Theme
from gui.words import translated


class Canvas(ZoomView):
    """Where a network is designed. Every change goes to the editor as one undo step."""

    edit_asked = Signal()
    """The settings of the selected node are to be edited."""

    def __init__(self, editor: Editor, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(NetworkScene(appearance.theme), parent)
        self.picture.setParent(self)
        self.editor = editor
        self._is_report_fresh = False
        self._set_up()
        self.edits = Edits(self)
        self.hand = Hand(self)
        self.pointing = Pointing(self)
        self.dropping = Dropping(self)
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
        self.hint = Hint(lambda: self.edits.stack(Input), self.viewport())
        appearance.changed.connect(self._show_theme)
        self.zoom_changed.connect(self._show_zoom)
        self.pinched.connect(self.abandon)
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
        self.abandon()
        self._is_report_fresh = False
        self.card.forget()
        self.picture.show_project(self.editor.opened, is_block=bool(self.editor.place))
        if self.picture.chosen not in self.picture.wires:
            self.picture.choose(None)
        self.hint.setVisible(not self.editor.network.nodes)
        self.walk.follow()
        self.grow()

    def _show_document(self, project: Project) -> None:
        self.picture.choose(None)
        self.picture.show_report(Report())
        self._show_project(project)
        self.places.forget()
        self.show_beginning()

    def _show_place(self) -> None:
        is_fresh = self.editor.is_report_current
        self.places.keep_view()
        # A wire between layers of the same names is another one here.
        self.picture.choose(None)
        self.picture.show_report(Report())
        self._show_project(self.editor.project)
        if is_fresh:
            self._show_report(self.editor.report)
        self.places.bring_view()

    def _show_report(self, _report: Report) -> None:
        self._is_report_fresh = True
        self.picture.show_report(self.editor.here)
        self.walk.describe()
        self.show_card_of_selection()

    def _show_selection(self, node_ids: tuple[str, ...]) -> None:
        self.picture.show_selection(node_ids)
        if node_ids:
            self.choose_wire(None)
        self.walk.follow()
        self.show_card_of_selection()

    def _show_theme(self, theme: Theme) -> None:
        self.picture.show_theme(theme)
        self.resetCachedContent()
        self.walk.show_theme()
        self.viewport().update()

    def _show_zoom(self) -> None:
        # The card stands beside its node, which has moved.
        self.card.forget()
        self.show_card_of_selection()

    def show_card_of_selection(self) -> None:
        """Shows the problems of the one node that is selected; of several, none. A node that was just put down has no
        wires yet, and its card would lie over those that it is to be wired to: it is shown under the pointer alone.
        """
        if len(self.editor.selection) == 1 and self._pins(self.editor.selection[0]):
            self.show_card(self.editor.selection[0])
        else:
            self.card.leave()

    def show_card(self, node_id: str) -> None:
        """Shows the problems of a node beside it, except while a hand is at work."""
        problems = self.problems_of(node_id)
        if problems and node_id in self.picture.nodes and self.hand.gesture is None:
            place = self.mapFromScene(self.picture.nodes[node_id].place).boundingRect()
            self.card.show_problems(node_id, problems, place, pinned=self._pins(node_id))
        else:
            self.card.leave()

    def _pins(self, node_id: str) -> bool:
        """Whether the card of a node stays until something else is selected."""
        network = self.editor.network
        is_wired = bool(network.incoming(node_id) or network.outgoing(node_id))
        return is_wired and node_id in self.editor.selection

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

    def abandon(self) -> None:
        """Ends a gesture or a search half-way; all is as it was."""
        self.searching.end()
        self.arranging.settle()
        if self.hand.abandon():
            self.hint.setVisible(not self.editor.network.nodes)

    def escape(self) -> None:
        """Gives up what was begun; with nothing begun, nothing is selected."""
        if self.hand.gesture is not None:
            self.abandon()
        elif self.picture.chosen is not None or self.editor.selection:
            self.choose_wire(None)
            self.editor.select([])
        else:
            self.places.leave()

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.hand.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.hand.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.hand.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.pointing.double_click(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.hand.pointer = None
        if self.hand.gesture is None:
            self.pointing.leave()
        super().leaveEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.hand.gesture is None:
            self.pointing.menu(event.pos()).popup(event.globalPos())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.dropping.enter(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self.dropping.move(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.dropping.leave(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self.dropping.drop(event)

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        gesture = self.hand.gesture
        if isinstance(gesture, WireByKeys):
            gesture.press(event)
            return
        if self.hand.hold_alt(event, True):
            return
        action = self.commands.find(event)
        if gesture is not None and event.key() != Qt.Key.Key_Escape:
            # A hand is on the mouse; what it has begun ends first.
            return
        if action is None:
            super().keyPressEvent(event)
            return
        action()
        event.accept()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            if self.hand.leave_space():
                self.searching.by_key(self.hand.pointer)
        elif not self.hand.hold_alt(event, False):
            super().keyReleaseEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        """Tab goes on along the wires; after the last layer, out of the canvas."""
        step = 1 if next else -1
        if isinstance(self.hand.gesture, WireByKeys):
            self.hand.gesture.step(step)
            return True
        return (self.hasFocus() and self.walk.pass_on(step)) or super().focusNextPrevChild(next)

    def focusInEvent(self, event: QFocusEvent) -> None:
        reasons = Qt.FocusReason
        by_keyboard = (reasons.TabFocusReason, reasons.BacktabFocusReason, reasons.ShortcutFocusReason)
        self._show_focus(event.reason() in by_keyboard)
        self.telling.tell_focus_soon()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._show_focus(False)
        self.hand.leave_space()
        super().focusOutEvent(event)

    def _show_focus(self, visible: bool) -> None:
        if bool(self.property("focused")) != visible:
            self.setProperty("focused", visible)
            self.walk.show(visible)
            self.style().polish(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.place_floating()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        # Qt moves the children of the viewport along; the card is meant to, these are not.
        self.place_floating()

    def place_floating(self) -> None:
        """Puts what floats above the canvas where it belongs."""
        self.hint.centre()
        self.orientation.place()
        self.places.breadcrumb.place(self.covered())
        self.arranging.long_tidy.place()
