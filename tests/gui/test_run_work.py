"""What is done with runs in a window: one that is deleted leaves nothing behind, and its key deletes nothing else; what
is exported has a name that can be used.
"""

from pathlib import Path

import fake_trainer
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QListView, QPushButton

from engine.data import Data
from engine.datasets import Iris
from engine.export import Exported, Exporter
from engine.graph import Graph
from engine.layers import Input, Linear, Output
from engine.project import Project
from engine.runs import Run
from gui import dialogs
from gui.export_dialog import ExportDialog
from gui.window import Window

DESIGN = Project(Graph.chain(Input((4,)), Linear(3), Output()), Data(Iris()))


@pytest.fixture
def view(window: Window, qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> QListView:
    """The list of two finished runs, the first of them shown and chosen; whoever is asked says yes."""
    for name in ("shown", "other"):
        run = Run.create(tmp_path / "runs" / name, DESIGN)
        fake_trainer.finish(run)
        for file in ("last.safetensors", "last.state.safetensors", "last.state.json"):
            (run.path / "checkpoints" / file).touch()
    window.show_editor()
    window.run_list.show_folder(tmp_path / "runs")
    found = window.run_list.findChild(QListView, "runList")
    rows = window.run_list._rows
    qtbot.waitUntil(lambda: rows.rowCount() == 2 and all(rows.row_at(rows.index(at, 0)).result for at in range(2)))
    window.run_list.run_opened.emit(tmp_path / "runs" / "shown")
    qtbot.waitUntil(lambda: window.training.run is not None)
    choose(found, "shown")
    monkeypatch.setattr(dialogs, "ask_delete_run", lambda *_words: True)
    return found


def choose(view: QListView, title: str) -> None:
    model = view.model()
    titles = [model.index(row, 0).data(Qt.ItemDataRole.UserRole).title for row in range(model.rowCount())]
    view.setCurrentIndex(model.index(titles.index(title), 0))


def hints(window: Window) -> list[str]:
    """What curves and test result say that hold nothing."""
    shown = [label.text() for label in window.findChildren(QLabel) if label.isVisibleTo(window)]
    return [text for text in shown if "once a network is trained" in text]


def test_a_run_that_is_shown_and_deleted_is_shown_no_longer(window: Window, view: QListView) -> None:
    export = window.actions_by_name["export"]
    window.docks["resultDock"].raise_()
    assert export.isEnabled()
    assert window.curves._history.last_step == 3
    assert not hints(window)
    window.run_list.delete_chosen()
    assert not export.isEnabled()
    assert window.curves._history.last_step == 0
    assert hints(window)


def test_another_that_is_deleted_leaves_it_shown(window: Window, view: QListView) -> None:
    choose(view, "other")
    window.run_list.delete_chosen()
    assert window.actions_by_name["export"].isEnabled()
    assert window.curves._history.last_step == 3


def test_delete_in_the_list_means_the_run_and_not_the_layer(window: Window, view: QListView, tmp_path: Path) -> None:
    window.docks["runsDock"].raise_()
    window.editor.select(["linear_1"])
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert not (tmp_path / "runs" / "shown").exists()
    assert "linear_1" in window.editor.network


@pytest.mark.parametrize("place", ["canvas", "palette"])
def test_on_the_canvas_and_in_the_palette_it_means_the_layer(window: Window, view: QListView, place: str) -> None:
    window.editor.select(["linear_1"])
    hearer = window.canvas if place == "canvas" else window.palette_panel.list
    hearer.setFocus()
    QTest.keyClick(hearer, Qt.Key.Key_Delete)
    assert "linear_1" not in window.editor.network


def test_pytorch_source_is_offered_under_a_name_that_python_imports(window: Window, tmp_path: Path) -> None:
    run = Run.create(tmp_path / "runs" / "mnist-mlp-20261122-234156", DESIGN)
    window.runs.export_of(run.path)
    dialog = window.findChild(ExportDialog, "exportDialog")
    formats, file = dialog.findChild(QComboBox, "exportFormat"), dialog.findChild(QLineEdit, "exportFile")
    assert Path(file.text()).stem == run.name
    formats.setCurrentIndex(formats.findData("python"))
    assert Path(file.text()).name == "mnist_mlp_20261122_234156.py"
    assert Path(file.text()).parent == window.settings.folder
    dialog.reject()


def test_what_was_exported_is_shown_in_its_folder(window: Window, tmp_path: Path, monkeypatch) -> None:
    window.runs.export_of(Run.create(tmp_path / "runs" / "mine", DESIGN).path)
    dialog = window.findChild(ExportDialog, "exportDialog")
    show, opened = dialog.findChild(QPushButton, "exportShow"), []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(Path(url.toLocalFile())))
    assert show.isHidden()
    file = tmp_path / "there" / "mine.onnx"
    dialog._show_exported(Exported(file, "onnx", 0.0, 10, (file,)))
    show.click()
    assert opened == [tmp_path / "there"]
    dialog.findChild(QComboBox, "exportFormat").setCurrentIndex(1)
    assert show.isHidden(), "nothing of this format was written"
    dialog.reject()


@pytest.mark.parametrize(("name", "module"), [("2024-flats", "model_2024_flats"), ("größe", "größe"), ("", "model_")])
def test_whatever_a_run_is_called_its_source_can_be_imported(name: str, module: str) -> None:
    assert Exporter.kinds["python"].suggested(name) == module
    assert module.isidentifier()
