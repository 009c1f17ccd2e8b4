"""Makes pictures of every state of the window, to be looked at: each in both themes, at a small and a large size.

python docs/make_states.py FOLDER [NAME …]   needs no display; the names are the methods of `States`
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SIZES = {"small": (1280, 800), "large": (1920, 1080)}
PATIENCE_SECONDS = 120


class States:
    """The window brought into one state after the other. Each method yields the names of what can be looked at."""

    def __init__(self, window, settle: Callable[[int], None], until: Callable[[Callable[[], bool]], None]) -> None:
        self.window = window
        self.settle = settle
        self.until = until
        self.canvas = window.canvas
        self.editor = window.editor

    def start(self) -> Iterator[str]:
        self.window.show_start()
        yield "start"

    def empty(self) -> Iterator[str]:
        self._show_dock("problemsDock")
        self.window.documents.new()
        self.window.show_editor()
        yield "empty"

    def templates(self) -> Iterator[str]:
        from engine.templates import templates

        for template in templates():
            self._open(template.project)
            yield f"template-{template.name}"

    def selection(self) -> Iterator[str]:
        self._open_template("mnist-cnn")
        self.editor.select([self.editor.network.nodes[1].id])
        yield "selected-one"
        self.canvas.edits.select_all()
        yield "selected-all"

    def problems(self) -> Iterator[str]:
        self._open_template("digits")
        self._show_dock("problemsDock")
        yield "no-problems"
        self.editor.edit_network("Delete", lambda network: network.remove(["flatten_1"]))
        self._wait_for_report()
        self.editor.select([fault.node for fault in self.editor.report.faults if fault.node][:1])
        yield "problem-card"
        self._open(_doubtful())
        self._show_dock("problemsDock")
        yield "doubts"
        for problem in self.editor.report.problems[:2]:
            self.editor.ignore(problem)
            self._wait_for_report()
        self.window.problem_list._fold()
        yield "ignored"

    def wiring(self) -> Iterator[str]:
        from gui.canvas.gestures import DrawWire
        from gui.canvas.routes import Port

        self._open_template("mnist-cnn")
        nodes = self.editor.network.nodes
        wire = self.editor.network.incoming(nodes[4].id)[0]
        self.editor.edit_network("Disconnect", lambda network: network.disconnect(wire))
        self._wait_for_report()
        self.canvas.setFocus()
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

    def search(self) -> Iterator[str]:
        from PySide6.QtWidgets import QApplication, QFrame

        self._open_template("mnist-cnn")
        self.editor.select([self.editor.network.nodes[1].id])
        self.canvas.setFocus()
        self.canvas.searching.after_selection()
        yield "search"
        popup = self.window.findChild(QFrame, "quickSearch")
        for words in ("norm", "zzz"):
            QApplication.processEvents()
            popup.findChild(_line_edit()).setText(words)
            self.settle(1_500)
            yield f"search-{words}"
        popup.close_search()

    def finding(self) -> Iterator[str]:
        self._open_template("mnist-cnn")
        self.window.actions_by_name["find"].trigger()
        self.canvas.orientation.find_bar.findChild(_line_edit()).setText("conv")
        yield "find"
        self.canvas.orientation.find_bar.leave()
        self.canvas.orientation.minimap.offer(True)
        self.canvas.zoom_to(2.0, self.canvas.rect().center())
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

    def blocks(self) -> Iterator[str]:
        self._open(_in_blocks())
        block = self.editor.network.nodes[1].id
        self.editor.select([block])
        yield "block"
        self.canvas.blocks.fold()
        self._wait_for_report()
        self.canvas.fit()
        yield "unfolded"
        self.canvas.places.enter(block)
        yield "inside"
        self.editor.enter(())

    def docks(self) -> Iterator[str]:
        self._open_template("digits")
        for name in ("layerDock", "dataDock", "trainingDock", "runsDock", "historyDock", "resultDock", "codeDock"):
            self._show_dock(name)
            self.settle(700)
            yield name

    def dialogs(self) -> Iterator[str]:
        from PySide6.QtWidgets import QMessageBox

        from gui import dialogs

        asked = {
            "about": self.window.show_about,
            "shortcuts": self.window.show_shortcuts,
            "picture": self.window.export_picture,
            "save": partial(dialogs.ask_save, self.window, "cifar.loom"),
            "close": partial(dialogs.ask_close, self.window),
            "recover": partial(dialogs.ask_recover, self.window, "cifar.loom", "21/11/2026 09:12"),
            "delete": partial(dialogs.ask_delete_run, self.window, "2026-11-21 09-12 Digits CNN"),
        }
        # A question that waits for its answer would keep the script from going on.
        QMessageBox.exec = QMessageBox.show
        self._open_template("digits")
        for name, ask in asked.items():
            ask()
            self.settle(1_500 if name == "picture" else 500)
            yield f"dialog-{name}"
            self._close_dialogs()

    def notice(self) -> Iterator[str]:
        from engine.errors import LayerloomError

        self._open_template("digits")
        self.window.notices.show_error(LayerloomError("The file cannot be read.", fix="Open its backup, net.backup."))
        yield "notice"
        self.window.notices.findChildren(_push_button())[-1].click()

    def training(self) -> Iterator[str]:
        self._open_template("digits")
        self._show_dock("curvesDock")
        self.window.runs.train()
        self.settle(5_000)
        yield "training"
        self.until(lambda: not self.window.training.is_busy)
        self._show_dock("resultDock")
        yield "result"
        self.window.runs.export()
        self.settle(800)
        yield "dialog-export"
        self._close_dialogs()

    def _open(self, project) -> None:
        self.editor.undo_stack.setClean()
        self.window.show_editor()
        self.editor.open(project)
        self._wait_for_report()
        self.canvas.fit()

    def _open_template(self, name: str) -> None:
        from engine.templates import template

        self._open(template(name).project)

    def _wait_for_report(self) -> None:
        self.until(lambda: self.editor.is_report_current)
        self.settle(300)

    def _close_dialogs(self) -> None:
        from PySide6.QtWidgets import QApplication, QDialog

        for dialog in QApplication.topLevelWidgets():
            if isinstance(dialog, QDialog) and dialog.isVisible():
                dialog.reject()
        self.settle(100)

    def _show_dock(self, name: str) -> None:
        self.window.docks[name].show()
        self.window.docks[name].raise_()


def _doubtful():
    from engine.graph import Graph
    from engine.layers import BatchNorm2d, Conv2d, Dropout, Flatten, Input, Linear, Output
    from engine.layout import stacked
    from engine.project import Project

    layers = (Input(), Conv2d(), BatchNorm2d(), Conv2d(), BatchNorm2d(), Flatten(), Linear(64), Linear(10), Dropout())
    return Project(stacked(Graph.chain(*layers, Output())), title="Doubtful")


def _in_blocks():
    from engine.blocks import Blueprint, Exposed, Target
    from engine.graph import Graph
    from engine.layers import BatchNorm2d, Conv2d, Flatten, Input, Linear, Output, ReLU
    from engine.layout import stacked
    from engine.project import Project

    inside = stacked(Graph.chain(Input(), Conv2d(16, padding=1), BatchNorm2d(), ReLU(), Output()))
    unit = Blueprint("ConvBlock", inside, (Exposed("channels", (Target("conv2d_1", "out_channels"),)),))
    layers = (Input(), unit.kind(), unit.kind(channels=32, repeat=3), Flatten(), Linear(10), Output())
    return Project(stacked(Graph.chain(*layers)), title="Blocks")


def _line_edit():
    from PySide6.QtWidgets import QLineEdit

    return QLineEdit


def _push_button():
    from PySide6.QtWidgets import QAbstractButton

    return QAbstractButton


def main(folder: Path, names: list[str]) -> None:
    """Writes the pictures of these states, or of all, into the folder."""
    from make_pictures import _settle
    from PySide6.QtWidgets import QApplication

    from gui.services import Services
    from gui.settings import Settings
    from gui.theme import Appearance
    from gui.window import Window

    application = QApplication([])
    appearance = Appearance(application, "light")
    window = Window(Settings(Path(tempfile.mkdtemp()) / "settings.ini"), appearance, Services())
    window.show()
    window.services.start()
    settle = partial(_settle, application)
    states = States(window, settle, partial(_until, settle))
    every = [name for name in vars(States) if not name.startswith("_")]
    for size, measures in SIZES.items():
        window.resize(*measures)
        for state in names or every:
            for name in getattr(states, state)():
                for mode in ("light", "dark"):
                    appearance.choose(mode)
                    settle(250)
                    _picture(window).save(str(folder / f"{name}-{size}-{mode}.png"))
                print(name, size, flush=True)
    window.editor.undo_stack.setClean()
    window.close()


def _until(settle: Callable[[int], None], is_so: Callable[[], bool]) -> None:
    """Lets the window live until something is so, or patience ends."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > end:
            raise SystemExit("What the picture is to show did not come.")
        settle(50)


def _picture(window):
    """The window, with the dialogs in front of it."""
    from PySide6.QtGui import QPainter
    from PySide6.QtWidgets import QApplication, QDialog

    picture = window.grab()
    painter = QPainter(picture)
    painter.setPen(window.palette().mid().color())
    for dialog in QApplication.topLevelWidgets():
        if isinstance(dialog, QDialog) and dialog.isVisible():
            x, y = (window.width() - dialog.width()) // 2, (window.height() - dialog.height()) // 2
            painter.drawPixmap(x, y, dialog.grab())
            painter.drawRect(x - 1, y - 1, dialog.width() + 1, dialog.height() + 1)
    painter.end()
    return picture


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        os.environ[name] = tempfile.mkdtemp()
    sys.path.insert(0, str(ROOT))
    chosen = Path(sys.argv[1])
    chosen.mkdir(parents=True, exist_ok=True)
    main(chosen, sys.argv[2:])
