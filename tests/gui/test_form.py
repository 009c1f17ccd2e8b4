"""Forms: every setting of every spec can be read, typed and stepped; what is not allowed is said and not lost."""

from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeySequence, QShortcut, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from engine.data import Data
from engine.datasets import Dataset, Digits
from engine.layers import AdaptiveAvgPool2d, Conv2d, Dropout, Input, Layer, Linear
from engine.losses import CrossEntropy, Loss
from engine.optimizers import SGD, Adam, Optimizer
from engine.spec import Spec
from engine.steps import Bins
from engine.training import Training
from gui.form import WITH_EDITOR, Form, Toggle, in_words, on_lines
from gui.kind_box import ChoiceBox, KindBox
from gui.theme import Appearance
from gui.value_box import ValueBox

SPECS = [kind() for family in (Layer, Dataset, Loss, Optimizer) for kind in family.kinds.values()]
SPECS += [Data(Digits()), Training(CrossEntropy(), Adam())]


class Heard:
    """A form shown in a window, and what it says."""

    def __init__(self, qtbot: Any, *specs: Spec) -> None:
        self.window = QWidget()
        self.form = Form(parent=self.window)
        QVBoxLayout(self.window).addWidget(self.form)
        qtbot.addWidget(self.window)
        self.said: list[tuple[str, Any]] = []
        self.form.changed.connect(lambda name, value: self.said.append((name, value)))
        self.form.withdrawn.connect(lambda name, values: self.said.append((name, values[0])))
        self.form.show_specs(*specs)
        with qtbot.waitActive(self.window):
            self.window.show()
            self.window.activateWindow()

    def editor(self, name: str) -> Any:
        return self.form.findChild(QWidget, name)

    def fault(self, name: str) -> str:
        label = self.form.findChild(QLabel, f"{name}Fault")
        return label.text() if label.isVisible() else ""

    def unfold(self) -> None:
        """Shows the settings that few people need, where there are some."""
        if fold := self.editor("moreSettings"):
            QTest.mouseClick(fold, Qt.MouseButton.LeftButton)

    def replace(self, name: str, text: str) -> None:
        box = self.editor(name)
        box.setFocus()
        box.selectAll()
        QTest.keyClicks(box, text) if text else QTest.keyClick(box, Qt.Key.Key_Delete)


@pytest.fixture
def show(qtbot):
    return lambda *specs: Heard(qtbot, *specs)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: type(spec).__name__)
def test_every_setting_is_shown_with_its_help_and_survives_being_typed_again(show, spec):
    heard = show(spec)
    heard.unfold()
    shown = {name: field for name, field in spec.declared.items() if field.kind not in WITH_EDITOR}
    for name, field in shown.items():
        editor = heard.editor(name)
        assert editor.isVisible()
        assert field.help in editor.toolTip()
        assert editor.accessibleName() == name
        assert editor.accessibleDescription() == field.help
        if isinstance(editor, ValueBox) and editor.text():
            heard.replace(name, editor.text())
            assert heard.said[-1] == (name, getattr(spec, name))
        assert not heard.fault(name)
    assert heard.form.is_empty is not bool(spec.declared)


@pytest.mark.parametrize(
    ("spec", "name", "text", "value"),
    [
        (Linear(), "out_features", "1,024", 1024),
        (Linear(), "out_features", " 7 ", 7),
        (Adam(), "learning_rate", "0.02", 0.02),
        (Adam(), "learning_rate", "1e-3", 0.001),
        (Adam(), "learning_rate", "0,5", 0.5),
        (Dropout(), "p", "25 %", 0.25),
        (Conv2d(), "kernel_size", "5", 5),
        (Conv2d(), "kernel_size", "3x5", (3, 5)),
        (Conv2d(), "kernel_size", "3 × 5", (3, 5)),
        (Conv2d(), "kernel_size", "3, 5", (3, 5)),
        (Conv2d(), "kernel_size", "5 5", 5),
        (Conv2d(), "padding", "same", "same"),
        (Conv2d(), "padding", "Same", "same"),
        (Conv2d(), "padding", "1 x 2", (1, 2)),
        (Input(), "shape", "1 × 28 × 28", (1, 28, 28)),
        (Input(), "shape", "3,32,32", (3, 32, 32)),
        (Input((4,)), "shape", "", ()),
        (Training(CrossEntropy(), Adam()), "device", "cuda:1", "cuda:1"),
    ],
)
def test_values_are_read_as_people_write_them(show, spec, name, text, value):
    heard = show(spec)
    heard.replace(name, text)
    assert heard.said[-1] == (name, value)
    assert not heard.fault(name)


@pytest.mark.parametrize(
    ("spec", "name", "text", "words"),
    [
        (Linear(), "out_features", "0", "whole number from 1 to 1,000,000"),
        (Linear(), "out_features", "many", "whole number"),
        (Linear(), "out_features", "", "whole number"),
        (Linear(), "out_features", "2.5", "whole number"),
        (Linear(), "out_features", "9" * 30, "whole number"),
        (Adam(), "learning_rate", "nan", "number from 0 to 1,000"),
        (Adam(), "learning_rate", "-1", "number from 0 to 1,000"),
        (Adam(), "learning_rate", "1e308", "number from 0 to 1,000"),
        (Conv2d(), "kernel_size", "", "height and width"),
        (Conv2d(), "kernel_size", "3 × 3 × 3", "height and width"),
        (Conv2d(), "kernel_size", "0", "height and width"),
        (Conv2d(), "padding", "equal", "same"),
        (Conv2d(), "kernel_size", "99999999999", "1 to 4,096"),
        (Input(), "shape", "0 × 8", "list of at most"),
        (Input((1, 8, 8)), "shape", "12abc", "list of at most"),
    ],
)
def test_what_is_not_allowed_is_said_and_stays_to_be_mended(show, spec, name, text, words):
    heard = show(spec)
    written = heard.editor(name).text()
    heard.replace(name, text)
    assert words in heard.fault(name)
    assert heard.editor(name).property("invalid")
    assert heard.editor(name).text() == text
    told = spec.with_settings(dict(heard.said))
    assert told == spec, "what was allowed on the way does not hold"
    heard.form.show_specs(told)
    assert heard.editor(name).text() == text, "a refresh does not lose it"
    assert words in heard.fault(name)
    heard.editor(name).clearFocus()
    assert heard.editor(name).text() == written
    assert not heard.fault(name), "the field that is left shows what holds"


def test_escape_brings_the_last_allowed_value_back(show):
    heard = show(Linear(64))
    heard.replace("out_features", "x")
    QTest.keyClick(heard.editor("out_features"), Qt.Key.Key_Escape)
    assert heard.editor("out_features").text() == "64"
    assert not heard.fault("out_features")


def test_what_was_accepted_is_what_later_typing_falls_back_to(show):
    heard = show(Linear(64))
    heard.replace("out_features", "12")
    heard.form.show_specs(Linear(12))
    QTest.keyClick(heard.editor("out_features"), Qt.Key.Key_Return)
    QTest.keyClick(heard.editor("out_features"), Qt.Key.Key_End)
    QTest.keyClicks(heard.editor("out_features"), "8x")
    assert heard.said[-1] == ("out_features", 12)
    QTest.keyClick(heard.editor("out_features"), Qt.Key.Key_Escape)
    assert heard.editor("out_features").text() == "12"


def test_every_line_shows_what_it_holds(show, qapp):
    Appearance(qapp, "dark")
    heard = show(Input((1, 8, 8)))
    box = heard.editor("shape")
    assert box.text() == "1 × 8 × 8"
    assert box.lineEdit().width() > box.width() / 2, "there is room to read it"


def test_an_empty_line_says_what_it_stands_for(show):
    heard = show(Input())
    heard.form.show_hint("shape", "from the data: 64")
    heard.form.show_specs(Input())
    assert heard.editor("shape").lineEdit().placeholderText() == "from the data: 64"
    heard.form.show_specs(Input((3,)), Input((4,)))
    assert heard.editor("shape").lineEdit().placeholderText() == "several values"


def test_typing_is_heard_at_once_and_once(show):
    heard = show(Linear())
    heard.replace("out_features", "128")
    assert heard.said == [("out_features", 1), ("out_features", 12), ("out_features", 128)]
    heard.form.show_specs(Linear(128))
    assert len(heard.said) == 3


def test_numbers_get_their_thousands_when_the_field_is_left(show):
    heard = show(Linear())
    heard.replace("out_features", "2048")
    assert heard.editor("out_features").text() == "2048"
    heard.editor("out_features").clearFocus()
    assert heard.editor("out_features").text() == "2,048"


@pytest.mark.parametrize(
    ("spec", "name", "up", "down"),
    [
        (Linear(64), "out_features", 65, 63),
        (Conv2d(kernel_size=(3, 5)), "kernel_size", (4, 6), (2, 4)),
        (Conv2d(padding=0), "padding", 1, "same"),
        (Conv2d(padding="same"), "padding", 0, None),
        (Adam(0.001), "learning_rate", 0.002, 0.0005),
        (Adam(0.003), "learning_rate", 0.005, 0.002),
        (SGD(weight_decay=0.0), "weight_decay", 0.001, None),
        (Dropout(0.5), "p", 0.55, 0.45),
        (AdaptiveAvgPool2d(1), "output_size", 2, None),
        (Adam(eps=1e-8), "eps", 2e-8, 5e-9),
    ],
)
def test_arrow_keys_take_sensible_steps(show, spec, name, up, down):
    for key, value in ((Qt.Key.Key_Up, up), (Qt.Key.Key_Down, down)):
        heard = show(spec)
        heard.editor(name).setFocus()
        QTest.keyClick(heard.editor(name), key)
        assert heard.said == ([] if value is None else [(name, value)])


def test_the_wheel_changes_only_what_has_the_focus(show):
    heard = show(Linear(64))
    box = heard.editor("out_features")

    def turn() -> None:
        at, nothing = QPointF(4, 4), Qt.MouseButton.NoButton
        around = Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False
        QApplication.sendEvent(box, QWheelEvent(at, at, QPoint(0, 0), QPoint(0, 120), nothing, *around))

    box.clearFocus()
    turn()
    assert heard.said == []
    box.setFocus()
    turn()
    assert heard.said == [("out_features", 65)]


def test_check_boxes_and_choices_are_heard(show):
    heard = show(Linear())
    heard.editor("bias").setFocus()
    QTest.keyClick(heard.editor("bias"), Qt.Key.Key_Space)
    assert heard.said == [("bias", False)]
    heard = show(Data(Digits()))
    heard.editor("normalization").setFocus()
    QTest.keyClick(heard.editor("normalization"), Qt.Key.Key_Down)
    assert heard.said == [("normalization", "none")]


def test_a_change_from_outside_keeps_focus_and_cursor(show):
    heard = show(Linear(64))
    box = heard.editor("out_features")
    box.setFocus()
    box.lineEdit().setCursorPosition(1)
    heard.form.show_specs(Linear(32, bias=False))
    assert box.text() == "32"
    assert box.hasFocus()
    assert box.lineEdit().cursorPosition() == 1
    assert not heard.editor("bias").isChecked()
    assert heard.said == []


def test_undo_in_a_field_is_the_documents(show, qtbot):
    heard = show(Linear(64))
    shortcut = QShortcut(QKeySequence.StandardKey.Undo, heard.window)
    heard.replace("out_features", "12")
    with qtbot.waitSignal(shortcut.activated):
        QTest.keyClick(heard.editor("out_features"), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert heard.editor("out_features").text() == "12"


def test_tab_goes_from_top_to_bottom_whatever_was_shown_before(show, qtbot):
    heard = show(Linear())
    after = QLineEdit(heard.window)
    heard.window.layout().addWidget(after)
    heard.form.show_specs(Conv2d())
    names = [name for name, field in Conv2d.declared.items() if not field.advanced]
    names += ["moreSettings", *(name for name in Conv2d.declared if name not in names)]
    heard.unfold()
    qtbot.waitUntil(lambda: heard.editor(names[-1]).isVisible() and heard.editor("out_features") is None)
    heard.editor(names[0]).setFocus()
    passed = []
    for _ in names:
        passed.append(QApplication.focusWidget().objectName())
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert passed == names
    assert QApplication.focusWidget() is after


def test_what_few_people_set_is_folded_away(show, qtbot):
    heard = show(Linear())
    fold = heard.editor("moreSettings")
    assert not heard.editor("weight_init").isVisible()
    qtbot.mouseClick(fold, Qt.MouseButton.LeftButton)
    assert heard.editor("weight_init").isVisible()
    heard.replace("lr_factor", "0.1")
    assert heard.said[-1] == ("lr_factor", 0.1)
    qtbot.mouseClick(fold, Qt.MouseButton.LeftButton)
    assert not heard.editor("lr_factor").isVisible()


def test_the_buttons_of_folded_rows_are_folded_with_them(show):
    heard = show(Linear())
    heard.form.show_toggles({name: Toggle(False, name) for name in Linear.declared})
    assert heard.form.toggle("out_features").isVisible()
    assert not heard.form.toggle("lr_factor").isVisible()
    heard.unfold()
    assert heard.form.toggle("lr_factor").isVisible()
    heard.form.show_toggles({})
    heard.unfold()
    assert not heard.form.toggle("lr_factor").isVisible()


def test_rows_made_just_now_have_their_buttons(show):
    heard = show(Linear())
    heard.form.show_specs(Conv2d())
    heard.form.show_toggles({name: Toggle(False, name) for name in Conv2d.declared})
    assert heard.form.toggle("kernel_size").isVisible()
    assert not heard.form.toggle("lr_factor").isVisible()


def test_what_is_set_is_not_folded_away(show):
    assert show(Linear(weight_init="zeros")).editor("weight_init").isVisible()


def test_several_layers_show_what_they_share(show):
    heard = show(Conv2d(16), Conv2d(32, bias=False))
    assert heard.editor("kernel_size").text() == "3 × 3"
    assert heard.editor("out_channels").text() == ""
    assert heard.editor("bias").checkState() == Qt.CheckState.PartiallyChecked
    heard.replace("out_channels", "8")
    assert heard.said == [("out_channels", 8)]
    QTest.keyClick(heard.editor("out_channels"), Qt.Key.Key_Backspace)
    assert heard.said[1:] == [("out_channels", 16)], "each has again what it had"
    assert not heard.fault("out_channels")
    assert isinstance(heard.editor("bias"), QCheckBox)


def test_choosing_a_kind_is_heard_once(qtbot):
    box = KindBox(Optimizer.kinds)
    qtbot.addWidget(box)
    box.show_kind(Adam)
    box.show()
    with qtbot.waitSignal(box.kind_chosen) as chosen:
        QTest.keyClick(box, Qt.Key.Key_Home)
    assert chosen.args == [next(iter(Optimizer.kinds.values()))]
    assert isinstance(box, ChoiceBox)


def test_names_in_words():
    assert in_words("learning_rate") == "Learning rate"


def test_a_name_that_is_too_long_stands_on_two_lines(qtbot):
    form = Form()
    qtbot.addWidget(form)
    metrics = form.fontMetrics()
    wide = metrics.horizontalAdvance("Validation target")
    assert on_lines("Validation target", metrics, wide) == "Validation target"
    assert on_lines("Validation target", metrics, wide - 1) == "Validation\ntarget"
    assert "…" in on_lines("Validation", metrics, wide // 3)


def test_choices_that_would_read_like_code_are_words(qtbot):
    form = Form()
    qtbot.addWidget(form)
    form.show_specs(Bins())
    strategy = form.findChild(ChoiceBox, "strategy")
    words = [strategy.itemText(at) for at in range(strategy.count())]
    assert words == ["as many in each", "equally wide", "around centres"]
