"""What a block is, in the inspector: its name, what it is for, what each use may set, and what can be done with it."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from engine.block_edits import described_block, hidden_setting, renamed_block, renamed_setting, uses
from engine.blocks import LONGEST_HELP, Blueprint, Exposed, Target
from engine.project import Project
from gui import theme as looks
from gui.editor import Editor
from gui.page import clear, label
from gui.theme import Appearance, Theme, icon

DEEDS = ("open", "repeat", "unique", "unpack", "keep")


class BlockSettings(QWidget):
    """Shows one block. What is changed here changes in every use of it."""

    asked = Signal(str)
    """One of `DEEDS`, to be done with the selected block."""

    def __init__(self, editor: Editor, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("blockSettings")
        self._editor = editor
        self._theme = appearance.theme
        self._blueprint: Blueprint | None = None
        self._uses = label(kind="dim", wraps=True)
        self._uses.setObjectName("blockUses")
        self._name = self._line("blockName", self.tr("Name of the block"), self._rename)
        self._help = self._line("blockHelp", self.tr("What the block is for"), self._describe)
        self._help.setPlaceholderText(self.tr("What it is for, in a sentence"))
        self._help.setMaxLength(LONGEST_HELP)
        self._settings = QGridLayout()
        self._settings.setHorizontalSpacing(looks.GRID * 2)
        self._settings.setVerticalSpacing(looks.GRID)
        self._settings.setColumnStretch(0, 1)
        self._settings.setColumnStretch(1, 1)
        self._hint = label(kind="dim", wraps=True)
        self._deeds = QWidget(self)
        self._lay_out()
        appearance.changed.connect(self._show_theme)

    def _lay_out(self) -> None:
        lines = QGridLayout()
        lines.setHorizontalSpacing(looks.GRID * 2)
        lines.setVerticalSpacing(looks.GRID)
        lines.setColumnMinimumWidth(0, looks.with_font(looks.LABEL_WIDTH))
        lines.setColumnStretch(1, 1)
        for row, (words, line) in enumerate(((self.tr("Name"), self._name), (self.tr("Help"), self._help))):
            lines.addWidget(label(words, "dim"), row, 0)
            lines.addWidget(line, row, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(looks.GRID * 2)
        column.addWidget(self._uses)
        column.addLayout(lines)
        column.addWidget(self._hint)
        column.addLayout(self._settings)
        column.addWidget(self._deeds)
        words = (
            self.tr("Open"),
            self.tr("Repeat…"),
            self.tr("Make unique…"),
            self.tr("Unpack"),
            self.tr("Keep in my blocks"),
        )
        grid = QGridLayout(self._deeds)
        grid.setContentsMargins(0, looks.GRID, 0, 0)
        grid.setSpacing(looks.GRID)
        for half in (0, 1):
            grid.setColumnStretch(half, 1)
        buttons = {deed: self._button(deed, text) for deed, text in zip(DEEDS, words, strict=True)}
        for number, button in enumerate(buttons.values()):
            grid.addWidget(button, number // 2, number % 2)
        grid.addWidget(buttons["keep"], len(buttons) // 2, 0, 1, 2)
        self._unique = buttons["unique"]

    def show_block(self, blueprint: Blueprint, *, is_use: bool) -> None:
        """Shows a block; ``is_use``: a use of it is selected, with which something can be done."""
        count = uses(self._editor.project.network, blueprint.name)
        many = self.tr("Used {count} times: every use changes together.").format(count=count)
        self._uses.setText(self.tr("Used once.") if count == 1 else many)
        self._deeds.setVisible(is_use)
        self._unique.setEnabled(count > 1)
        if blueprint is self._blueprint:
            return
        self._blueprint = blueprint
        for line, text in ((self._name, blueprint.name), (self._help, blueprint.help)):
            if not line.hasFocus() or not line.isModified():
                line.setText(text)
                line.setCursorPosition(0)
        self._show_settings(blueprint.exposed)

    def _show_settings(self, settings: tuple[Exposed, ...]) -> None:
        clear(self._settings)
        for row, exposed in enumerate(settings):
            name = self._line(f"{exposed.name}Name", self.tr("Name of the setting"), self._rename_setting)
            name.setText(exposed.name)
            name.setProperty("setting", exposed.name)
            name.setMinimumWidth(looks.with_font(looks.LABEL_WIDTH))
            name.setCursorPosition(0)
            reached = label(", ".join(map(_in_words, exposed.targets)), "dim", wraps=True)
            self._settings.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
            self._settings.addWidget(reached, row, 1)
            self._settings.addWidget(self._remover(exposed.name), row, 2, Qt.AlignmentFlag.AlignTop)
        hint = (
            self.tr("Each use may set:")
            if settings
            else self.tr("Inside, press ↗ at a setting to let each use set it.")
        )
        self._hint.setText(hint)

    # What it is made of

    def _line(self, name: str, words: str, done: Callable[[], None]) -> QLineEdit:
        line = QLineEdit(self)
        line.setObjectName(name)
        line.setAccessibleName(words)
        line.editingFinished.connect(done)
        return line

    def _button(self, deed: str, text: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(f"{deed}BlockButton")
        button.clicked.connect(lambda: self.asked.emit(deed))
        return button

    def _remover(self, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"{name}Remove")
        button.setIcon(icon("close", self._theme))
        words = self.tr("Let no use set {name}").format(name=name)
        button.setToolTip(words)
        button.setAccessibleName(words)
        button.clicked.connect(lambda: self._hide_setting(name))
        return button

    def _show_theme(self, theme: Theme) -> None:
        self._theme = theme
        if self._blueprint is not None:
            self._show_settings(self._blueprint.exposed)

    # Edits

    def _rename(self) -> None:
        blueprint, new = self._blueprint, self._name.text().strip()
        if blueprint is None or new == blueprint.name:
            return
        old = blueprint.name
        words = self.tr("Rename {old} to {new}").format(old=old, new=new)
        if not self._attempt(words, lambda project: project.with_network(renamed_block(project.network, old, new))):
            self._name.setText(old)

    def _describe(self) -> None:
        blueprint, text = self._blueprint, self._help.text().strip()
        if blueprint is not None and text != blueprint.help:
            name = blueprint.name
            words = self.tr("Describe {name}").format(name=name)
            self._attempt(words, lambda project: project.with_network(described_block(project.network, name, text)))

    def _rename_setting(self) -> None:
        line, blueprint = self.sender(), self._blueprint
        if not isinstance(line, QLineEdit) or blueprint is None:
            return
        block, old, new = blueprint.name, str(line.property("setting")), line.text().strip()
        if new == old:
            return
        words = self.tr("Rename {old} to {new}").format(old=old, new=new)
        if not self._attempt(
            words, lambda project: project.with_network(renamed_setting(project.network, block, old, new))
        ):
            line.setText(old)

    def _hide_setting(self, name: str) -> None:
        if self._blueprint is not None:
            block = self._blueprint.name
            words = self.tr("Let no use set {name}").format(name=name)
            self._attempt(words, lambda project: project.with_network(hidden_setting(project.network, block, name)))

    def _attempt(self, words: str, edit: Callable[[Project], Project]) -> bool:
        return self._editor.attempt_whole(words, edit)


def _in_words(target: Target) -> str:
    # Where there is no room the line may be broken after the dot.
    place = f"{target.node}.\u200b{target.setting}"
    return place if target.times == 1 else f"{place} = {target.times} ×"
