"""Whatever is done in whatever order: graph and picture agree, undo is exact, no wire dangles, nothing raises."""

from pathlib import Path

from canvases import CONTROL, SHIFT, ShowCanvas, assert_agrees, at, drag, middle, network_of, port
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from mouse import drag_layer
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit

from engine.block_edits import made_block, made_unique
from engine.blocks import Block
from engine.layers import Layer
from engine.layout import shows_inside
from engine.project import Project, from_json, load, to_json
from engine.remarks import COLOURS, Colour, Note, Remark
from gui.canvas import Canvas
from gui.canvas.key_wire import WireByKeys
from gui.canvas.line_popup import LinePopup

TEXTS = st.sampled_from(["", "Why", "# So deep", "x y_z"])
ENDS = st.sampled_from(["Return", "Esc", "elsewhere", "undo"])
NAMES = st.sampled_from(("Stage", "Cell", "Tower"))
KINDS = st.sampled_from(sorted(Layer.kinds))
NUMBERS = st.integers(0, 999)
STEPS = st.integers(-220, 220)


class Designing(RuleBasedStateMachine):
    """A person at the canvas."""

    canvas: Canvas
    file: Path

    def __init__(self) -> None:
        super().__init__()
        QApplication.clipboard().clear()
        QApplication.sendEvent(self.canvas.viewport(), QEvent(QEvent.Type.Leave))
        self.canvas.editor.open(Project())

    def pick(self, number: int) -> str:
        nodes = network_of(self.canvas).nodes
        return nodes[number % len(nodes)].id

    def remark(self, number: int) -> Remark:
        remarks = network_of(self.canvas).remarks
        return remarks[number % len(remarks)]

    def block(self, number: int) -> str:
        blocks = self.blocks()
        return blocks[number % len(blocks)]

    def blocks(self) -> list[str]:
        return [node.id for node in network_of(self.canvas).nodes if isinstance(node.layer, Block)]

    def has_blocks(self) -> bool:
        return bool(self.blocks())

    def says_something(self) -> bool:
        return bool(network_of(self.canvas).remarks)

    def has_nodes(self) -> bool:
        return bool(network_of(self.canvas).nodes)

    @rule(kind=KINDS)
    def stack(self, kind: str) -> None:
        self.canvas.edits.stack(Layer.kinds[kind])

    @rule(kind=KINDS, x=STEPS, y=STEPS, drop=st.booleans())
    def drop(self, kind: str, x: int, y: int, drop: bool) -> None:
        drag_layer(self.canvas, kind, QPointF(x, y), drop=drop)
        if not drop:
            QTest.keyClick(self.canvas, Qt.Key.Key_Escape)

    @precondition(has_nodes)
    @rule(one=NUMBERS, other=NUMBERS)
    def select(self, one: int, other: int) -> None:
        self.canvas.editor.select([self.pick(one), self.pick(other)])

    @precondition(has_nodes)
    @rule(one=NUMBERS, x=STEPS, y=STEPS)
    def move(self, one: int, x: int, y: int) -> None:
        start = middle(self.canvas, self.pick(one))
        drag(self.canvas, start, at(self.canvas, self.canvas.mapToScene(start) + QPointF(x, y)))

    @precondition(has_nodes)
    @rule(one=NUMBERS, other=NUMBERS, onto_port=st.booleans())
    def wire(self, one: int, other: int, onto_port: bool) -> None:
        source, target = self.pick(one), self.pick(other)
        end = port(self.canvas, target, "input") if onto_port else middle(self.canvas, target)
        drag(self.canvas, port(self.canvas, source, "output"), end)

    @rule(key=st.sampled_from(["Del", "Left", "Down", "Esc", "Tab", "W", "C", "Return", "Up"]), alt=st.booleans())
    def press(self, key: str, alt: bool) -> None:
        modifier = Qt.KeyboardModifier.AltModifier if alt else Qt.KeyboardModifier.NoModifier
        QTest.keyClick(self.canvas, QKeySequence(key)[0].key(), modifier)

    @rule(letter=st.sampled_from("ACXVD"))
    def shortcut(self, letter: str) -> None:
        if len(network_of(self.canvas).nodes) < 60:
            QTest.keyClick(self.canvas, letter, Qt.KeyboardModifier.ControlModifier)

    @precondition(has_nodes)
    @rule(one=NUMBERS, other=NUMBERS, name=NAMES)
    def make_block(self, one: int, other: int, name: str) -> None:
        chosen = (self.pick(one), self.pick(other))
        self.canvas.editor.edit_network("Make", lambda network: made_block(network, chosen, name)[0])

    @precondition(has_nodes)
    @rule(one=NUMBERS, other=NUMBERS, freeze=st.booleans())
    def freeze_or_bypass(self, one: int, other: int, freeze: bool) -> None:
        self.canvas.editor.select([self.pick(one), self.pick(other)])
        (self.canvas.switches.toggle_freeze if freeze else self.canvas.switches.toggle_bypass)()

    # Notes and frames

    @rule(x=STEPS, y=STEPS, text=TEXTS, end=ENDS)
    def write_a_note(self, x: int, y: int, text: str, end: str) -> None:
        QTest.mouseMove(self.canvas.viewport(), at(self.canvas, QPointF(x, y)))
        QTest.keyClick(self.canvas, Qt.Key.Key_N)
        self.type_into(self.canvas.findChild(QPlainTextEdit, "noteText"), text, end)

    @precondition(has_nodes)
    @rule(one=NUMBERS, other=NUMBERS, title=TEXTS, end=ENDS)
    def frame(self, one: int, other: int, title: str, end: str) -> None:
        said = [remark.id for remark in network_of(self.canvas).remarks]
        self.canvas.editor.select([self.pick(one), self.pick(other), *said[: one % 3]])
        QTest.keyClick(self.canvas, Qt.Key.Key_F, CONTROL | SHIFT)
        self.type_into(self.canvas.findChild(QLineEdit, "frameTitle"), title, end)

    @precondition(says_something)
    @rule(one=NUMBERS, text=TEXTS, end=ENDS)
    def write_anew(self, one: int, text: str, end: str) -> None:
        chosen = self.remark(one)
        self.canvas.editor.select([chosen.id])
        QTest.keyClick(self.canvas, Qt.Key.Key_Return)
        is_note = isinstance(chosen, Note)
        field = self.canvas.findChild(QPlainTextEdit if is_note else QLineEdit, "noteText" if is_note else "frameTitle")
        field.selectAll()
        self.type_into(field, text, end)

    def type_into(self, field: QPlainTextEdit | QLineEdit, text: str, end: str) -> None:
        """Types and leaves the field: by a key, by going elsewhere, or by undoing while it is open."""
        assert field.isVisible()
        if text:
            QTest.keyClicks(field, text)
        else:
            QTest.keyClick(field, Qt.Key.Key_Backspace)
        if end == "elsewhere":
            self.canvas.setFocus()
        elif end == "undo":
            self.canvas.editor.undo_stack.undo()
            self.canvas.setFocus()
        else:
            is_accepted = end == "Return"
            QTest.keyClick(field, Qt.Key.Key_Return if is_accepted else Qt.Key.Key_Escape, CONTROL)
        assert not field.isVisible()

    @precondition(says_something)
    @rule(one=NUMBERS, x=STEPS, y=STEPS, by=st.sampled_from(["head", "corner"]), let_go=st.booleans())
    def drag_a_remark(self, one: int, x: int, y: int, by: str, let_go: bool) -> None:
        place = self.canvas.picture.place_of(self.remark(one).id)
        start = at(self.canvas, place.bottomRight() if by == "corner" else place.topLeft() + QPointF(30, 10))
        drag(self.canvas, start, start + QPoint(x, y), release=let_go)
        if not let_go:
            QTest.keyClick(self.canvas, Qt.Key.Key_Escape)
            QTest.mouseRelease(self.canvas.viewport(), Qt.MouseButton.LeftButton, pos=start)

    @precondition(says_something)
    @rule(one=NUMBERS, colour=st.sampled_from(COLOURS))
    def colour(self, one: int, colour: Colour) -> None:
        self.canvas.editor.select([self.remark(one).id])
        self.canvas.remarks.colour(colour)

    @precondition(says_something)
    @rule(one=NUMBERS, other=NUMBERS, key=st.sampled_from(["Del", "Ctrl+D", "Ctrl+C", "Ctrl+X", "Alt+Left", "Ctrl+G"]))
    def press_on_remarks(self, one: int, other: int, key: str) -> None:
        layers = [self.pick(other)] if self.has_nodes() and other % 2 else []
        self.canvas.editor.select([self.remark(one).id, *layers])
        pressed = QKeySequence(key)[0]
        QTest.keyClick(self.canvas, pressed.key(), pressed.keyboardModifiers())
        for popup in self.canvas.findChildren(LinePopup):
            if popup.isVisible():
                QTest.keyClick(popup.findChild(QLineEdit), Qt.Key.Key_Escape)

    # Blocks

    @precondition(has_blocks)
    @rule(one=NUMBERS, by_mouse=st.booleans())
    def fold_or_unfold(self, one: int, by_mouse: bool) -> None:
        block = self.block(one)
        if by_mouse:
            triangle = self.canvas.picture.nodes[block].fold_place.center()
            QTest.mouseClick(self.canvas.viewport(), Qt.MouseButton.LeftButton, pos=at(self.canvas, triangle))
        else:
            before = network_of(self.canvas).node(block)
            self.canvas.editor.select([block])
            QTest.keyClick(self.canvas, Qt.Key.Key_Period, CONTROL)
            is_turned = network_of(self.canvas).node(block).unfolded is not before.unfolded
            assert is_turned is not before.bypassed

    @precondition(has_blocks)
    @rule(one=NUMBERS)
    def enter_a_block(self, one: int) -> None:
        block, place = self.block(one), self.canvas.editor.place
        self.canvas.editor.select([block])
        QTest.keyClick(self.canvas, Qt.Key.Key_Return)
        assert self.canvas.editor.place == (*place, block)

    @precondition(lambda self: bool(self.canvas.editor.place))
    @rule(depth=NUMBERS)
    def leave_by_the_breadcrumb(self, depth: int) -> None:
        place = self.canvas.editor.place
        self.canvas.places.go_to(place[: depth % len(place)])
        assert self.canvas.editor.selection == (place[depth % len(place)],)

    @precondition(has_nodes)
    @rule(one=NUMBERS)
    def enter(self, one: int) -> None:
        view, where = self.canvas.viewport(), middle(self.canvas, self.pick(one))
        QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=where)
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=where)

    @rule()
    def leave(self) -> None:
        self.canvas.places.leave()

    @precondition(has_nodes)
    @rule(one=NUMBERS)
    def unpack(self, one: int) -> None:
        if len(network_of(self.canvas).nodes) < 60:
            self.canvas.editor.select([self.pick(one)])
            QTest.keyClick(self.canvas, "G", CONTROL | SHIFT)

    @precondition(has_nodes)
    @rule(one=NUMBERS, name=NAMES)
    def make_unique(self, one: int, name: str) -> None:
        node_id = self.pick(one)
        self.canvas.editor.edit_network("Make unique", lambda network: made_unique(network, node_id, name))

    @precondition(has_nodes)
    @rule(one=NUMBERS, count=st.integers(1, 3))
    def repeat(self, one: int, count: int) -> None:
        if self.canvas.places.is_block(node_id := self.pick(one)):
            self.canvas.editor.attempt("Repeat", lambda made: made.with_value(f"network.{node_id}.repeat", count))

    @rule(deed=st.sampled_from(["tidy", "turn"]))
    def arrange(self, deed: str) -> None:
        getattr(self.canvas.arranging, deed)()
        self.canvas.arranging.settle()

    @rule()
    def save_and_load(self) -> None:
        """The document is the same; what was done before it was opened cannot be undone."""
        project = self.canvas.editor.project
        self.canvas.editor.save(self.file)
        assert self.canvas.editor.is_modified is False
        self.canvas.editor.open(load(self.file), self.file)
        assert self.canvas.editor.project == project
        assert not self.canvas.editor.undo_stack.canUndo()

    @rule(steps=st.integers(1, 8))
    def undo_and_redo(self, steps: int) -> None:
        history, before = self.canvas.editor.undo_stack, self.canvas.editor.project
        done = min(steps, history.index())
        passed = [before]
        for _ in range(done):
            history.undo()
            assert_agrees(self.canvas)
            passed.append(self.canvas.editor.project)
        for project in passed[-2::-1]:
            history.redo()
            assert self.canvas.editor.project is project
        assert self.canvas.editor.project is before

    @rule(steps=st.integers(1, 3))
    def undo(self, steps: int) -> None:
        for _ in range(steps):
            self.canvas.editor.undo_stack.undo()

    @rule()
    def fit(self) -> None:
        self.canvas.fit()

    @invariant()
    def picture_and_graph_agree(self) -> None:
        network_of(self.canvas).check()
        assert_agrees(self.canvas)
        shown = {item.node for item in self.canvas.picture.nodes.values()}
        assert shown == set(network_of(self.canvas).nodes)
        for item in self.canvas.picture.nodes.values():
            assert item.face.is_bypassed == item.node.bypassed
            assert item.face.is_frozen == (item.node.frozen and not item.node.bypassed)
            assert (item.inset is not None and item.inset.isVisible()) == shows_inside(item.node)

    @invariant()
    def what_is_written_is_shown(self) -> None:
        network, shown = network_of(self.canvas), self.canvas.picture.remarks
        assert {name: item.note for name, item in shown.notes.items()} == {note.id: note for note in network.notes}
        assert {name: item.frame for name, item in shown.frames.items()} == {
            frame.id: frame for frame in network.frames
        }
        for remark in network.remarks:
            assert shown.place_of(remark.id).topLeft().toTuple() == remark.position

    @invariant()
    def the_place_is_there_and_shown(self) -> None:
        editor = self.canvas.editor
        assert editor.network is editor.project.opened(editor.place).network
        assert self.canvas.places.breadcrumb.isVisible() == bool(editor.place)
        assert all(network_of(self.canvas).has(name) for name in editor.selection)
        assert self.canvas.hand.gesture is None or isinstance(self.canvas.hand.gesture, WireByKeys)

    def teardown(self) -> None:
        project = self.canvas.editor.project
        assert from_json(to_json(project)) == project


def test_designing(show_canvas: ShowCanvas, tmp_path: Path) -> None:
    canvas = show_canvas(Project())

    class OnThisCanvas(Designing):
        pass

    OnThisCanvas.canvas, OnThisCanvas.file = canvas, tmp_path / "network.loom"
    run_state_machine_as_test(
        OnThisCanvas,
        settings=settings.get_profile("long")
        if settings.get_current_profile_name() == "long"
        else settings(max_examples=20, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)),
    )
    assert_agrees(canvas)
    assert from_json(to_json(canvas.editor.project)) == canvas.editor.project
