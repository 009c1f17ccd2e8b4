"""A list of choices one after the other, such as the steps of preparing samples: added, set, moved and removed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from engine.spec import Spec
from gui import theme as looks
from gui.editor import Editor
from gui.form import Form, in_words
from gui.formula import Formula
from gui.page import label
from gui.theme import Appearance, icon
from gui.words import translated

Refusal = Callable[[Any], str]
"""Why one cannot be added now, as a sentence; empty: it can."""

Specs = tuple[Spec, ...]


class SpecList(QWidget):
    """The specs of a setting that is a list of choices. Each edit is one undo step."""

    def __init__(
        self,
        editor: Editor,
        path: str,
        family: type[Spec],
        appearance: Appearance,
        *,
        add: str,
        folds: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        """``path`` is that of the list in the project, ``add`` what the button says that adds to it; ``folds`` says
        whether advanced settings are folded away.
        """
        super().__init__(parent)
        self._folds = folds
        self._editor, self._path, self._family = editor, path, family
        self._appearance = appearance
        self._specs: Specs = ()
        self._names: Sequence[str] = ()
        self._open: list[bool] = []
        self._rows: list[SpecRow] = []
        self._refuses: Refusal = lambda _spec: ""
        self._metrics: Mapping[str, str] = {}
        name = path.rpartition(".")[2]
        self.setObjectName(f"{name}List")
        self._column = QVBoxLayout()
        self._column.setSpacing(looks.GRID * 2)
        self._line = QFrame(self)
        self._line.setProperty("kind", "drop")
        self._line.hide()
        self._add = QPushButton(add, self)
        self._add.setObjectName(f"{name}Add")
        self._menu = QMenu(self._add)
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self._fill_menu)
        self._add.setMenu(self._menu)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(looks.GRID * 2)
        column.addLayout(self._column)
        column.addWidget(self._add)

    def show_specs(self, specs: Specs, names: Sequence[str] = (), refuses: Refusal | None = None) -> None:
        """Shows these; ``names`` are offered where names are asked for, ``refuses`` says which do not fit."""
        self._refuses = refuses or self._refuses
        self._names = names
        kinds, before = [type(spec) for spec in specs], [type(spec) for spec in self._specs]
        self._specs = specs
        if kinds != before:
            self._rebuild()
        for row, spec in zip(self._rows, specs, strict=True):
            row.show_spec(spec, names)

    def offer_metrics(self, titles: Mapping[str, str]) -> None:
        """Offers these where a metric is asked for: their titles, by their names."""
        self._metrics = titles
        for row in self._rows:
            row.offer_metrics(titles)

    def show_words(self, words: Sequence[Sequence[str]]) -> None:
        """What each has come to, such as what a step has found; none: not known yet."""
        for number, row in enumerate(self._rows):
            row.show_words(words[number] if number < len(words) else ())

    def show_fault(self, number: int, fault: str) -> None:
        """What is wrong with the one of this number, and with no other; empty: nothing is."""
        for place, row in enumerate(self._rows):
            row.show_fault(fault if place == number else "")

    # Edits

    def add(self, spec: Spec) -> None:
        """Adds one at the end, with its settings in view."""
        self._open.append(bool(spec.declared))
        self._change(self.tr("Add: {name}").format(name=translated(spec.title)), (*self._specs, spec), self._count)

    def remove(self, number: int) -> None:
        """Takes one away."""
        spec = self._specs[number]
        del self._open[number]
        rest = (*self._specs[:number], *self._specs[number + 1 :])
        self._change(self.tr("Remove: {name}").format(name=translated(spec.title)), rest, min(number, len(rest) - 1))

    def move_entry(self, number: int, to: int) -> None:
        """Moves one to another place, as the list has them after it; a place that there is not is left alone."""
        if to == number or not 0 <= to < self._count:
            return
        specs = list(self._specs)
        spec = specs.pop(number)
        specs.insert(to, spec)
        self._open.insert(to, self._open.pop(number))
        self._change(self.tr("Move: {name}").format(name=translated(spec.title)), tuple(specs), to)

    @property
    def _count(self) -> int:
        return len(self._specs)

    def _change(self, words: str, specs: Specs, focused: int) -> None:
        self._editor.attempt(words, lambda project: project.with_value(self._path, specs))
        if 0 <= focused < len(self._rows):
            self._rows[focused].head.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._add.setFocus(Qt.FocusReason.OtherFocusReason)

    # Rows

    def _rebuild(self) -> None:
        for row in self._rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._open = [*self._open, *[False] * self._count][: self._count]
        self._rows = [self._row(number) for number in range(self._count)]
        before: QWidget = self
        for row in self._rows:
            self._column.addWidget(row)
            before = row.follow(before)
        QWidget.setTabOrder(before, self._add)

    def _row(self, number: int) -> "SpecRow":
        path = f"{self._path}.{number}"
        row = SpecRow(number, self._count, path, self._editor, self._appearance, self._folds, self)
        row.offer_metrics(self._metrics)
        row.unfold(self._open[number])
        row.folded.connect(lambda is_open: self._remember(number, is_open))
        row.removed.connect(lambda: self.remove(number))
        row.moved.connect(lambda step: self.move_entry(number, number + step))
        row.dragged.connect(self._show_drop)
        row.dropped.connect(lambda y: self._drop(number, y))
        return row

    def _remember(self, number: int, is_open: bool) -> None:
        self._open[number] = is_open

    def _gap(self, y: float) -> int:
        """Before which row something at this height would come."""
        middles = (row.head.mapTo(self, row.head.rect().center()).y() for row in self._rows)
        return sum(y > middle for middle in middles)

    def _show_drop(self, y: float) -> None:
        gap = self._gap(y)
        at = self._rows[gap].y() - looks.GRID if gap < self._count else self._rows[-1].geometry().bottom() + looks.GRID
        self._line.setGeometry(0, max(0, at - 1), self.width(), 2)
        self._line.show()
        self._line.raise_()

    def _drop(self, number: int, y: float) -> None:
        self._line.hide()
        gap = self._gap(y)
        self.move_entry(number, gap - (gap > number))

    # The menu

    def _fill_menu(self) -> None:
        """Lists what can be added, by groups; of a group of which nothing can, none."""
        self._menu.clear()
        for group, specs in self._groups().items():
            refusals = [self._refuses(spec) for spec in specs]
            if all(refusals):
                continue
            if group:
                self._menu.addAction(self._heading(translated(group)))
            for spec, refusal in zip(specs, refusals, strict=True):
                self._offer(spec, refusal)
        if self._menu.isEmpty():
            self._menu.addAction(self.tr("Nothing here suits these data")).setEnabled(False)

    def _groups(self) -> dict[str, list[Spec]]:
        found: dict[str, list[Spec]] = {}
        for kind in self._family.kinds.values():
            found.setdefault(getattr(kind, "group", ""), []).append(kind())
        return found

    def _heading(self, words: str) -> QWidgetAction:
        """The name of a group: no action that is greyed out, which is what the others are that cannot be taken."""
        action = QWidgetAction(self._menu)
        action.setText(words)
        heading = label(words, "section")
        heading.setFont(looks.section_font())
        action.setDefaultWidget(heading)
        action.setEnabled(False)
        return action

    def _offer(self, spec: Spec, refusal: str) -> None:
        action = self._menu.addAction(translated(spec.title), lambda: self.add(spec))
        action.setObjectName(f"add{type(spec).__name__}")
        action.setToolTip(translated(refusal) or translated(spec.help()))
        action.setEnabled(not refusal)


class SpecRow(QFrame):
    """One of a list: its head, which folds it and by which it is moved, its settings, and what it has come to."""

    folded = Signal(bool)
    """Whether its settings are in view now."""
    removed = Signal()
    moved = Signal(int)
    """By how many places."""
    dragged = Signal(float)
    """To which height of the list."""
    dropped = Signal(float)

    def __init__(
        self, number: int, count: int, path: str, editor: Editor, appearance: Appearance, folds: bool, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setObjectName(f"{path.replace('.', '-')}")
        self.setProperty("kind", "note")
        self._place = self.tr("{number} of {count}").format(number=number + 1, count=count)
        self._appearance = appearance
        self.head = QToolButton(self)
        self.head.setObjectName("specHead")
        self.head.setProperty("kind", "fold")
        self.head.setCheckable(True)
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.toggled.connect(self._unfold)
        self.head.installEventFilter(self)
        self._remove = QToolButton(self)
        self._remove.setObjectName("specRemove")
        self._remove.clicked.connect(self.removed)
        self._help = label(kind="dim", wraps=True)
        self._formula = Formula(appearance)
        self._form = Form(title=in_words, folds=folds)
        self._form.edit(editor, path)
        self._words = label(kind="dim", wraps=True)
        self._words.setObjectName("specWords")
        self._fault = label(kind="fault", wraps=True)
        self._fault.setObjectName("specFault")
        for part in (self._words, self._fault):
            part.hide()
        self._pressed: QPointF | None = None
        self._is_dragged = False
        self._lay_out()
        appearance.changed.connect(self._repaint)
        self._repaint()

    def follow(self, before: QWidget) -> QWidget:
        """Comes after another for the Tab key; answers what the next comes after."""
        for widget in (self.head, self._remove):
            QWidget.setTabOrder(before, widget)
            before = widget
        QWidget.setTabOrder(before, self._form)
        return self._form

    def show_spec(self, spec: Spec, names: Sequence[str]) -> None:
        """Shows its settings."""
        title = translated(spec.title)
        self._formula.show_formula(str(getattr(spec, "formula", "")))
        self.head.setText(title)
        self.head.setAccessibleName(self.tr("{name}, {place}").format(name=title, place=self._place))
        help_words = translated(spec.help())
        self.head.setToolTip(
            self.tr("{help}\n\nDrag it, or press Alt and an arrow, to move it; Delete removes it.").format(
                help=help_words
            )
        )
        self._remove.setAccessibleName(self.tr("Remove {name}").format(name=title))
        self._remove.setToolTip(self._remove.accessibleName())
        self._help.setText(help_words)
        self._form.show_specs(spec)
        for name, field in spec.declared.items():
            if field.kind == "names":
                self._form.offer(name, names)
                self._form.show_hint(name, self.tr("all that fit"))
        self._form.show_all_but(spec.idle)
        self._show_parts()

    def offer_metrics(self, titles: Mapping[str, str]) -> None:
        """Offers these where a metric is asked for."""
        self._form.offer_metrics(titles)

    def show_words(self, words: Sequence[str]) -> None:
        """What it has come to."""
        self._words.setText("\n".join(map(translated, words)))
        self._words.setVisible(bool(words))
        self._show_inner()

    def show_fault(self, fault: str) -> None:
        """What is wrong with it."""
        self._fault.setText(translated(fault))
        self._fault.setVisible(bool(fault))
        self._show_inner()

    def unfold(self, is_open: bool) -> None:
        """Shows its settings or hides them."""
        self.head.setChecked(is_open)
        self._show_parts()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._press_key(event)
        if isinstance(event, QMouseEvent):
            return self._take_mouse(event)
        return super().eventFilter(watched, event)

    def _press_key(self, event: QKeyEvent) -> bool:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if event.modifiers() & Qt.KeyboardModifier.AltModifier and event.key() in steps:
            self.moved.emit(steps[Qt.Key(event.key())])
            return True
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
            return True
        return False

    def _take_mouse(self, event: QMouseEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position()
        elif event.type() == QEvent.Type.MouseMove and self._pressed is not None:
            moved = (event.position() - self._pressed).manhattanLength()
            self._is_dragged = self._is_dragged or moved >= QApplication.startDragDistance()
            if self._is_dragged:
                self.dragged.emit(self._height(event))
                return True
        elif event.type() == QEvent.Type.MouseButtonRelease and self._pressed is not None:
            self._pressed, is_dragged, self._is_dragged = None, self._is_dragged, False
            if is_dragged:
                self.head.setDown(False)
                self.dropped.emit(self._height(event))
                return True
        return False

    def _height(self, event: QMouseEvent) -> float:
        """Where the pointer is, as the list measures it."""
        return float(self.y() + self.head.mapTo(self, event.position().toPoint()).y())

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(looks.GRID)
        top.addWidget(self.head, 1, Qt.AlignmentFlag.AlignLeft)
        top.addWidget(self._remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(looks.GRID * 2, looks.GRID, looks.GRID, looks.GRID)
        column.setSpacing(looks.GRID * 2)
        column.addLayout(top)
        self._inner = QWidget(self)
        inner = QVBoxLayout(self._inner)
        inner.setContentsMargins(looks.GRID, 0, looks.GRID, looks.GRID)
        inner.setSpacing(looks.GRID * 2)
        for part in (self._fault, self._help, self._formula, self._form, self._words):
            inner.addWidget(part)
        column.addWidget(self._inner)

    def _unfold(self, is_open: bool) -> None:
        self._show_parts()
        self.folded.emit(is_open)

    def _show_parts(self) -> None:
        is_open = self.head.isChecked()
        self.head.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self._help.setVisible(is_open)
        self._formula.setVisible(is_open and bool(self._formula.accessibleName()))
        self._form.setVisible(is_open and not self._form.is_empty)
        self._show_inner()

    def _show_inner(self) -> None:
        """Below the head there is nothing, not even room, where it is folded and nothing is told."""
        parts = (self._fault, self._help, self._formula, self._form, self._words)
        self._inner.setVisible(not all(part.isHidden() for part in parts))

    def _repaint(self) -> None:
        self._remove.setIcon(icon("close", self._appearance.theme))
