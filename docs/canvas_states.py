"""The states of the canvas: editing, wiring, blocks, notes and frames."""

from collections.abc import Iterator

from stage import Stage


class CanvasStates(Stage):
    """The canvas brought into one state after the other."""

    def selection(self) -> Iterator[str]:
        self._open_template("mnist-cnn")
        self.editor.select([self.editor.network.nodes[1].id])
        yield "selected-one"
        self.canvas.edits.select_all()
        yield "selected-all"
        self.editor.select(["conv2d_1", "relu_1"])
        self.canvas.switches.toggle_freeze()
        self.editor.select(["relu_2"])
        self.canvas.switches.toggle_bypass()
        self._wait_for_report()
        yield "frozen-bypassed"

    def wiring(self) -> Iterator[str]:
        from gui.canvas.gestures import DrawWire
        from gui.canvas.routes import Port

        self._open_template("mnist-cnn")
        nodes = self.editor.network.nodes
        wire = self.editor.network.incoming(nodes[4].id)[0]
        self._edit(lambda network: network.disconnect(wire))
        self.canvas.walk.come_to(nodes[2].id)
        self.canvas.walk.wire_from()
        yield "wire-by-keys"
        self.canvas.escape()
        self._open_template("mnist-cnn")
        drawn = DrawWire(self.canvas, Port(nodes[4].id, "output"))
        self.canvas.hand.begin(drawn)
        drawn.move(self.canvas.picture.nodes[nodes[2].id].place.center())
        yield "wire-refused"
        self.canvas.escape()
        self.canvas.choose_wire(self.editor.network.wires[2])
        yield "wire-chosen"
        self.canvas.choose_wire(None)

    def branches(self) -> Iterator[str]:
        from engine.tidy import tidied

        self._open(_residual("down"))
        yield "branches"
        self._open(_residual("right"))
        yield "branches-right"
        self.canvas.zoom_to(0.8, self.canvas.rect().center())
        self.canvas.centre_on("maxpool2d_1")
        yield "branches-right-close"
        self._edit(lambda network: _nearer(tidied(network), 64))
        self.canvas.centre_on("maxpool2d_1")
        yield "branches-right-near"

    def adding(self) -> Iterator[str]:
        from PySide6.QtCore import QPointF

        from engine.layers import BatchNorm2d
        from gui.canvas.gestures import Drop

        self._open_template("mnist-cnn")
        place = self.canvas.picture.nodes["conv2d_1"].place
        for name, point in (
            ("drop-on-wire", QPointF(place.center().x(), place.bottom() + 12)),
            ("drop-beside", QPointF(place.right() + 180, place.bottom())),
        ):
            drop = Drop(self.canvas, BatchNorm2d)
            self.canvas.hand.begin(drop)
            drop.move(point)
            self.settle(1_500)
            yield name
            self.canvas.escape()

    def moving(self) -> Iterator[str]:
        from PySide6.QtCore import QPointF

        from gui.canvas.gestures import Marquee, MoveNodes

        self._open_template("mnist-cnn")
        place = self.canvas.picture.nodes["relu_1"].place
        self.editor.select(["relu_1"])
        moved = MoveNodes(self.canvas, "relu_1", place.center())
        self.canvas.hand.begin(moved)
        moved.move(place.center() + QPointF(2, 7))
        yield "snap"
        self.canvas.escape()
        from PySide6.QtCore import Qt

        marquee = Marquee(self.canvas, place.topLeft() - QPointF(60, 60), Qt.KeyboardModifier.NoModifier)
        self.canvas.hand.begin(marquee)
        marquee.move(place.bottomRight() + QPointF(40, 90))
        yield "marquee"
        self.canvas.escape()

    def search(self) -> Iterator[str]:
        self._open_template("mnist-cnn")
        self.editor.select([self.editor.network.nodes[1].id])
        self.canvas.searching.after_selection()
        yield "search"
        popup = self._part("quickSearch")
        for words in ("norm", "maxpool2", "zzz"):
            self.settle(50)
            popup.findChild(_line_edit()).setText(words)
            self.settle(1_500)
            yield f"search-{words}"
        popup.close_search()
        self.editor.select([self.editor.network.nodes[1].id])
        self.canvas.searching.replacement()
        yield "replace"
        self._part("quickSearch").close_search()

    def finding(self) -> Iterator[str]:
        self._open_template("mnist-cnn")
        self.window.actions_by_name["find"].trigger()
        bar = self.canvas.orientation.find_bar
        for words in ("conv", "zzz"):
            bar.findChild(_line_edit()).setText(words)
            self.settle(300)
            yield f"find-{words}"
        bar.leave()

    def minimap(self) -> Iterator[str]:
        self._open(_framed())
        self.canvas.orientation.minimap.offer(True)
        self.canvas.zoom_to(2.0, self.canvas.rect().center())
        self.settle(500)
        yield "minimap"
        self.canvas.fit()

    def colours(self) -> Iterator[str]:
        self._open_template("mnist-cnn")
        for action in self.window.actions_by_name["colourBy"].menu().actions():
            if action.text() and action.isCheckable():
                action.trigger()
                yield f"colour-{action.text().lower()}"
        self.window.actions_by_name["colourBy"].menu().actions()[0].trigger()

    def direction(self) -> Iterator[str]:
        self._open_template("mnist-cnn")
        self.window.actions_by_name["turn"].trigger()
        self.settle(700)
        self.canvas.fit()
        yield "right"

    def remarks(self) -> Iterator[str]:
        self._open(_framed())
        yield "frames"
        self.editor.select(["frame_2"])
        yield "frame-selected"
        self.canvas.remarks.edit("frame_2")
        yield "frame-title"
        self.canvas.escape()
        self._open(_framed())
        self.canvas.remarks.edit("note_1")
        yield "note-written"
        self._open(_framed())
        self.canvas.zoom_to(0.3, self.canvas.rect().center())
        yield "frames-far"

    def naming(self) -> Iterator[str]:
        self._open_template("mnist-cnn")
        self.canvas.rename.begin("conv2d_1")
        yield "rename"
        line = self._part("renameLine")
        line.setText("relu_1")
        line.textEdited.emit("relu_1")
        yield "rename-refused"
        self.canvas.rename.leave()

    def far(self) -> Iterator[str]:
        self._open_template("cifar10-cnn")
        for zoom in (0.4, 0.18):
            self.canvas.zoom_to(zoom, self.canvas.rect().center())
            self.settle(300)
            yield f"zoom-{round(zoom * 100)}"
        self.canvas.fit()

    def blocks(self) -> Iterator[str]:
        self._open(_in_blocks())
        self.editor.select(["convblock_1"])
        yield "block"
        self.canvas.blocks.fold()
        self._wait_for_report()
        self.canvas.fit()
        yield "unfolded"
        self.canvas.switches.toggle_bypass()
        self._wait_for_report()
        yield "unfolded-bypassed"
        self.window.actions_by_name["undo"].trigger()
        self.window.actions_by_name["turn"].trigger()
        self.settle(700)
        self.canvas.fit()
        yield "unfolded-right"
        self._open(_in_blocks("right"))
        self.editor.select(["convblock_1"])
        self.canvas.blocks.fold()
        self._wait_for_report()
        self.canvas.fit()
        yield "unfolded-inside-turned"
        self.canvas.places.enter("convblock_1")
        self.canvas.fit()
        yield "inside-right"
        self.editor.enter(())

    def inside(self) -> Iterator[str]:
        self._open(_in_blocks())
        self.canvas.places.enter("convblock_1")
        yield "inside"
        self.editor.select(["conv2d_1"])
        yield "exposure"
        self.window.inspector.findChild(_tool_button(), "kernel_sizeToggle").click()
        self._wait_for_report()
        yield "exposed"
        self.editor.enter(())

    def block_questions(self) -> Iterator[str]:
        self._open_template("mnist-cnn")
        self.editor.select(["conv2d_1", "relu_1"])
        self.canvas.blocks.make()
        yield "make-block"
        line = self._part("linePopupText")
        line.setText("Conv Block!")
        line.textEdited.emit("Conv Block!")
        yield "make-block-refused"
        self.canvas.blocks._end()

    def menus(self) -> Iterator[str]:
        from PySide6.QtCore import QPoint

        from gui.canvas.menu import menu_at

        self._open(_framed())
        middle = self.canvas.viewport().rect().center()
        for name, chosen, is_wire in (
            ("layer", "conv2d_1", False),
            ("frame", "frame_1", False),
            ("wire", "", True),
            ("empty", "", False),
        ):
            self.editor.select([chosen] if chosen else [])
            menu_at(self.canvas, chosen, is_wire, middle).popup(self.canvas.viewport().mapToGlobal(middle))
            yield f"menu-{name}"
            self._close_all()
        self._open(_in_blocks())
        self.editor.select(["convblock_1"])
        menu_at(self.canvas, "convblock_1", False, middle).popup(self.canvas.viewport().mapToGlobal(middle))
        yield "menu-block"
        self._close_all()
        for name, menu in self.window.actions_by_name.menus.items():
            if name != "Arrange":
                left = self.window.menuBar().actionGeometry(menu.menuAction()).bottomLeft()
                menu.popup(self.window.menuBar().mapToGlobal(left + QPoint(0, 1)))
                yield f"menu-{name.lower()}"
                self._close_all()


def _residual(direction):
    from engine.graph import Graph, Node
    from engine.layers import Add, BatchNorm2d, Concat, Conv2d, Flatten, Input, Linear, MaxPool2d, Output, ReLU
    from engine.project import Project
    from engine.tidy import tidied

    network = Graph.chain(Input(), Conv2d(16, padding=1), BatchNorm2d(), ReLU(), Conv2d(16, padding=1))
    network = network.add(
        *(Node(name, layer) for name, layer in (("add_1", Add()), ("relu_2", ReLU()), ("conv2d_3", Conv2d(8))))
    ).add(Node("maxpool2d_1", MaxPool2d(3, 1)), Node("concat_1", Concat()), Node("flatten_1", Flatten()))
    network = network.add(Node("linear_1", Linear(10)), Node("output_1", Output()))
    wires = "conv2d_2 add_1, conv2d_1 add_1, add_1 relu_2, relu_2 conv2d_3, relu_2 maxpool2d_1, conv2d_3 concat_1, "
    wires += "maxpool2d_1 concat_1, concat_1 flatten_1, flatten_1 linear_1, linear_1 output_1"
    for wire in wires.split(", "):
        network = network.connect(*wire.split())
    return Project(tidied(network.flow(direction)), title="Branches")


def _nearer(network, step):
    """Every column as much nearer to the one before."""
    columns = sorted({node.position[0] for node in network.nodes})
    return network.move(
        {n.id: (n.position[0] - step * columns.index(n.position[0]), n.position[1]) for n in network.nodes}
    )


def _framed():
    from engine.framing import around
    from engine.remarks import Note
    from engine.templates import template

    project = template("mnist-cnn").project
    network = project.network
    halves = network.order[1:5], network.order[5:-1]
    for ids, title, colour in zip(halves, ("Features", "Classifier"), ("violet", "blue"), strict=True):
        network = network.annotate(around(network, ids, title, colour))
    words = "## Why so small\nFew filters are **enough** for digits:\n\n- 99 % after five epochs\n- 20 s on a laptop"
    network = network.annotate(Note("note_1", words, (300.0, 96.0)))
    return project.with_network(network)


def _in_blocks(direction="down"):
    from engine.blocks import Blueprint, Exposed, Target
    from engine.graph import Graph
    from engine.layers import BatchNorm2d, Conv2d, Flatten, Input, Linear, Output, ReLU
    from engine.layout import stacked
    from engine.project import Project

    inside = Graph.chain(Input(), Conv2d(16, padding=1), BatchNorm2d(), ReLU(), Output())
    channels = Exposed("channels", (Target("conv2d_1", "out_channels"),))
    unit = Blueprint("ConvBlock", stacked(inside.flow(direction)), (channels,))
    layers = (Input(), unit.kind(), unit.kind(channels=32, repeat=3), Flatten(), Linear(10), Output())
    return Project(stacked(Graph.chain(*layers)), title="Blocks")


def _line_edit():
    from PySide6.QtWidgets import QLineEdit

    return QLineEdit


def _tool_button():
    from PySide6.QtWidgets import QToolButton

    return QToolButton
