"""What will hurt in the data, found before training: each finding with its rows, its fix, and “Ignore”."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from engine.data import Data
from engine.datasets import Progress
from engine.doctor.finding import Finding, Findings, Severity
from engine.errors import LayerloomError
from engine.looking.frame import name_of
from engine.project import Project
from gui import theme as looks
from gui.editor import Editor
from gui.page import Page, clear, label
from gui.theme import Appearance, icon
from gui.words import sentences, translated, with_thousands

SIGNS: dict[Severity, tuple[str, str]] = {
    "serious": ("close-circle", "fault"),
    "doubt": ("alert", "doubt"),
    "information": ("information-outline", "dim"),
}
"""The sign of each severity, and its colour."""


Act = Callable[[Finding], None]


class DoctorPage(Page):
    """The findings of the newest examination, the most severe first."""

    examine_asked = Signal(object)
    """The `Data` that are to be examined."""
    cancel_asked = Signal()
    rows_asked = Signal(object, str)
    """Numbers of rows that are to be shown, and what they are."""
    count_changed = Signal(int)
    """How many findings are serious or doubts."""

    def __init__(self, editor: Editor, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("doctorPage")
        self.setAccessibleName(self.tr("Data check"))
        self._editor, self._appearance = editor, appearance
        self._findings: Findings | None = None
        self._examined: Data | None = None
        self._asked: Data | None = None
        self._is_unfolded = False
        self._again = False
        self._make_head()
        self._list = QVBoxLayout()
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(0)
        self._column.insertLayout(self._column.count() - 1, self._list)
        editor.project_changed.connect(self._show_project)
        appearance.changed.connect(self._redraw)
        self._redraw()

    def _make_head(self) -> None:
        self._words = label(wraps=True)
        self._words.setObjectName("doctorWords")
        self._button = QPushButton(self.tr("Examine the data"), self)
        self._button.setObjectName("examineButton")
        self._button.clicked.connect(self.examine)
        self._bar = QProgressBar(self)
        self._bar.setObjectName("doctorBar")
        self._bar.setAccessibleName(self.tr("Progress of the examination"))
        self._bar.setTextVisible(False)
        self._bar.setMaximumWidth(looks.INSPECTOR_WIDTH)
        self._cancel = QPushButton(self.tr("Cancel"), self)
        self._cancel.setObjectName("doctorCancel")
        self._cancel.clicked.connect(self.cancel)
        row = QHBoxLayout()
        row.setContentsMargins(looks.PADDING, looks.GRID * 2, looks.PADDING, looks.GRID * 2)
        row.setSpacing(looks.GRID * 2)
        row.addWidget(self._words, 1)
        for widget in (self._bar, self._cancel, self._button):
            row.addWidget(widget)
        head = QWidget(self)
        head.setLayout(row)
        self._column.insertWidget(0, head)
        self._show_running(False)

    # What others ask and tell

    def examine(self) -> None:
        """Asks for an examination of the data as they are now."""
        data = self._editor.project.data
        if data.dataset.lacks_to_look:
            self._words.setText(translated(data.dataset.lacks_to_look))
            return
        self._asked = data
        self._show_running(True)
        self.show_progress(Progress(self.tr("Reading the samples")))
        self.examine_asked.emit(data)

    def cancel(self) -> None:
        """Ends an examination; what was found before stays."""
        self._asked = None
        self._show_running(False)
        self.cancel_asked.emit()
        self._redraw()

    def show_progress(self, progress: Progress) -> None:
        """How far the examination is."""
        self._bar.setRange(0, progress.total)
        self._bar.setValue(progress.done)
        self._words.setText(translated(progress.message) + "…")

    def show_findings(self, findings: Findings) -> None:
        """What was found in the data that were asked about."""
        if self._asked is None:
            return
        self._findings, self._examined, self._asked = findings, self._asked, None
        self._show_running(False)
        self._redraw()

    def show_failure(self, error: LayerloomError) -> None:
        """Why the data cannot be examined."""
        self._asked = None
        self._show_running(False)
        self._words.setText(" ".join(translated(part) for part in (error.message, error.expected, error.fix) if part))

    # What is shown

    def _show_running(self, running: bool) -> None:
        self._bar.setVisible(running)
        shown, hidden = (self._cancel, self._button) if running else (self._button, self._cancel)
        shown.show()
        if hidden.hasFocus():
            shown.setFocus()
        hidden.hide()

    def _show_project(self, project: Project) -> None:
        if self._asked is not None and self._asked != project.data:
            self.cancel()
        if self._examined is not None and name_of(self._examined.dataset) != name_of(project.data.dataset):
            self._findings = self._examined = None
        self._redraw()
        if self._again and self._asked is None:
            self._again = False
            self.examine()

    def _redraw(self) -> None:
        clear(self._list)
        heard, silenced = self._findings.heard(self._editor.project.silenced) if self._findings else ((), ())
        if self._asked is None:
            self._words.setText(self._summary(heard))
        for finding in heard:
            self._add(self._row(finding))
        if silenced:
            self._add(self._fold(len(silenced)))
        for finding in silenced if self._is_unfolded else ():
            self._add(self._row(finding, is_ignored=True))
        self.count_changed.emit(sum(finding.severity != "information" for finding in heard))

    def _add(self, widget: QWidget) -> None:
        self._list.addWidget(widget)
        # The layout would show it only later.
        widget.show()

    def _summary(self, heard: tuple[Finding, ...]) -> str:
        if self._findings is None:
            return self.tr("Before training, look for copies, leaks, missing values, wrong labels and what else hurts.")
        if self._examined != self._editor.project.data:
            return self.tr("The data have changed since. Examine them again to see what holds now.")
        samples = with_thousands(self._findings.samples)
        notes = " ".join(map(translated, self._findings.notes))
        if not heard:
            looked = ", ".join(map(translated, self._findings.looked_for))
            words = self.tr("Nothing was found in {samples} samples. Looked for: {looked}. {notes}")
            return words.format(samples=samples, looked=looked, notes=notes).strip()
        return self.tr("{samples} samples were examined. {notes}").format(samples=samples, notes=notes).strip()

    def _row(self, finding: Finding, *, is_ignored: bool = False) -> QWidget:
        row = QFrame(self)
        row.setObjectName("finding")
        row.setProperty("kind", "row")
        line = QHBoxLayout(row)
        line.setContentsMargins(looks.PADDING, looks.GRID * 2, looks.PADDING, looks.GRID * 2)
        line.setSpacing(looks.GRID * 2)
        line.addWidget(self._sign(finding), 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(self._sentence(finding, is_ignored), 1)
        for button in self._again_button(finding) if is_ignored else self._buttons(finding):
            line.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _sign(self, finding: Finding) -> QLabel:
        sign, (name, token) = QLabel(), SIGNS[finding.severity]
        sign.setPixmap(icon(name, self._appearance.theme, token).pixmap(looks.ICON, looks.ICON))
        sign.setToolTip(severity_in_words(finding.severity))
        return sign

    def _sentence(self, finding: Finding, is_ignored: bool) -> QVBoxLayout:
        what, why = sentences(translated(finding.message))
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(label(what, "dim" if is_ignored else "", wraps=True))
        if why:
            column.addWidget(label(why, "dim", wraps=True))
        return column

    def _buttons(self, finding: Finding) -> list[QPushButton]:
        buttons: list[QPushButton] = []
        if finding.rows:
            words = self.tr("Show {count}").format(count=with_thousands(finding.count))
            buttons.append(self._button_for(finding, words, "showRows", "outline", self._show_rows))
        if finding.fix is not None and self._examined == self._editor.project.data:
            buttons.append(self._button_for(finding, translated(finding.fix.label), "fixButton", "outline", self._mend))
        buttons.append(self._button_for(finding, self.tr("Ignore"), "ignoreButton", "quiet", self._ignore))
        return buttons

    def _again_button(self, finding: Finding) -> list[QPushButton]:
        return [self._button_for(finding, self.tr("Consider again"), "considerButton", "quiet", self._consider)]

    def _button_for(self, finding: Finding, words: str, name: str, kind: str, act: Act) -> QPushButton:
        button = QPushButton(words, self)
        button.setObjectName(name)
        button.setProperty("kind", kind)
        button.setAccessibleName(words)
        button.setAccessibleDescription(translated(finding.message))
        button.clicked.connect(lambda: act(finding))
        return button

    def _fold(self, count: int) -> QPushButton:
        words = self.tr("{count} ignored – Hide") if self._is_unfolded else self.tr("{count} ignored – Show")
        fold = QPushButton(words.format(count=count), self)
        fold.setObjectName("ignoredFindings")
        fold.setProperty("kind", "quiet")
        fold.setProperty("aligned", "left")
        fold.clicked.connect(self._toggle)
        return fold

    def _toggle(self) -> None:
        self._is_unfolded = not self._is_unfolded
        self._redraw()

    # Edits

    def _show_rows(self, finding: Finding) -> None:
        self.rows_asked.emit(finding.rows, sentences(translated(finding.message))[0])

    def _mend(self, finding: Finding) -> None:
        fix = finding.fix
        if fix is not None:
            # The row goes: left alone, the focus wanders to the end of the list, which scrolls along.
            self._button.setFocus()
            # What is found after it may be other than before.
            self._again = True
            self._editor.attempt_whole(translated(fix.label), fix.apply)
            self._again = False

    def _ignore(self, finding: Finding) -> None:
        self._editor.apply(self.tr("Ignore a finding"), self._editor.project.with_silence(finding.silence))

    def _consider(self, finding: Finding) -> None:
        project = self._editor.project.without_silence(finding.silence)
        self._editor.apply(self.tr("Consider a finding again"), project)


def severity_in_words(severity: Severity) -> str:
    """What a sign means."""
    words = {
        "serious": QCoreApplication.translate("Doctor", "It will spoil the training or what is measured of it"),
        "doubt": QCoreApplication.translate("Doctor", "It may hurt: look at it"),
        "information": QCoreApplication.translate("Doctor", "Good to know"),
    }
    return words[severity]
