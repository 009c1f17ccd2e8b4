"""Choosing one kind of a family: a dataset, a loss, an optimizer, a schedule."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QPaintEvent, QStandardItemModel, QWheelEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QStyle, QStyleOptionComboBox, QStylePainter, QWidget

from engine.spec import Spec
from gui import theme as looks
from gui.words import translated


class ChoiceBox(QComboBox):
    """A list of choices that a passing wheel leaves alone. A long text is cut with dots."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(looks.ROW_HEIGHT)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        style, control = self.style(), QStyle.ComplexControl.CC_ComboBox
        room = style.subControlRect(control, option, QStyle.SubControl.SC_ComboBoxEditField, self).width()
        words = self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, room)
        option.currentText = words  # pyright: ignore[reportAttributeAccessIssue]
        painter = QStylePainter(self)
        painter.drawComplexControl(control, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


class KindBox(ChoiceBox):
    """The kinds of a family by their titles, below headings where they have groups."""

    kind_chosen = Signal(object)
    """The class that was chosen, when it is another than before."""

    def __init__(
        self,
        kinds: Mapping[str, type[Spec]],
        *,
        title: Callable[[Any], str] = lambda kind: translated(kind.title),
        group: Callable[[Any], str] = lambda _kind: "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._kinds = kinds
        self._title = title
        self._shown = ""
        for heading in dict.fromkeys(map(group, kinds.values())):
            if heading:
                self._add_heading(translated(heading))
            for name, kind in kinds.items():
                if group(kind) == heading:
                    self.addItem("", name)
                    self.setItemData(self.count() - 1, translated(kind.help()), Qt.ItemDataRole.ToolTipRole)
        self.retitle()
        self.activated.connect(lambda _index: self._choose())

    def retitle(self) -> None:
        """Writes the titles anew, after what they say may have changed."""
        for index in range(self.count()):
            name = self.itemData(index)
            if name:
                self.setItemText(index, self._title(self._kinds[name]))

    def show_kind(self, kind: type[Spec]) -> None:
        """Shows which kind is chosen."""
        self._shown = kind.__name__
        with QSignalBlocker(self):
            self.setCurrentIndex(self.findData(kind.__name__))
        self.setToolTip(self.currentText())

    def _add_heading(self, words: str) -> None:
        self.addItem(words)
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        head = model.item(self.count() - 1)
        head.setFlags(Qt.ItemFlag.NoItemFlags)
        head.setFont(looks.section_font())

    def _choose(self) -> None:
        name = self.currentData()
        if name != self._shown:
            self.kind_chosen.emit(self._kinds[name])
