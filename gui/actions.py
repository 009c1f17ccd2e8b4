"""The table of actions: everything a person can ask the window for, in its menus and by keys. One row each."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from gui.canvas.menu import colour_menu
from gui.theme import Mode, Theme, icon

if TYPE_CHECKING:
    from gui.window import Window

MENUS = ("File", "Edit", "View", "Network", "Train", "Help")

_ALSO = {"redo": ("Ctrl+Shift+Z", "Ctrl+Y"), "zoomIn": ("Ctrl+=",)}
"""Known from other programs, whatever the system prefers; the key of the plus sign, without Shift, is the last."""


class ActionRow(NamedTuple):
    """One action: where it is listed, what it says, how it is reached. An empty text is a separator."""

    menu: str
    name: str = ""
    text: str = ""
    keys: str | QKeySequence.StandardKey = ""
    symbol: str = ""
    run: Callable[[], object] = lambda: None

    def shortcuts(self) -> list[QKeySequence]:
        """The first is the one that the menu shows."""
        first = QKeySequence(self.keys)
        others = [QKeySequence(keys) for keys in _ALSO.get(self.name, ())]
        return [keys for keys in (first, *[other for other in others if other != first]) if not keys.isEmpty()]


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
        self.menus["Arrange"] = self.menus["Network"].addMenu(self.tr("Arrange"))
        self.rows = [row for row in self._rows() if self._add(row)]
        self._keep_to_canvas("addNote")
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
        action = self._actions[name]
        action.setShortcuts(list(keys))
        words = action.text().replace("…", "")
        shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{words} ({shown})" if shown else words)

    def show_theme(self, theme: Theme) -> None:
        """Draws the icons in the colours of a theme."""
        for action in self._actions.values():
            if symbol := action.property("symbol"):
                action.setIcon(icon(symbol, theme, "text"))

    def _rows(self) -> list[ActionRow]:
        keys = QKeySequence.StandardKey
        window, documents, canvas = self._window, self._window.documents, self._window.canvas
        way, arranging = canvas.orientation, canvas.arranging
        blocks = canvas.blocks
        undo, training, search = window.editor.undo_stack, window.training, window.palette_panel.focus_search
        return [
            ActionRow("File", "new", self.tr("New"), keys.New, "file-outline", documents.new),
            ActionRow("File", "start", self.tr("Templates and recent projects"), "Ctrl+Shift+N", "", window.show_start),
            ActionRow("File", "open", self.tr("Open…"), keys.Open, "folder-open-outline", window.open),
            ActionRow("File"),
            ActionRow("File", "save", self.tr("Save"), keys.Save, "content-save-outline", documents.save),
            ActionRow("File", "saveAs", self.tr("Save as…"), "Ctrl+Shift+S", "", documents.save_as),
            ActionRow("File"),
            ActionRow("File", "export", self.tr("Export…"), "Ctrl+E", "export-variant", window.runs.export),
            ActionRow("File", "exportPicture", self.tr("Export picture…"), "Ctrl+Shift+E", "", window.export_picture),
            ActionRow("File"),
            ActionRow("File", "quit", self.tr("Quit"), "Ctrl+Q", "", window.close),
            ActionRow("Edit", "undo", self.tr("Undo"), keys.Undo, "undo", undo.undo),
            ActionRow("Edit", "redo", self.tr("Redo"), keys.Redo, "redo", undo.redo),
            ActionRow("Edit", "history", self.tr("History of edits"), "Ctrl+H", "history", window.show_history),
            ActionRow("Edit"),
            ActionRow("Edit", "cut", self.tr("Cut"), keys.Cut, "content-cut", canvas.edits.cut),
            ActionRow("Edit", "copy", self.tr("Copy"), keys.Copy, "content-copy", canvas.edits.copy),
            ActionRow("Edit", "paste", self.tr("Paste"), keys.Paste, "content-paste", canvas.edits.paste),
            ActionRow(
                "Edit", "pasteWired", self.tr("Paste with wires"), "Ctrl+Shift+V", "", canvas.edits.paste_with_wires
            ),
            ActionRow("Edit", "duplicate", self.tr("Duplicate"), "Ctrl+D", "", canvas.edits.duplicate),
            ActionRow("Edit", "delete", self.tr("Delete"), keys.Delete, "", canvas.edits.delete),
            ActionRow("Edit"),
            ActionRow("Edit", "selectAll", self.tr("Select all"), keys.SelectAll, "", canvas.edits.select_all),
            ActionRow("Edit", "selectKind", self.tr("Select same kind"), "Ctrl+Shift+K", "", way.select_same_kind),
            ActionRow("Edit", "selectConnected", self.tr("Select connected"), "Ctrl+Shift+L", "", way.select_connected),
            ActionRow("Edit", "selectUpstream", self.tr("Select upstream"), "Ctrl+Shift+Up", "", way.select_upstream),
            ActionRow(
                "Edit", "selectDownstream", self.tr("Select downstream"), "Ctrl+Shift+Down", "", way.select_downstream
            ),
            ActionRow("View", "zoomIn", self.tr("Zoom in"), keys.ZoomIn, "", canvas.zoom_in),
            ActionRow("View", "zoomOut", self.tr("Zoom out"), keys.ZoomOut, "", canvas.zoom_out),
            ActionRow("View", "zoomReset", self.tr("Actual size"), "Ctrl+1", "", canvas.zoom_reset),
            ActionRow("View", "fit", self.tr("Fit the network"), "Ctrl+0", "fit-to-page-outline", canvas.fit),
            ActionRow("View", "zoomSelection", self.tr("Zoom to the selection"), "Ctrl+2", "", way.zoom_to_selection),
            ActionRow("View"),
            ActionRow("Network", "find", self.tr("Find layers…"), keys.Find, "", way.find_bar.open),
            ActionRow("Network", "findNext", self.tr("Find next"), "F3", "", way.find_bar.go_on),
            ActionRow("Network", "findPrevious", self.tr("Find previous"), "Shift+F3", "", way.find_bar.go_back),
            ActionRow("Network"),
            ActionRow("Network", "makeBlock", self.tr("Make a block…"), "Ctrl+G", "", blocks.make),
            ActionRow("Network", "foldBlock", self.tr("Fold or unfold the block"), "Ctrl+.", "", blocks.fold),
            ActionRow("Network", "unpackBlock", self.tr("Unpack the block"), "Ctrl+Shift+G", "", blocks.unpack),
            ActionRow("Network", "uniqueBlock", self.tr("Make the block unique…"), "", "", blocks.make_unique),
            ActionRow("Network", "repeatBlock", self.tr("Repeat the block…"), "", "", blocks.repeat),
            ActionRow("Network", "renameBlock", self.tr("Rename the block…"), "", "", blocks.rename),
            ActionRow("Network", "keepBlock", self.tr("Keep the block in my blocks"), "", "", blocks.keep),
            ActionRow("Network", "leaveBlock", self.tr("Go out of the block"), "", "", canvas.places.leave),
            ActionRow("Network"),
            ActionRow("Network", "addLayer", self.tr("Add a layer…"), "Ctrl+I", "", canvas.searching.after_selection),
            ActionRow("Network", "replace", self.tr("Replace by…"), "Ctrl+R", "", canvas.searching.replacement),
            ActionRow("Network", "findLayer", self.tr("Search the palette"), "Ctrl+L", "", search),
            ActionRow("Network"),
            ActionRow("Network", "addNote", self.tr("Add a note"), "N", "", canvas.remarks.add_note),
            ActionRow(
                "Network", "frame", self.tr("Frame the selection"), "Ctrl+Shift+F", "", canvas.remarks.frame_selection
            ),
            ActionRow("Network"),
            ActionRow("Network", "rename", self.tr("Rename"), "F2", "", canvas.rename.begin_selected),
            *(ActionRow("Network", *choice) for choice in canvas.switches.choices()),
            ActionRow("Network"),
            ActionRow("Network", "tidy", self.tr("Tidy"), "Ctrl+T", "sitemap-outline", arranging.tidy),
            ActionRow("Network", "turn", self.tr("Change the direction"), "Ctrl+Shift+T", "", arranging.turn),
            *(ActionRow("Arrange", *choice) for choice in arranging.choices()),
            ActionRow("Train", "train", self.tr("Train"), "F5", "play", window.runs.train),
            ActionRow("Train", "pause", self.tr("Pause"), "F6", "pause", training.toggle_pause),
            ActionRow("Train", "stop", self.tr("Stop"), "Shift+F5", "stop", training.stop),
            ActionRow("Train"),
            ActionRow("Train", "runsFolder", self.tr("Show the folder of runs"), "", "", window.runs.show_folder),
            ActionRow("Help", "shortcuts", self.tr("Keyboard shortcuts"), "F1", "", window.show_shortcuts),
            ActionRow("Help", "about", self.tr("About Layerloom"), "", "", window.show_about),
        ]

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

    def _keep_to_canvas(self, name: str) -> None:
        """Hears its key on the canvas alone: a letter means something else in lists and fields."""
        self[name].setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._window.canvas.addAction(self[name])

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
