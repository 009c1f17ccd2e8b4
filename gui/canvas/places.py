"""Going into blocks and out again. Each drawing is found as it was left: as large, and scrolled as far."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Qt

from engine.block_edits import uses
from engine.blocks import Block
from gui.canvas.breadcrumb import Breadcrumb
from gui.canvas.zoom import View
from gui.editor import Place
from gui.words import translated

if TYPE_CHECKING:
    from gui.canvas.view import Canvas


class Places(QObject):
    """The way in and out on a canvas, and the line that shows it."""

    def __init__(self, canvas: "Canvas") -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._shown: Place = ()
        self._views: dict[Place, View] = {}
        self.breadcrumb = Breadcrumb(canvas.viewport())
        self.breadcrumb.place_chosen.connect(self.go_to)
        canvas.editor.project_changed.connect(self._show_way)
        canvas.editor.name_changed.connect(self._show_way)

    def forget(self) -> None:
        """Another document has other places."""
        self._views.clear()
        self._shown = self._canvas.editor.place

    def keep_view(self) -> None:
        """Remembers how the drawing in view is looked at, which is about to go."""
        self._views[self._shown] = self._canvas.view

    def bring_view(self) -> None:
        """Looks at the drawing that has come as it was left."""
        self._show_way()
        self._shown = self._canvas.editor.place
        view = self._views.get(self._shown)
        if view is None:
            self._canvas.show_beginning()
        else:
            self._canvas.look(view)

    # Going

    def enter(self, node_id: str, selection: tuple[str, ...] = ()) -> None:
        """Opens a block, and selects inside it; anything else stays as it is."""
        if self.is_block(node_id):
            self._canvas.editor.enter((*self._canvas.editor.place, node_id))
            self._canvas.editor.select(selection)
            self._canvas.reveal(selection)
            self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def enter_at(self, point: QPointF) -> bool:
        """Opens the block at a point of the scene and selects the layer that is shown there; False: there is none."""
        item = self._canvas.picture.node_at(point)
        if item is None or not self.is_block(item.node.id) or item.fold_place.contains(point):
            return False
        inner = item.inset.node_at(item.mapFromScene(point)) if item.inset is not None else ""
        self.enter(item.node.id, (inner,) if inner else ())
        return True

    def leave(self) -> None:
        """Goes out one block."""
        self.go_to(self._canvas.editor.place[:-1])

    def go_to(self, place: Place) -> None:
        """Goes out to a drawing around this one; the block that leads back in is selected there."""
        before = self._canvas.editor.place
        if place != before:
            self._canvas.editor.enter(place)
            self._canvas.editor.select(before[len(place) : len(place) + 1])
            self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def is_block(self, node_id: str) -> bool:
        """Whether this is a block of the drawing in view."""
        network = self._canvas.editor.network
        return node_id in network and isinstance(network.node(node_id).layer, Block)

    @property
    def selected(self) -> str | None:
        """The selected block, where one alone is selected."""
        selection = self._canvas.editor.selection
        return selection[0] if len(selection) == 1 and self.is_block(selection[0]) else None

    def _show_way(self) -> None:
        editor = self._canvas.editor
        self.breadcrumb.setVisible(bool(editor.place))
        self._canvas.head = self.breadcrumb.sizeHint().height() if editor.place else 0
        if editor.place:
            self.breadcrumb.show_way((self._name(), *editor.place), editor.place, self._note())

    def _name(self) -> str:
        editor = self._canvas.editor
        return editor.path.stem if editor.path else translated(editor.project.title) or self.tr("Network")

    def _note(self) -> str:
        editor = self._canvas.editor
        blueprint = editor.block
        assert blueprint is not None
        name = blueprint.name
        count = uses(editor.project.network, name)
        if count == 1:
            return self.tr("{name}, used once").format(name=name)
        return self.tr("{name}, used {count} times: all change together").format(name=name, count=count)
