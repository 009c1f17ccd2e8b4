"""The button with which a person asks not to hear of a doubt again."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from engine.report import Problem
from gui.words import translated


class IgnoreButton(QPushButton):
    """“Ignore” for one doubt; where it has a place, a menu asks whether there alone or in the whole project."""

    asked = Signal(object, bool)
    """The `Problem`, and whether it is ignored everywhere in this project."""

    def __init__(self, problem: Problem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(self.tr("Ignore"))
        self.setObjectName("ignoreButton")
        self.setProperty("kind", "quiet")
        self.setAccessibleName(self.tr("Ignore"))
        self.setAccessibleDescription(translated(problem.message))
        self._problem = problem
        self._menu: QMenu | None = None
        self.clicked.connect(self.ask)

    def ask(self) -> None:
        """Opens the menu, or ignores at once what has no place of its own."""
        if self._problem.node is None:
            self._ignore_everywhere()
            return
        if self._menu is None:
            self._menu = self._made_menu()
        self._menu.popup(self.mapToGlobal(self.rect().bottomLeft()))

    def _made_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setObjectName("ignoreMenu")
        here: QAction = menu.addAction(self.tr("Ignore here"))
        here.triggered.connect(self._ignore_here)
        everywhere: QAction = menu.addAction(self.tr("Ignore everywhere in this project"))
        everywhere.triggered.connect(self._ignore_everywhere)
        return menu

    def _ignore_here(self) -> None:
        self.asked.emit(self._problem, False)

    def _ignore_everywhere(self) -> None:
        self.asked.emit(self._problem, True)
