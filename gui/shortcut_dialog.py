"""The dialog of shortcuts: all of them in one list that can be searched, each changed by pressing the new keys."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui import theme as looks
from gui.page import label
from gui.shortcuts import Shortcut, Shortcuts

NAME = Qt.ItemDataRole.UserRole
"""The name of the shortcut that a row shows; None: it can be read only."""


class ShortcutDialog(QDialog):
    """Every shortcut and gesture by group. Keys that another one has are told, and can be taken over."""

    def __init__(
        self, shortcuts: Shortcuts, gestures: Iterable[tuple[str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("shortcutsDialog")
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self.resize(looks.SHORTCUTS)
        self._shortcuts = shortcuts
        self._items: dict[str, QTreeWidgetItem] = {}
        self._groups: dict[str, tuple[QTreeWidgetItem, list[QTreeWidgetItem]]] = {}
        self._search = QLineEdit(self)
        self._search.setObjectName("shortcutSearch")
        self._search.setAccessibleName(self.tr("Search shortcuts"))
        self._search.setPlaceholderText(self.tr("Search by what is done, or by its keys"))
        self._search.textChanged.connect(self._filter)
        self._tree = self._made_tree()
        self._nothing = label(self.tr("Nothing has this name, and nothing has these keys."), "dim", wraps=True)
        self._nothing.hide()
        self._editor = KeyEditor(shortcuts, self)
        self._fill(gestures)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(looks.PADDING,) * 4)
        column.setSpacing(looks.GRID * 3)
        for widget in (self._search, self._nothing):
            column.addWidget(widget)
        column.addWidget(self._tree, 1)
        column.addWidget(self._editor)
        shortcuts.changed.connect(self._refresh)
        self._tree.setCurrentItem(next(iter(self._items.values())))
        self._search.setFocus()

    def _made_tree(self) -> QTreeWidget:
        tree = QTreeWidget(self)
        tree.setObjectName("shortcutList")
        tree.setAccessibleName(self.tr("Shortcuts"))
        tree.setHeaderHidden(True)
        tree.setColumnCount(2)
        tree.setRootIsDecorated(False)
        tree.setIndentation(0)
        tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        tree.currentItemChanged.connect(lambda item, _before: self._show(item))
        tree.itemActivated.connect(lambda _item, _column: self._editor.begin())
        return tree

    def _fill(self, gestures: Iterable[tuple[str, str]]) -> None:
        for row in self._shortcuts.rows:
            item = self._add(row.group, row.words)
            item.setData(0, NAME, row.name)
            self._items[row.name] = item
        for words, how in gestures:
            self._add(self.tr("Mouse and touchpad on the canvas"), words).setText(1, how)
        self._tree.expandAll()
        self._refresh()
        items = [item for _, group in self._groups.values() for item in group]
        widest = max(self.fontMetrics().horizontalAdvance(item.text(1)) for item in items)
        self._tree.header().resizeSection(1, widest + looks.PADDING * 2)

    def _add(self, group: str, words: str) -> QTreeWidgetItem:
        if group not in self._groups:
            head = QTreeWidgetItem(self._tree, [group])
            head.setFont(0, looks.section_font())
            head.setFlags(Qt.ItemFlag.ItemIsEnabled)
            head.setFirstColumnSpanned(True)
            self._groups[group] = head, []
        head, items = self._groups[group]
        items.append(QTreeWidgetItem(head, [words]))
        return items[-1]

    def _refresh(self) -> None:
        for name, item in self._items.items():
            item.setText(1, in_words(self._shortcuts.keys(name)))
            font = looks.title_font() if self._shortcuts.is_chosen(name) else looks.interface_font()
            item.setFont(1, font)
            item.setToolTip(1, self.tr("Changed by you") if self._shortcuts.is_chosen(name) else "")
        self._show(self._tree.currentItem())

    def _show(self, item: QTreeWidgetItem | None) -> None:
        name = item.data(0, NAME) if item is not None else None
        row = next((row for row in self._shortcuts.rows if row.name == name), None)
        self._editor.show_shortcut(row)

    def _filter(self, words: str) -> None:
        wanted = words.casefold().split()
        found: list[QTreeWidgetItem] = []
        for head, items in self._groups.values():
            fitting = [item for item in items if all(part in _searched(item) for part in wanted)]
            for item in items:
                item.setHidden(item not in fitting)
            head.setHidden(not fitting)
            found += fitting
        self._nothing.setVisible(not found)
        self._editor.setEnabled(bool(found))
        if found:
            self._tree.setCurrentItem(found[0])
        self._show(found[0] if found else None)


class KeyEditor(QWidget):
    """The shortcut that is chosen in the list, with the field into which the new keys are pressed."""

    def __init__(self, shortcuts: Shortcuts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("keyEditor")
        self._shortcuts = shortcuts
        self._row: Shortcut | None = None
        self._words = label(wraps=True)
        self._words.setFont(looks.title_font())
        self._field = QKeySequenceEdit(self)
        self._field.setObjectName("keyField")
        self._field.setAccessibleName(self.tr("New keys"))
        self._field.setMaximumSequenceLength(1)
        self._field.setFixedWidth(looks.KEYS_WIDTH)
        self._field.keySequenceChanged.connect(self._try)
        self._field.installEventFilter(self)
        self._note = label(kind="dim", wraps=True)
        self._note.setObjectName("keyNote")
        self._take = self._button("takeKeys", self.tr("Take them over"), self._take_over)
        self._clear = self._button("clearKeys", self.tr("No keys"), lambda: self._change([]))
        self._reset = self._button("resetKeys", self.tr("Reset"), self._reset_one)
        self._reset_all = self._button("resetAllKeys", self.tr("Reset all"), shortcuts.reset_all)
        first, second = QHBoxLayout(), QHBoxLayout()
        first.addWidget(self._words, 1)
        first.addWidget(self._field)
        second.addStretch(1)
        for button in (self._take, self._clear, self._reset, self._reset_all):
            second.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(looks.GRID * 2)
        column.addLayout(first)
        column.addWidget(self._note)
        column.addLayout(second)

    def show_shortcut(self, row: Shortcut | None) -> None:
        """Shows a row; None or one with fixed keys cannot be changed."""
        self._row = row
        is_open = row is not None and not row.fixed
        for widget in (self._field, self._clear):
            widget.setEnabled(is_open)
        self._reset.setEnabled(row is not None and self._shortcuts.is_chosen(row.name))
        self._reset_all.setEnabled(any(self._shortcuts.is_chosen(other.name) for other in self._shortcuts.rows))
        self._words.setText(row.words if row is not None else "")
        self._restore()

    def begin(self) -> None:
        """Waits for the new keys."""
        if self._field.isEnabled():
            self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape leaves the field as it was: it is kept for that everywhere."""
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if watched is self._field and is_escape and event.type() == QEvent.Type.KeyPress:
            self._restore()
            self._field.clearFocus()
            return True
        return super().eventFilter(watched, event)

    def _restore(self) -> None:
        keys = self._shortcuts.keys(self._row.name) if self._row is not None else ()
        self._field.blockSignals(True)
        self._field.setKeySequence(keys[0] if keys else QKeySequence())
        self._field.blockSignals(False)
        fixed, free = self.tr("This stays as it is."), self.tr("Click the field, press the new keys.")
        self._note.setText("" if self._row is None else fixed if self._row.fixed else free)
        self._take.hide()

    def _try(self, keys: QKeySequence) -> None:
        """Changes the shortcut, unless another one has the keys: then a person says what is to be."""
        if self._row is None or keys.isEmpty():
            return
        holder = self._shortcuts.holder(keys, self._row.name)
        if holder is None:
            self._change([keys])
            self._note.setText(self.tr("Changed."))
            return
        pressed = in_words([keys])
        if holder.fixed:
            self._note.setText(self.tr("{keys} is kept for “{other}”.").format(keys=pressed, other=holder.words))
        else:
            self._note.setText(self.tr("{keys} is “{other}”.").format(keys=pressed, other=holder.words))
        self._take.setVisible(not holder.fixed)

    def _take_over(self) -> None:
        self._change([self._field.keySequence()])

    def _reset_one(self) -> None:
        if self._row is not None:
            self._shortcuts.reset(self._row.name)

    def _change(self, keys: Sequence[QKeySequence]) -> None:
        if self._row is not None:
            self._shortcuts.change(self._row.name, keys)

    def _button(self, name: str, words: str, run: object) -> QPushButton:
        button = QPushButton(words, self)
        button.setObjectName(name)
        button.setAutoDefault(False)
        button.clicked.connect(run)
        return button


def in_words(keys: Sequence[QKeySequence]) -> str:
    """Keys as the system writes them: ``Ctrl+Shift+Z  ·  Ctrl+Y``."""
    return "  ·  ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in keys)


def _searched(item: QTreeWidgetItem) -> str:
    return f"{item.text(0)} {item.text(1)}".casefold()
