"""The code of a Python layer: to be written, with a word on what is wrong as one types; or to be read and allowed."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from engine.errors import LayerloomError
from engine.layers.python import reading_of
from engine.layers.python_naming import source_for
from engine.layers.python_reader import LONGEST, Reading
from gui import dialogs
from gui import theme as looks
from gui.code_editor import CodeEditor
from gui.page import label
from gui.theme import Appearance
from gui.words import translated


class CodeDialog(QDialog):
    """Accepted where the person has applied or allowed what `source` is then."""

    def __init__(
        self, name: str, source: str, appearance: Appearance, parent: QWidget | None = None, *, is_allowed: bool
    ) -> None:
        super().__init__(parent)
        self.setObjectName("codeDialog")
        self.resize(looks.CODE_DIALOG.boundedTo(self.screen().availableSize() - looks.WINDOW_FRAME * 2))
        self._is_allowed = is_allowed
        self._before = source
        self._editor = CodeEditor(appearance, self)
        self._editor.setObjectName("codeEditor")
        self._editor.setAccessibleName(self.tr("Python source"))
        self._editor.begin(source, is_open=is_allowed)
        self._outcome = label(wraps=True)
        self._outcome.setObjectName("codeOutcome")
        self._class = QLineEdit(self)
        self._use = QPushButton(self.tr("Use this class"), self)
        self._no = QPushButton(self)
        self._no.setObjectName("codeCancel")
        # Enter names a class, or leaves code that is not to run.
        self._no.setAutoDefault(not is_allowed)
        self._no.clicked.connect(self.reject)
        self._yes = QPushButton(self)
        self._yes.setObjectName("codeApply")
        self._yes.setProperty("kind", "primary")
        self._yes.setAutoDefault(False)
        self._yes.clicked.connect(self.accept)
        self._word(name)
        self._lay_out()
        self._editor.textChanged.connect(self._judge)
        self._judge()
        # Nobody is to allow code by a mere Enter.
        (self._editor if is_allowed else self._no).setFocus()

    @property
    def source(self) -> str:
        """The code as it stands there."""
        return self._editor.source

    def reject(self) -> None:
        """Leaves everything as it was; what was written is given up after a question only."""
        if self.source == self._before or dialogs.ask_discard_code(self):
            super().reject()

    def _word(self, name: str) -> None:
        if self._is_allowed:
            self.setWindowTitle(self.tr("Code of {name}").format(name=name))
            self._intro = self.tr(
                "A class that derives from nn.Module; torch and nn are there. The last one is the layer."
            )
            self._no.setText(self.tr("Cancel"))
            self._yes.setText(self.tr("Apply"))
            self._yes.setShortcut(QKeySequence("Ctrl+Return"))
            self._yes.setToolTip(self._yes.shortcut().toString(QKeySequence.SequenceFormat.NativeText))
        else:
            self.setWindowTitle(self.tr("Allow the code of {name}?").format(name=name))
            self._intro = self.tr(
                "This project carries code that has not run here yet. It can do whatever you can do on this machine: "
                "read it, and allow it only if you trust it. You are asked once; changed code is asked about anew."
            )
            self._no.setText(self.tr("Do not run"))
            self._yes.setText(self.tr("Allow this code"))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(*(looks.PADDING,) * 4)
        column.setSpacing(looks.GRID * 3)
        column.addWidget(label(self._intro, "dim", wraps=True))
        column.addWidget(self._editor, 1)
        column.addWidget(self._outcome)
        # Two lines, so that the code does not jump as one types.
        self._outcome.setMinimumHeight(2 * self._outcome.fontMetrics().lineSpacing())
        self._outcome.setAlignment(Qt.AlignmentFlag.AlignTop)
        row = QHBoxLayout()
        row.setSpacing(looks.GRID * 2)
        self._add_naming(row)
        row.addStretch(1)
        row.addWidget(self._no)
        row.addWidget(self._yes)
        column.addLayout(row)

    def _add_naming(self, row: QHBoxLayout) -> None:
        """The line that names a class which is installed."""
        self._class.setObjectName("className")
        self._class.setPlaceholderText("torch.nn:Hardtanh")
        self._class.setAccessibleName(self.tr("An installed class, as package.module:Class"))
        self._class.setToolTip(
            self.tr("A class that is installed, as package.module:Class. Its file is read, not run.")
        )
        self._class.setFixedWidth(looks.with_font(looks.CLASS_WIDTH))
        self._class.returnPressed.connect(self._use_class)
        self._use.setObjectName("useClass")
        self._use.setAutoDefault(False)
        self._use.clicked.connect(self._use_class)
        for widget in (self._class, self._use):
            widget.setVisible(self._is_allowed)
            row.addWidget(widget)

    def _use_class(self) -> None:
        try:
            made = source_for(self._class.text().strip())
        except LayerloomError as error:
            self._say(
                " ".join(translated(part) for part in (error.message, error.expected, error.fix) if part), "fault"
            )
            return
        self._editor.replace(made)

    def _judge(self) -> None:
        """Says what is wrong, and in which line; or what the layer will be."""
        reading = reading_of(self.source)
        is_too_long = len(self.source) > LONGEST
        self._editor.mark([reading.line - 1] if reading.fault else [])
        self._yes.setEnabled(not self._is_allowed or not (reading.fault or is_too_long))
        if is_too_long:
            self._say(self.tr("The code is too long: at most {count:,} characters.").format(count=LONGEST), "fault")
        elif reading.fault:
            words = self.tr("Line {line}: {fault}.").format(line=reading.line, fault=translated(reading.fault))
            self._say(words, "fault")
        else:
            self._say(self._in_words(reading), "dim")

    def _in_words(self, reading: Reading) -> str:
        settings = ", ".join(field.name for field in reading.fields) or self.tr("none")
        inputs = self.tr("any number of inputs") if reading.inputs is None else self.tr("one input")
        if reading.inputs is not None and reading.inputs > 1:
            inputs = self.tr("{count} inputs").format(count=reading.inputs)
        words = self.tr("{name} takes {inputs}. Its settings: {settings}.")
        return words.format(name=reading.class_name, inputs=inputs, settings=settings)

    def _say(self, words: str, kind: str) -> None:
        self._outcome.setProperty("kind", kind)
        self._outcome.style().polish(self._outcome)
        self._outcome.setText(words)
