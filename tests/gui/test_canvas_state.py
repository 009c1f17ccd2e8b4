"""Whatever is done in whatever order: graph and picture agree, undo is exact, no wire dangles, nothing raises."""

from pathlib import Path

from canvases import CONTROL, SHIFT, assert_agrees, at, drag, middle, network_of, port
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
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.block_edits import made_block, made_unique
from engine.layers import Layer
from engine.project import Project, from_json, load, to_json
from gui.canvas import Canvas
from gui.editor import Editor
from gui.theme import Appearance

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
    @rule(one=NUMBERS)
    def enter(self, one: int) -> None:
        QTest.mouseDClick(self.canvas.viewport(), Qt.MouseButton.LeftButton, pos=middle(self.canvas, self.pick(one)))

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
        for _ in range(done):
            history.undo()
            assert_agrees(self.canvas)
        for _ in range(done):
            history.redo()
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

    def teardown(self) -> None:
        project = self.canvas.editor.project
        assert from_json(to_json(project)) == project


def test_designing(qapp: QApplication, qtbot, tmp_path: Path) -> None:
    canvas = Canvas(Editor(), Appearance(qapp, "dark"))
    qtbot.addWidget(canvas)
    canvas.resize(900, 700)
    with qtbot.waitExposed(canvas):
        canvas.show()

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
