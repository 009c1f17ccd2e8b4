"""Augmentation: what training samples are changed by at random, and a live look at what that makes of a real one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from engine.augmentation import Augmentation
from engine.data import Data
from engine.errors import DataError, LayerloomError
from engine.spec import Shape
from gui import theme as looks
from gui.data.variants_grid import VariantsGrid
from gui.editor import Editor
from gui.page import label
from gui.spec_list import SpecList
from gui.theme import Appearance
from gui.words import translated

if TYPE_CHECKING:
    # Made with torch, which the window never loads.
    from engine.variants import Variants

QUIET_MILLISECONDS = 300
"""After the last change, before variants are made anew."""


class Augmenting(QWidget):
    """The list of augmentations above ten variants of a sample."""

    variants_asked = Signal(object, int)
    """The `Data`, and which sample of the training part is to be varied."""

    def __init__(self, editor: Editor, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("augmenting")
        self._data: Data | None = None
        self._asked: Data | None = None
        self._is_waiting = False
        """Whether variants have been asked for and have not come yet; only then are others asked for."""
        self._row = 0
        self._timer = QTimer(self, singleShot=True, interval=QUIET_MILLISECONDS)
        self._timer.timeout.connect(self._ask)
        self._help = label(
            self.tr("Changes the training samples at random at every step; what is judged stays as it is."),
            "dim",
            wraps=True,
        )
        self._list = SpecList(editor, "data.augmentation", Augmentation, appearance, add=self.tr("Add an augmentation"))
        self._status = label(wraps=True)
        self._status.setObjectName("variantsStatus")
        self._grid = VariantsGrid(appearance)
        self._another = QPushButton(self.tr("Another sample"), self)
        self._another.setObjectName("anotherSample")
        self._another.clicked.connect(self._choose_another)
        row = QHBoxLayout()
        row.addWidget(self._another)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(looks.GRID * 2)
        for part in (self._help, self._list, self._status, self._grid):
            column.addWidget(part)
        column.addLayout(row)
        self._clear()

    def show_data(self, data: Data) -> None:
        """Shows the augmentations of these data; the variants follow."""
        self._list.show_specs(data.augmentation, (), self._refusal)
        self._data = data
        faults = ((number, self._refusal(one)) for number, one in enumerate(data.augmentation))
        number, fault = next(((number, fault) for number, fault in faults if fault), (-1, ""))
        self._list.show_fault(number, fault)
        if not data.augmentation or fault or data.dataset.lacks or not data.dataset.is_here():
            self._timer.stop()
            self._clear()
        elif data != self._asked:
            self._timer.start()

    def show_some(self, asked: Data, variants: Variants) -> None:
        """Those of the variants that are made, unless the data have changed since they were asked for."""
        if asked == self._data and asked.augmentation:
            self._show(variants)

    def show_variants(self, asked: Data, variants: Variants) -> None:
        """All variants of a sample, unless the data have changed since they were asked for."""
        if self._arrived(asked):
            self._show(variants)

    def show_failure(self, asked: Data, error: LayerloomError) -> None:
        """Why there are none."""
        if self._arrived(asked):
            self._clear()
            self._say(" ".join(translated(part) for part in (error.message, error.fix) if part), "fault")

    def _show(self, variants: Variants) -> None:
        self._status.hide()
        self._grid.show_variants(variants.original, variants.samples, variants.labels, variants.count)
        self._grid.show()
        self._another.show()

    def _arrived(self, asked: Data) -> bool:
        """Whether an answer is still of use; where it is not, others are asked for."""
        self._is_waiting = False
        if self._data is None or not self._data.augmentation:
            return False
        if asked != self._data:
            self._timer.start()
        return asked == self._data

    def _refusal(self, augmentation: Augmentation) -> str:
        if self._data is None:
            return ""
        return augmentation.refuses(self._data.dataset, _shape(self._data))

    def _ask(self) -> None:
        """Asks for variants. While out of view, or while others are made, it waits until it is shown or they come."""
        if self._data is None or self._is_waiting or not self.isVisible():
            return
        self._asked, self._is_waiting = self._data, True
        if self._grid.isHidden():
            self._say(self.tr("Making variants…"), "dim")
        self.variants_asked.emit(self._data, self._row)

    def _choose_another(self) -> None:
        self._row += 1
        self._ask()

    def _clear(self) -> None:
        self._asked = None
        for part in (self._status, self._grid, self._another):
            part.hide()

    def _say(self, words: str, kind: str) -> None:
        self._status.setText(words)
        self._status.setProperty("kind", kind)
        self._status.style().polish(self._status)
        self._status.show()


def _shape(data: Data) -> Shape:
    """What a sample is after the steps, where they fit."""
    try:
        return data.shape
    except DataError:
        return data.dataset.shape
