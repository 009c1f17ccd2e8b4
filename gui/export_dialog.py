"""Export: the trained model written in a format of one's choice, reloaded and compared before it is handed over."""

import errno
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine.datasets import Progress
from engine.errors import ExportError, LayerloomError
from engine.export import Exported, Exporter, export
from engine.runs import Run
from gui import dialogs
from gui import theme as looks
from gui.engine_process import EngineProcess, Job
from gui.page import label
from gui.words import translated, with_thousands


class ExportDialog(QDialog):
    """Chooses format, checkpoint and file; shows progress and the largest difference to the trained model."""

    exported = Signal(object)
    """An `Exported`."""

    def __init__(self, run: Run, folder: Path, engine: EngineProcess, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("exportDialog")
        self.setWindowTitle(self.tr("Export the model trained in {run}").format(run=run.name))
        self.setMinimumWidth(looks.DIALOG_WIDTH)
        self._run = run
        self._engine = engine
        self._job: Job | None = None
        self._overwrite: Path | None = None
        self._format = QComboBox(self)
        self._format.setObjectName("exportFormat")
        self._format.setAccessibleName(self.tr("Format"))
        for name, kind in Exporter.kinds.items():
            self._format.addItem(translated(kind.title), name)
        self._checkpoint = QComboBox(self)
        self._checkpoint.setObjectName("exportCheckpoint")
        self._checkpoint.setAccessibleName(self.tr("Weights"))
        self._checkpoint.addItem(self.tr("Best on the validation samples"), "best")
        self._checkpoint.addItem(self.tr("Last"), "last")
        self._file = QLineEdit(str(folder / run.name), self)
        self._file.setObjectName("exportFile")
        self._file.setAccessibleName(self.tr("File"))
        self._file.textChanged.connect(self._file.setToolTip)
        self._help = label(kind="dim", wraps=True)
        self._outcome = label(wraps=True)
        self._outcome.setObjectName("exportOutcome")
        for words in (self._help, self._outcome):
            # Room for three lines, so that nothing moves when other words come.
            words.setMinimumHeight(3 * words.fontMetrics().lineSpacing())
            words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._outcome.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._bar = QProgressBar(self)
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._start = QPushButton(self.tr("Export"), self)
        self._start.setObjectName("exportStart")
        self._start.setProperty("kind", "primary")
        self._start.setDefault(True)
        self._close = QPushButton(self.tr("Close"), self)
        self._close.setObjectName("exportClose")
        self._folder: Path | None = None
        """Where the export lies that the dialog speaks of."""
        self._show = QPushButton(self.tr("Show in its folder"), self)
        self._show.setObjectName("exportShow")
        self._show.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder))))
        self._lay_out()
        self._format.currentIndexChanged.connect(self._format_changed)
        self._start.clicked.connect(self._export)
        self._close.clicked.connect(self.reject)
        self._show_busy(False)
        self._format_changed()

    def reject(self) -> None:
        """Cancels an export under way, or closes."""
        if self._job is not None:
            self._job.cancel()
            self._end()
            self._say(self.tr("Cancelled. Nothing was written."))
            return
        super().reject()

    def _lay_out(self) -> None:
        browse = QPushButton(self.tr("Browse…"), self)
        browse.setObjectName("exportBrowse")
        browse.clicked.connect(self._browse)
        file_row = QHBoxLayout()
        file_row.addWidget(self._file, 1)
        file_row.addWidget(browse)
        file_row.setSpacing(looks.GRID * 2)
        form = QGridLayout()
        form.setVerticalSpacing(looks.GRID * 2)
        form.setHorizontalSpacing(looks.PADDING)
        form.setColumnStretch(1, 1)
        form.addWidget(label(self.tr("Format"), "dim"), 0, 0)
        form.addWidget(self._format, 0, 1)
        form.addWidget(self._help, 1, 1)
        form.addWidget(label(self.tr("Weights"), "dim"), 2, 0)
        form.addWidget(self._checkpoint, 2, 1)
        form.addWidget(label(self.tr("File"), "dim"), 3, 0)
        form.addLayout(file_row, 3, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(looks.GRID * 2)
        buttons.addWidget(self._show)
        buttons.addStretch(1)
        buttons.addWidget(self._close)
        buttons.addWidget(self._start)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(looks.PADDING * 2,) * 4)
        column.setSpacing(looks.PADDING)
        column.addLayout(form)
        column.addWidget(self._bar)
        column.addWidget(self._outcome)
        column.addStretch(1)
        column.addLayout(buttons)

    @property
    def _kind(self) -> type[Exporter]:
        return Exporter.kinds[self._format.currentData()]

    def _format_changed(self) -> None:
        self._help.setText(translated(self._kind.help()))
        self._say("")
        path = Path(self._file.text())
        known = {kind.suffix for kind in Exporter.kinds.values()}
        stem = path.with_suffix("") if path.suffix in known else path
        self._file.setText(f"{stem.parent / self._kind.suggested(stem.name)}{self._kind.suffix}")

    def _browse(self) -> None:
        words = f"{translated(self._kind.title)} (*{self._kind.suffix})"
        path = dialogs.ask_file(self, self.tr("Export to"), Path(self._file.text()), words)
        if path is not None:
            self._file.setText(str(path if path.suffix else path.with_suffix(self._kind.suffix)))
            # The file dialog has asked about an existing file already.
            self._overwrite = Path(self._file.text())

    def _export(self) -> None:
        path = Path(self._file.text().strip()).expanduser()
        if not _can_be_a_file(path):
            self._say(self.tr("This cannot be the name of a file. Choose where to export to."))
            return
        overwrite = path == self._overwrite
        if path.is_file() and not overwrite and not dialogs.ask_overwrite(self, path.name):
            return
        self._show_busy(True)
        self._say(self.tr("Writing, reloading and comparing…"))
        self._job = self._engine.submit(
            export, self._run, self._format.currentData(), path, self._checkpoint.currentData(), path.exists()
        )
        self._job.progress.connect(self._show_progress)
        self._job.done.connect(self._show_exported)
        self._job.failed.connect(self._show_failure)

    def _show_progress(self, item: object) -> None:
        if isinstance(item, Progress):
            self._say(translated(item.message))

    def _show_exported(self, outcome: object) -> None:
        self._end()
        if not isinstance(outcome, Exported):
            self._show_failure(ExportError("The export ended without a file.", fix="Try again."))
            return
        self._say(self._outcome_in_words(outcome), folder=outcome.file.parent)
        self.exported.emit(outcome)

    def _show_failure(self, error: LayerloomError) -> None:
        self._end()
        self._say(" ".join(translated(part) for part in (error.message, error.expected, error.fix) if part), "fault")

    def _outcome_in_words(self, outcome: Exported) -> str:
        words = self.tr("Written: {files}. Read back and compared on {samples} real samples: {difference}.")
        difference = (
            self.tr("it answers exactly the same")
            if outcome.max_difference == 0
            else self.tr("answers differ by at most {difference}").format(difference=f"{outcome.max_difference:.1g}")
        )
        files = ", ".join(file.name for file in outcome.files)
        said = words.format(files=files, samples=with_thousands(outcome.samples), difference=difference)
        return " ".join(part for part in (said, translated(outcome.scaling)) if part)

    def _say(self, words: str, kind: str = "", folder: Path | None = None) -> None:
        self._folder = folder
        self._show.setVisible(folder is not None)
        self._outcome.setProperty("kind", kind)
        self._outcome.style().polish(self._outcome)
        self._outcome.setText(words)

    def _end(self) -> None:
        self._job = None
        self._show_busy(False)

    def _show_busy(self, busy: bool) -> None:
        self._bar.setVisible(busy)
        self._start.setEnabled(not busy)
        self._close.setText(self.tr("Cancel") if busy else self.tr("Close"))


def _can_be_a_file(path: Path) -> bool:
    """Whether the system would take such a name at all."""
    try:
        path.lstat()
    except FileNotFoundError:
        return True
    except (OSError, ValueError) as fault:
        return not isinstance(fault, ValueError) and fault.errno not in (errno.ENAMETOOLONG, errno.EINVAL)
    return path.name != ""
