"""The run list: reads beside the window, shows what each run came to, and asks before it deletes."""

import fake_trainer
import msgspec
import pytest
from PySide6.QtCore import QDateTime, QPoint, QRect, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QLabel, QListView, QPushButton

from engine.copies import Mlflow, TensorBoard
from engine.data import Data
from engine.datasets import Digits, Iris
from engine.events import Changed, Failed, Paused, Resumed, Stopped
from engine.graph import Graph
from engine.layers import Input, Linear, Output
from engine.losses import CrossEntropy
from engine.optimizers import Adam
from engine.project import Project, save
from engine.runs import Run
from engine.training import Training
from gui import dialogs
from gui.run_list import RowPainter, RunList
from gui.run_rows import Row, in_tree, named
from gui.theme import GRID, Appearance, small_font


@pytest.fixture
def runs(tmp_path):
    """Adds a run with these events to the folder that the list shows."""

    def add(name, *events, checkpoint=False):
        run = Run.create(tmp_path / "runs" / name, Project())
        fake_trainer.write(run, *events)
        if checkpoint:
            for file in ("last.safetensors", "last.state.safetensors", "last.state.json"):
                (run.path / "checkpoints" / file).touch()
        return run

    add.folder = tmp_path / "runs"
    return add


@pytest.fixture
def shown(qapp, qtbot, runs):
    """The list, once it has read its folder."""

    def show():
        made = RunList(Appearance(qapp, "dark"))
        qtbot.addWidget(made)
        made.resize(328, 500)
        made.show()
        made.show_folder(runs.folder)
        qtbot.waitUntil(lambda: len(rows(made)) == len(list(runs.folder.glob("*"))) and all(read(made)))
        return made

    return show


def view(run_list):
    return run_list.findChild(QListView, "runList")


def rows(run_list):
    model = view(run_list).model()
    return [model.index(number, 0).data(Qt.ItemDataRole.UserRole) for number in range(model.rowCount())]


def read(run_list):
    return [row.result is not None for row in rows(run_list)]


def choose(run_list, title):
    number = [row.title for row in rows(run_list)].index(title)
    view(run_list).setCurrentIndex(view(run_list).model().index(number, 0))


def button(run_list, name):
    return run_list.findChild(QPushButton, f"{name}RunButton")


def test_without_runs_it_says_what_to_do(qapp, qtbot, tmp_path):
    run_list = RunList(Appearance(qapp, "light"))
    qtbot.addWidget(run_list)
    run_list.show()
    hint = run_list.findChild(QLabel, "runListHint")
    assert not hint.text(), "there may be some"
    with qtbot.waitSignal(run_list._reader.found):
        run_list.show_folder(tmp_path / "nowhere")
    assert "Press Train" in hint.text()
    assert hint.isVisible()


def test_a_run_that_another_window_begins_is_followed(runs, shown, qtbot):
    run = runs("iris-20260101-101013")
    run_list = shown()
    assert [row.status[0] for row in rows(run_list)] == ["○ not begun"]
    assert run_list._clock.isActive()
    fake_trainer.write(run, fake_trainer.started())
    run_list._clock.timeout.emit()
    qtbot.waitUntil(lambda: rows(run_list)[0].status[0] == "▶ training")


def test_a_run_whose_trainer_starts_says_so_until_its_log_tells_more(runs, shown, qtbot):
    run, _ = runs("iris-20260101-101013"), runs("wine-20260101-101012")
    run_list = shown()
    choose(run_list, "iris")
    assert button(run_list, "resume").isEnabled()
    run_list.show_starting(run.path)
    found = {row.title: row.status[0] for row in rows(run_list)}
    assert found == {"iris": "▶ starting", "wine": "○ not begun"}
    assert not button(run_list, "resume").isEnabled()
    fake_trainer.write(run, fake_trainer.started())
    run_list.refresh(run.path)
    qtbot.waitUntil(lambda: "▶ training" in [row.status[0] for row in rows(run_list)])
    run_list.show_starting(run.path)
    run_list.show_starting(None)
    assert "▶ training" in [row.status[0] for row in rows(run_list)]


def test_each_run_shows_what_it_came_to(runs, shown):
    gone = msgspec.structs.replace(fake_trainer.started(), pid=2**22 + 1)
    runs("digits-20260101-101010", fake_trainer.started(), fake_trainer.epoch(), fake_trainer.last_word())
    runs("xor-20260101-101011", fake_trainer.started(), Failed(time=0, message="The loss is not finite."))
    runs("wine-20260101-101012", gone, fake_trainer.epoch())
    runs("iris-20260101-101013")
    found = {row.title: row for row in rows(shown())}
    assert {title: row.status[0] for title, row in found.items()} == {
        "digits": "✓ finished",
        "xor": "✕ failed",
        "wine": "! interrupted",
        "iris": "○ not begun",
    }
    assert found["digits"].outcome == ("test", "30.0 %")
    assert "1 epoch" in found["digits"].effort
    assert "The loss is not finite." in found["xor"].in_words()
    assert "validation 40.0 %" in found["wine"].in_words()


def test_a_run_that_is_trained_shows_its_epochs_as_they_are_done(runs, shown, qtbot):
    run = runs("digits-20260101-101010", fake_trainer.started())
    run_list = shown()
    assert rows(run_list)[0].effort == "0 of 2 epochs"

    with run.trained_alone():
        more = Changed(time=0, step=3, path="training.epochs", value=2000, before=2, epochs=2000, steps=6000)
        fake_trainer.write(run, fake_trainer.epoch(), more)
        qtbot.waitUntil(lambda: rows(run_list)[0].effort == "1 of 2,000 epochs")
        assert rows(run_list)[0].outcome == ("validation", "40.0 %")

        fake_trainer.write(run, Paused(time=0, step=3))
        qtbot.waitUntil(lambda: rows(run_list)[0].status[0] == "❚❚ paused")
        fake_trainer.write(run, Resumed(time=0, step=3))
        qtbot.waitUntil(lambda: rows(run_list)[0].status[0] == "▶ training")

        fake_trainer.write(run, fake_trainer.last_word())
        qtbot.waitUntil(lambda: rows(run_list)[0].status[0] == "✓ finished")
    assert not run_list._clock.isActive()


def test_a_run_shows_the_metric_it_is_judged_by(runs, shown):
    word = msgspec.structs.replace(fake_trainer.last_word(), test={"loss": 0.8, "accuracy": 0.3, "f1_macro": 0.25})
    judged = Project().with_value("training.best_by", "f1_macro")
    for name, project in (("usual", Project()), ("chosen", judged), ("lost", judged)):
        run = runs(name, fake_trainer.started(), word if name != "lost" else fake_trainer.last_word())
        save(project, run.path / "project.loom")
    found = {row.title: row.outcome for row in rows(shown())}
    assert found["usual"] == ("test", "30.0 %")
    assert found["chosen"] == ("test F1 (macro)", "25.0 %")
    assert found["lost"] == ("test", "30.0 %"), "what it is judged by was not measured"


def test_lines_lead_to_forks_further_below(tmp_path):
    """A has forks B and D, and B has the fork C."""
    paths = {name: tmp_path / name for name in "ABCD"}
    parents = {"B": "A", "C": "B", "D": "A"}
    rows = [Row(paths[name], 10 - at, parent=paths.get(parents.get(name))) for at, name in enumerate("ABCD")]
    assert [(row.path.name, row.goes_on) for row in in_tree(rows)] == [
        ("A", ()),
        ("B", (True,)),
        ("C", (True, False)),
        ("D", (False,)),
    ]


def test_two_runs_of_one_name_are_told_apart(runs, shown):
    today = QDateTime.currentDateTime().toString("yyyyMMdd")
    for stamp in (f"{today}-101010", f"{today}-111010", "20200103-101010", "20200104-101010"):
        runs(f"digits-{stamp}", fake_trainer.started(), fake_trainer.last_word())
    times = [row.when for row in rows(shown())]
    assert len(set(times)) == 4
    assert sum("2020" in time for time in times) == 2


def test_the_tooltip_tells_day_and_time_as_the_list_does(tmp_path):
    row = Row(tmp_path / "digits-20200103-101010", begun=0)
    assert row.when.startswith("3 Jan 2020 10:10")
    assert row.when in row.in_words().splitlines()


def test_a_run_is_called_by_title_and_time_or_as_its_folder(tmp_path):
    assert named(tmp_path / "digits-20200103-101010").startswith("digits 3 Jan 2020 10:10")
    assert named(tmp_path / "cross-20200103-101010" / "fold-2").startswith("cross fold 2 ")
    assert named(tmp_path / "digits") == "digits"


LEARNS = Project(
    Graph.chain(Input(), Linear(3), Linear(4), Linear(3), Output()), Data(Iris()), Training(CrossEntropy(), Adam())
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        (
            {"training.optimizer.learning_rate": 0.01, "training.batch_size": 64, "data.validation": 0.3},
            ["Learning rate: 0.001 → 0.01", "Batch size: 32 → 64", "Validation: 0.1 → 0.3"],
        ),
        ({"network.linear_1.out_features": 5}, ["linear_1, out features: 3 → 5"]),
        ({f"network.linear_{number}.bias": False for number in (1, 2, 3)}, ["3 layers changed"]),
        ({"training.optimizer": "SGD"}, ["Optimizer: Adam → SGD"]),
    ],
)
def test_how_the_chosen_run_differs_from_the_design_is_said_below_the_list(runs, shown, qtbot, changes, expected):
    run = runs("digits", fake_trainer.started(), fake_trainer.last_word())
    project = LEARNS
    for path, value in changes.items():
        project = project.with_value(path, value)
    save(project, run.path / "project.loom")
    run_list = shown()
    said = run_list.findChild(QLabel, "runDifference")
    run_list.compare_with(LEARNS)
    choose(run_list, "digits")
    qtbot.waitUntil(lambda: run_list._trained is not None)
    assert said.toolTip().splitlines() == expected
    assert said.isVisible() == bool(expected)
    assert all(words in said.text() for words in expected)
    run_list.compare_with(project)
    assert not said.isVisible()


def test_a_long_list_of_differences_leaves_room_for_the_runs(runs, shown, qtbot):
    run = runs("digits", fake_trainer.started(), fake_trainer.last_word())
    data, training = Data(Digits(), test=0.3, validation=0.3), Training(CrossEntropy(), Adam(), epochs=99, seed=8)
    save(Project(LEARNS.network, data, training), run.path / "project.loom")
    run_list = shown()
    run_list.compare_with(LEARNS)
    choose(run_list, "digits")
    qtbot.waitUntil(lambda: run_list._trained is not None)
    said = run_list.findChild(QLabel, "runDifference")
    assert len(said.toolTip().splitlines()) == 5
    assert said.text().endswith("more")
    assert "Dataset: Iris → Digits" in said.toolTip()
    assert view(run_list).height() > run_list.height() / 2


def test_a_tick_lays_the_curves_over(runs, shown, qtbot):
    run = runs("digits", fake_trainer.started(), fake_trainer.last_word())
    run_list = shown()
    place = view(run_list).visualRect(view(run_list).model().index(0, 0))
    with qtbot.waitSignal(run_list.overlay_toggled) as ticked:
        where = QPoint(place.left() + 16, place.center().y())
        qtbot.mouseClick(view(run_list).viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert ticked.args == [run.path, True]
    with qtbot.waitSignal(run_list.overlay_toggled) as ticked:
        qtbot.keyClick(view(run_list), Qt.Key.Key_Space)
    assert ticked.args == [run.path, False]


@pytest.mark.parametrize(
    ("kind", "checkpoint", "resumes"), [("stopped", True, True), ("stopped", False, False), ("finished", True, False)]
)
def test_only_what_can_go_on_can_be_resumed(runs, shown, qtbot, kind, checkpoint, resumes):
    word = fake_trainer.last_word(Stopped) if kind == "stopped" else fake_trainer.last_word()
    run = runs("digits", fake_trainer.started(), word, checkpoint=checkpoint)
    run_list = shown()
    choose(run_list, "digits")
    assert button(run_list, "resume").isEnabled() == resumes
    assert button(run_list, "export").isEnabled() == checkpoint
    with qtbot.waitSignal(run_list.run_opened) as opened:
        button(run_list, "open").click()
    assert opened.args == [run.path]
    if resumes:
        with qtbot.waitSignal(run_list.resume_asked) as asked:
            button(run_list, "resume").click()
        assert asked.args == [run.path]


@pytest.mark.parametrize("answer", [True, False])
def test_deleting_asks_first(runs, shown, monkeypatch, qtbot, answer):
    run = runs("digits", fake_trainer.started(), fake_trainer.last_word())
    run_list = shown()
    choose(run_list, "digits")
    monkeypatch.setattr(dialogs, "ask_delete_run", lambda *_words: answer)
    qtbot.keyClick(view(run_list), Qt.Key.Key_Delete)
    assert run.path.exists() is not answer
    assert len(rows(run_list)) == (0 if answer else 1)


def test_a_run_in_training_is_not_deleted(runs, shown, monkeypatch, qtbot):
    run = runs("digits", fake_trainer.started())
    run_list = shown()
    choose(run_list, "digits")
    monkeypatch.setattr(dialogs, "ask_delete_run", lambda *_words: True)
    with qtbot.waitSignal(run_list.failed) as failed:
        run_list.delete_chosen()
    assert "being trained" in failed.args[0].message
    assert run.path.exists()


def test_a_run_that_changes_is_read_again_and_a_new_one_added_on_top(runs, shown, qtbot):
    first = runs("first", fake_trainer.started())
    run_list = shown()
    fake_trainer.write(first, fake_trainer.last_word())
    run_list.refresh(first.path)
    qtbot.waitUntil(lambda: rows(run_list)[0].result.status == "finished")
    run_list.refresh(runs("second").path)
    qtbot.waitUntil(lambda: [row.title for row in rows(run_list)] == ["second", "first"])


def test_a_run_that_goes_on_is_in_training_again(runs, shown, qtbot):
    run = runs("digits", fake_trainer.started(), fake_trainer.last_word(Stopped))
    run_list = shown()
    fake_trainer.write(run, fake_trainer.started())
    run_list.refresh(run.path)
    qtbot.waitUntil(lambda: rows(run_list)[0].status[0] == "▶ training")


def test_the_run_that_the_window_shows_is_marked(runs, shown):
    first, second = (runs(name, fake_trainer.started(), fake_trainer.last_word()) for name in ("first", "second"))
    run_list = shown()
    plain = view(run_list).grab().toImage()
    run_list.mark(first.path)
    assert {row.title for row in rows(run_list) if row.shown} == {"first"}
    assert view(run_list).grab().toImage() != plain
    run_list.mark(second.path)
    assert {row.title for row in rows(run_list) if row.shown} == {"second"}
    run_list.mark(None)
    assert not any(row.shown for row in rows(run_list))


def test_all_curves_that_are_laid_over_are_taken_away_at_once(runs, shown, qtbot):
    paths = {runs(name, fake_trainer.started(), fake_trainer.last_word()).path for name in ("first", "second", "third")}
    run_list = shown()
    model, told = view(run_list).model(), []
    for number in (0, 2):
        model.toggle(model.index(number, 0))
    ticked = {row.path for row in rows(run_list) if row.overlaid}
    run_list.overlay_toggled.connect(lambda path, shown: told.append((path, shown)))
    run_list.untick()
    assert sorted(told) == sorted((path, False) for path in ticked)
    assert ticked < paths
    assert not any(row.overlaid for row in rows(run_list))


def test_the_log_of_a_run_is_asked_for_in_the_form_of_other_tools(runs, shown, qtbot):
    run = runs("iris", Stopped(time=1.0, epoch=1, step=1, seconds=1.0, validation={}, test={}))
    run_list = shown()
    menu = run_list._copies_menu(run.path)
    by_title = {action.text(): action for action in menu.actions()}

    assert list(by_title) == ["CSV files", "TensorBoard", "MLflow"]
    with qtbot.waitSignal(run_list.copy_asked) as asked:
        by_title["TensorBoard"].trigger()
    assert asked.args == [run.path, TensorBoard()]
    if Mlflow().lacks:
        assert not by_title["MLflow"].isEnabled()
        assert "pip install" in by_title["MLflow"].toolTip()


@pytest.mark.parametrize(
    ("room", "written"), [(300, "from epoch 12"), (60, "from 12"), (10, "")], ids=["wide", "narrow", "none"]
)
def test_where_a_fork_begins_is_told_in_fewer_words_before_it_is_cut_off(qapp, runs, room, written):
    row = Row(runs("fork").path, 0, parent=runs.folder / "parent", forked_at=12)
    painted = QPixmap(400, 40)
    painter = QPainter(painted)
    delegate = RowPainter(Appearance(qapp, "dark"), qapp)
    words, shorter = row.beginning, (row.brief_beginning, "")
    left = delegate._write(painter, QRect(0, 0, room, 40), words, small_font(), "faint", shorter=shorter)
    used = painter.fontMetrics().horizontalAdvance(written) + GRID * 2 if written else 0
    painter.end()
    assert room - left.width() == used
