"""A picture of the network: the file is what the preview shows, in each format, and nothing of the editing is in it."""

import re

import msgspec
import pytest
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QSpinBox

from engine.analysis import analyse
from engine.graph import Graph
from engine.layers import Flatten, Input, Linear, Output, ReLU
from engine.layout import stacked
from engine.project import Project
from engine.templates import template
from gui import dialogs
from gui.canvas.drawing import Paper, drawn, image_of
from gui.editor import Editor
from gui.picture_dialog import PictureDialog
from gui.settings import Settings
from gui.theme import DARK, LIGHT, WHITE


def finished(work):
    """What a generator answers with in the end."""
    while True:
        try:
            next(work)
        except StopIteration as answer:
            return answer.value


def deep_project(layers):
    chain = Graph.chain(Input(), Flatten(), *[Linear(8), ReLU()] * (layers // 2), Linear(10), Output())
    return msgspec.structs.replace(template("digits").project, network=stacked(chain))


@pytest.fixture
def editor(qapp):
    made = Editor()
    project = template("mnist-cnn").project
    made.open(project)
    made.set_report(project, analyse(project))
    return made


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path / "settings.ini")


@pytest.fixture
def opened(qtbot, appearance, editor, settings):
    def make():
        dialog = PictureDialog(editor, "MNIST CNN", settings, appearance)
        qtbot.addWidget(dialog)
        dialog.show()
        wait_until_drawn(qtbot, dialog)
        return dialog

    return make


def wait_until_drawn(qtbot, dialog):
    qtbot.waitUntil(lambda: not dialog._drawer.is_busy, timeout=20_000)


def choose(dialog, name, text):
    dialog.findChild(QComboBox, name).setCurrentText(text)


def words(dialog, name):
    return dialog.findChild(QLabel, name).text()


def exported(qtbot, monkeypatch, dialog, path):
    monkeypatch.setattr(dialogs, "ask_file", lambda *_: path)
    QTest.mouseClick(dialog.findChild(QPushButton, "pictureExport"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dialog._writer.is_busy, timeout=20_000)


def rendered(svg, scale):
    renderer = QSvgRenderer(QByteArray(svg))
    assert renderer.isValid()
    image = QImage(renderer.defaultSize() * scale, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter)
    painter.end()
    return image


def share_that_differs(one, other):
    """Of two images of one size, the share of a grid of points at which they clearly differ."""
    assert one.size() == other.size()
    points = [(x, y) for x in range(0, one.width(), 3) for y in range(0, one.height(), 3)]
    far = [abs(one.pixelColor(x, y).lightness() - other.pixelColor(x, y).lightness()) > 60 for x, y in points]
    return sum(far) / len(far)


def test_png_is_of_the_scale_that_was_asked_for(qtbot, monkeypatch, opened, tmp_path):
    dialog = opened()
    choose(dialog, "pictureFormat", "PNG")
    choose(dialog, "pictureScale", "3×")
    exported(qtbot, monkeypatch, dialog, tmp_path / "cnn.png")
    image = QImage(str(tmp_path / "cnn.png"))
    said = words(dialog, "pictureSize").replace(",", "")
    assert [int(number) for number in re.findall(r"\d+", said)] == [image.width(), image.height()]
    assert image.text("Title") == "MNIST CNN"
    assert "Written" in words(dialog, "pictureOutcome")


@pytest.mark.parametrize("letters", ["As text", "As shapes, the same everywhere"])
def test_svg_looks_as_the_png_does(qtbot, monkeypatch, opened, tmp_path, letters):
    dialog = opened()
    choose(dialog, "pictureLetters", letters)
    exported(qtbot, monkeypatch, dialog, tmp_path / "cnn.svg")
    choose(dialog, "pictureFormat", "PNG")
    exported(qtbot, monkeypatch, dialog, tmp_path / "cnn.png")
    svg = (tmp_path / "cnn.svg").read_bytes()
    assert share_that_differs(rendered(svg, 2), QImage(str(tmp_path / "cnn.png"))) < 0.01
    assert (b">Conv2d</text>" in svg) == (letters == "As text")
    assert b"<title>MNIST CNN</title>" in svg


def test_pdf_page_is_exactly_the_picture(qtbot, monkeypatch, opened, tmp_path):
    dialog = opened()
    choose(dialog, "pictureFormat", "PDF")
    exported(qtbot, monkeypatch, dialog, tmp_path / "cnn.pdf")
    pdf = (tmp_path / "cnn.pdf").read_bytes()
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert box is not None
    said = re.findall(r"\d+", words(dialog, "pictureSize").replace(",", ""))
    assert [float(side) for side in box.groups()] == [float(number) for number in said]
    assert b"/Font" in pdf
    assert pdf.count(b"/Type /Page\n") == 1


def test_nothing_of_the_editing_is_in_it(qtbot, monkeypatch, opened, editor, tmp_path):
    pictures = []
    for selection in ((), ("conv2d_1",)):
        editor.select(selection)
        dialog = opened()
        exported(qtbot, monkeypatch, dialog, tmp_path / "cnn.svg")
        pictures.append((tmp_path / "cnn.svg").read_bytes())
        dialog.reject()
    assert pictures[0] == pictures[1]


def test_only_what_is_selected(qtbot, opened, editor):
    editor.select(["conv2d_1", "relu_1"])
    dialog = opened()
    whole = dialog._drawing.area
    choose(dialog, "picturePart", "What is selected")
    wait_until_drawn(qtbot, dialog)
    assert set(dialog._drawing.scene.nodes) == {"conv2d_1", "relu_1"}
    assert dialog._drawing.area.height() < whole.height() / 2


@pytest.mark.parametrize(
    ("colours", "ground", "corner"),
    [
        ("Light", "As the canvas", LIGHT.background),
        ("Dark", "As the canvas", DARK.background),
        ("Light", "White", WHITE),
        ("Dark", "None", None),
    ],
)
def test_background(qtbot, monkeypatch, opened, tmp_path, colours, ground, corner):
    dialog = opened()
    for name, text in (("pictureColours", colours), ("pictureGround", ground), ("pictureFormat", "PNG")):
        choose(dialog, name, text)
    wait_until_drawn(qtbot, dialog)
    exported(qtbot, monkeypatch, dialog, tmp_path / "cnn.png")
    colour = QImage(str(tmp_path / "cnn.png")).pixelColor(1, 1)
    assert (colour.name() if colour.alpha() else None) == corner


def test_the_margin_is_around_all_that_is_painted(qtbot, monkeypatch, opened, editor, tmp_path):
    editor.select(["conv2d_1"])
    dialog = opened()
    choose(dialog, "picturePart", "What is selected")
    choose(dialog, "pictureGround", "None")
    wait_until_drawn(qtbot, dialog)
    dialog.findChild(QSpinBox, "pictureMargin").setValue(40)
    image = finished(image_of(dialog._drawing, dialog._paper))
    painted = [
        (x, y) for x in range(image.width()) for y in range(image.height()) if image.pixelColor(x, y).alpha() > 40
    ]
    for number, side in enumerate((image.width(), image.height())):
        places = [place[number] for place in painted]
        assert min(places) >= 38
        assert max(places) <= side - 38


def test_signs_of_problems_only_when_asked_for(qtbot, opened, editor):
    editor.edit_network("Delete", lambda network: network.remove(["flatten_1"]))
    editor.set_report(editor.project, analyse(editor.project))
    dialog = opened()
    assert not any(item.face.severity for item in dialog._drawing.scene.nodes.values())
    dialog._signs.setChecked(True)
    wait_until_drawn(qtbot, dialog)
    assert any(item.face.severity for item in dialog._drawing.scene.nodes.values())


def test_too_large_an_image_is_refused_in_words(qtbot, opened, editor):
    editor.open(deep_project(300))
    dialog = opened()
    choose(dialog, "pictureFormat", "PNG")
    choose(dialog, "pictureScale", "4×")
    assert "too large" in words(dialog, "pictureSize")
    assert not dialog.findChild(QPushButton, "pictureExport").isEnabled()
    choose(dialog, "pictureFormat", "SVG")
    assert dialog.findChild(QPushButton, "pictureExport").isEnabled()


def test_the_suffix_is_added_and_the_folder_remembered(qtbot, monkeypatch, opened, settings, tmp_path):
    folder = tmp_path / "figures"
    folder.mkdir()
    exported(qtbot, monkeypatch, opened(), folder / "figure.1")
    assert (folder / "figure.1.svg").is_file()
    assert settings.folder == folder


def test_a_folder_that_is_not_there_is_said_in_words(qtbot, monkeypatch, opened, tmp_path):
    dialog = opened()
    exported(qtbot, monkeypatch, dialog, tmp_path / "nowhere" / "figure.svg")
    assert "could not be written" in words(dialog, "pictureOutcome")


def test_while_a_picture_is_written_it_is_not_drawn_anew(qtbot, opened):
    dialog = opened()
    colours = dialog.findChild(QComboBox, "pictureColours")
    QTest.mouseClick(dialog.findChild(QPushButton, "pictureCopy"), Qt.MouseButton.LeftButton)
    assert dialog._writer.is_busy
    assert not colours.isEnabled()
    qtbot.waitUntil(lambda: "Copied" in words(dialog, "pictureOutcome"), timeout=20_000)
    assert colours.isEnabled()
    assert not dialog.findChild(QComboBox, "picturePart").isEnabled(), "nothing is selected"


def test_copy_fills_the_clipboard_with_image_and_svg(qtbot, opened):
    dialog = opened()
    QTest.mouseClick(dialog.findChild(QPushButton, "pictureCopy"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Copied" in words(dialog, "pictureOutcome"), timeout=20_000)
    held = QGuiApplication.clipboard().mimeData()
    assert held.hasImage()
    assert QSvgRenderer(held.data("image/svg+xml")).isValid()


def test_an_empty_canvas_has_no_picture(qtbot, opened, editor):
    editor.open(Project(Graph()))
    dialog = opened()
    assert "nothing to draw" in words(dialog, "pictureOutcome")
    assert not dialog.findChild(QPushButton, "pictureExport").isEnabled()


def test_a_large_network_is_drawn_in_slices_and_may_be_given_up(qtbot, appearance, editor, settings):
    editor.open(deep_project(400))
    dialog = PictureDialog(editor, "deep", settings, appearance)
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog._drawer.is_busy
    assert not dialog.findChild(QPushButton, "pictureExport").isEnabled()
    dialog.reject()
    assert not dialog._drawer.is_busy


def test_a_drawing_stands_where_its_network_stands(qapp):
    project = template("mnist-cnn").project
    far = {node.id: (node.position[0] + 5000, node.position[1] - 3000) for node in project.network.nodes}
    moved = project.with_network(project.network.move(far))
    here, there = (finished(drawn(one, analyse(one), LIGHT)) for one in (project, moved))
    assert here.area.size() == there.area.size()
    ground = Paper(margin=8, ground=QColor(LIGHT.background).name())
    assert finished(image_of(here, ground)) == finished(image_of(there, ground))
