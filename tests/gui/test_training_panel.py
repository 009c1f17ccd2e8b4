"""The Training tab: loss, optimizer, plan and device; what does not fit is said before training, with its fix."""

from types import SimpleNamespace

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QMenu, QPushButton, QWidget

from engine.analysis import analyse
from engine.averaging import Averaging, LastWeights
from engine.clipping import Clipping, NoClipping
from engine.copies import Mlflow, TensorBoard
from engine.losses import CrossEntropy, Dice, Loss, MeanSquaredError, WeightedSum
from engine.metrics import F1
from engine.optimizers import SGD, Adam, GradientDescent, Optimizer
from engine.schedules import Constant, Cosine, MultiStep, Schedule
from engine.stopping import EarlyStopping
from engine.templates import template
from engine.training import Training
from gui import theme as looks
from gui.editor import Editor
from gui.spec_list import SpecList
from gui.theme import INSPECTOR_WIDTH, Appearance
from gui.training_panel import TrainingPanel
from gui.value_box import ValueBox

FAMILIES = {"loss": Loss, "optimizer": Optimizer, "schedule": Schedule, "clipping": Clipping, "averaging": Averaging}
DEVICES = [SimpleNamespace(id="cpu", title="Old processor"), SimpleNamespace(id="cuda:0", title="New card (24 GB)")]

# A list that drops down asks for what this platform has not.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def editor(qapp):
    made = Editor()
    made.project_changed.connect(lambda project: made.set_report(project, analyse(project)))
    made.open(template("digits").project)
    return made


@pytest.fixture
def panel(qtbot, qapp, editor):
    made = TrainingPanel(editor, Appearance(qapp, "dark"))
    qtbot.addWidget(made)
    made.resize(INSPECTOR_WIDTH, 700)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def texts(panel):
    return [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]


def choose(panel, name, kind):
    box = panel.findChild(QComboBox, name)
    box.setFocus()
    box.showPopup()
    box.view().setCurrentIndex(box.model().index(box.findData(kind.__name__), 0))
    QTest.keyClick(box.view(), Qt.Key.Key_Return)


@pytest.mark.parametrize(
    "kind", [kind for family in FAMILIES for kind in FAMILIES[family].kinds.values()], ids=lambda kind: kind.__name__
)
def test_every_choice_is_explained_and_can_be_set(editor, panel, qtbot, kind):
    name = next(name for name, family in FAMILIES.items() if issubclass(kind, family))
    choose(panel, f"{name}Box", kind)
    assert type(getattr(editor.project.training, name)) is kind
    assert kind.help() in texts(panel)
    assert kind.formula or kind in (NoClipping, LastWeights), "only what does nothing has none"
    assert kind.formula in ["", *(child.accessibleName() for child in panel.findChildren(QWidget, "formula"))]
    # What a loss counts in a sum is set where it is one of several.
    shown = [name for name in kind.declared if name != "weight" or kind not in Loss.kinds.values()]
    # The points of a curve are set in its picture.
    shown = ["rateCurve" if name == "points" else name for name in shown]
    qtbot.waitUntil(lambda: all(panel.findChild(QWidget, field).isVisible() for field in shown))
    assert panel.widget().minimumSizeHint().width() <= panel.viewport().width()


def test_metrics_are_chosen_and_then_watched(editor, panel, qtbot):
    button = panel.findChild(QPushButton, "metricsAdd")
    button.menu().aboutToShow.emit()
    offered = {action.objectName(): action for action in button.menu().actions() if action.objectName()}
    assert offered["addF1"].isEnabled()
    assert offered["addTopKAccuracy"].isEnabled()
    assert "addRMSE" not in offered, "of a group of which nothing fits, nothing is listed"
    offered["addF1"].trigger()
    assert editor.project.training.metrics == (F1(),)
    row = panel.findChild(QWidget, "training-metrics-0")
    assert F1.help() in [label.text() for label in row.findChildren(QLabel)]
    assert F1.formula in [child.accessibleName() for child in row.findChildren(QWidget, "formula")]
    best = panel.findChild(QComboBox, "best_by")
    names = [best.itemData(number) for number in range(best.count())]
    assert names == ["automatic", "loss", "accuracy", "precision", "recall", "f1", "f1_macro"]
    best.setCurrentIndex(best.findData("f1_macro"))
    best.activated.emit(best.currentIndex())
    assert editor.project.training.best_by == "f1_macro"
    assert best.currentText() == "F1 (macro)"
    editor.apply("", editor.project.with_value("training.metrics", ()))
    assert best.currentData() == "f1_macro", "what is chosen stays in sight"
    assert any("does not measure" in words for words in texts(panel))
    editor.apply("", editor.project.with_value("training.stops", (EarlyStopping(metric="f1"),)))
    box = panel.findChild(QWidget, "training-stops-0").findChild(QComboBox, "metric")
    assert box.currentText() == "F1"


def test_another_optimizer_keeps_what_fits_in_one_step(editor, panel):
    training = editor.project.training
    editor.open(editor.project.with_training(training.with_setting("optimizer", Adam(0.5, weight_decay=0.1))))
    choose(panel, "optimizerBox", SGD)
    assert editor.project.training.optimizer == SGD(0.5, weight_decay=0.1)
    assert editor.undo_stack.count() == 1
    editor.undo_stack.undo()
    assert panel.findChild(QComboBox, "optimizerBox").currentData() == "Adam"


def test_a_schedule_is_chosen_and_set(editor, panel, qtbot):
    choose(panel, "scheduleBox", MultiStep)
    box = panel.findChild(QWidget, "milestones")
    qtbot.waitUntil(box.isVisible)
    assert box.text() == "5, 8"
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "3, 6, 9")
    assert editor.project.training.schedule == MultiStep(milestones=(3, 6, 9))
    choose(panel, "scheduleBox", Cosine)
    assert editor.project.training.schedule == Cosine()
    assert editor.undo_stack.count() == 3


def test_the_learning_rates_that_are_planned_are_drawn(editor, panel, qtbot):
    curve = panel.findChild(QWidget, "rateCurve")
    assert not curve.isVisible()
    editor.apply("", editor.project.with_value("training.optimizer.learning_rate", 0.01))
    choose(panel, "scheduleBox", Cosine)
    qtbot.waitUntil(curve.isVisible)
    assert curve.accessibleName() == "Learning rate: 0.01 at first, 0.01 at most, 3.67e-08 at the end"
    assert curve.words_at(QPointF(0, 9)) == "0.01 in epoch 1"
    drawn, accent = curve.grab().toImage(), looks.DARK.colour("accent")
    heights = [
        max(range(drawn.height()), key=lambda y, x=x: drawn.pixelColor(x, y) == accent)
        for x in (4, drawn.width() // 2, drawn.width() - 4)
    ]
    assert 0 < heights[0] < heights[1] < heights[2]
    choose(panel, "scheduleBox", Constant)
    assert not curve.isVisible()


def test_the_plan_is_typed(editor, panel, qtbot):
    for name, value in (("batch_size", 64), ("epochs", 3), ("seed", 7)):
        box = panel.findChild(QWidget, name)
        qtbot.waitUntil(box.isVisible)
        box.setFocus()
        box.selectAll()
        QTest.keyClicks(box, str(value))
        assert getattr(editor.project.training, name) == value
    assert editor.undo_stack.count() == 3


def test_zero_epochs_are_refused_in_words(editor, panel, qtbot):
    before = editor.project
    box = panel.findChild(QWidget, "epochs")
    qtbot.waitUntil(box.isVisible)
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "0")
    fault = panel.findChild(QLabel, "epochsFault")
    assert "whole number from 1" in fault.text()
    assert editor.project is before


def test_devices_are_chosen_by_name(editor, panel):
    panel.show_devices(DEVICES)
    box = panel.findChild(QComboBox, "deviceBox")
    assert [box.itemText(index) for index in range(1, box.count())] == ["Old processor", "New card (24 GB)"]
    assert box.currentData() == "auto"
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_End)
    assert editor.project.training.device == "cuda:0"
    editor.undo_stack.undo()
    assert box.currentData() == "auto"


def test_a_device_of_another_machine_is_shown_as_such(editor, panel):
    panel.show_devices(DEVICES)
    editor.apply("Device", editor.project.with_value("training.device", "cuda:7"))
    assert panel.findChild(QComboBox, "deviceBox").currentText() == "cuda:7, not on this machine"


def test_a_loss_that_does_not_fit_is_said_and_mended_here(editor, panel, qtbot):
    editor.open(template("diabetes").project)
    assert not panel.findChildren(QPushButton, "fixButton")
    choose(panel, "lossBox", CrossEntropy)
    qtbot.waitUntil(lambda: any("Diabetes asks for numbers" in words for words in texts(panel)))
    button = panel.findChild(QPushButton, "fixButton")
    qtbot.waitUntil(button.isVisible)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert isinstance(editor.project.training.loss, MeanSquaredError)
    qtbot.waitUntil(lambda: not any("asks for numbers" in words for words in texts(panel)))


def test_gradient_descent_has_no_batch_size(editor, panel, qtbot):
    choose(panel, "optimizerBox", GradientDescent)
    qtbot.waitUntil(lambda: not panel.findChild(QWidget, "batch_size").isVisible())
    assert any("all training samples" in words for words in texts(panel))
    assert set(Training.declared) >= {"batch_size", "epochs", "seed", "device"}


def test_losses_are_added_up(editor, panel, qtbot):
    choose(panel, "lossBox", Dice)
    choose(panel, "lossBox", WeightedSum)
    assert editor.project.training.loss == WeightedSum((Dice(),))
    losses = panel.findChild(SpecList, "lossesList")
    assert losses.isVisible()
    losses.add(CrossEntropy())
    editor.attempt("half", lambda project: project.with_value("training.loss.losses.1.weight", 0.5))
    assert editor.project.training.loss == WeightedSum((Dice(), CrossEntropy(weight=0.5)))

    def shown():
        return [box.text() for box in losses.findChildren(ValueBox, "weight") if box.isVisible()]

    qtbot.waitUntil(lambda: shown() == ["0.5"])
    choose(panel, "lossBox", CrossEntropy)
    assert not losses.isVisible()


def test_only_losses_of_what_the_data_ask_for_are_offered_for_a_sum(editor, panel, qtbot):
    choose(panel, "lossBox", WeightedSum)
    menu = panel.findChild(SpecList, "lossesList").findChild(QMenu)
    menu.aboutToShow.emit()
    offered = {action.text(): action.isEnabled() for action in menu.actions()}
    assert offered["Cross-entropy"]
    assert not offered["Margin ranking"]
    assert not {"CTC", "Weighted sum", "Sequences of symbols", "Several together"} & {*offered}
    assert menu.sizeHint().height() < 800


def test_the_log_is_written_for_other_tools_and_what_lacks_is_said(panel, editor, monkeypatch):
    copies = panel.findChild(SpecList, "copiesList")
    copies.add(TensorBoard())
    assert editor.project.training.copies == (TensorBoard(),)
    assert panel._refuse_copy(TensorBoard())

    monkeypatch.setattr(Mlflow, "lacks", "MLflow is not installed here: install it with pip.")
    copies.add(Mlflow())
    faults = [label.text() for label in copies.findChildren(QLabel, "specFault") if label.text()]
    assert faults == [Mlflow.lacks]
    assert panel._refuse_copy(Mlflow())


def test_answers_to_a_doubt_do_not_make_the_panel_wider_than_its_place(editor, appearance, qtbot):
    panel = TrainingPanel(editor, appearance)
    qtbot.addWidget(panel)
    panel.resize(INSPECTOR_WIDTH, 700)
    panel.show()
    editor.apply("Edit", editor.project.with_value("training.optimizer.learning_rate", 0.6))
    mend = panel.findChild(QPushButton, "fixButton")
    ignore = panel.findChild(QPushButton, "ignoreButton")
    qtbot.waitUntil(lambda: mend.width() > 0 and not mend.geometry().intersects(ignore.geometry()))
    assert panel.widget().width() <= panel.viewport().width()
    panel.resize(2 * INSPECTOR_WIDTH, 700)
    qtbot.waitUntil(lambda: ignore.x() > mend.geometry().right())
    panel.resize(INSPECTOR_WIDTH - 40, 700)
    qtbot.waitUntil(lambda: ignore.y() > mend.geometry().bottom())
    assert panel.widget().width() <= panel.viewport().width()
