"""The design as PyTorch source, live: what one would write by hand, always in view."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from engine.blocks import block_at, place_of
from engine.errors import ExportError
from engine.export import Printed, printed
from engine.report import Report
from gui import theme as looks
from gui.code_text import CodeText
from gui.editor import Editor, Selection
from gui.page import label
from gui.theme import Appearance, Theme, icon
from gui.words import translated

_ACKNOWLEDGED_MILLISECONDS = 1600
_SOON_MILLISECONDS = 60


class CodeView(QWidget):
    """The source of the network as it is drawn: the lines of the selected layers are marked, and pointing at lines
    selects their layers."""

    layers_chosen = Signal(tuple)
    """The ids of the layers whose lines a person points at."""

    def __init__(self, editor: Editor, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("codeView")
        self._editor = editor
        self._appearance = appearance
        self._printed = Printed("", (), ())
        self._words = label(kind="dim", wraps=True)
        self._copy = QPushButton(self.tr("Copied"), self)
        self._copy.setObjectName("copyCode")
        self._copy.setEnabled(False)
        # Both words fit, so that nothing moves when one takes the place of the other.
        self._copy.setMinimumWidth(self._copy.sizeHint().width() + looks.ICON)
        self._copy.clicked.connect(self._copy_source)
        self._text = CodeText(appearance, self)
        self._text.setObjectName("code")
        self._text.setAccessibleName(self.tr("PyTorch source"))
        self._text.lines_chosen.connect(self._choose)
        # The canvas shows an edit before the source follows, and of edits in quick succession only the last is printed.
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MILLISECONDS)
        self._soon.timeout.connect(self._print)
        self._acknowledged = QTimer(self, singleShot=True, interval=_ACKNOWLEDGED_MILLISECONDS)
        self._acknowledged.timeout.connect(self._offer_copy)
        self._lay_out()
        editor.document_replaced.connect(self._forget)
        editor.report_changed.connect(self._show_report)
        editor.selection_changed.connect(self._mark)
        appearance.changed.connect(self._show_theme)
        self._offer_copy()
        self._show_report(editor.report)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._print()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._words, 1)
        head.addWidget(self._copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(looks.PADDING, looks.GRID * 2, looks.PADDING, looks.GRID * 2)
        column.setSpacing(looks.GRID * 2)
        column.addLayout(head)
        column.addWidget(self._text, 1)

    def _show_report(self, _report: Report) -> None:
        self._soon.start()

    def _forget(self) -> None:
        """Another document has another source, and one without layers none."""
        self._printed = Printed("", (), ())
        self._text.show_source("")
        self._words.clear()
        self._copy.setEnabled(False)

    def _print(self) -> None:
        """Prints the source anew; out of view, or before the engine has spoken of the last edit, it stays."""
        if not self.isVisible() or not self._editor.is_report_current:
            return
        if not self._editor.project.network.nodes:
            self._forget()
            self._words.setText(self.tr("No code yet: the network is empty."))
            return
        try:
            self._printed = printed(self._editor.project, self._editor.report)
        except ExportError as error:
            # The last whole source stays, so that the eye keeps its place while one edits.
            words = " ".join(translated(part) for part in (error.message, error.fix) if part)
        else:
            words = self.tr("What this network is in PyTorch. Export gives it with its weights and a training script.")
            self._text.show_source(self._printed.text)
            self._mark(self._editor.selection)
        self._words.setText(words)
        self._copy.setEnabled(bool(self._printed.text))

    def _mark(self, selection: Selection) -> None:
        """Marks the lines that speak of the selected layers, which stand in the drawing in view."""
        wanted, block = frozenset(selection), self._block_in_view()
        lines = enumerate(zip(self._printed.nodes, self._printed.blocks, strict=True))
        self._text.mark([line for line, (nodes, of) in lines if of == block and not wanted.isdisjoint(nodes)])

    def _choose(self, first: int, last: int) -> None:
        """Selects the layers of these lines, in the block of the first of them; where there are none, the selection
        stays.
        """
        lines = [line for line in range(first, last + 1) if self._printed.nodes[line : line + 1] not in ((), ((),))]
        if not lines:
            return
        block = self._printed.blocks[lines[0]]
        if block != self._block_in_view():
            self._editor.enter(place_of(self._editor.project.network, block))
        chosen = dict.fromkeys(
            node for line in lines if self._printed.blocks[line] == block for node in self._printed.nodes[line]
        )
        known = tuple(node for node in chosen if node in self._editor.network)
        if known:
            self._editor.select(known)
            self.layers_chosen.emit(known)

    def _block_in_view(self) -> str:
        block = block_at(self._editor.project.network, self._editor.place)
        return type(block).__name__ if block else ""

    def _copy_source(self) -> None:
        QGuiApplication.clipboard().setText(self._printed.text)
        self._copy.setText(self.tr("Copied"))
        self._acknowledged.start()
        self._show_theme(self._appearance.theme)

    def _offer_copy(self) -> None:
        self._copy.setText(self.tr("Copy"))
        self._show_theme(self._appearance.theme)

    def _show_theme(self, theme: Theme) -> None:
        is_copied = self._acknowledged.isActive()
        self._copy.setIcon(icon("check" if is_copied else "content-copy", theme, "good" if is_copied else "text"))
