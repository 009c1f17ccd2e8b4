"""The actions of a window and the menus that list them, made from the tables of `gui.menu_tables`."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from gui import menu_tables
from gui.canvas.menu import colour_menu
from gui.menu_tables import ActionRow
from gui.theme import Mode, Theme, icon

if TYPE_CHECKING:
    from gui.window import Window

MENUS = ("File", "Edit", "View", "Network", "Train", "Help")


class Actions(QObject):
    """The actions of a window by their names, ``actions["save"]``, and the menus that list them."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self._actions: dict[str, QAction] = {}
        titles = (self.tr("File"), self.tr("Edit"), self.tr("View"), self.tr("Network"), self.tr("Train"))
        self.menus = {
            name: window.menuBar().addMenu(title) for name, title in zip(MENUS, (*titles, self.tr("Help")), strict=True)
        }
        self.menus["Arrange"] = QMenu(self.tr("Arrange"), window)
        self.rows = [row for row in menu_tables.rows(window) if self._add(row)]
        self.menus["Network"].addMenu(self.menus["Arrange"])
        self._keep_to("addNote", window.canvas)
        # What was just added from the palette is taken away again from there.
        self._keep_to("delete", window.canvas, window.palette_panel)
        self.recent_menu = QMenu(self.tr("Open recent"), window)
        self.menus["File"].insertMenu(self["save"], self.recent_menu)
        self._fill_view_menu()

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def items(self) -> list[tuple[str, QAction]]:
        """Every action with its name, in the order of the menus."""
        return list(self._actions.items())

    def use(self, name: str, keys: Sequence[QKeySequence]) -> None:
        """Gives an action these keys; its menu shows the first."""
        self._actions[name].setShortcuts(list(keys))
        self.reword(name, self._actions[name].text())

    def reword(self, name: str, text: str) -> None:
        """Has an action say something else."""
        action = self._actions[name]
        action.setText(text)
        words = action.text().replace("…", "")
        shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{words} ({shown})" if shown else words)

    def show_theme(self, theme: Theme) -> None:
        """Draws the icons in the colours of a theme."""
        for action in self._actions.values():
            if symbol := action.property("symbol"):
                action.setIcon(icon(symbol, theme, "text"))

    def _add(self, row: ActionRow) -> bool:
        """Lists an action in its menu; False: it is but a line between others."""
        if not row.text:
            self.menus[row.menu].addSeparator()
            return False
        action = QAction(row.text, self._window)
        action.setObjectName(f"{row.name}Action")
        action.setProperty("symbol", row.symbol)
        action.triggered.connect(lambda _checked=False: row.run())
        self.menus[row.menu].addAction(action)
        self._actions[row.name] = action
        self.use(row.name, row.shortcuts())
        return True

    def _keep_to(self, name: str, *widgets: QWidget) -> None:
        """Hears its key in these alone: in other lists and fields it means something else."""
        self[name].setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        for widget in widgets:
            widget.addAction(self[name])

    def _fill_view_menu(self) -> None:
        menu, docks = self.menus["View"], self._window.docks
        menu.addMenu(self._colour_menu())
        menu.addAction(self._minimap_action())
        menu.addMenu(self.tr("Panels")).addActions(docks.toggles())
        menu.addAction(self._arrange_action())
        menu.addAction(self.tr("Reset the panels"), docks.reset)
        self._add_themes(menu.addMenu(self.tr("Theme")))

    def _colour_menu(self) -> QMenu:
        menu = colour_menu(self._window.canvas.orientation.heat, self._window)
        menu.menuAction().setProperty("symbol", "thermometer")
        self._actions["colourBy"] = menu.menuAction()
        return menu

    def _minimap_action(self) -> QAction:
        settings, minimap = self._window.settings, self._window.canvas.orientation.minimap
        action = QAction(self.tr("Minimap"), self._window, checkable=True, checked=settings.minimap)
        action.setObjectName("minimapAction")

        def show(shown: bool) -> None:
            settings.minimap = shown
            minimap.offer(shown)

        action.toggled.connect(show)
        minimap.offer(settings.minimap)
        return action

    def _arrange_action(self) -> QAction:
        action = QAction(self.tr("Move panels"), self._window, checkable=True)
        action.setToolTip(self.tr("Give each panel a title bar, to drag it elsewhere or to close it"))
        action.toggled.connect(self._window.docks.show_title_bars)
        return action

    def _add_themes(self, menu: QMenu) -> None:
        group = QActionGroup(self._window)
        modes: list[tuple[Mode, str]] = [
            ("system", self.tr("As the system")),
            ("light", self.tr("Light")),
            ("dark", self.tr("Dark")),
        ]
        for mode, text in modes:
            action = menu.addAction(text)
            action.setObjectName(f"{mode}ThemeAction")
            action.setCheckable(True)
            action.setChecked(mode == self._window.appearance.mode)
            action.triggered.connect(partial(self._window.choose_theme, mode))
            group.addAction(action)
