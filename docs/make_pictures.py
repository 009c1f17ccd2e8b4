"""Makes the pictures of the real window that README shows: opens templates, trains, and grabs what stands there.

python docs/make_pictures.py [FOLDER]        needs no display; trains the digits for a few seconds
"""

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_MILLISECONDS = 120_000


def main(folder: Path) -> None:
    """Writes every picture into the folder."""
    from PySide6.QtWidgets import QApplication

    from engine.graph import Graph
    from engine.templates import template
    from gui.services import Services
    from gui.settings import Settings
    from gui.theme import WINDOW, Appearance, Mode
    from gui.window import Window

    application = QApplication([])
    settings = Settings(Path(tempfile.mkdtemp()) / "settings.ini")
    appearance = Appearance(application, "dark")
    window = Window(settings, appearance, Services())
    window.resize(WINDOW)
    window.show()
    window.services.start()

    def grab(name: str, mode: Mode) -> None:
        appearance.choose(mode)
        _settle(application, 400)
        window.grab().save(str(folder / f"{name}.png"))
        print(folder / f"{name}.png")

    _wait(application, window.services.trainer_ready)
    for mode in ("light", "dark"):
        grab(f"start-{mode}", mode)
    window.open_template(template("digits"))
    _wait(application, window.editor.report_changed)
    window.runs.train()
    _wait(application, window.training.ended)
    window.editor.select(["conv2d_1"])
    window.docks["curvesDock"].raise_()
    for mode in ("light", "dark"):
        grab(f"training-{mode}", mode)
    window.docks["resultDock"].raise_()
    grab("result-dark", "dark")

    def without_flatten(network: Graph) -> Graph:
        return network.remove(["flatten_1"])

    window.editor.edit_network("Delete", without_flatten)
    _wait(application, window.editor.report_changed)
    window.problem_list.place_chosen.emit(next(fault for fault in window.editor.report.faults if fault.node))
    window.docks["problemsDock"].raise_()
    grab("fault-dark", "dark")
    window.editor.undo_stack.setClean()
    window.documents.show_project(_in_blocks(template("digits").project))
    _wait(application, window.editor.report_changed)
    window.editor.select(["residual_2"])
    window.docks["codeDock"].raise_()
    window.canvas.show_beginning()
    grab("blocks-light", "light")
    window.editor.undo_stack.setClean()
    window.close()


def _in_blocks(project):
    """A small residual network for the digits: one block, of which each use has its own channels; one is folded out."""
    from msgspec.structs import replace

    from engine.blocks import Blueprint, Exposed, Target
    from engine.graph import Graph, Node
    from engine.layers import (
        AdaptiveAvgPool2d,
        Add,
        BatchNorm2d,
        Conv2d,
        Flatten,
        Input,
        Linear,
        MaxPool2d,
        Output,
        ReLU,
    )
    from engine.tidy import tidied

    inside = Graph.chain(
        Input(), Conv2d(16, 3, padding=1, bias=False), BatchNorm2d(), ReLU(), Conv2d(16, 3, padding=1, bias=False)
    )
    inside = inside.add(Node("add_1", Add()), Node("relu_2", ReLU()), Node("output_1", Output()))
    for source, target in (("conv2d_2", "add_1"), ("input_1", "add_1"), ("add_1", "relu_2"), ("relu_2", "output_1")):
        inside = inside.connect(source, target)
    channels = Exposed("channels", (Target("conv2d_1", "out_channels"), Target("conv2d_2", "out_channels")))
    residual = Blueprint("Residual", tidied(inside), (channels,), "Adds what it finds to what it was given.").kind
    network = Graph.chain(
        Input(),
        Conv2d(16, 3, padding=1),
        residual(),
        MaxPool2d(2),
        Conv2d(32, 1),
        residual(channels=32, repeat=2),
        AdaptiveAvgPool2d(1),
        Flatten(),
        Linear(10),
        Output(),
    )
    nodes = tuple(replace(node, unfolded=node.id == "residual_1") for node in network.nodes)
    return replace(project.with_network(tidied(replace(network, nodes=nodes))), title="Residual digits", description="")


def _wait(application, signal) -> None:
    """Lets the window live until the signal comes."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop(application)
    signal.connect(lambda *_: loop.quit())
    QTimer.singleShot(PATIENCE_MILLISECONDS, loop.quit)
    loop.exec()
    _settle(application, 300)


def _settle(application, milliseconds: int) -> None:
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop(application)
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        os.environ[name] = tempfile.mkdtemp()
    sys.path.insert(0, str(ROOT))
    chosen = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    chosen.mkdir(parents=True, exist_ok=True)
    main(chosen)
