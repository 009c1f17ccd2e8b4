"""The states of the panels around the canvas and of the dialogs in front of it."""

import os
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from stage import Stage


class PanelStates(Stage):
    """The panels and dialogs brought into one state after the other."""

    def start(self) -> Iterator[str]:
        self.window.show_start()
        yield "start"
        folder = Path(tempfile.mkdtemp())
        for name in ("iris", "Residual tower for CIFAR-10 with a rather long name", "Digits CNN"):
            path = folder / f"{name}.loom"
            path.touch()
            self.window.settings.add_recent(path)
        self.window.documents.recent_changed.emit()
        yield "start-recent"

    def examined(self) -> Iterator[str]:
        from engine.data import Data
        from engine.datasets.files import open_data
        from engine.project import Project

        folder = Path(os.environ.get("LAYERLOOM_DATA_MIRROR", "."))
        for name in ("tabular/titanic.csv", "images/flowers"):
            if not (folder / name).exists():
                continue
            self._open(Project(data=Data(open_data(str(folder / name)))))
            self.window.examine_data()
            self.until(lambda: self._part("examineButton").isVisible())
            self._show_dock("dataDock")
            yield f"examined-{name.partition('/')[2].partition('.')[0]}"

    def reader(self) -> Iterator[str]:
        from engine.runs import Result
        from engine.transcripts import Pair

        self._open_template("number-reader")
        self._show_dock("dataDock")
        self.settle(3000)
        result = self._part("resultView")
        pairs = [Pair("4711", "4711"), Pair("650413", "650419"), Pair("0019", "009"), Pair("33", "")]
        metrics = {"loss": 0.053, "accuracy": 0.931, "character_error_rate": 0.016}
        result.show_result(Result("finished", test=metrics), None, (), pairs)
        self._show_dock("resultDock")
        yield "reader"
        result.clear()

    def empty(self) -> Iterator[str]:
        self.window.documents.new()
        self.window.show_editor()
        for name in ("curvesDock", "resultDock", "problemsDock", "codeDock", "historyDock", "runsDock"):
            self._show_dock(name)
            yield f"empty-{name}"

    def templates(self) -> Iterator[str]:
        from engine.templates import templates

        for template in templates():
            self._open(template.project)
            yield f"template-{template.name}"

    def gallery(self) -> Iterator[str]:
        from engine.templates import template

        self.window.show_start()
        for words in ("digit", "zzz", ""):
            self._part("gallerySearch").setText(words)
            yield f"gallery-{words or 'all'}"
        self.window.compare_templates(template("resnet50"))
        self.settle(300)
        yield "gallery-compared"
        self._close_all()
        self.window.choose_template(template("resnet18"))
        self.settle(1_000)
        yield "gallery-fitted"
        self._close_all()

    def ends(self) -> Iterator[str]:
        self._open_template("inception-v3")
        self.editor.select([node.id for node in self.editor.network.nodes if not node.layer.outputs][:1])
        self._part("moreSettings", self.window.inspector).setChecked(True)
        yield "auxiliary-output"
        self._open_template("wide-and-deep")
        yield "two-inputs"
        self._open_template("siamese")
        self.editor.select([node.id for node in self.editor.network.nodes if type(node.layer).__name__ == "Twin"])
        yield "twin"

    def rates(self) -> Iterator[str]:
        self._open_template("character-gpt")
        self._show_dock("trainingDock")
        yield "rates"

    def written(self) -> Iterator[str]:
        from engine.layers.python import EXAMPLE, kind_of

        self._open_template("digits")
        self._insert(kind_of(EXAMPLE)())
        self._show_dock("layerDock")
        yield "python"
        self._part("editCode").click()
        self.settle(300)
        yield "python-code"
        self._part("codeEditor").setPlainText(EXAMPLE.replace("self.gate(x))", "self.gate(x)"))
        yield "python-fault"
        self._part("codeEditor").setPlainText(EXAMPLE)
        self._close_all()
        foreign = kind_of(EXAMPLE.replace("Gate", "Valve"))()
        self._edit(lambda network: network.replace_layer("python_1", foreign))
        self._show_dock("problemsDock")
        yield "python-unread"
        self._part("editCode").click()
        self.settle(300)
        yield "python-asked"
        self._close_all()

    def _insert(self, layer) -> None:
        """Puts a layer before the last one with weights, and selects it."""
        from engine.graph import Node

        (wire,) = self.editor.network.incoming("linear_1")

        def inserted(network):
            cut = network.disconnect(wire).add(Node("python_1", layer))
            return cut.connect(wire.source, "python_1").connect("python_1", "linear_1")

        self._edit(inserted)
        self.editor.select(["python_1"])
        self.window.actions_by_name["tidy"].trigger()
        self._wait_for_report()
        self.settle(700)

    def palette(self) -> Iterator[str]:
        self._open_template("digits")
        search = self._part("paletteSearch")
        for words in ("conv", "zzz"):
            search.setText(words)
            yield f"palette-{words}"
        search.clear()
        from canvas_states import _in_blocks

        project = _in_blocks()
        self.window.library.keep(project.network.node("convblock_1").layer.blueprint)
        self._open(project)
        bar = self.window.palette_panel.list.verticalScrollBar()
        bar.setValue(bar.maximum())
        yield "palette-blocks"
        bar.setValue(0)

    def problems(self) -> Iterator[str]:
        from PySide6.QtCore import Qt

        self._open_template("digits")
        self._show_dock("problemsDock")
        yield "no-problems"
        self._edit(lambda network: network.remove(["flatten_1"]))
        self.editor.select([fault.node for fault in self.editor.report.faults if fault.node][:1])
        yield "problem-card"
        self._open(_doubtful())
        self._show_dock("problemsDock")
        yield "doubts"
        for problem in self.editor.report.problems[:2]:
            self.editor.ignore(problem)
            self._wait_for_report()
        self.window.problem_list._fold()
        yield "silenced"
        # With the theme the rows are made anew, and with a row its menu goes.
        appearance, ask = self.window.appearance, self._ask_to_ignore
        appearance.changed.connect(ask, Qt.ConnectionType.QueuedConnection)
        ask()
        yield "silence-menu"
        appearance.changed.disconnect(ask)
        self._close_all()
        self.editor.select([problem.node for problem in self.editor.report.problems if problem.node][-1:])
        yield "doubt-card"

    def _ask_to_ignore(self, _theme: object = None) -> None:
        """Opens the menu of a problem in view that can be ignored at its layer alone."""
        from gui.ignore_button import IgnoreButton

        self.settle(100)
        buttons = self.window.problem_list.findChildren(IgnoreButton)
        next(button for button in buttons if button._problem.node and not button.visibleRegion().isEmpty()).ask()

    def docks(self) -> Iterator[str]:
        self._open_template("digits")
        self.editor.select(["conv2d_1"])
        for name in ("layerDock", "dataDock", "trainingDock", "runsDock", "historyDock", "resultDock", "codeDock"):
            self._show_dock(name)
            self.settle(700)
            yield name
        self._edit(lambda network: network.remove(["flatten_1"]))
        self.window.actions_by_name["undo"].trigger()
        self._show_dock("historyDock")
        yield "history-undone"
        self.window.docks.show_title_bars(True)
        yield "title-bars"
        self.window.docks.show_title_bars(False)

    def data(self) -> Iterator[str]:
        self._show_dock("dataDock")
        for name in ("iris", "spirals", "mnist-cnn", "cifar10-cnn", "two-layer-classifier"):
            self._open_template(name)
            self.settle(1_500)
            yield f"data-{name}"

    def looking(self) -> Iterator[str]:
        from engine.looking.view import Among, Between

        view = self.window.data_view
        for name in ("iris", "mnist-cnn", "digits", "character-gpt"):
            self._open_template(name)
            self.window.look_at_data()
            self.until(lambda: view.rows.matching > 0)
            self.settle(2_500)
            view.table.go_to(1)
            view.gallery.go_to(1)
            self.settle(500)
            yield f"looking-{name}"
        self._open_template("iris")
        self.window.look_at_data()
        self.until(lambda: view.rows.matching > 0)
        view.filter_by("class", Among("class", ("versicolor",)))
        view.filter_by("petal length (cm)", Between("petal length (cm)", low=4.5))
        view.table.header.turn(2)
        self.settle(700)
        yield "looking-filtered"
        view.filter_by("part", Among("part", ("neither",)))
        self.settle(700)
        yield "looking-nothing"
        view._clear_filters()
        self.settle(700)
        view.table.header.line(1).setText("abc")
        view.table.header.line(1).returnPressed.emit()
        self.settle(300)
        yield "looking-refused"
        view._tabs.setCurrentIndex(1)
        view.correlations.setFocus()
        self.settle(700)
        yield "looking-correlations"
        self.window.show_editor()

    def own_data(self) -> Iterator[str]:
        from engine.datasets.tables import Table

        self.window.show_start()
        self._drop(_table())
        self.until(lambda: isinstance(self.editor.project.data.dataset, Table))
        self._wait_for_report()
        self.canvas.fit()
        panel = self.window.data_panel
        self.until(lambda: self._part("featureTable", panel).isVisible())
        yield "own-table"
        self._scroll_to("columns")
        yield "own-columns"
        self._part("columns").setFocus()
        self._scroll_to("featureTable")
        yield "own-samples"
        for head in panel.findChildren(type(self._part("specHead", panel)), "specHead")[:2]:
            head.setChecked(True)
        self._scroll_to("preparation")
        yield "own-steps"
        self._scroll_to("classBalance")
        yield "own-split"
        project = self.editor.project
        self._open(project.with_value("data.dataset.path", "/home/ada/titanic.csv"))
        self.window.show_data()
        panel.verticalScrollBar().setValue(0)
        yield "own-missing"
        self.window.notices.show_work("Reading titanic.csv…", lambda: None)
        yield "own-reading"
        self.window.notices.findChild(type(self._part("work")), "work").dismiss()

    def own_images(self) -> Iterator[str]:
        from engine.datasets.images import ImageFolder

        self.window.show_start()
        self.editor.undo_stack.setClean()
        self._drop(_images())
        self.until(lambda: isinstance(self.editor.project.data.dataset, ImageFolder))
        self._wait_for_report()
        self.canvas.fit()
        self.until(lambda: self._part("sampleGrid", self.window.data_panel).isVisible())
        yield "own-images"
        self._open(self.editor.project.with_value("data.augmentation", _augmentation()))
        self.window.show_data()
        self._scroll_to("augmenting")
        self.until(lambda: self._part("variantsGrid").isVisible())
        self._scroll_to("augmenting")
        yield "own-augmentation"

    def own_others(self) -> Iterator[str]:
        from engine.data import Data
        from engine.datasets.files import open_data
        from engine.project import Project

        panel = self.window.data_panel
        for name, made in {"masks": _masks, "texts": _texts, "sounds": _sounds}.items():
            self._open(Project(data=Data(open_data(str(made())))))
            self.window.show_data()
            panel.verticalScrollBar().setValue(0)
            self.until(lambda: panel._preview is not None)
            yield f"own-{name}"
            self.window.look_at_data()
            self.until(lambda: self.window.data_view.rows.matching > 0)
            self.settle(1_500)
            self.window.data_view.table.go_to(1)
            self.window.data_view.gallery.go_to(1)
            self.settle(500)
            yield f"looking-{name}"

    def own_points(self) -> Iterator[str]:
        from engine.data import Data
        from engine.datasets import DrawnPoints
        from engine.project import Project

        for predicts in ("classes", "values"):
            dataset = DrawnPoints(predicts=predicts, class_count=3, points=_points(predicts))
            self._open(Project(data=Data(dataset)))
            self.window.show_data()
            self._scroll_to("pointCanvas")
            yield f"own-points-{predicts}"

    def own_troubles(self) -> Iterator[str]:
        from engine.data import Data
        from engine.datasets import Mnist
        from engine.datasets.files import open_data
        from engine.project import Project
        from engine.proposing import fitting, proposed

        panel = self.window.data_panel
        self._open(proposed(fitting(open_data(str(_table())))))
        self.window.show_data()
        self.until(lambda: self._part("skippedHead", panel).isVisible())
        self._part("skippedHead", panel).setChecked(True)
        self._scroll_to("skippedHead")
        yield "own-skipped"
        mirror = os.environ.pop("LAYERLOOM_DATA_MIRROR", "")
        self._open(Project(data=Data(Mnist())))
        self.window.show_data()
        panel.verticalScrollBar().setValue(0)
        yield "own-download"
        os.environ["LAYERLOOM_DATA_MIRROR"] = mirror
        self.window.show_start()
        empty = Path(tempfile.mkdtemp()) / "empty.csv"
        empty.touch()
        self._drop(empty)
        self.until(lambda: bool(self.window.notices.texts))
        yield "own-refused"
        self.window.notices.clear()
        self.window.drop_sign.announce([Path("titanic.csv")])
        yield "own-dragged-start"
        self.window.show_editor()
        self.window.drop_sign.announce([Path("flowers"), Path("titanic.csv")])
        yield "own-dragged"
        self.window.drop_sign.hide()

    def cross_validated(self) -> Iterator[str]:
        from engine.templates import template

        # A design that is cross-validated already is summed up at once: at each size it is another.
        epochs = 200 + self.window.width() // 100
        self._open(template("iris").project.with_value("training.epochs", epochs))
        self._show_dock("curvesDock")
        self._show_dock("runsDock")
        self.window.cross_validating.begin(self.editor.project, 3)
        self.until(lambda: self.window.cross_validating.fold.startswith("Fold 2") and self._is_running())
        yield "folds-running"
        self.until(lambda: not self.window.cross_validating.is_under_way)
        self.settle(1_000)
        yield "folds-finished"
        self.window.notices.clear()

    def _is_running(self) -> bool:
        return self.window.training.state == "running"

    def _drop(self, path: Path) -> None:
        """Opens a file or folder as if it were dropped on the window."""
        self.window.opening.open(path)

    def _scroll_to(self, name: str) -> None:
        """Brings a part of the Data tab to its top."""
        panel = self.window.data_panel
        part = self._part(name, panel)
        bar = panel.verticalScrollBar()
        bar.setValue(part.mapTo(panel.widget(), part.rect().topLeft()).y() - 40)
        self.settle(100)

    def cost(self) -> Iterator[str]:
        self._open_template("mnist-cnn")
        self._part("costLine").click()
        yield "cost"
        self._close_all()

    def dialogs(self) -> Iterator[str]:
        from gui import dialogs
        from gui.question import Question

        ask = partial(partial, parent=self.window)
        asked = {
            "about": self.window.show_about,
            "shortcuts": self.window.show_shortcuts,
            "picture": self.window.export_picture,
            "save": ask(dialogs.ask_save, name="cifar.loom"),
            "close": ask(dialogs.ask_close),
            "recover": ask(dialogs.ask_recover, name="cifar.loom", when="21/11/2026 09:12"),
            "delete": ask(dialogs.ask_delete_run, name="2026-11-21 09-12 Digits CNN"),
            "overwrite": ask(dialogs.ask_overwrite, name="digits.onnx"),
            "overwrite-newer": ask(dialogs.ask_overwrite_newer, name="cifar.loom"),
        }
        # A question that waits for its answer would keep the script from going on.
        Question.ask = Question.open
        self._open_template("digits")
        for name, question in asked.items():
            question()
            self.settle(1_500 if name == "picture" else 500)
            yield f"dialog-{name}"
            self._close_all()

    def shortcuts(self) -> Iterator[str]:
        self._open_template("digits")
        self.window.show_shortcuts()
        self._part("shortcutSearch").setText("tidy")
        self._part("keyField").setKeySequence("Ctrl+S")
        yield "shortcut-taken"
        self._part("shortcutSearch").setText("zzz")
        yield "shortcut-none"
        self._close_all()

    def notice(self) -> Iterator[str]:
        from engine.errors import LayerloomError

        self._open_template("mnist-cnn")
        self.window.notices.show_error(LayerloomError("The file cannot be read.", fix="Open its backup, net.backup."))
        self.canvas.fit()
        yield "notice"
        self.window.notices.show_text("The block is kept in My blocks.", kind="good")
        self.window.notices.show_text("The training was interrupted.", ("Resume", lambda: None), kind="doubt")
        yield "notices"
        self.window.notices.clear()

    def training_choices(self) -> Iterator[str]:
        from engine.averaging import MovingAverage
        from engine.clipping import ClipNorm
        from engine.schedules import Cosine
        from engine.stopping import EarlyStopping, TimeBudget
        from engine.templates import template

        project = template("digits").project
        for name, value in (("clipping", ClipNorm()), ("averaging", MovingAverage()), ("schedule", Cosine())):
            project = project.with_training(project.training.with_setting(name, value))
        stops = (EarlyStopping(), TimeBudget())
        project = project.with_training(project.training.with_setting("stops", stops).with_setting("accumulation", 2))
        self._open(project)
        self._show_dock("trainingDock")
        bar = self._part("trainingPanel").verticalScrollBar()
        for name, share in (("top", 0), ("middle", 0.5), ("bottom", 1)):
            bar.setValue(int(share * bar.maximum()))
            yield f"training-choices-{name}"

    def preflight(self) -> Iterator[str]:
        self._open_template("digits")
        self._show_dock("trainingDock")
        view = self.window.training_panel.preflight
        view.try_out()
        yield "preflight-running"
        from gui.preflight import RateSearch

        if view.findChild(RateSearch).isHidden():
            view.try_out()
        self.until(lambda: not view.findChild(RateSearch).isHidden())
        yield "preflight"

    def training(self) -> Iterator[str]:
        from engine.templates import template

        self._open(template("digits").project.with_value("training.epochs", 400))
        self._show_dock("curvesDock")
        self._show_dock("trainingDock")
        self.window.runs.train()
        self.until(lambda: self.window.training.state == "running")
        self.settle(6_000)
        yield "training"
        self.window.actions_by_name["pause"].trigger()
        self.settle(1_000)
        yield "paused"
        self.window.actions_by_name["stop"].trigger()
        self.until(lambda: not self.window.training.is_busy)
        yield "trained"
        self._show_dock("resultDock")
        self._show_dock("runsDock")
        yield "result"
        self.window.runs.export()
        self.settle(800)
        yield "dialog-export"
        self._part("exportFile").setText(str(Path(tempfile.mkdtemp()) / "digits.onnx"))
        self._part("exportStart").click()
        self.until(lambda: self._part("exportStart").isEnabled())
        yield "dialog-exported"
        self._close_all()


def _augmentation():
    from engine.augmentation import Colour, Cutout, HorizontalFlip, Rotate

    return (HorizontalFlip(), Rotate(), Colour(), Cutout())


def _table() -> Path:
    """A table of passengers, some of whose ages nobody knows; one row is too long."""
    rows = ["name,age,class,sex,fare,cabin,port of embarkation,survived"]
    for row in range(400):
        age = "" if row % 6 == 0 else f"{(row * 37) % 70 + 0.5}"
        cabin = f"C{row % 90}" if row % 4 == 0 else ""
        port = ("Southampton", "Cherbourg", "Queenstown")[(row * 7) % 3]
        sex = ("female", "male")[row % 2]
        rows.append(
            f"Passenger {row},{age},{row % 3 + 1},{sex},{(row * 53) % 90 + 7.25},{cabin},{port},{(row * 5) % 7 % 2}"
        )
    rows.append("too,many,cells,in,this,row,for,the,table")
    path = Path(tempfile.mkdtemp()) / "passengers.csv"
    path.write_text("\n".join(rows))
    return path


def _images() -> Path:
    """A folder of painted shapes, with a subfolder for each."""
    from PySide6.QtGui import QColor, QImage, QPainter

    folder = Path(tempfile.mkdtemp()) / "shapes"
    for shape in ("circles", "squares"):
        (folder / shape).mkdir(parents=True)
        for number in range(24):
            image = QImage(96, 80, QImage.Format.Format_RGB32)
            image.fill(QColor.fromHsv(number * 15 % 360, 40, 240))
            painter = QPainter(image)
            painter.setBrush(QColor.fromHsv((number * 47) % 360, 200, 200))
            painter.translate(20 + number % 5 * 6, 10 + number % 4 * 8)
            painter.drawEllipse(0, 0, 40, 40) if shape == "circles" else painter.drawRect(0, 0, 38, 38)
            painter.end()
            image.save(str(folder / shape / f"{shape}-{number}.png"))
    return folder


def _masks() -> Path:
    """A folder of painted discs, and of masks that say where they are."""
    from PySide6.QtGui import QColor, QImage, QPainter

    folder = Path(tempfile.mkdtemp()) / "discs"
    for part, paper, ink in (("images", "#dde5ee", "#2f6fb3"), ("masks", "#000000", "#ffffff")):
        (folder / part).mkdir(parents=True)
        for number in range(24):
            image = QImage(96, 96, QImage.Format.Format_RGB32)
            image.fill(QColor(paper))
            painter = QPainter(image)
            painter.setBrush(QColor(ink))
            painter.setPen(QColor(ink))
            painter.drawEllipse(10 + number % 6 * 7, 12 + number % 5 * 8, 30 + number % 3 * 6, 30 + number % 4 * 5)
            painter.end()
            image.save(str(folder / part / f"disc-{number:02}.png"))
    return folder


def _texts() -> Path:
    """A table of sentences with what they are about."""
    about = {"weather": ("rain", "snow", "wind", "sun"), "food": ("bread", "soup", "cheese", "apples")}
    rows = ["text,topic"]
    for number in range(200):
        topic = ("weather", "food")[number % 2]
        thing = about[topic][number // 2 % 4]
        rows.append(f'"On day {number} there was {thing}, and they spoke of {thing} until the evening.",{topic}')
    path = Path(tempfile.mkdtemp()) / "sentences.csv"
    path.write_text("\n".join(rows))
    return path


def _sounds() -> Path:
    """A folder of tones, low ones and high ones."""
    import numpy as np
    import soundfile

    folder = Path(tempfile.mkdtemp()) / "tones"
    moments = np.arange(8000) / 8000
    for name, pitch in (("low", 220), ("high", 880)):
        (folder / name).mkdir(parents=True)
        for number in range(12):
            fading = np.exp(-moments * (1 + number % 4))
            wave = 0.6 * fading * np.sin(2 * np.pi * (pitch + 12 * number) * moments)
            soundfile.write(folder / name / f"{name}-{number}.wav", wave, 8000)
    return folder


def _points(predicts: str):
    """Three spirals of points."""
    from math import cos, sin

    from engine.datasets.drawn import Point

    points = []
    for number in range(120):
        arm, along = number % 3, number / 120
        angle, far = 2.1 * arm + 4 * along, 150 + 800 * along
        answer = arm if predicts == "classes" else round(1000 * along - 500)
        points.append(Point(round(far * cos(angle)), round(far * sin(angle)), answer))
    return tuple(points)


def _doubtful():
    from engine.graph import Graph
    from engine.layers import BatchNorm2d, Conv2d, Dropout, Flatten, Input, Linear, Output
    from engine.layout import stacked
    from engine.project import Project

    layers = (Input(), Conv2d(), BatchNorm2d(), Conv2d(), BatchNorm2d(), Flatten(), Linear(64), Linear(10), Dropout())
    return Project(stacked(Graph.chain(*layers, Output())), title="Doubtful")
