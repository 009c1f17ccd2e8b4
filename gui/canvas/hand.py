"""The hand: the gesture that is under way on a canvas, and the pointer that it follows until it ends."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent

from gui.canvas.gestures import Gesture, Pan
from gui.canvas.key_wire import WireByKeys

if TYPE_CHECKING:
    from gui.canvas.view import Canvas

_CLICK_REACH = 4
_EDGE = 28
_EDGE_STEP = 14
_EDGE_MILLISECONDS = 16
_TAP_MILLISECONDS = 400


class Hand(QObject):
    """At most one gesture at a time: begun by a press, by a drag from elsewhere, or by keys."""

    def __init__(self, canvas: "Canvas") -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.gesture: Gesture | None = None
        """What is under way."""
        self.pointer: QPoint | None = None
        """Where in the viewport the pointer is; None: it is elsewhere."""
        self.is_space_held = False
        """Whether the pointer drags the view, whatever is under it."""
        self._space_tap = QElapsedTimer()
        self._pressed = QPoint()
        self._button = Qt.MouseButton.NoButton
        self._is_moving = False
        self._edge = QTimer(self, interval=_EDGE_MILLISECONDS)
        self._edge.timeout.connect(self._scroll_at_edge)

    # Mouse

    def press(self, event: QMouseEvent) -> None:
        """Begins what a press there begins, unless something is under way."""
        if isinstance(self.gesture, WireByKeys):
            self._canvas.abandon()
        if self.gesture is not None:
            return
        self._canvas.walk.show(False)
        self._canvas.searching.end()
        self._space_tap.invalidate()
        at, is_left = event.position().toPoint(), event.button() == Qt.MouseButton.LeftButton
        self._pressed, self._button, self._is_moving = at, event.button(), False
        if event.button() == Qt.MouseButton.MiddleButton or (self.is_space_held and is_left):
            self.begin(Pan(self._canvas, at))
        elif is_left and self._canvas.blocks.fold_at(self._canvas.mapToScene(at)):
            self._button = Qt.MouseButton.NoButton
        elif is_left:
            self.begin(self._canvas.pointing.gesture_at(self._canvas.mapToScene(at), event.modifiers()))

    def move(self, event: QMouseEvent) -> None:
        """Follows the pointer once it has moved too far for a click; without a gesture, shows what is under it."""
        at = event.position().toPoint()
        self.pointer = at
        if self.gesture is None:
            self._canvas.pointing.hover(self._canvas.mapToScene(at))
            return
        if not self._is_moving and (at - self._pressed).manhattanLength() < _CLICK_REACH:
            return
        self._is_moving = True
        self.gesture.modifiers = event.modifiers()
        self.follow(at)

    def release(self, event: QMouseEvent) -> None:
        """Ends the gesture that this button began."""
        if self.gesture is None or event.button() != self._button:
            return
        gesture = self._let_go()
        gesture.modifiers = event.modifiers()
        if self._is_moving:
            gesture.move(self._canvas.mapToScene(event.position().toPoint()))
            gesture.finish()
        else:
            gesture.click(event.modifiers())
        self._is_moving = False
        self._canvas.grow()
        self._canvas.show_card_of_selection()

    # The gesture

    def begin(self, gesture: Gesture) -> None:
        """Begins a gesture."""
        self._canvas.arranging.settle()
        self.gesture = gesture
        self._canvas.card.forget()
        self._canvas.picture.show_hover("", None)
        if isinstance(gesture, Pan):
            self._canvas.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def follow(self, at: QPoint) -> None:
        """Takes the gesture to a point of the viewport."""
        gesture = self.gesture
        if gesture is None:
            return
        if isinstance(gesture, Pan):
            gesture.drag_to(at)
            return
        if gesture.cursor is not None:
            self._canvas.viewport().setCursor(gesture.cursor)
        gesture.move(self._canvas.mapToScene(at))
        if self._edge_step(at).isNull():
            self._edge.stop()
        elif not self._edge.isActive():
            self._edge.start()

    def complete(self) -> None:
        """Ends a gesture that has no button to be let go."""
        if self.gesture is not None:
            self._let_go().finish()

    def abandon(self) -> bool:
        """Ends a gesture half-way, and all is as it was; False: none was under way."""
        if self.gesture is None:
            return False
        self._let_go().cancel()
        return True

    def _let_go(self) -> Gesture:
        gesture, self.gesture = self.gesture, None
        assert gesture is not None
        self._edge.stop()
        self._show_cursor()
        return gesture

    def _show_cursor(self) -> None:
        cursor = Qt.CursorShape.OpenHandCursor if self.is_space_held else Qt.CursorShape.ArrowCursor
        self._canvas.viewport().setCursor(cursor)

    # At the edge

    def _scroll_at_edge(self) -> None:
        step = QPoint() if self.pointer is None or self.gesture is None else self._edge_step(self.pointer)
        if step.isNull() or self.pointer is None:
            self._edge.stop()
            return
        self._canvas.scroll_by(step)
        self.follow(self.pointer)

    def _edge_step(self, at: QPoint) -> QPoint:
        room = self.away_from_edge()
        if self.gesture is None or not self.gesture.scrolls or room.contains(at):
            return QPoint()
        x = -_EDGE_STEP if at.x() < room.left() else _EDGE_STEP if at.x() > room.right() else 0
        y = -_EDGE_STEP if at.y() < room.top() else _EDGE_STEP if at.y() > room.bottom() else 0
        return QPoint(x, y)

    def away_from_edge(self) -> QRect:
        """The part of the viewport in which the view stays while something is dragged."""
        return self._canvas.viewport().rect().adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)

    # Keys held beside the mouse

    def hold_alt(self, event: QKeyEvent, held: bool) -> bool:
        """Whether it is Alt during a gesture; what is moved then follows the pointer more freely, and at once."""
        if event.key() != Qt.Key.Key_Alt or self.gesture is None or self.pointer is None or not self._is_moving:
            return False
        self.gesture.modifiers = Qt.KeyboardModifier.AltModifier if held else Qt.KeyboardModifier.NoModifier
        self.follow(self.pointer)
        return True

    def take_space(self) -> None:
        """While Space is held the pointer drags the view; a tap opens the quick search."""
        if not self.is_space_held and self.gesture is None:
            self._space_tap.start()
        self._hold_space(True)

    def leave_space(self) -> bool:
        """Space is held no longer; answers whether it was a tap."""
        self._hold_space(False)
        return self._space_tap.isValid() and not self._space_tap.hasExpired(_TAP_MILLISECONDS)

    def _hold_space(self, held: bool) -> None:
        self.is_space_held = held
        if self.gesture is None:
            self._show_cursor()
