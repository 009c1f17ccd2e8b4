"""The history as a list: what was done, in words, and the way back to each step of it."""

import itertools
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.data import Data
from engine.datasets import Iris
from engine.graph import Graph, Node, Wire
from engine.layers import Conv2d, Input, Linear, ReLU
from engine.layout import stacked
from engine.project import Project, Silenced
from engine.remarks import Note
from gui.editor import Editor
from gui.history import History, symbol_of
from gui.theme import Appearance

LEFT = Qt.MouseButton.LeftButton


def chain() -> Graph:
    return stacked(Graph.chain(Input(), Linear(), ReLU()))


@pytest.fixture
def editor(qtbot) -> Editor:
    editor = Editor()
    editor.open(Project(network=chain()))
    for number in range(1, 6):
        editor.edit_network(f"Move {number}", lambda network, number=number: network.move({"relu_1": (number, 0.0)}))
    return editor


@pytest.fixture
def history(qtbot, appearance: Appearance, editor: Editor) -> History:
    history = History(editor, appearance)
    qtbot.addWidget(history)
    history.resize(300, 400)
    with qtbot.waitExposed(history):
        history.show()
    return history


def rows(history: History) -> list[str]:
    model = history.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def spoken(history: History, row: int) -> str:
    return history.model().index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole)


def click(history: History, row: int) -> None:
    place = history.visualRect(history.model().index(row, 0)).center()
    QTest.mouseClick(history.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, place)


def test_lists_every_step_in_words(history: History) -> None:
    assert rows(history) == ["As it was opened", "Move 1", "Move 2", "Move 3", "Move 4", "Move 5"]
    assert history.currentIndex().row() == 5


def test_a_click_goes_many_steps_and_shows_the_document_once(qtbot, history: History, editor: Editor) -> None:
    shown: list[Project] = []
    editor.project_changed.connect(shown.append)
    click(history, 1)
    assert [project.network.node("relu_1").position for project in shown] == [(1, 0.0)]
    assert editor.project is shown[0]
    click(history, 5)
    assert editor.network.node("relu_1").position == (5, 0.0)
    assert len(shown) == 2


def test_the_arrow_keys_step(history: History, editor: Editor) -> None:
    history.setFocus()
    QTest.keyClick(history, Qt.Key.Key_Up)
    assert editor.network.node("relu_1").position == (4, 0.0)
    QTest.keyClick(history, Qt.Key.Key_Home)
    assert editor.project.network == chain()
    QTest.keyClick(history, Qt.Key.Key_End)
    assert editor.network.node("relu_1").position == (5, 0.0)


def test_follows_undo_and_dims_what_is_undone(history: History, editor: Editor, appearance: Appearance) -> None:
    editor.undo_stack.undo()
    editor.undo_stack.undo()
    assert history.currentIndex().row() == 3
    colours = [history.model().index(row, 0).data(Qt.ItemDataRole.ForegroundRole).name() for row in (3, 4)]
    assert colours == [appearance.theme.text, appearance.theme.faint]
    assert "undone" in spoken(history, 4)
    assert "undone" not in spoken(history, 3)


def test_an_edit_after_going_back_replaces_what_was_undone(history: History, editor: Editor) -> None:
    click(history, 2)
    editor.edit_network("Delete", lambda network: network.remove(["relu_1"]))
    assert rows(history) == ["As it was opened", "Move 1", "Move 2", "Delete"]
    assert history.currentIndex().row() == 3


def test_marks_what_the_file_holds(history: History, editor: Editor, tmp_path: Path) -> None:
    editor.undo_stack.undo()
    editor.save(tmp_path / "net.loom")
    assert ["saved" in spoken(history, row) for row in range(6)] == [False, False, False, False, True, False]


def test_going_to_where_one_is_changes_nothing(history: History, editor: Editor) -> None:
    shown: list[Project] = []
    editor.project_changed.connect(shown.append)
    click(history, 5)
    assert not shown


def test_a_selection_that_a_step_had_comes_back(history: History, editor: Editor) -> None:
    editor.edit_network("Delete", lambda network: network.remove(["linear_1"]), ())
    editor.edit_network("Add", lambda network: network.add(Node("conv", Conv2d())), ("conv",))
    click(history, 6)
    assert editor.selection == ()
    click(history, 7)
    assert editor.selection == ("conv",)


@pytest.mark.parametrize(
    ("edit", "symbol"),
    [
        (lambda network: network.add(Node("conv", Conv2d())), "plus"),
        (lambda network: network.remove(["relu_1"]), "minus"),
        (lambda network: network.rename("relu_1", "bend"), "rename-outline"),
        (lambda network: network.move({"relu_1": (9.0, 9.0)}), "cursor-move"),
        (lambda network: network.replace_layer("linear_1", Linear(out_features=3)), "tune-variant"),
        (lambda network: network.freeze(["linear_1"]), "tune-variant"),
        (lambda network: network.disconnect(*network.wires), "vector-polyline-minus"),
        (lambda network: replace(network, notes=(Note("note_1", "Why"),)), "note-edit-outline"),
    ],
)
def test_the_icon_says_what_changed(edit: Callable[[Graph], Graph], symbol: str) -> None:
    before = Project(network=chain())
    assert symbol_of(before, before.with_network(edit(before.network))) == symbol


def test_the_icon_says_what_changed_beside_the_network() -> None:
    before = Project(network=chain())
    assert symbol_of(before, replace(before, data=Data(Iris()))) == "database-outline"
    assert symbol_of(before, replace(before, training=replace(before.training, epochs=7))) == "school-outline"
    assert symbol_of(before, before.with_silence(Silenced("dead-end"))) == "bell-outline"
    assert symbol_of(before, replace(before, title="Another")) == "pencil-outline"


def test_a_thousand_steps_on_a_thousand_nodes_weigh_little(qtbot) -> None:
    editor = Editor()
    names = [f"linear_{number}" for number in range(1000)]
    network = Graph(tuple(Node(name, Linear()) for name in names))
    for one, next_one in itertools.pairwise(names):
        network = Graph(network.nodes, (*network.wires, Wire(one, next_one)))
    editor.open(Project(network=network))
    tracemalloc.start()
    for name in names[:100]:
        editor.edit_network("Move", lambda network, name=name: network.move({name: (9.0, 9.0)}))
        assert editor.network.incoming(names[1])
    weight, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert weight < 10_000_000


def test_a_step_paints_only_the_rows_that_it_changes(qtbot, history: History, editor: Editor) -> None:
    painted: list[int] = []
    delegate = history.itemDelegate()
    delegate.paint = lambda _painter, _option, index: painted.append(index.row())
    history.viewport().repaint()
    painted.clear()
    editor.undo_stack.undo()
    qtbot.waitUntil(lambda: bool(painted))
    assert sorted(set(painted)) == [4, 5]


def test_a_step_among_a_thousand_takes_no_frame(qtbot, history: History, editor: Editor) -> None:
    names = [f"linear_{number}" for number in range(1000)]
    wires = tuple(Wire(one, next_one) for one, next_one in itertools.pairwise(names))
    editor.open(Project(network=Graph(tuple(Node(name, Linear()) for name in names), wires)))
    for name in names:
        editor.edit_network("Move", lambda network, name=name: network.move({name: (9.0, 9.0)}))
    spent = [work_of(step) for step in (editor.undo_stack.undo, editor.undo_stack.redo) * 10]
    assert history.currentIndex().row() == 1000
    assert sorted(spent)[len(spent) // 2] <= 0.016


def work_of(step: Callable[[], None]) -> float:
    """The seconds of the processor that a step takes until it is shown."""
    begun = time.thread_time()
    step()
    QApplication.processEvents()
    return time.thread_time() - begun
