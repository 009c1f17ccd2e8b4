"""The blocks in the palette: those of the project, and the person's own, with what can be done with them there."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QFileDialog, QMenu

from engine.blocks import Block, Blueprint, blueprints
from engine.errors import LayerloomError
from engine.layers import Layer
from engine.library import SUFFIX
from gui.canvas.dragging import at_home
from gui.canvas.line_popup import LinePopup
from gui.editor import Editor
from gui.layer_search import Offer, kinds_offered
from gui.library import Library
from gui.notice import Notices
from gui.palette import FAMILY, KIND, Palette
from gui.settings import Settings
from gui.words import translated

MINE = "My blocks"
HERE = "Blocks in this project"


class BlockShelf(QObject):
    """Keeps the palette's blocks in step with the project and the library."""

    def __init__(
        self, editor: Editor, library: Library, palette: Palette, notices: Notices, settings: Settings, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._editor = editor
        self._library = library
        self._palette = palette
        self._notices = notices
        self._settings = settings
        palette.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        palette.list.customContextMenuRequested.connect(self._show_menu)
        editor.project_changed.connect(self._refresh)
        library.changed.connect(self._refresh)
        library.failed.connect(notices.show_error)
        library.load()

    @property
    def kinds(self) -> list[type[Block]]:
        """Every block that can be added: those of the project, then those of the library that it does not have."""
        here = [blueprint.kind for blueprint in blueprints(self._editor.project.network).values()]
        return [*here, *(blueprint.kind for blueprint in self._library.blocks if blueprint.kind not in here)]

    def offers(self) -> list[Offer]:
        """All that can be added to the drawing in view: every kind of layer, and the blocks that may lie in it."""
        kinds: list[type[Layer]] = []
        for kind in self.kinds:
            with suppress(LayerloomError):
                kinds.append(at_home(kind, self._editor))
        return [*kinds_offered(), *map(Offer.of, dict.fromkeys(kinds))]

    def keep(self, blueprint: Blueprint) -> None:
        """Keeps a block in the library, and says so; what it takes the place of can be brought back."""
        before = next((known for known in self._library.blocks if known.name == blueprint.name), None)
        if self._attempt(lambda: self._library.keep(blueprint)):
            said = self.tr("{name} is in My blocks now, in the palette of every project.")
            again = (self.tr("Bring the former back"), partial(self._bring_back, before)) if before else None
            self._notices.show_text(said.format(name=blueprint.name), again, kind="good")

    def delete(self, name: str) -> None:
        """Removes a block from the library; it can be brought back."""
        gone: list[Blueprint] = []
        if self._attempt(lambda: gone.append(self._library.delete(name))):
            said = self.tr("{name} is no longer in your blocks. Projects that use it keep it.").format(name=name)
            self._notices.show_text(said, (self.tr("Bring it back"), partial(self._bring_back, gone[0])), kind="good")

    def _bring_back(self, blueprint: Blueprint) -> None:
        self._attempt(lambda: self._library.keep(blueprint))

    def rename(self, name: str) -> None:
        """Asks for another name of a block in the library, at its line in the palette."""
        shown = self._palette.list
        rows = (shown.item(row) for row in range(shown.count()))
        item = next(row for row in rows if row.data(FAMILY) == MINE and row.text() == name)
        popup = LinePopup(self.tr("Name of the block"), name, self._refusal(name), shown.viewport())
        popup.taken.connect(lambda new: self._attempt(lambda: self._library.rename(name, new)))
        popup.open_at(shown.visualItemRect(item))

    def bring_in(self, path: Path | None = None) -> None:
        """Keeps the block of a file, asking for the file where none is given."""
        path = path or self._asked_to_open()
        if path is not None:
            self._attempt(lambda: self._library.bring_in(path))

    def write(self, name: str, path: Path | None = None) -> None:
        """Writes a block of the library into a file, asking for it where none is given."""
        path = path or self._asked_to_save(name)
        if path is not None:
            self._attempt(lambda: self._library.write(name, path))

    def _refresh(self) -> None:
        here = [blueprint.kind for blueprint in blueprints(self._editor.project.network).values()]
        self._palette.show_blocks({HERE: here, MINE: [blueprint.kind for blueprint in self._library.blocks]})

    def _refusal(self, old: str) -> Callable[[str], str]:
        def refusal(new: str) -> str:
            try:
                self._library.renamed(old, new)
            except LayerloomError as error:
                return " ".join(translated(part) for part in (error.message, error.expected) if part)
            return ""

        return refusal

    def _attempt(self, action: Callable[[], object]) -> bool:
        try:
            action()
        except LayerloomError as error:
            self._notices.show_error(error)
            return False
        return True

    def _show_menu(self, where: QPoint) -> None:
        item = self._palette.list.itemAt(where)
        kind = item.data(KIND) if item is not None else None
        menu = QMenu(self._palette)
        menu.setObjectName("shelfMenu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if kind is not None and issubclass(kind, Block):
            name = kind.blueprint.name
            if item is not None and item.data(FAMILY) == MINE:
                menu.addAction(self.tr("Rename…")).triggered.connect(lambda: self.rename(name))
                menu.addAction(self.tr("Write to a file…")).triggered.connect(lambda: self.write(name))
                menu.addAction(self.tr("Delete")).triggered.connect(lambda: self.delete(name))
            else:
                menu.addAction(self.tr("Keep in my blocks")).triggered.connect(lambda: self.keep(kind.blueprint))
            menu.addSeparator()
        menu.addAction(self.tr("Add a block from a file…")).triggered.connect(lambda: self.bring_in())
        menu.popup(self._palette.list.viewport().mapToGlobal(where))

    def _asked_to_open(self) -> Path | None:
        folder, kinds = str(self._settings.folder), self.tr("Blocks") + f" (*{SUFFIX})"
        name, _ = QFileDialog.getOpenFileName(self._palette, self.tr("Add a block from a file"), folder, kinds)
        return Path(name) if name else None

    def _asked_to_save(self, block: str) -> Path | None:
        proposed, kinds = str(self._settings.folder / f"{block}{SUFFIX}"), self.tr("Blocks") + f" (*{SUFFIX})"
        name, _ = QFileDialog.getSaveFileName(self._palette, self.tr("Write the block to a file"), proposed, kinds)
        return Path(name) if name else None
