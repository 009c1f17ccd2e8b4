"""The steps by which samples are prepared for the network, and what each has found."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.data import Data
from engine.errors import DataError
from engine.preview import Preview
from engine.steps import Step, misfit
from gui import theme as looks
from gui.editor import Editor
from gui.page import label
from gui.spec_list import SpecList
from gui.theme import Appearance


class Preparation(QWidget):
    """The list of steps, with a word where there are none."""

    def __init__(self, editor: Editor, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("preparation")
        self._data: Data | None = None
        self._none = label(
            self.tr("Steps are fitted on the training part alone and go wherever the trained network goes."),
            "dim",
            wraps=True,
        )
        self._steps = SpecList(editor, "data.steps", Step, appearance, add=self.tr("Add a step"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(looks.GRID * 2)
        column.addWidget(self._none)
        column.addWidget(self._steps)

    def show_data(self, data: Data) -> None:
        """Shows the steps of these data, and the first that does not fit."""
        before = data.dataset.layout
        if self._data is None or self._data.steps != data.steps or self._data.dataset != data.dataset:
            self._steps.show_words(())
        self._data = data
        names = tuple(feature.name for feature in before.features)
        self._steps.show_specs(data.steps, names, self._refusal)
        found = misfit(before, data.steps)
        self._steps.show_fault(found.number if found else -1, _in_words(found.fault) if found else "")

    def show_preview(self, preview: Preview) -> None:
        """What each step has found."""
        self._steps.show_words(preview.steps)

    def _refusal(self, step: Step) -> str:
        """Why a step cannot come after those there are; empty: it can."""
        if self._data is None:
            return ""
        try:
            step.layout(self._data.layout)
        except DataError as fault:
            return fault.message
        return ""


def _in_words(fault: DataError) -> str:
    return " ".join(part for part in (fault.message, fault.expected) if part)
