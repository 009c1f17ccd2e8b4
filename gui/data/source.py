"""Where a person's own data come from: the file that is open, the one that is missing, and how another is opened."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from engine.datasets import Dataset
from engine.datasets.files import FromFile
from gui import theme as looks
from gui.page import OneLine, clear, label
from gui.words import translated


class Source(QWidget):
    """The file of a dataset, or what is missing, above the buttons that open other data."""

    open_asked = Signal()
    open_folder_asked = Signal()
    find_asked = Signal()
    """The file that is missing is to be chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dataSource")
        self.is_asking = False
        """Whether a file must be chosen before anything else."""
        self._missing = Missing(self)
        self._missing.find_asked.connect(self.find_asked)
        self._file = QHBoxLayout()
        self._file.setSpacing(looks.GRID * 2)
        buttons = QHBoxLayout()
        buttons.setSpacing(looks.GRID * 2)
        for button in (
            self._button("dataOpen", self.tr("Open data…"), self.open_asked),
            self._button("dataOpenFolder", self.tr("Open a folder…"), self.open_folder_asked),
        ):
            buttons.addWidget(button, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(looks.GRID * 2)
        column.addWidget(self._missing)
        column.addLayout(self._file)
        column.addLayout(buttons)

    def show_dataset(self, dataset: Dataset) -> None:
        """Shows where this one is read from."""
        clear(self._file)
        self.is_asking = isinstance(dataset, FromFile) and not dataset.download_size and dataset.found() is None
        self._missing.setVisible(self.is_asking)
        if not isinstance(dataset, FromFile):
            return
        if self.is_asking:
            self._missing.show_missing(dataset)
        elif dataset.path:
            self._show_file(dataset.found() or Path(dataset.path))

    def _show_file(self, path: Path) -> None:
        head = label(self.tr("Folder") if path.is_dir() else self.tr("File"), "dim")
        head.setFixedWidth(looks.with_font(looks.LABEL_WIDTH))
        name = OneLine(path.name)
        name.setObjectName("dataFile")
        name.setToolTip(str(path))
        self._file.addWidget(head)
        self._file.addWidget(name, 1)

    def _button(self, name: str, words: str, asked: object) -> QPushButton:
        button = QPushButton(words, self)
        button.setObjectName(name)
        button.setToolTip(self.tr("Or drop it on the window"))
        button.clicked.connect(asked)
        return button


class Missing(QFrame):
    """What is missing, as a sentence, and the button that asks for it."""

    find_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("dataMissing")
        self.setProperty("kind", "note")
        self._words = label(wraps=True)
        self._words.setObjectName("dataMissingWords")
        self._button = QPushButton(self.tr("Choose…"), self)
        self._button.setObjectName("dataFind")
        self._button.setProperty("kind", "outline")
        self._button.clicked.connect(self.find_asked)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(looks.GRID * 3,) * 4)
        column.setSpacing(looks.GRID * 2)
        column.addWidget(self._words)
        column.addWidget(self._button)

    def show_missing(self, dataset: FromFile) -> None:
        """Says what this one misses."""
        name = Path(dataset.path).name
        if name:
            words = self.tr("{name} is not on this machine, or not where it was: {path}")
            self._words.setText(words.format(name=name, path=dataset.path))
            self._button.setText(self.tr("Choose where {name} is…").format(name=_short(name)))
        else:
            self._words.setText(translated(dataset.lacks))
            self._button.setText(self.tr("Choose…"))
        self._button.setAccessibleName(self._button.text())


def _short(name: str) -> str:
    """A name that leaves room on a button."""
    return name if len(name) <= looks.LONGEST_NAME else f"{name[: looks.LONGEST_NAME // 2]}…{name[-8:]}"
