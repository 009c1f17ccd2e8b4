"""Form: the fields of a spec as rows of label and editor. Layers, datasets, optimizers and plans all use this one.

What is typed is heard at once where it is allowed. Where it is not, the row says what is expected and keeps the text
until it is left, and what was heard of that typing is withdrawn.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from html import escape
from typing import Any, NamedTuple, TypeVar, cast

from PySide6.QtCore import QCoreApplication, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QWidget,
)

from engine.datasets.files import FromFile
from engine.errors import SettingError
from engine.metrics import described, title_of
from engine.spec import Field, Spec
from gui import theme as looks
from gui.editor import Editor
from gui.kind_box import ChoiceBox
from gui.names_box import NamesBox
from gui.page import clear, label
from gui.place_box import PlaceBox
from gui.value_box import ValueBox
from gui.words import translated

Widget = TypeVar("Widget", bound=QWidget)

WITH_EDITOR = ("code", "records")
"""Kinds of fields that have an editor of their own elsewhere."""


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
        self,
        *,
        title: Callable[[str], str] = str,
        names: tuple[str, ...] = (),
        leaves_out: Callable[[type[Spec]], tuple[str, ...]] = lambda _kind: (),
        folds: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        """``title`` makes the label of a field from its name; ``names`` are the fields to show (none: all);
        ``leaves_out`` says which fields of a kind stand elsewhere; ``folds`` whether the advanced ones are folded away.
        """
        super().__init__(parent)
        self._folds = folds
        self._leaves_out = leaves_out
        self._title = title
        self._names = names
        self._kind: type[Spec] | None = None
        self._specs: tuple[Spec, ...] = ()
        self._before: tuple[Spec, ...] = ()
        self._editors: dict[str, ValueBox | QCheckBox | ChoiceBox] = {}
        self._rows: dict[str, tuple[QWidget, QWidget]] = {}
        self._toggles: dict[str, QToolButton] = {}
        self._toggled: frozenset[str] = frozenset()
        self._hidden: set[str] = set()
        self._metrics: Mapping[str, str] = {}
        self._folded: tuple[str, ...] = ()
        self._fold: QToolButton | None = None
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
            self._show(editor, _common([getattr(spec, name) for spec in specs]))
        self._unfold_what_is_set()

    def restore(self) -> None:
        """Drops what was typed and is not allowed: what it was meant for is no longer shown."""
        for editor in self._editors.values():
            if isinstance(editor, ValueBox):
                editor.restore()

    def edit(self, editor: Editor, path: str, *, but: tuple[str, ...] = ()) -> None:
        """Writes what is changed into the project, below this path; of the fields ``but`` someone else takes care."""

        def write(name: str, value: object) -> None:
            if name not in but:
                change(editor, f"{path}.{name}", value)

        self.changed.connect(write)
        self.withdrawn.connect(lambda name, values: change(editor, f"{path}.{name}", values[0]))
        editor.document_replaced.connect(self.restore)

    def show_row(self, name: str, shown: bool) -> None:
        """Shows the row of a field, or hides it where it has no meaning."""
        (self._hidden.discard if shown else self._hidden.add)(name)
        for widget in self._rows[name]:
            widget.setVisible(shown)
        if name in self._toggled:
            self._toggles[name].setVisible(shown)

    def show_all_but(self, idle: Collection[str]) -> None:
        """Shows the rows of all fields but these, which mean nothing now. What is folded away follows its fold."""
        for name in self._rows.keys() - set(self._folded):
            self.show_row(name, name not in idle)

    def show_hint(self, name: str, words: str) -> None:
        """Says what a field stands for while it is empty."""
        editor = self._editors[name]
        if isinstance(editor, ValueBox):
            editor.show_hint(words)

    def offer(self, name: str, words: Sequence[str]) -> None:
        """Offers these while a field is typed in."""
        editor = self._editors[name]
        if isinstance(editor, ValueBox):
            editor.offer(words)

    def offer_metrics(self, titles: Mapping[str, str]) -> None:
        """Offers these where a metric is asked for: their titles, by their names."""
        if titles == self._metrics:
            return
        self._metrics = titles
        for name, editor in self._editors.items():
            if self._kind and self._kind.declared[name].kind == "metric" and isinstance(editor, ChoiceBox):
                self._fill_with_metrics(editor, self._kind.declared[name])
                if self._specs:
                    self._show(editor, _common([getattr(spec, name) for spec in self._specs]))

    def _fill_with_metrics(self, box: ChoiceBox, field: Field) -> None:
        with QSignalBlocker(box):
            box.clear()
            if described(field.default) is None:
                # It stands for something else than one metric.
                box.addItem(translated(field.default), field.default)
            for name, title in self._metrics.items():
                box.addItem(translated(title), name)

    def show_toggles(self, toggles: Mapping[str, Toggle]) -> None:
        """Shows a small button at the end of these rows, and of no others."""
        for name, toggle in toggles.items():
            button = self._toggles.get(name) or self._add_toggle(name)
            button.setChecked(toggle.is_on)
            button.setToolTip(toggle.words)
            button.setAccessibleName(toggle.words)
        self._toggled = frozenset(toggles)
        for name, button in self._toggles.items():
            # A row that was made just now is hidden too, until Qt shows it: its widgets cannot be asked.
            button.setVisible(name in toggles and name not in self._hidden)

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
                    if isinstance(value, str) and editor.findData(value) < 0:
                        # What is chosen, but not offered here, is said all the same.
                        editor.addItem(translated(title_of(value)), value)
                    editor.setCurrentIndex(editor.findData(value))
            case _:
                pass

    def _build(self, kind: type[Spec]) -> None:
        clear(self._grid)
        self._editors, self._rows, self._toggles, self._fold = {}, {}, {}, None
        self._toggled, self._hidden = frozenset(), set()
        fields = [field for field in kind.declared.values() if field.kind not in WITH_EDITOR]
        left_out = self._leaves_out(kind)
        chosen = [field for field in fields if not self._names or field.name in self._names]
        shown = [field for field in chosen if field.name not in left_out]
        self._folded = tuple(field.name for field in shown if field.advanced and self._folds)
        before: QWidget = self
        for field in shown:
            if field.name in self._folded[:1]:
                self._fold = before = self._follow(before, self._add_fold(kind.fold_title))
            before = self._follow(before, self._add_row(field))
        self._show_folded(False)

    def _follow(self, before: QWidget, widget: Widget) -> Widget:
        """Rows that were made later than what stands below them would come after it for the Tab key."""
        QWidget.setTabOrder(before, widget)
        return widget

    def _add_fold(self, words: str) -> QToolButton:
        """The line that shows or hides the settings below it, which few people need."""
        fold = QToolButton(self)
        fold.setObjectName("moreSettings")
        fold.setProperty("kind", "fold")
        fold.setText(translated(words))
        fold.setCheckable(True)
        fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        fold.toggled.connect(self._show_folded)
        self._grid.addWidget(fold, self._grid.rowCount(), 0, 1, 2, Qt.AlignmentFlag.AlignLeft)
        return fold

    def _show_folded(self, shown: bool) -> None:
        if self._fold is not None:
            self._fold.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)
        for name in self._folded:
            self.show_row(name, shown)

    def _unfold_what_is_set(self) -> None:
        """What someone has set is not to be overlooked. What was found out in a file nobody has set."""
        is_found_out = isinstance(self._specs[0], FromFile)
        if (
            self._fold is not None
            and not is_found_out
            and any(getattr(spec, name) != spec.declared[name].default for spec in self._specs for name in self._folded)
        ):
            self._fold.setChecked(True)

    def _add_row(self, field: Field) -> QWidget:
        row = self._grid.rowCount()
        name = self._title(field.name)
        metrics = self.fontMetrics()
        head = label(on_lines(name, metrics, looks.with_font(looks.LABEL_WIDTH)), "dim")
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
        place = _placed(editor, field)
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
        if field.kind in ("choice", "metric"):
            choice = ChoiceBox(self)
            for option in field.options:
                choice.addItem(_tr(_OPTIONS[option]) if option in _OPTIONS else translated(option), option)
            if field.kind == "metric":
                self._fill_with_metrics(choice, field)
            choice.activated.connect(lambda _index: self.changed.emit(name, choice.currentData()))
            return choice
        box = self._line(field)
        box.began.connect(self._keep)
        box.edited.connect(lambda value: self.changed.emit(name, value))
        box.withdrawn.connect(lambda: self.withdrawn.emit(name, tuple(getattr(spec, name) for spec in self._before)))
        box.judged.connect(lambda words: _say(words, box, fault))
        return box

    def _line(self, field: Field) -> ValueBox:
        """The line in which the values of a field are typed."""

        def check(value: Any) -> str:
            return self._refusal(field, value)

        match field.kind:
            case "place":
                return PlaceBox(field, check, self._title(field.name), self)
            case "names":
                return NamesBox(field, check, self._title(field.name), self)
            case _:
                return ValueBox(field, check, self)

    def _keep(self) -> None:
        self._before = self._specs

    def _refusal(self, field: Field, value: Any) -> str:
        try:
            self._specs[0].with_setting(field.name, value)
        except SettingError:
            return translated(field.expected())
        return ""


def _common(values: Sequence[Any]) -> Any:
    """The value that all have; None: they differ."""
    return values[0] if values.count(values[0]) == len(values) else None


_CHECKED = {True: Qt.CheckState.Checked, False: Qt.CheckState.Unchecked, None: Qt.CheckState.PartiallyChecked}


def _say(words: str, box: ValueBox, fault: QLabel) -> None:
    fault.setText(words)
    fault.setVisible(bool(words))
    if bool(box.property("invalid")) != bool(words):
        box.setProperty("invalid", bool(words))
        box.style().unpolish(box)
        box.style().polish(box)


def _placed(editor: QWidget, field: Field) -> QWidget:
    """An editor with what stands beside it."""
    if isinstance(editor, QCheckBox):
        return _with_help(editor, field)
    return _with_button(editor) if isinstance(editor, PlaceBox | NamesBox) else editor


def _with_button(box: PlaceBox | NamesBox) -> QWidget:
    place = QWidget(box.parentWidget())
    row = QHBoxLayout(place)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(looks.GRID)
    row.addWidget(box, 1)
    row.addWidget(box.button)
    return place


def _with_help(check: QCheckBox, field: Field) -> QWidget:
    """A check box leaves room for its help beside it."""
    place = QWidget(check.parentWidget())
    row = QHBoxLayout(place)
    row.setContentsMargins(0, 0, 0, 0)
    # The check box keeps room for words of its own, which are beside it instead.
    row.setSpacing(0)
    check.setFixedHeight(looks.ROW_HEIGHT)
    row.addWidget(check, 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(label(translated(field.help), "dim", wraps=True), 1)
    place.setMinimumHeight(looks.ROW_HEIGHT)
    return place


def on_lines(name: str, metrics: QFontMetrics, width: int) -> str:
    """A name on two lines where it is too long for one; what does not fit even so is elided."""
    if metrics.horizontalAdvance(name) <= width:
        return name
    first, _, last = name.rpartition(" ")
    lines = (first, last) if first else (last,)
    return "\n".join(metrics.elidedText(line, Qt.TextElideMode.ElideMiddle, width) for line in lines)


def in_words(name: str) -> str:
    """The name of a setting as words: ``Batch size``."""
    return _tr(_WORDS[name]) if name in _WORDS else name.replace("_", " ").capitalize()


_WORDS = {"p": "Probability", "test_path": "Test file"}
"""What some settings are called where their names would read like code."""


_OPTIONS = {"quantile": "as many in each", "uniform": "equally wide", "kmeans": "around centres"}
"""What some choices are called where their names would read like code."""


def _tr(words: str) -> str:
    return QCoreApplication.translate("Form", words)


def change(editor: Editor, path: str, value: object) -> None:
    """Changes one setting of the project; what is typed into one row is one undo step."""
    words = editor.tr("Change {name}").format(name=in_words(path.rpartition(".")[2]).lower())
    editor.attempt(words, lambda project: project.with_value(path, value), merge=path)
