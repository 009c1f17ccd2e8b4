"""The inspector: one layer, several, or the whole network; every edit is one undo step."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QToolButton, QWidget

from engine.analysis import analyse
from engine.graph import Graph, Node
from engine.layers import Conv2d, Flatten, Input, Layer, Linear, Output, Softmax
from engine.losses import Triplet
from engine.project import Project
from gui.editor import Editor
from gui.inspector import Inspector
from gui.page import Facts
from gui.theme import INSPECTOR_WIDTH, Appearance

STACK = (Input(), Conv2d(8), Conv2d(16), Flatten(), Linear(10), Softmax(), Output())


@pytest.fixture
def editor(qapp):
    made = Editor()
    made.project_changed.connect(lambda project: made.set_report(project, analyse(project)))
    made.open(Project(Graph.chain(*STACK)))
    return made


@pytest.fixture
def inspector(qtbot, qapp, editor):
    made = Inspector(editor, Appearance(qapp, "dark"))
    qtbot.addWidget(made)
    made.resize(INSPECTOR_WIDTH, 700)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


@pytest.fixture
def texts(inspector):
    return lambda: [label.text() for label in inspector.findChildren(QLabel) if label.isVisible()]


@pytest.fixture
def field(inspector, qtbot):
    def find(name):
        qtbot.waitUntil(lambda: inspector.findChild(QWidget, name).isVisible())
        return inspector.findChild(QWidget, name)

    return find


def replace(box, text):
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, text)


@pytest.mark.parametrize("kind", Layer.kinds.values(), ids=Layer.kinds)
def test_every_layer_is_explained(editor, inspector, texts, qtbot, kind):
    editor.open(Project(Graph().add(Node("it", kind()))))
    editor.select(["it"])
    if fold := inspector.findChild(QToolButton, "moreSettings"):
        fold.click()
    # Code has an editor of its own, to which a button leads.
    names = ["editCode" if field.kind == "code" else name for name, field in kind.declared.items()]
    qtbot.waitUntil(lambda: all(inspector.findChild(QWidget, name).isVisible() for name in names))
    assert kind.title in texts()
    assert kind.help() in texts()
    assert kind().equation in [child.accessibleName() for child in inspector.findChildren(QWidget, "formula")]
    content = inspector.widget()
    assert content.minimumSizeHint().width() <= inspector.viewport().width(), "nothing is cut off"


def test_shapes_and_costs(editor, texts, qtbot):
    editor.select(["conv2d_1"])
    qtbot.waitUntil(lambda: "1 × 8 × 8" in texts())
    assert "8 × 6 × 6" in texts()
    assert "80" in texts(), "parameters: 8 filters of 3 × 3 and a constant each"
    assert "2,592" in texts(), "multiply-adds"
    assert "11 %" in texts(), "of 23,584 in all"


def test_typing_changes_the_network_at_once_and_is_one_step(editor, field, texts, qtbot):
    editor.select(["linear_1"])
    replace(field("out_features"), "128")
    assert editor.project.network.node("linear_1").layer == Linear(128)
    assert editor.undo_stack.count() == 1
    qtbot.waitUntil(lambda: "128" in texts())
    editor.undo_stack.undo()
    assert field("out_features").text() == "10"
    assert field("out_features").hasFocus()


@pytest.mark.parametrize(("selected", "name"), [("conv2d_1", "kernel_size"), ("linear_1", "out_features")])
def test_typing_that_is_refused_leaves_the_network_as_it_was(editor, inspector, field, selected, name):
    editor.select([selected])
    before, written = editor.project, field(name).text()
    replace(field(name), "99999999999")
    assert editor.project == before
    assert not editor.undo_stack.count()
    assert field(name).text() == "99999999999"
    assert inspector.findChild(QLabel, f"{name}Fault").isVisible()
    QTest.keyClick(field(name), Qt.Key.Key_Escape)
    assert field(name).text() == written


def test_typing_that_is_refused_leaves_each_of_several_layers_as_it_was(editor, field):
    before = editor.project
    editor.select(["conv2d_1", "conv2d_2"])
    replace(field("out_channels"), "9x")
    assert editor.project == before
    assert not editor.undo_stack.count()
    assert field("out_channels").text() == "9x"


def test_an_input_without_a_shape_says_whose_it_takes(editor, field):
    editor.select(["input_1"])
    line = field("shape").lineEdit()
    assert (line.text(), line.placeholderText()) == ("", "from the data: 1 × 8 × 8")
    replace(field("shape"), "24")
    editor.select(["conv2d_1"])
    editor.select(["input_1"])
    assert field("shape").text() == "24"


def test_a_layer_of_which_nothing_is_known_leaves_no_empty_band(editor, inspector, qtbot):
    facts = inspector.findChild(Facts)
    editor.select(["linear_1"])
    qtbot.waitUntil(facts.isVisible)
    editor.open(Project(Graph().add(Node("linear_1", Linear(10)))))
    editor.select(["linear_1"])
    qtbot.waitUntil(lambda: not facts.parentWidget().isVisible())


def test_a_layer_is_renamed(editor, field):
    editor.select(["linear_1"])
    name = field("layerName")
    replace(name, "classes")
    assert "linear_1" in editor.project.network, "not before it is whole"
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert editor.selection == ("classes",)
    assert editor.project.network.predecessors("softmax_1") == ("classes",)
    assert editor.undo_stack.count() == 1
    editor.undo_stack.undo()
    assert name.text() == "linear_1"


@pytest.mark.parametrize(("text", "words"), [("conv2d_1", "already called"), ("9 lives", "cannot name a layer")])
def test_a_name_that_cannot_be_is_refused_in_words(editor, inspector, field, text, words):
    editor.select(["linear_1"])
    name, fault = field("layerName"), inspector.findChild(QLabel, "nameFault")
    replace(name, text)
    assert words in fault.text()
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert name.text() == text
    assert "linear_1" in editor.project.network
    QTest.keyClick(name, Qt.Key.Key_Escape)
    assert name.text() == "linear_1"
    assert not fault.isVisible()


def test_a_refused_name_does_not_stay_when_the_keyboard_goes_elsewhere(editor, inspector, field):
    editor.select(["linear_1"])
    name = field("layerName")
    name.setFocus()
    replace(name, "input_1")
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert name.text() == "input_1"
    assert inspector.findChild(QLabel, "nameFault").text()
    QTest.keyClick(name, Qt.Key.Key_Tab)
    assert name.text() == "linear_1"
    assert not inspector.findChild(QLabel, "nameFault").text()


@pytest.mark.parametrize(("kind", "constant"), [(Linear, "b"), (Conv2d, "b_k")])
def test_the_formula_has_a_constant_only_where_the_layer_has(kind, constant):
    assert constant in kind().equation
    assert constant not in kind(bias=False).equation


def test_a_problem_is_mended_here(editor, inspector, qtbot):
    editor.open(Project(Graph.chain(Input(), Linear(10), Softmax(), Output())))
    editor.select(["linear_1"])
    qtbot.waitUntil(lambda: bool(inspector.findChildren(QPushButton, "fixButton")))
    button = inspector.findChild(QPushButton, "fixButton")
    assert button.text() == "Insert Flatten"
    qtbot.waitUntil(button.isVisible)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert "flatten_1" in editor.project.network
    assert editor.undo_stack.count() == 1


def test_a_softmax_that_the_loss_takes_over_is_explained(editor, inspector):
    explanation = inspector.findChild(QLabel, "explanation")
    editor.select(["softmax_1"])
    assert explanation.isVisible()
    assert "Cross-entropy applies this Softmax itself" in explanation.text()
    editor.select(["linear_1"])
    assert not explanation.isVisible()


def test_nothing_selected_sums_up_the_network(editor, texts, qtbot):
    editor.select([])
    qtbot.waitUntil(lambda: f"{editor.report.totals.parameters:,}" in texts())
    assert any("Select a layer" in words for words in texts())
    editor.open(Project())
    assert any("Drag a layer" in words for words in texts())


def test_several_layers_of_a_kind_are_changed_together(editor, field, texts):
    editor.select(["conv2d_1", "conv2d_2"])
    assert "2 layers" in texts()
    replace(field("kernel_size"), "1")
    network = editor.project.network
    assert [network.node(node).layer.kernel_size for node in ("conv2d_1", "conv2d_2")] == [1, 1]
    assert [network.node(node).layer.out_channels for node in ("conv2d_1", "conv2d_2")] == [8, 16]
    assert editor.undo_stack.count() == 1


def test_several_layers_of_different_kinds_are_summed_up(editor, inspector, texts):
    editor.select(["conv2d_1", "linear_1"])
    assert "1 × Conv2d, 1 × Linear" in texts()
    box = inspector.findChild(QWidget, "out_channels")
    assert box is None or not box.isVisible()


def test_a_report_leaves_what_is_being_typed(editor, field):
    editor.select(["conv2d_1"])
    box = field("out_channels")
    replace(box, "abc")
    editor.set_report(editor.project, analyse(editor.project))
    assert box.text() == "abc"
    assert QApplication.focusWidget() is box
    assert isinstance(field("layerName"), QLineEdit)


def test_what_is_typed_belongs_to_its_layer(editor, field):
    editor.select(["conv2d_1"])
    replace(field("kernel_size"), "abc")
    editor.select(["conv2d_2"])
    assert field("kernel_size").text() == "3 × 3"
    assert not field("kernel_size").property("invalid")


def test_the_loss_of_an_auxiliary_output_has_its_settings(editor, inspector, field):
    network = editor.network.add(Node("near", Output(auxiliary=True, loss="triplet"))).connect("linear_1", "near")
    editor.open(Project(network))
    editor.select(("output_1",))
    assert not inspector.loss.isVisible()
    editor.select(("near",))
    replace(field("margin"), "0.25")
    assert editor.network.node("near").layer.own_loss == Triplet(margin=0.25)
    field("mining").setCurrentIndex(1)
    field("mining").activated.emit(1)
    assert editor.network.node("near").layer.own_loss == Triplet(margin=0.25, mining="all")
    editor.undo_stack.undo()
    editor.undo_stack.undo()
    assert editor.network.node("near").layer.own_loss == Triplet()
