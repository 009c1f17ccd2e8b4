"""What can be changed of the training under way: typed here, it holds from the next step on."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from engine.errors import LayerloomError
from engine.folds import is_current
from engine.project import Project
from engine.spec import Field
from engine.steering import Change, Way, steered, value_at, way
from gui import theme as looks
from gui.changes import change_in_words, title_of
from gui.editor import Editor
from gui.notation import NOTATIONS, Notation
from gui.page import clear, label
from gui.words import translated

PLAN = ("training.batch_size", "training.epochs")
MOST_NAMED = 6
"""Of edits, so many are written out."""


class SteerView(QWidget):
    """Steps, settings that people change most, and the edits of the design that can be made while it trains."""

    asked = Signal(object)
    """A list of `Change`, to be made from the next step on."""
    advance_asked = Signal(str)
    """Go on by one ``step``, or to the end of the ``epoch``, and wait there."""
    stop_asked = Signal()
    """Stop after this epoch."""

    def __init__(self, editor: Editor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("steerView")
        self._editor = editor
        self._trained: Project | None = None
        self._way = Way()
        self._lines: dict[str, QLineEdit] = {}
        self._buttons = QGridLayout()
        self._buttons.setSpacing(looks.GRID * 2)
        one_step = self._button("oneStep", self.tr("One step"), lambda: self.advance_asked.emit("step"))
        one_epoch = self._button("oneEpoch", self.tr("One epoch"), lambda: self.advance_asked.emit("epoch"))
        stop = self._button("stopAfterEpoch", self.tr("Stop after this epoch"), self.stop_asked.emit)
        self._buttons.addWidget(one_step, 0, 0)
        self._buttons.addWidget(one_epoch, 0, 1)
        self._buttons.addWidget(stop, 1, 0, 1, 2)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(looks.GRID * 2)
        self._grid.setVerticalSpacing(looks.GRID * 2)
        self._grid.setColumnMinimumWidth(0, looks.with_font(looks.LABEL_WIDTH))
        self._fault = label(kind="fault", wraps=True)
        self._fault.setObjectName("steerFault")
        self._words = label(kind="dim", wraps=True)
        self._words.setObjectName("steerWords")
        self._apply = QPushButton(self)
        self._apply.setObjectName("applyEdits")
        self._apply.setProperty("kind", "outline")
        self._apply.clicked.connect(self.apply)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(looks.GRID * 2)
        column.addLayout(self._buttons)
        column.addLayout(self._grid)
        for widget in (self._fault, self._words, self._apply):
            column.addWidget(widget)
        self._fault.hide()
        editor.project_changed.connect(self._show_edits)

    def show_training(self, trained: Project | None) -> None:
        """Shows the design that trains, as it is now; None: none does."""
        self._trained = trained
        paths = [] if trained is None else [*_of_optimizer(trained), *PLAN]
        if paths != list(self._lines):
            self._tell("")
            self._rebuild(paths)
        for path, line in self._lines.items():
            if trained is not None and not line.isModified():
                text = _notation(_field(trained, path)).write(value_at(trained, path))
                # Told at each checkpoint: what a person has selected to type over stays selected.
                if text != line.text():
                    line.setText(text)
        self._show_edits()

    def apply(self) -> None:
        """Has the edits made in the training."""
        if self._way.changes:
            self.asked.emit(list(self._way.changes))

    # Settings

    def _button(self, name: str, words: str, ask: Callable[[], object]) -> QPushButton:
        button = QPushButton(words, self)
        button.setObjectName(f"{name}Button")
        button.clicked.connect(lambda _checked=False: ask())
        return button

    def _rebuild(self, paths: list[str]) -> None:
        clear(self._grid)
        self._lines = {path: self._line(path) for path in paths}
        for row, (path, line) in enumerate(self._lines.items()):
            self._grid.addWidget(label(title_of(path), "dim"), row, 0)
            self._grid.addWidget(line, row, 1)

    def _line(self, path: str) -> QLineEdit:
        line = QLineEdit(self)
        line.setObjectName(f"steer_{path.rpartition('.')[2]}")
        line.setAccessibleName(self.tr("{setting} of the training under way").format(setting=title_of(path)))
        line.setToolTip(self.tr("Press Enter: it holds from the next step on."))
        line.setFixedHeight(looks.ROW_HEIGHT)
        line.editingFinished.connect(lambda: self._take(path, line))
        return line

    def _take(self, path: str, line: QLineEdit) -> None:
        """Hears what was typed, where it is allowed and another value than before."""
        trained = self._trained
        if trained is None or not line.isModified():
            return
        line.setModified(False)
        field, title = _field(trained, path), title_of(path)
        refusal = self.tr("{setting} cannot be “{text}”.").format(setting=title, text=line.text())
        refusal = f"{refusal} {translated(field.expected())}"
        try:
            value, before = _notation(field).read(line.text()), value_at(trained, path)
            changed = steered(trained, path, value)
        except ValueError:
            self._tell(refusal)
            return
        except LayerloomError as error:
            parts = (error.message.replace(path, title), error.expected)
            is_of_the_value = error.expected == field.expected()
            self._tell(refusal if is_of_the_value else " ".join(translated(part) for part in parts if part))
            return
        self._tell("")
        if changed != trained:
            self._follow(path, before, value)
            self.asked.emit([Change(path, value, before)])

    def _follow(self, path: str, before: object, value: object) -> None:
        """The design in the window follows where it was as the training."""
        try:
            same = value_at(self._editor.project, path) == before
        except LayerloomError:
            return
        if same:
            words = change_in_words(path, value, before)
            self._editor.attempt_whole(words, lambda project: project.with_value(path, value))

    def _tell(self, fault: str) -> None:
        self._fault.setText(fault)
        self._fault.setVisible(bool(fault))

    # Edits of the design

    def _show_edits(self, project: Project | None = None) -> None:
        """What of the design in the window is not in the training, and whether it can be."""
        project, trained = project or self._editor.project, self._trained
        self._way = Way()
        if trained is not None and project.network.ids == trained.network.ids and not is_current(trained, project):
            self._way = way(trained, project)
        changes = [change_in_words(one.path, one.value, one.before) for one in self._way.changes]
        words = [self.tr("Edited, but not in this training yet:")] if changes else []
        words += changes[:MOST_NAMED] + ["…"] * (len(changes) > MOST_NAMED)
        if self._way.others:
            names = ", ".join(title_of(path) for path in self._way.others)
            words.append(self.tr("Only a new training takes up: {names}.").format(names=names))
        self._words.setText("\n".join(words))
        self._words.setVisible(bool(words))
        count = len(changes)
        self._apply.setText(self.tr("Apply it now") if count == 1 else self.tr("Apply all now"))
        self._apply.setVisible(bool(changes))


def _of_optimizer(project: Project) -> list[str]:
    names = ("learning_rate", "weight_decay", "momentum")
    return [f"training.optimizer.{name}" for name in names if name in project.training.optimizer.declared]


def _field(project: Project, path: str) -> Field:
    training = project.training
    owner = training.optimizer if path.startswith("training.optimizer.") else training
    return owner.declared[path.rpartition(".")[2]]


def _notation(field: Field) -> Notation:
    """As the form of the design writes it, too."""
    return NOTATIONS[field.kind](field)
