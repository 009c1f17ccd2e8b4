"""A person's own data: dropped or chosen, they become a project or come into the one there is, as one step; what fails
is one sentence, and nothing is lost.
"""

from pathlib import Path

import pytest
from mouse import drop_files, drop_on, files_of, hover_over, leave
from own_data import Jobs, Points, file_of, listed
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QProgressBar, QPushButton, QWidget

from engine.analysis import analyse
from engine.datasets import Digits, HuggingFace, Iris, Progress, hub
from engine.datasets.tables import Table
from engine.errors import DataError
from engine.events import Started
from engine.project import Project
from engine.runs import Run
from engine.templates import template
from gui import dialogs
from gui.data import opening
from gui.engine_process import EngineProcess
from gui.training_thread import SpareTrainer
from gui.window import Window


@pytest.fixture(autouse=True)
def _nothing_computes(monkeypatch):
    monkeypatch.setattr(EngineProcess, "_next", lambda _: None)
    monkeypatch.setattr(SpareTrainer, "prepare", lambda _: None)


@pytest.fixture(autouse=True)
def _points():
    with listed():
        yield


@pytest.fixture
def jobs(window, monkeypatch):
    return Jobs(window.services, monkeypatch)


def part(window: Window, name: str) -> QWidget:
    return window.findChild(QWidget, name)


def press(window: Window, name: str) -> None:
    QTest.mouseClick(part(window, name), Qt.MouseButton.LeftButton)


def test_a_file_dropped_on_the_start_page_becomes_a_project_that_can_be_trained(window, jobs, tmp_path, qtbot):
    path = file_of(tmp_path)
    drop_files(window, path)
    assert jobs.newest.asked == (path,)
    jobs.newest.done.emit(Points(str(path)))
    assert window.is_editing
    assert window.editor.project.data.dataset == Points(str(path))
    assert window.documents.name == "points"
    assert not analyse(window.editor.project).faults
    qtbot.waitUntil(window.data_panel.isVisible)


def test_in_a_project_it_is_one_step_and_the_network_stays(window, jobs, tmp_path, qtbot):
    window.editor.open(template("iris").project)
    network = window.editor.project.network
    path = file_of(tmp_path)
    drop_files(window.canvas.viewport(), path)
    jobs.newest.done.emit(Points(str(path)))
    assert window.editor.project.data.dataset == Points(str(path))
    assert window.editor.project.network is network
    assert window.editor.undo_stack.count() == 1
    qtbot.waitUntil(lambda: part(window, "dataFile").isVisible())
    assert [fault.fix for fault in analyse(window.editor.project).faults if fault.fix]
    window.editor.undo_stack.undo()
    assert window.editor.project.data.dataset == Iris()


def test_a_project_that_is_called_after_its_data_is_called_after_others_that_take_their_place(window, jobs, tmp_path):
    drop_files(window, file_of(tmp_path))
    jobs.newest.done.emit(Points(str(tmp_path / "points.dat")))
    for name in ("other", "third"):
        window.opening.open(file_of(tmp_path, f"{name}.dat"))
        jobs.newest.done.emit(Points(str(tmp_path / f"{name}.dat")))
        assert window.documents.name == name
        assert window.windowTitle().startswith(name)
    window.editor.undo_stack.undo()
    assert window.windowTitle().startswith("other")
    # A name that was chosen stays.
    window.editor.open(template("iris").project)
    window.opening.open(file_of(tmp_path))
    jobs.newest.done.emit(Points(str(tmp_path / "points.dat")))
    assert window.documents.name == "Iris"


def test_on_an_empty_canvas_a_network_that_fits_is_on_offer(window, jobs, tmp_path):
    window.editor.open(Project())
    window.opening.open(file_of(tmp_path))
    jobs.newest.done.emit(Points(str(tmp_path / "points.dat")))
    press(window, "noticeOffer")
    assert not analyse(window.editor.project).faults
    assert window.editor.undo_stack.count() == 2


def test_data_of_another_kind_offer_a_network_that_fits_them(window, jobs, tmp_path):
    window.editor.open(template("digits").project)
    window.opening.open(file_of(tmp_path))
    jobs.newest.done.emit(Points(str(tmp_path / "points.dat")))
    assert any("was drawn for other data" in text for text in window.notices.texts)
    offers = [button for button in window.findChildren(QPushButton, "noticeOffer") if "network" in button.text()]
    offers[-1].click()
    assert not analyse(window.editor.project).faults
    assert window.editor.undo_stack.count() == 2
    assert window.notices.texts
    assert window.documents.name == "points", "nothing is left of the network that it was called after"
    assert not window.editor.project.description
    window.editor.undo_stack.setIndex(0)
    assert window.notices.texts == [], "the data are no more those for which it was offered"
    assert window.editor.project == template("digits").project


def test_before_training_a_file_that_is_gone_is_asked_for(window, jobs, tmp_path, monkeypatch):
    path = file_of(tmp_path)
    window.opening.open(path)
    jobs.newest.done.emit(Points(str(path)))
    path.rename(tmp_path / "moved.dat")
    window.runs.train()
    assert not window.training.is_busy
    assert window.notices.texts[0] == f"{path} is not there."
    monkeypatch.setattr(dialogs, "ask_missing_data", lambda *_: tmp_path / "moved.dat")
    window.findChildren(QPushButton, "noticeOffer")[-1].click()
    jobs.newest.done.emit(Points(str(tmp_path / "moved.dat")))
    assert not window.opening.is_missing()


def test_what_cannot_be_read_is_said_and_changes_nothing(window, jobs, tmp_path):
    window.editor.open(template("iris").project)
    drop_files(window, file_of(tmp_path, "notes.xyz"))
    jobs.newest.failed.emit(DataError("notes.xyz is no data that can be read.", fix="Choose another file."))
    assert window.notices.texts == ["notes.xyz is no data that can be read. Choose another file."]
    assert window.editor.project == template("iris").project
    assert not window.opening.is_busy


def test_the_next_try_takes_the_failure_of_the_last_away(window, jobs, tmp_path):
    window.editor.open(template("iris").project)
    window.opening.open(file_of(tmp_path, "notes.xyz"))
    jobs.newest.failed.emit(DataError("notes.xyz is no data that can be read."))
    window.opening.open(file_of(tmp_path))
    assert window.notices.texts == []


def test_the_offer_to_examine_is_of_the_newest_data_and_goes_with_the_training(window, jobs, tmp_path):
    for name in ("first", "second"):
        window.opening.open(file_of(tmp_path, f"{name}.dat"))
        jobs.newest.done.emit(Points(str(tmp_path / f"{name}.dat")))
    assert [text for text in window.notices.texts if "examined" in text] == [
        "Before training on second, it can be examined for what will hurt."
    ]
    window.training.started.emit(Run.create(tmp_path / "run", window.editor.project))
    assert not [text for text in window.notices.texts if "examined" in text]


def test_rows_that_were_left_out_are_not_left_out_of_other_data(window, jobs, tmp_path):
    window.editor.open(template("iris").project.with_value("data.excluded", ("3", "7-9")))
    window.opening.open(file_of(tmp_path))
    jobs.newest.done.emit(Points(str(tmp_path / "points.dat")))
    assert window.editor.project.data.excluded == ()


@pytest.mark.parametrize("name", ["gallerySearch", "paletteSearch", "canvas", "dataPanel", "curvesDock", "gallery"])
def test_a_file_may_be_let_go_anywhere(window, jobs, tmp_path, name, qtbot):
    if name not in ("gallerySearch", "gallery"):
        window.editor.open(template("iris").project)
        window.show_data()
    widget = part(window, name)
    qtbot.waitUntil(widget.isVisible)
    drop_files(widget, file_of(tmp_path))
    assert jobs.newest.asked == (tmp_path / "points.dat",)
    assert part(window, "gallerySearch").text() == part(window, "paletteSearch").text() == ""


def test_words_are_still_let_go_on_a_line(window):
    words = QMimeData()
    words.setText("resnet")
    assert drop_on(part(window, "gallerySearch"), words)
    assert part(window, "gallerySearch").text() == "resnet"
    assert not drop_on(window.start_page, words)


def test_a_line_for_a_path_takes_what_is_let_go_on_it(window, jobs, tmp_path, qtbot):
    asked = []
    window.data_panel.test_file_asked.connect(asked.append)
    project = template("iris").project
    window.editor.open(project.with_data(project.data.with_setting("dataset", Table(str(file_of(tmp_path))))))
    window.show_data()
    line = part(window, "test_path")
    qtbot.waitUntil(line.isVisible)
    hover_over(window.canvas, files_of([file_of(tmp_path)]))
    drop_files(line, file_of(tmp_path, "test.csv"))
    assert asked == [str(tmp_path / "test.csv")]


def test_a_drag_says_what_letting_go_does(window, tmp_path):
    sign = part(window, "dropSign")
    csv, project = tmp_path / "a.csv", tmp_path / "b.loom"
    assert hover_over(window.start_page, files_of([csv]))
    assert sign.isVisible()
    assert sign.geometry() == window.rect()
    assert sign.accessibleName().startswith("Open a.csv. It becomes a project")
    leave(window)
    assert not sign.isVisible()
    window.editor.open(template("iris").project)
    hover_over(window.canvas, files_of([csv]))
    assert "takes the place of the data of this project" in sign.accessibleName()
    leave(window)
    hover_over(window.canvas, files_of([csv, project]))
    assert sign.accessibleName().startswith("Open b.loom. Of 2 that are dragged")
    drop_on(window.canvas, QMimeData())
    assert not sign.isVisible()


def test_nothing_is_let_go_behind_a_question(window, jobs, tmp_path, qtbot):
    about = QDialog(window)
    about.setModal(True)
    with qtbot.waitExposed(about):
        about.show()
    assert not drop_on(window.canvas, files_of([tmp_path]))
    assert jobs.all == []
    about.close()


def test_a_file_that_is_opened_while_rows_are_looked_at_comes_into_the_project(window, jobs, tmp_path):
    window.editor.open(template("iris").project)
    window.look_at_data()
    drop_files(window.data_view, file_of(tmp_path))
    jobs.newest.done.emit(Points(str(tmp_path / "points.dat")))
    assert window.editor.undo_stack.count() == 1
    assert window.is_looking


def test_a_training_that_is_begun_while_rows_are_looked_at_is_in_view(window, monkeypatch):
    begun = []
    monkeypatch.setattr(window.training, "train", lambda *design: begun.append(design))
    train = window.actions_by_name["train"]
    assert not train.isEnabled(), "on the page of templates there is nothing to train"
    window.editor.open(template("iris").project)
    window.show_editor()
    window.look_at_data()
    train.trigger()
    assert len(begun) == 1
    assert window.is_editing


def test_what_ends_while_rows_are_looked_at_can_be_trained_again(window):
    window.editor.open(template("iris").project)
    window.look_at_data()
    window.runs.show_state()
    window.show_editor()
    assert window.actions_by_name["train"].isEnabled()
    assert window.actions_by_name["crossValidate"].isEnabled()


def test_a_notice_leaves_the_head_of_the_start_page_in_view(window, qtbot):
    page, notices = window.start_page.viewport(), window.notices
    notices.show_text("Something cannot be read.")

    def is_free() -> bool:
        return page.mapTo(window, QPoint()).y() == notices.mapTo(window, QPoint(0, notices.height())).y()

    qtbot.waitUntil(is_free)


def test_a_notice_leaves_the_way_back_from_the_rows_in_view(window, jobs, tmp_path, qtbot):
    window.opening.open(file_of(tmp_path))
    jobs.newest.done.emit(Points(str(tmp_path / "points.dat")))
    window.look_at_data()
    back, notices = part(window, "dataBack"), window.notices

    def is_free() -> bool:
        return back.mapTo(window, QPoint()).y() >= notices.mapTo(window, QPoint(0, notices.height())).y()

    assert notices.texts
    qtbot.waitUntil(is_free)


def test_what_takes_long_is_shown_and_can_be_given_up(window, jobs, tmp_path, qtbot):
    drop_files(window, file_of(tmp_path))
    assert part(window, "work") is None
    qtbot.waitUntil(lambda: part(window, "work") is not None)
    assert part(window, "work").text == "Reading points.dat…"
    jobs.newest.progress.emit(Progress("Reading", 3, 4))
    bar = part(window, "workBar")
    assert isinstance(bar, QProgressBar)
    assert bar.value() * 4 == bar.maximum() * 3
    QTest.mouseClick(part(window, "work").findChild(QPushButton, "noticeOffer"), Qt.MouseButton.LeftButton)
    assert jobs.newest.is_cancelled
    assert not window.opening.is_busy
    assert window.notices.texts == []


def test_a_data_set_of_the_hub_is_called_by_its_name_while_it_is_read(window, jobs, monkeypatch, qtbot):
    monkeypatch.setattr(hub, "is_installed", lambda: True)
    project = template("iris").project
    window.editor.open(project.with_data(project.data.with_setting("dataset", HuggingFace(name="owner/set"))))
    qtbot.waitUntil(lambda: part(window, "work") is not None)
    assert part(window, "work").text == "Reading owner/set…"


def test_what_is_quick_shows_nothing(window, jobs, tmp_path, qtbot, monkeypatch):
    drop_files(window, file_of(tmp_path))
    jobs.newest.done.emit(Points(str(tmp_path / "points.dat")))
    qtbot.wait(opening.PATIENCE_MILLISECONDS + 50)
    assert part(window, "work") is None


def test_another_file_takes_the_place_of_one_that_is_being_read(window, jobs, tmp_path):
    drop_files(window, file_of(tmp_path))
    drop_files(window, file_of(tmp_path, "other.dat"))
    first, second = jobs.all
    assert first.is_cancelled
    assert not second.is_cancelled


def test_data_and_projects_are_told_apart(window, jobs, tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(window, "open", opened.append)
    drop_files(window, file_of(tmp_path, "a.csv"), file_of(tmp_path, "b.loom"))
    drop_files(window, file_of(tmp_path, "c.csv"))
    drop_files(window, tmp_path)
    assert opened == [tmp_path / "b.loom"]
    assert [job.asked for job in jobs.all] == [(tmp_path / "c.csv",), (tmp_path,)]


@pytest.mark.parametrize(
    ("action", "asks"), [("openData", "ask_data"), ("openDataFolder", "ask_data_folder")], ids=["file", "folder"]
)
def test_the_menu_asks_for_data(window, jobs, tmp_path, monkeypatch, action, asks):
    monkeypatch.setattr(dialogs, asks, lambda *_: tmp_path)
    window.actions_by_name[action].trigger()
    assert jobs.newest.asked == (tmp_path,)


def test_the_start_page_and_the_data_tab_ask_for_data(window, jobs, tmp_path, monkeypatch, qtbot):
    monkeypatch.setattr(dialogs, "ask_data", lambda *_: tmp_path / "a.csv")
    monkeypatch.setattr(dialogs, "ask_data_folder", lambda *_: tmp_path)
    press(window, "startData")
    press(window, "startFolder")
    window.editor.open(Project())
    window.show_data()
    qtbot.waitUntil(lambda: part(window, "dataOpen").isVisible())
    press(window, "dataOpen")
    press(window, "dataOpenFolder")
    assert [job.asked for job in jobs.all] == [(tmp_path / "a.csv",), (tmp_path,)] * 2


def with_points(window: Window, path: Path) -> None:
    project = template("iris").project
    window.editor.open(project.with_data(project.data.with_setting("dataset", Points(str(path)))))
    window.show_data()


def test_a_missing_file_is_asked_for_by_its_name_and_found_again(window, jobs, tmp_path, monkeypatch, qtbot):
    with_points(window, tmp_path / "gone" / "points.dat")
    button = part(window, "dataFind")
    qtbot.waitUntil(button.isVisible)
    assert button.text() == "Choose where points.dat is…"
    assert str(tmp_path / "gone") in part(window, "dataMissingWords").text()
    found = file_of(tmp_path)
    asked = []
    monkeypatch.setattr(dialogs, "ask_missing_data", lambda _parent, name, _folder: asked.append(name) or found)
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert asked == ["points.dat"]
    jobs.newest.done.emit(Points(str(found)))
    assert window.editor.project.data.dataset == Points(str(found))
    assert window.editor.undo_stack.count() == 1
    assert not button.isVisible()


def test_what_a_training_has_brought_is_no_longer_missing(window, jobs, tmp_path, qtbot):
    with_points(window, tmp_path / "points.dat")
    missing = part(window, "dataMissing")
    qtbot.waitUntil(missing.isVisible)
    file_of(tmp_path)
    window.training.events.emit([Started("", 1, "cpu", 1, 1, 1, 1, 1, time=0.0)])
    assert not missing.isVisible()


def test_a_file_that_is_another_is_refused_and_asked_for_again(window, jobs, tmp_path, monkeypatch, qtbot):
    with_points(window, tmp_path / "gone.dat")
    monkeypatch.setattr(dialogs, "ask_missing_data", lambda *_: file_of(tmp_path))
    qtbot.waitUntil(part(window, "dataFind").isVisible)
    press(window, "dataFind")
    jobs.newest.failed.emit(DataError("points.dat lacks “age”."))
    assert window.notices.texts == ["points.dat lacks “age”."]
    assert part(window, "dataFind").isVisible()


def test_without_a_file_one_is_asked_for(window, jobs, tmp_path, monkeypatch, qtbot):
    monkeypatch.setattr(dialogs, "ask_data", lambda *_: tmp_path / "a.csv")
    project = template("iris").project
    window.editor.open(project.with_data(project.data.with_setting("dataset", Points())))
    window.show_data()
    qtbot.waitUntil(part(window, "dataFind").isVisible)
    assert part(window, "dataMissingWords").text() == "No file is chosen yet."
    press(window, "dataFind")
    assert jobs.newest.asked == (tmp_path / "a.csv",)


def test_a_setting_of_the_reading_has_the_file_looked_through_anew_within_one_step(window, jobs, tmp_path, qtbot):
    with_points(window, file_of(tmp_path))
    box = part(window, "width")
    qtbot.waitUntil(box.isVisible)
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "12")
    (of_one, of_twelve) = jobs.all
    assert of_one.is_cancelled
    assert of_twelve.asked[0].width == 12
    of_twelve.done.emit(of_twelve.asked[0].refreshed())
    assert window.editor.project.data.dataset == Points(str(tmp_path / "points.dat"), 12, 12)
    assert window.editor.undo_stack.count() == 1
    window.editor.undo_stack.undo()
    assert window.editor.project.data.dataset == Points(str(tmp_path / "points.dat"))


def test_the_path_is_chosen_and_not_typed(window, tmp_path, qtbot):
    with_points(window, file_of(tmp_path))
    qtbot.waitUntil(part(window, "width").isVisible)
    assert part(window, "path") is None
    name = part(window, "dataFile")
    assert isinstance(name, QLabel)
    assert name.text() == "points.dat"
    window.editor.apply("Digits", window.editor.project.with_value("data.dataset", Digits()))
    assert part(window, "dataFile") is None or not part(window, "dataFile").isVisible()
