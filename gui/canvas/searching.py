"""What the quick search is opened for: to add a layer at a point, after the selection, at the end of a wire, or in the
place of others. What is highlighted is previewed; what is chosen becomes one undo step."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainterPath

from engine.blocks import takes
from engine.errors import LayerloomError
from engine.graph import Graph
from engine.layers import Identity, Layer
from engine.layout import NODE_HEIGHT, NODE_WIDTH
from engine.spec import Shape
from gui.canvas.forecast import Forecast
from gui.canvas.placing import Place, Wired, place_at, place_in_stack, replaced
from gui.canvas.quick_search import Choice, QuickSearch
from gui.canvas.routes import Port, direct
from gui.canvas.wires import LooseWire
from gui.editor import Selection
from gui.layer_search import Offer, kinds_offered
from gui.theme import Appearance, Theme
from gui.words import shape_in_words

if TYPE_CHECKING:
    from gui.canvas.view import Canvas

Attempt = Callable[[Layer], tuple[Graph, Selection]]


class Occasion(msgspec.Struct, frozen=True):
    """What is searched for, and what choosing a layer does. ``attempt`` raises `LayerloomError` where it cannot be."""

    prompt: str
    words: str
    choices: list[Choice]
    attempt: Attempt


class Searching(QObject):
    """At most one quick search on a canvas."""

    def __init__(self, canvas: "Canvas", appearance: Appearance) -> None:
        super().__init__(canvas)
        self.offers: Callable[[], Iterable[Offer]] = kinds_offered
        """What can be added; asked anew for each search."""
        self._canvas = canvas
        self._appearance = appearance
        self._popup: QuickSearch | None = None
        self._loose: LooseWire | None = None
        self._occasion = Occasion("", "", [], _nothing)
        appearance.changed.connect(self._show_theme)

    def _show_theme(self, theme: Theme) -> None:
        if self._popup is not None:
            self._popup.show_theme(theme)

    # Occasions

    def by_key(self, pointer: QPoint | None) -> None:
        """Adds after what is selected; with nothing selected, at this point of the viewport."""
        if pointer is None or self._canvas.editor.selection:
            self.after_selection()
        else:
            self.at(self._canvas.mapToScene(pointer))

    def at(self, point: QPointF) -> None:
        """Adds at a point of the scene, or where that is on a wire or a node, there."""
        network, touched = self._canvas.editor.network, self._canvas.picture.wire_at(point)
        wire = touched.wire if touched is not None else None

        def place(layer: Layer) -> Place:
            return place_at(network, layer, point.toTuple(), wire)

        choices = self._all(self._arriving_at(place(Identity())))
        self._open(self._adding(self.tr("Add a layer"), choices, place), self._around(point))

    def arriving(self) -> Shape | None:
        """The shape of what a layer receives that is added after the selection; None: nothing, or not known."""
        editor = self._canvas.editor
        return self._arriving_at(place_in_stack(editor.network, Identity(), editor.selected_nodes))

    def after_selection(self) -> None:
        """Stacks after the selected nodes, or at the end of the network."""
        network, selection = self._canvas.editor.network, self._canvas.editor.selected_nodes
        prompt = self.tr("Add after {layer}").format(layer=selection[-1]) if selection else self.tr("Add a layer")

        def place(layer: Layer) -> Place:
            return place_in_stack(network, layer, selection)

        self._open(self._adding(prompt, self._all(self.arriving()), place), self._beside_selection())

    def from_wire(self, port: Port, point: QPointF) -> None:
        """Adds at the loose end of a wire, and connects it. Lists only what fits what the wire carries."""
        network, start = self._canvas.editor.network, self._canvas.picture.point_of(port)
        if port.side == "input":
            path, place = direct(point, start, network.direction), Wired(point.toTuple(), port.node, port.number)
            prompt = self.tr("Feed {layer}").format(layer=port.node)
            choices = [choice for choice in self._all() if choice.offer.layer.outputs]
        else:
            path, place = direct(start, point, network.direction), Wired(point.toTuple(), port.node)
            shape = self._shape_of(port.node)
            carried = shape_in_words(shape) if shape is not None else port.node
            prompt = self.tr("Add what takes {shape}").format(shape=carried)
            choices = [taker for choice in self._all() if (taker := _taking(choice.offer, shape)) is not None]
        self._open(self._adding(prompt, choices, lambda _layer: place), self._around(point))
        self._show_loose_wire(path)

    def replacement(self) -> None:
        """Turns the selected nodes into another kind, where their wires can stay."""
        network, selection = self._canvas.editor.network, self._canvas.editor.selected_nodes
        if not selection:
            return
        kinds = {type(network.node(node_id).layer) for node_id in selection}

        def refusal(layer: Layer) -> str:
            return next(filter(None, (network.refuses_kind(node_id, layer) for node_id in selection)), "")

        choices = [
            Choice(choice.offer, refusal(choice.offer.layer))
            for choice in self._all()
            if kinds != {type(choice.offer.layer)}
        ]
        single = self.tr("Replace {layer} by").format(layer=selection[0])
        prompt = single if len(selection) == 1 else self.tr("Replace {count} layers by").format(count=len(selection))
        words = self.tr("Replace by {layer}")
        occasion = Occasion(prompt, words, choices, lambda layer: replaced(network, selection, layer))
        self._open(occasion, self._beside_selection())

    def end(self) -> None:
        """Closes the search, where there is one; all is as it was."""
        if self._popup is not None:
            self._popup.close_search()

    # What they have in common

    def _all(self, arriving: Shape | None = None) -> list[Choice]:
        return [Choice(offer, fits=offer.fits(arriving)) for offer in self.offers()]

    def _adding(self, prompt: str, choices: list[Choice], place: Callable[[Layer], Place]) -> Occasion:
        network = self._canvas.editor.network

        def attempt(layer: Layer) -> tuple[Graph, Selection]:
            graph, new = place(layer).take(network, layer)
            return graph, (new,)

        return Occasion(prompt, self.tr("Add {layer}"), choices, attempt)

    def _arriving_at(self, place: Place) -> Shape | None:
        return self._shape_of(place.source) if place.source else None

    def _shape_of(self, node_id: str) -> Shape | None:
        editor = self._canvas.editor
        known = editor.here.nodes.get(node_id) if editor.is_report_current else None
        return known.output_shape if known is not None else None

    def _around(self, point: QPointF) -> QRect:
        """The place in the viewport that a node in the middle of this point of the scene takes."""
        size = QPointF(NODE_WIDTH / 2, NODE_HEIGHT / 2)
        return self._canvas.mapFromScene(QRectF(point - size, point + size)).boundingRect()

    def _beside_selection(self) -> QRect:
        canvas = self._canvas
        if not canvas.editor.selection:
            return QRect(canvas.viewport().rect().center(), canvas.viewport().rect().center())
        return canvas.mapFromScene(canvas.picture.place_of(canvas.editor.selection[-1])).boundingRect()

    def _open(self, occasion: Occasion, place: QRect) -> None:
        self.end()
        canvas, window = self._canvas, self._canvas.window()
        canvas.card.forget()
        self._occasion = occasion
        popup = self._popup = QuickSearch(occasion.choices, occasion.prompt, self._appearance.theme, window)
        popup.highlighted.connect(self._preview)
        popup.chosen.connect(self._choose)
        popup.closed.connect(self._closed)
        place.translate(canvas.viewport().mapTo(window, QPoint()))
        popup.open_beside(place)

    def _preview(self, choice: Choice | None) -> None:
        canvas, popup = self._canvas, self._popup
        if popup is None:
            return
        if choice is None or choice.refusal:
            canvas.preview.withdraw()
            return
        try:
            network, new = self._occasion.attempt(choice.offer.layer)
        except LayerloomError as error:
            canvas.preview.withdraw()
            popup.show_forecast(Forecast(effect=error.message, severity="fault"))
            return
        self._show_loose_wire(None)
        canvas.preview.show(network, new, popup.show_forecast)

    def _choose(self, offer: Offer) -> None:
        occasion, canvas = self._occasion, self._canvas
        try:
            network, new = occasion.attempt(offer.layer)
        except LayerloomError as error:
            canvas.editor.refused.emit(error)
            return
        canvas.preview.end()
        self.end()
        canvas.editor.edit_network(occasion.words.format(layer=offer.title), lambda _network: network, new)
        canvas.reveal(new[-1:])

    def _closed(self, gives_back: bool) -> None:
        self._popup = None
        self._show_loose_wire(None)
        self._canvas.preview.withdraw()
        if gives_back:
            self._canvas.setFocus(Qt.FocusReason.PopupFocusReason)

    def _show_loose_wire(self, path: QPainterPath | None) -> None:
        """Keeps the wire in view for which a layer is searched, until one is highlighted."""
        if self._loose is not None:
            self._canvas.picture.removeItem(self._loose)
            self._loose = None
        if path is not None:
            self._loose = LooseWire(self._canvas.picture.ink)
            self._loose.setPath(path)
            self._canvas.picture.addItem(self._loose)


def _taking(offer: Offer, shape: Shape | None) -> Choice | None:
    """A layer that takes this shape, or why it does not; None: it is not worth listing."""
    if offer.layer.inputs == 0 or (shape is not None and not takes(offer.layer, shape)):
        return None
    return Choice(offer, offer.refusal(shape) if shape is not None else "")


def _nothing(_layer: Layer) -> tuple[Graph, Selection]:
    return Graph(), ()
