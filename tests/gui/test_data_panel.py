"""The Data tab: datasets with their settings, a look at real samples, downloads, the split."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QProgressBar, QPushButton, QWidget

from engine.data import Data
from engine.datasets import (
    Arrays,
    Cifar10,
    Dataset,
    Diabetes,
    Digits,
    DigitScenes,
    DigitStrings,
    FashionMnist,
    ImagePairs,
    Iris,
    LabelledImages,
    LabelledTexts,
    Mnist,
    Moons,
    Progress,
    Reconstruction,
    Spirals,
    TinyShakespeare,
    Wine,
    XorPoints,
)
from engine.datasets.files import open_data
from engine.datasets.tables import Table
from engine.errors import DownloadError
from engine.preview import preview
from engine.project import Project
from gui.data_panel import DataPanel
from gui.editor import Editor
from gui.engine_process import EngineProcess
from gui.kind_box import KindBox
from gui.names_box import NamesBox, NamesList
from gui.samples import painted_classes, spread
from gui.services import Services
from gui.theme import INSPECTOR_WIDTH, Appearance
from gui.value_box import ValueBox

# A list that drops down asks for what this platform has not.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def editor(qapp):
    return Editor()


@pytest.fixture
def panel(qtbot, qapp, editor):
    made = DataPanel(editor, Appearance(qapp, "dark"))
    qtbot.addWidget(made)
    made.resize(INSPECTOR_WIDTH, 700)
    made.preview_asked.connect(lambda data: made.show_preview(preview(data)))
    return made


@pytest.fixture
def shown(panel, qtbot):
    """The panel, once it shows the samples of the project's dataset."""
    with qtbot.waitActive(panel), qtbot.waitSignal(panel.preview_asked):
        panel.show()
        panel.activateWindow()
    return panel


@pytest.fixture
def use(editor, panel, qtbot):
    def show(dataset):
        editor.open(Project(data=Data(dataset)))
        with qtbot.waitActive(panel):
            panel.show()
            panel.activateWindow()
        if dataset.is_here() and not dataset.lacks:
            qtbot.waitUntil(lambda: panel._preview is not None)

    return show


def texts(panel):
    return [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]


def is_shown(panel, name):
    return panel.findChild(QWidget, name).isVisible()


def choose(box, kind):
    """As a person does: opens the list, types the beginning of the title, takes it."""
    box.setFocus()
    box.showPopup()
    view = box.view()
    view.setCurrentIndex(box.model().index(box.findData(kind.__name__), 0))
    QTest.keyClick(view, Qt.Key.Key_Return)


def test_every_dataset_can_be_chosen_below_its_group(panel):
    box = panel.findChild(KindBox, "datasetBox")
    assert {box.itemData(index) for index in range(box.count())} - {None} == set(Dataset.kinds)
    groups = {kind.group for kind in Dataset.kinds.values()}
    headings = {box.itemText(index) for index in range(box.count()) if box.itemData(index) is None}
    assert headings == groups


@pytest.mark.parametrize(
    "dataset", [kind() for kind in Dataset.kinds.values()], ids=lambda dataset: type(dataset).__name__
)
def test_every_dataset_is_explained_and_nothing_is_cut_off(use, panel, dataset):
    use(dataset)
    assert dataset.help() in texts(panel)
    assert dataset.source in texts(panel)
    assert panel.widget().minimumSizeHint().width() <= panel.viewport().width()


def test_choosing_a_dataset_is_one_step_and_keeps_the_rest(editor, shown, qtbot):
    editor.apply("Split", editor.project.with_value("data.validation", 0.3))
    box = shown.findChild(KindBox, "datasetBox")
    with qtbot.waitSignal(shown.preview_asked) as asked:
        choose(box, Iris)
    assert asked.args == [Data(Iris(), validation=0.3)]
    assert editor.undo_stack.count() == 2
    editor.undo_stack.undo()
    assert editor.project.data == Data(Digits(), validation=0.3)
    assert box.currentData() == "Digits"


def test_settings_that_fit_are_kept_with_another_dataset(editor, use, panel):
    use(Moons(samples=50, seed=3))
    choose(panel.findChild(KindBox, "datasetBox"), Spirals)
    assert editor.project.data.dataset == Spirals(samples=50, seed=3)


@pytest.mark.parametrize(
    ("dataset", "pictures"),
    [
        (Digits(), {"sampleGrid", "classBalance"}),
        (DigitStrings(strings=50), {"sampleGrid", "classBalance"}),
        (Iris(), {"featureTable", "classBalance"}),
        (Spirals(), {"sampleScatter", "classBalance"}),
        (XorPoints(), {"sampleScatter", "classBalance"}),
        (Diabetes(), {"featureTable", "targetHistogram"}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_kind_of_data_has_its_pictures(use, panel, qtbot, dataset, pictures):
    use(dataset)
    every = ("sampleGrid", "featureTable", "sampleScatter", "classBalance", "targetHistogram")
    qtbot.waitUntil(lambda: {name for name in every if is_shown(panel, name)} == pictures)
    for name in pictures:
        picture = panel.findChild(QWidget, name)
        assert picture.height() > 20
        painted = picture.grab().toImage()
        assert len({painted.pixel(x, y) for x in range(painted.width()) for y in range(0, painted.height(), 2)}) > 2


@pytest.mark.parametrize(
    ("dataset", "words"), [(Reconstruction(), "1 × 8 × 8"), (DigitScenes(), "a class for each pixel")]
)
def test_what_is_asked_for_stands_beside_what_is_given(use, panel, dataset, words):
    use(dataset)
    assert panel.findChild(QWidget, "sampleGrid").accessibleName().startswith("given, answer, given")
    assert words in texts(panel)


def test_text_is_shown_as_text(shared_data, use, panel):
    use(TinyShakespeare(windows=20))
    (shown,) = (label for label in panel.findChildren(QLabel, "sampleTexts"))
    assert shown.isVisible()
    assert shown.text().count("“") == 6
    assert "a class for each step" in texts(panel)
    assert not is_shown(panel, "validation")


def test_classes_are_counted(shown):
    balance = shown.findChild(QWidget, "classBalance")
    looked_at = preview(Data(Digits()))
    assert f"0: {looked_at.balance['train'][0]}" in balance.accessibleName()


def test_the_split_is_counted_while_it_is_typed(editor, shown, qtbot):
    box = shown.findChild(QWidget, "validation")
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "0.5")
    assert editor.project.data.validation == 0.5
    assert editor.undo_stack.count() == 1
    exact = preview(editor.project.data).sizes
    qtbot.waitUntil(lambda: f"{exact['validation']:,} samples" in texts(shown))
    assert f"{exact['train']:,} samples" in texts(shown)


def test_what_no_one_has_counted_yet_is_about_so_many(editor, shown):
    editor.open(Project(data=Data(Iris())))
    assert "108 samples" in texts(shown)
    editor.open(Project(data=Data(Iris(), excluded=("0-9",))))
    assert "about 101 samples" in texts(shown)
    shown.show_preview(preview(editor.project.data))
    assert not any(words.startswith("about ") for words in texts(shown))


def test_a_part_says_its_share_of_all(shown, qtbot):
    qtbot.waitUntil(lambda: "144 samples" in texts(shown))
    assert "8 %" in texts(shown)


@pytest.mark.parametrize("dataset", [Iris(), Wine()], ids=lambda value: type(value).__name__)
def test_the_table_shows_a_sample_of_each_class(use, panel, dataset):
    use(dataset)
    table = panel.findChild(QWidget, "featureTable")
    assert set(table._labels) == set(dataset.classes)


@pytest.mark.parametrize(
    ("mean", "deviation", "words"),
    [(5.8433, 0.8253, "5.84 ± 0.83"), (-0.0491, 2.37, "0.0 ± 2.4"), (1234.5, 98.7, "1234 ± 99"), (0, 0, "0 ± 0")],
)
def test_a_mean_is_no_more_exact_than_its_deviation(mean, deviation, words):
    assert spread(mean, deviation) == words


def test_the_size_of_a_download_is_said_once(panel):
    box = panel.findChild(KindBox, "datasetBox")
    assert box.itemText(box.findData("Mnist")) == "MNIST (download)"
    assert "MB" not in Mnist.help()


def test_many_edits_ask_for_one_preview(editor, shown, qtbot):
    asked = []
    shown.preview_asked.connect(asked.append)
    for share in (0.2, 0.3, 0.4):
        editor.apply("Split", editor.project.with_value("data.validation", share))
    qtbot.waitUntil(lambda: bool(asked))
    assert [data.validation for data in asked] == [0.4]


def test_what_is_not_in_view_asks_for_nothing_until_it_is(editor, panel, qtbot):
    with qtbot.assertNotEmitted(panel.preview_asked, wait=300):
        editor.apply("Iris", editor.project.with_value("data.dataset", "Iris"))
    with qtbot.waitSignal(panel.preview_asked) as asked:
        panel.show()
    assert isinstance(asked.args[0].dataset, Iris)


def test_a_preview_that_comes_too_late_is_left_out(editor, shown):
    late = preview(Data(Digits()))
    editor.apply("MNIST", editor.project.with_value("data.dataset", "Mnist"))
    shown.show_preview(late)
    assert not is_shown(shown, "sampleGrid")


def test_a_download_is_offered_with_its_size_then_shown_and_cancelled(use, panel, qtbot):
    use(Mnist())
    button = panel.findChild(QPushButton, "downloadButton")
    assert button.text() == "Download 11.6 MB"
    with qtbot.waitSignal(panel.download_asked) as asked:
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked.args == [Mnist()]
    assert not button.isVisible()
    panel.show_progress(Progress("Downloading MNIST", 3_000_000, 12_000_000, "bytes"))
    bar = panel.findChild(QProgressBar, "downloadBar")
    assert bar.value() == bar.maximum() // 4
    assert "Downloading MNIST: 3.00 MB / 12.0 MB" in texts(panel)
    cancel = panel.findChild(QPushButton, "downloadCancel")
    qtbot.waitUntil(cancel.isVisible)
    with qtbot.waitSignal(panel.cancel_asked):
        QTest.mouseClick(cancel, Qt.MouseButton.LeftButton)
    assert button.isVisible()
    assert not bar.isVisible()
    # The next press goes on with it; the focus has not gone to a section further down, to which the page would scroll.
    assert panel.window().focusWidget() is button


def test_a_failed_download_says_why_and_can_be_tried_again(use, panel):
    use(Mnist())
    QTest.mouseClick(panel.findChild(QPushButton, "downloadButton"), Qt.MouseButton.LeftButton)
    panel.show_download_failure(DownloadError("MNIST was cut off.", fix="Try again."))
    assert "MNIST was cut off. Try again." in texts(panel)
    button = panel.findChild(QPushButton, "downloadButton")
    assert button.isVisible()
    # Where it was asked for: a recipe has all its columns between there and the samples.
    said = panel.findChild(QLabel, "downloadWords")
    assert said.isVisible()
    assert said.property("kind") == "fault"
    use(FashionMnist())
    assert not said.isVisible()


def test_a_published_file_is_not_called_an_own_one(use, panel):
    use(Table(path="tabular/titanic.csv"))
    assert "raw.githubusercontent.com" in texts(panel)
    assert "Your own file" not in texts(panel)


def test_a_file_that_has_come_back_is_shown_when_the_window_is_turned_to(use, panel, qtbot, tmp_path):
    (tmp_path / "own.csv").write_text("size,kind\n" + "1,small\n9,large\n" * 20)
    dataset = open_data(str(tmp_path / "own.csv"))
    (tmp_path / "own.csv").rename(tmp_path / "moved.csv")
    use(dataset)
    assert is_shown(panel, "dataMissing")
    (tmp_path / "moved.csv").rename(tmp_path / "own.csv")
    with qtbot.waitSignal(panel.preview_asked):
        QApplication.sendEvent(panel.window(), QEvent(QEvent.Type.WindowActivate))
    assert not is_shown(panel, "dataMissing")
    (tmp_path / "own.csv").unlink()
    panel.hide()
    panel.show()
    assert is_shown(panel, "dataMissing")


def test_after_a_download_the_samples_are_shown(use, panel, qtbot, request):
    use(Mnist())
    request.getfixturevalue("shared_data")
    with qtbot.waitSignal(panel.preview_asked):
        panel.refresh()
    assert not panel.findChild(QPushButton, "downloadButton").isVisible()
    box = panel.findChild(KindBox, "datasetBox")
    assert box.itemText(box.findData("Mnist")) == "MNIST"
    qtbot.waitUntil(lambda: is_shown(panel, "sampleGrid"))


def test_a_partial_set_is_said_plainly(shared_data, use, panel, qtbot):
    use(Cifar10())
    notes = panel.findChild(QLabel, "dataNotes")
    qtbot.waitUntil(notes.isVisible)
    assert "This is a part of CIFAR-10" in notes.text()


def test_a_share_for_the_test_is_asked_only_where_there_is_no_test_part(use, panel, qtbot):
    use(Digits())
    qtbot.waitUntil(lambda: is_shown(panel, "test"))
    use(Mnist())
    assert not is_shown(panel, "test")


def test_how_far_images_are_decoded_is_told_until_they_are_shown(editor, shown):
    shown.show_reading(Progress("Decoding images", 1_200, 20_000, "images"))
    assert shown.findChild(QLabel, "previewStatus").text() == "Decoding images: 1,200 / 20,000 images"
    shown.show_preview(preview(Data(editor.project.data.dataset)))
    assert not is_shown(shown, "previewStatus")


def test_a_preview_that_still_decodes_is_given_up_for_the_next(qtbot, monkeypatch):
    monkeypatch.setattr(EngineProcess, "_next", lambda _: None)
    given_up = []
    monkeypatch.setattr(EngineProcess, "drop", lambda _, job: given_up.append(job))
    services = Services()
    quick, slow = services.preview(Data(Digits())), services.preview(Data(Digits()))
    slow.progress.emit(Progress("Decoding images", 1, 2, "images"))
    assert given_up == []
    last = services.preview(Data(Digits()))
    assert given_up == [slow]
    last.progress.emit(Progress("Decoding images", 1, 2, "images"))
    last.done.emit(None)
    services.preview(Data(Digits()))
    assert given_up == [slow]
    assert quick is not last
    services.close()


def test_arrays_offer_their_names_and_ask_for_no_part_that_cannot_be(use, panel, tmp_path):
    values, labels = np.zeros((12, 3), np.float32), np.arange(12) % 2
    np.savez(tmp_path / "some.npz", x=values, y=labels)
    dataset = Arrays.opened(tmp_path / "some.npz")
    use(dataset)
    asked = {name: panel.findChild(ValueBox, name) for name in ("input", "target", "validation_input", "test_target")}
    assert [name for name, box in asked.items() if not box.isHidden()] == ["input", "target"]
    assert asked["input"].lineEdit().completer().model().rowCount() == 2
    use(dataset.with_setting("target", ""))
    assert not any(box.isHidden() for box in asked.values())


def test_nobody_is_asked_for_columns_of_texts_that_are_files(use, panel, tmp_path):
    for name in ("good", "bad"):
        (tmp_path / name).mkdir()
        for number in range(3):
            (tmp_path / name / f"{number}.txt").write_text(f"This is {name} {number}.")
    use(LabelledTexts.opened(tmp_path))
    assert panel.findChild(ValueBox, "text_column").isHidden()
    assert not panel.findChild(ValueBox, "vocabulary_size").isHidden()


def test_what_masks_ignore_is_shown_offered_and_changed(use, panel, editor, tmp_path, qtbot):
    for number in range(4):
        mask = np.repeat(np.array([[0, 1, 255, 1]], np.uint8), 4, axis=0)
        for part, pixels in (("images", mask + 20), ("masks", mask)):
            (tmp_path / "cells" / part).mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(tmp_path / "cells" / part / f"{number}.png")
    use(ImagePairs.opened(tmp_path / "cells"))
    box = panel.findChild(NamesBox, "ignored_values")
    assert box.text() == "255"
    assert box.button.isVisible()
    assert panel.findChild(QWidget, "target_colour").isHidden()
    box._open()
    offered = box.findChild(NamesList)
    assert [offered._model.item(row).text() for row in range(offered._model.rowCount())] == ["0", "1", "255"]
    with qtbot.waitSignal(editor.project_changed):
        offered._model.item(2).setCheckState(Qt.CheckState.Unchecked)
    assert editor.project.data.dataset.classes == ("0", "1", "255")
    offered.close()
    editor.undo_stack.undo()
    assert editor.project.data.dataset.classes == ("0", "1")


def test_a_place_without_a_class_is_as_plain_as_a_line(qapp):
    appearance = Appearance(qapp, "dark")
    painted = painted_classes(np.array([[0, -100]]), appearance)
    line = appearance.theme.colour("line")
    assert painted[0, 1].tolist() == [line.red(), line.green(), line.blue()]
    assert painted[0, 0].tolist() != painted[0, 1].tolist()


@pytest.mark.parametrize("way", ["key", "click"])
def test_the_columns_of_a_table_of_labels_are_chosen_from_a_list(use, panel, editor, tmp_path, qtbot, way):
    rows = ["file,label,colour"]
    for number in range(6):
        Image.new("RGB", (8, 8), (40 * number, 0, 0)).save(tmp_path / f"{number}.png")
        rows.append(f"{number}.png,{'cat' if number % 2 else 'dog'},{'red' if number < 3 else 'blue'}")
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    use(LabelledImages.opened(tmp_path))
    box = panel.findChild(ValueBox, "label_column")
    box.setFocus()
    if way == "key":
        qtbot.keyClick(box, Qt.Key.Key_Down)
    else:
        qtbot.mouseClick(box.lineEdit(), Qt.MouseButton.LeftButton)
    shown = box.lineEdit().completer().popup()
    qtbot.waitUntil(shown.isVisible)
    offered = [shown.model().index(row, 0).data() for row in range(shown.model().rowCount())]
    assert offered == ["file", "label", "colour"]
    with qtbot.waitSignal(panel.refresh_asked):
        place = shown.visualRect(shown.model().index(2, 0)).center()
        qtbot.mouseClick(shown.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert editor.project.data.dataset.label_column == "colour"
