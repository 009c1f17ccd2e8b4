"""Form: the fields of a spec as rows of label and editor. Layers, datasets, optimizers and plans all use this one.

What is typed is heard at once where it is allowed. Where it is not, the row says what is expected and keeps the text
until it is left, and what was heard of that typing is withdrawn.
"""

import math
import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any, NamedTuple, Protocol, cast

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from engine.errors import SettingError
from engine.spec import Field, Spec
from gui import theme as looks
from gui.editor import Editor
from gui.kind_box import ChoiceBox
from gui.page import clear, label
from gui.words import translated

_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+")
_BETWEEN = re.compile(r"\s*[x×*,;]\s*|\s+")


class Notation(Protocol):
    """How the values of a kind of field are written, read and stepped."""

    def write(self, value: Any) -> str:
        """The value as text."""
        ...

    def read(self, text: str) -> Any:
        """The value of a text. Raises ValueError where it has none."""
        ...

    def step(self, value: Any, steps: int) -> Any:
        """The value so many steps up, or down."""
        ...


class Integers:
    """Whole numbers with thousands: ``60,000``."""

    def __init__(self, field: Field) -> None:
        self._low, self._high = field.low or 0, field.high or 0

    def write(self, value: int) -> str:
        return f"{value:,}"

    def read(self, text: str) -> int:
        text = text.strip()
        return int(text.replace(",", "") if _GROUPED.fullmatch(text) else text)

    def step(self, value: int, steps: int) -> int:
        return int(min(self._high, max(self._low, value + steps)))


class Numbers:
    """Numbers with a fraction: ``0.001``, ``1e-3``, ``0,001`` and ``0.1 %`` are one."""

    def __init__(self, field: Field) -> None:
        self._low, self._high = field.low or 0.0, field.high or 0.0
        # Shares are moved by equal amounts; rates and small constants are tried size by size.
        self._is_share = self._high <= 2 and field.default >= 0.1

    def write(self, value: float) -> str:
        return re.sub(r"e([+-])0*", lambda found: "e" + found[1].strip("+"), f"{value:.15g}")

    def read(self, text: str) -> float:
        text = text.strip().replace(",", ".")
        return float(text.removesuffix("%")) / 100 if text.endswith("%") else float(text)

    def step(self, value: float, steps: int) -> float:
        moved = round(value + 0.05 * steps, 10) if self._is_share else _in_series(value, steps)
        return min(self._high, max(self._low, moved))


class Sizes:
    """One or more whole numbers: ``3 × 3``; ``3x5``, ``3, 5`` and ``3 5`` are read too."""

    def write(self, value: tuple[int, ...]) -> str:
        return " × ".join(map(str, value))

    def read(self, text: str) -> tuple[int, ...]:
        return tuple(int(size) for size in _BETWEEN.split(text.strip()) if size)

    def step(self, value: tuple[int, ...], steps: int) -> tuple[int, ...]:
        del steps
        return value


class Pairs(Sizes):
    """Height and width, or depth too: one number stands for all, and so may a word."""

    def __init__(self, field: Field) -> None:
        self._low, self._high = field.low or 0, field.high or 0
        self._words = ("same",) if field.kind == "padding" else ()
        self._length = field.length

    def write(self, value: Any) -> str:
        if isinstance(value, str) or value == 0:
            return str(value)
        return super().write(self._all(value))

    def read(self, text: str) -> Any:
        if text.strip().lower() in self._words:
            return text.strip().lower()
        first, *others = super().read(text)
        is_one = not others or others == [first] * (self._length - 1)
        return first if is_one else (first, *others)

    def step(self, value: Any, steps: int) -> Any:
        if isinstance(value, str):
            return 0 if steps > 0 else value
        if value == 0 and steps < 0 and self._words:
            return self._words[0]
        moved = tuple(int(min(self._high, max(self._low, size + steps))) for size in self._all(value))
        return moved[0] if len(set(moved)) == 1 else moved

    def _all(self, value: Any) -> tuple[int, ...]:
        return (value,) * self._length if isinstance(value, int) else value


class Words:
    """Any text, as it stands."""

    def write(self, value: str) -> str:
        return value

    def read(self, text: str) -> str:
        return text

    def step(self, value: str, steps: int) -> str:
        del steps
        return value


NOTATIONS: dict[str, Callable[[Field], Notation]] = {
    "integer": Integers,
    "number": Numbers,
    "pair": Pairs,
    "padding": Pairs,
    "shape": lambda _field: Sizes(),
    "text": lambda _field: Words(),
}
STEPPED = ("integer", "number", "pair", "padding")


def _in_series(value: float, steps: int) -> float:
    """The next of 1, 2, 5, 10 … in either direction; nothing and a thousandth are neighbours."""
    if value <= 0 or not math.isfinite(value):
        return 0.001 if steps > 0 else 0.0
    series = [1.0, 2.0, 5.0]
    power = math.floor(math.log10(value) + 1e-9)
    lead = value / 10**power
    place = 3 * power
    place += max(number for number, start in enumerate(series) if lead >= start - 1e-9)
    is_between = abs(lead - series[place % 3]) > 1e-9
    place += steps + (1 if is_between and steps < 0 else 0)
    return float(f"{series[place % 3]:g}e{place // 3}")


Check = Callable[[Any], str]
"""Why a value is not allowed, as a sentence; empty: it is."""


class ValueBox(QAbstractSpinBox):
    """A line for a value in some notation, with arrows where it can be stepped."""

    edited = Signal(object)
    """An allowed value that was typed or stepped to."""
    began = Signal()
    """The first change of the text since a value was shown."""
    withdrawn = Signal()
    """What is typed has become one that is not allowed: what was `edited` since it `began` no longer holds."""
    judged = Signal(str)
    """After each change: what is wrong with the text; empty: nothing."""

    def __init__(self, field: Field, check: Check, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notation = NOTATIONS[field.kind](field)
        self._expected = field.expected()
        self._check = check
        self._value: Any = None
        self._before: Any = None
        self._is_typing = False
        self._hint = ""
        self._is_stepped = field.kind in STEPPED
        # Not NoButtons: with those, a style sheet that places buttons leaves the line no width.
        self.setProperty("stepped", self._is_stepped)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(looks.ROW_HEIGHT)
        self.lineEdit().setTextMargins(looks.GRID * 2, 0, 0, 0)
        self.lineEdit().textEdited.connect(self._take)

    def show_value(self, value: Any) -> None:
        """Shows a value from outside; None: there are several. What is being typed stays, unless the value changes."""
        self.lineEdit().setPlaceholderText(self.tr("several values") if value is None else self._hint)
        if value != self._value:
            self._value = value
            self.restore()

    def show_hint(self, words: str) -> None:
        """What an empty line stands for."""
        self._hint = words
        if self._value is not None:
            self.lineEdit().setPlaceholderText(words)

    def restore(self) -> None:
        """Shows the value again, whatever was being typed."""
        self._is_typing, self._before = False, self._value
        line, text = self.lineEdit(), self._written()
        if text != line.text():
            place = line.cursorPosition()
            line.setText(text)
            line.setCursorPosition(min(place, len(text)))
        self.judged.emit("")
        self.update()

    def stepBy(self, steps: int) -> None:
        if self._value is not None:
            self._value = self._notation.step(self._value, steps)
            self.restore()
            self.edited.emit(self._value)

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        flags = QAbstractSpinBox.StepEnabledFlag.StepNone
        if not self._is_stepped or self._value is None:
            return flags
        if self._notation.step(self._value, 1) != self._value:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepUpEnabled
        if self._notation.step(self._value, -1) != self._value:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        return flags

    def sizeHint(self) -> QSize:
        return QSize(looks.LABEL_WIDTH, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(looks.LABEL_WIDTH // 2, super().minimumSizeHint().height())

    def wheelEvent(self, event: QWheelEvent) -> None:
        # A page that is scrolled must not change what the pointer happens to pass over.
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text() != self._written():
            self.restore()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self._judge(self.text()):
            self.restore()
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        # Another window, or a menu of this line, is not the end of the typing.
        if event.reason() not in (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason):
            self.restore()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            # Undo is the document's: the line's own would go back letter by letter.
            keys = QKeySequence.StandardKey
            if event.matches(keys.Undo) or event.matches(keys.Redo):
                event.ignore()
                return True
        return super().event(event)

    def _take(self, text: str) -> None:
        if not self._is_typing:
            self._is_typing = True
            self.began.emit()
        fault = self._judge(text)
        self.judged.emit(fault)
        if not fault and not self._stands_for_several(text):
            self._value = self._notation.read(text)
            self.edited.emit(self._value)
        elif self._value != self._before:
            self._value = self._before
            self.withdrawn.emit()

    def _stands_for_several(self, text: str) -> bool:
        return not text and self._before is None

    def _judge(self, text: str) -> str:
        if self._stands_for_several(text):
            return ""
        try:
            return self._check(self._notation.read(text))
        except (ValueError, OverflowError):
            return self._expected

    def _written(self) -> str:
        return "" if self._value is None else self._notation.write(self._value)


class Toggle(NamedTuple):
    """A small button at the end of a row: whether it is down, and what it says."""

    is_on: bool
    words: str


class Form(QWidget):
    """One row for each field. Several specs of one kind are shown as one: what differs stands empty."""

    changed = Signal(str, object)
    """The name of a field and its new value, which is an allowed one."""
    withdrawn = Signal(str, tuple)
    """The name of a field and the value that each spec had before its typing began: what was typed is not allowed."""
    toggled = Signal(str)
    """The name of a field whose `Toggle` was pressed."""

    def __init__(
        self, *, title: Callable[[str], str] = str, names: tuple[str, ...] = (), parent: QWidget | None = None
    ) -> None:
        """``title`` makes the label of a field from its name; ``names`` are the fields to show (none: all)."""
        super().__init__(parent)
        self._title = title
        self._names = names
        self._kind: type[Spec] | None = None
        self._specs: tuple[Spec, ...] = ()
        self._before: tuple[Spec, ...] = ()
        self._editors: dict[str, ValueBox | QCheckBox | ChoiceBox] = {}
        self._rows: dict[str, tuple[QWidget, QWidget]] = {}
        self._toggles: dict[str, QToolButton] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(looks.GRID * 2)
        self._grid.setVerticalSpacing(looks.GRID)
        self._grid.setColumnMinimumWidth(0, looks.with_font(looks.LABEL_WIDTH))
        self._grid.setColumnStretch(1, 1)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to set."""
        return not self._editors

    def show_specs(self, *specs: Spec) -> None:
        """Shows the settings of these, which are of one kind. Never takes the focus nor what is being typed."""
        self._specs = specs
        if type(specs[0]) is not self._kind:
            self._kind = type(specs[0])
            self._build(self._kind)
        for name, editor in self._editors.items():
            values = [getattr(spec, name) for spec in specs]
            self._show(editor, values[0] if values.count(values[0]) == len(values) else None)

    def restore(self) -> None:
        """Drops what was typed and is not allowed: what it was meant for is no longer shown."""
        for editor in self._editors.values():
            if isinstance(editor, ValueBox):
                editor.restore()

    def edit(self, editor: Editor, path: str) -> None:
        """Writes what is changed into the project, below this path."""
        self.changed.connect(lambda name, value: change(editor, f"{path}.{name}", value))
        self.withdrawn.connect(lambda name, values: change(editor, f"{path}.{name}", values[0]))
        editor.document_replaced.connect(lambda _project: self.restore())

    def show_row(self, name: str, shown: bool) -> None:
        """Shows the row of a field, or hides it where it has no meaning."""
        for widget in self._rows[name]:
            widget.setVisible(shown)

    def show_hint(self, name: str, words: str) -> None:
        """Says what a field stands for while it is empty."""
        editor = self._editors[name]
        if isinstance(editor, ValueBox):
            editor.show_hint(words)

    def show_toggles(self, toggles: Mapping[str, Toggle]) -> None:
        """Shows a small button at the end of these rows, and of no others."""
        for name, toggle in toggles.items():
            button = self._toggles.get(name) or self._add_toggle(name)
            button.setChecked(toggle.is_on)
            button.setToolTip(toggle.words)
            button.setAccessibleName(toggle.words)
        for name, button in self._toggles.items():
            button.setVisible(name in toggles)

    def toggle(self, name: str) -> QWidget:
        """The button at the end of a row."""
        return self._toggles[name]

    def _add_toggle(self, name: str) -> QToolButton:
        button = self._toggles[name] = QToolButton(self)
        button.setObjectName(f"{name}Toggle")
        button.setProperty("kind", "toggle")
        button.setText("↗")
        button.setCheckable(True)
        button.setFixedSize(looks.TOGGLE, looks.ROW_HEIGHT)
        button.clicked.connect(lambda: self.toggled.emit(name))
        row = self._grid.getItemPosition(self._grid.indexOf(self._rows[name][1]))
        self._grid.addWidget(button, cast("tuple[int, ...]", row)[0], 2)
        return button

    def _show(self, editor: QWidget, value: Any) -> None:
        match editor:
            case ValueBox():
                editor.show_value(value)
            case QCheckBox():
                with QSignalBlocker(editor):
                    editor.setTristate(value is None)
                    editor.setCheckState(_CHECKED[value])
            case ChoiceBox():
                with QSignalBlocker(editor):
                    editor.setCurrentIndex(editor.findData(value))
            case _:
                pass

    def _build(self, kind: type[Spec]) -> None:
        clear(self._grid)
        self._editors, self._rows, self._toggles = {}, {}, {}
        before: QWidget = self
        for field in kind.declared.values():
            if not self._names or field.name in self._names:
                editor = self._add_row(field)
                # Rows that were made later than what stands below them would come after it.
                QWidget.setTabOrder(before, editor)
                before = editor

    def _add_row(self, field: Field) -> QWidget:
        row = self._grid.rowCount()
        name = self._title(field.name)
        metrics = self.fontMetrics()
        head = label(metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, looks.with_font(looks.LABEL_WIDTH)), "dim")
        head.setFixedSize(looks.with_font(looks.LABEL_WIDTH), looks.ROW_HEIGHT)
        fault = label(kind="fault", wraps=True)
        fault.setObjectName(f"{field.name}Fault")
        fault.hide()
        editor = self._editor(field, fault)
        editor.setObjectName(field.name)
        editor.setAccessibleName(name)
        editor.setAccessibleDescription(translated(field.help))
        sentences = (escape(translated(words), quote=False) for words in (field.help, field.expected()))
        tip = f"<p><b>{name}</b></p><p>{'</p><p>'.join(sentences)}</p>"
        head.setToolTip(tip)
        editor.setToolTip(tip)
        self._editors[field.name] = editor
        place = _with_help(editor, field) if isinstance(editor, QCheckBox) else editor
        self._rows[field.name] = (head, place)
        self._grid.addWidget(head, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(place, row, 1)
        self._grid.addWidget(fault, row + 1, 0, 1, 2)
        return editor

    def _editor(self, field: Field, fault: QLabel) -> "ValueBox | QCheckBox | ChoiceBox":
        name = field.name
        if field.kind == "flag":
            check = QCheckBox(self)
            check.clicked.connect(lambda checked: self.changed.emit(name, bool(checked)))
            return check
        if field.kind == "choice":
            choice = ChoiceBox(self)
            for option in field.options:
                choice.addItem(translated(option), option)
            choice.activated.connect(lambda _index: self.changed.emit(name, choice.currentData()))
            return choice
        box = ValueBox(field, lambda value: self._refusal(field, value), self)
        box.began.connect(self._keep)
        box.edited.connect(lambda value: self.changed.emit(name, value))
        box.withdrawn.connect(lambda: self.withdrawn.emit(name, tuple(getattr(spec, name) for spec in self._before)))
        box.judged.connect(lambda words: _say(words, box, fault))
        return box

    def _keep(self) -> None:
        self._before = self._specs

    def _refusal(self, field: Field, value: Any) -> str:
        try:
            self._specs[0].with_setting(field.name, value)
        except SettingError:
            return translated(field.expected())
        return ""


_CHECKED = {True: Qt.CheckState.Checked, False: Qt.CheckState.Unchecked, None: Qt.CheckState.PartiallyChecked}


def _say(words: str, box: ValueBox, fault: QLabel) -> None:
    fault.setText(words)
    fault.setVisible(bool(words))
    if bool(box.property("invalid")) != bool(words):
        box.setProperty("invalid", bool(words))
        box.style().unpolish(box)
        box.style().polish(box)


def _with_help(check: QCheckBox, field: Field) -> QWidget:
    """A check box leaves room for its help beside it."""
    place = QWidget(check.parentWidget())
    row = QHBoxLayout(place)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(looks.GRID * 2)
    row.addWidget(check)
    row.addWidget(label(translated(field.help), "dim", wraps=True), 1)
    place.setMinimumHeight(looks.ROW_HEIGHT)
    return place


def in_words(name: str) -> str:
    """The name of a setting as words: ``Batch size``."""
    return name.replace("_", " ").capitalize()


def change(editor: Editor, path: str, value: object) -> None:
    """Changes one setting of the project; what is typed into one row is one undo step."""
    words = editor.tr("Change {name}").format(name=in_words(path.rpartition(".")[2]).lower())
    editor.attempt(words, lambda project: project.with_value(path, value), merge=path)
