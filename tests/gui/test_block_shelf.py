"""Blocks in the palette: of the project, and of the person's own library."""

from pathlib import Path

import pytest
from blocks_drawn import CONV_BLOCK, STAGE, project_with_blocks
from canvases import ShowCanvas
from mouse import drag_content
from msgspec.structs import replace
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPushButton

from engine.errors import LayerloomError
from engine.graph import Graph
from engine.library import block_to_json, read_block
from gui.block_shelf import HERE, MINE, BlockShelf
from gui.canvas import Canvas, carrying
from gui.editor import Editor
from gui.library import Library
from gui.notice import Notices
from gui.palette import FAMILY, KIND, Palette
from gui.settings import Settings
from gui.theme import Appearance

WIDE = replace(CONV_BLOCK, graph=CONV_BLOCK.graph.remove(["relu_1"]))


class Shelf:
    """A palette with a library, as the window has them."""

    def __init__(self, appearance: Appearance, folder: Path) -> None:
        self.folder = folder
        self.editor = Editor()
        self.library = Library(folder)
        self.palette = Palette(appearance)
        self.notices = Notices(appearance)
        settings = Settings(folder / "settings.ini", self.editor)
        self.shelf = BlockShelf(self.editor, self.library, self.palette, self.notices, settings, self.editor)

    def names(self, family: str) -> list[str]:
        shown = self.palette.list
        items = [shown.item(row) for row in range(shown.count())]
        return [item.text() for item in items if item.data(FAMILY) == family and item.data(KIND) is not None]


@pytest.fixture
def made(qtbot, appearance: Appearance, tmp_path: Path) -> Shelf:
    made = Shelf(appearance, tmp_path)
    qtbot.addWidget(made.palette)
    qtbot.addWidget(made.notices)
    with qtbot.waitExposed(made.palette):
        made.palette.show()
    return made


def test_the_blocks_of_the_project_are_in_the_palette_as_they_come_and_go(made: Shelf) -> None:
    assert made.names(HERE) == []
    made.editor.open(project_with_blocks())
    assert made.names(HERE) == ["ConvBlock", "Stage"]
    made.editor.edit_network("Delete", lambda network: network.remove(["stage_1", "convblock_1"]))
    assert made.names(HERE) == []


def test_a_kept_block_is_there_after_a_restart(made: Shelf, qtbot, appearance: Appearance) -> None:
    made.shelf.keep(STAGE)
    assert made.names(MINE) == ["Stage"]
    assert "Stage is in My blocks now" in made.notices.texts[0]
    again = Shelf(appearance, made.folder)
    qtbot.addWidget(again.palette)
    qtbot.addWidget(again.notices)
    assert again.library.blocks == (STAGE,)


def test_a_broken_file_is_told_and_the_others_are_there(made: Shelf) -> None:
    made.shelf.keep(STAGE)
    (made.folder / "broken.loomblock").write_bytes(b"{")
    made.library.load()
    assert "broken.loomblock" in made.notices.texts[0]
    assert made.names(MINE) == ["Stage"]


def test_a_deleted_block_can_be_brought_back(made: Shelf, qtbot) -> None:
    made.shelf.keep(STAGE)
    made.notices.clear()
    made.shelf.delete("Stage")
    assert made.names(MINE) == []
    QTest.mouseClick(made.notices.findChild(QPushButton, "noticeOffer"), Qt.MouseButton.LeftButton)
    assert made.names(MINE) == ["Stage"]


def test_a_kept_block_that_took_the_place_of_another_gives_it_back(made: Shelf) -> None:
    made.shelf.keep(CONV_BLOCK)
    made.notices.clear()
    made.shelf.keep(WIDE)
    assert made.library.blocks == (WIDE,)
    QTest.mouseClick(made.notices.findChild(QPushButton, "noticeOffer"), Qt.MouseButton.LeftButton)
    assert made.library.blocks == (CONV_BLOCK,)


def test_a_block_is_renamed_at_its_line(made: Shelf) -> None:
    made.shelf.keep(STAGE)
    made.shelf.rename("Stage")
    line = made.palette.findChild(QLineEdit, "linePopupText")
    QTest.keyClicks(line, "Tower")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert made.names(MINE) == ["Tower"]
    assert len(list(made.folder.glob("*.loomblock"))) == 1


def test_a_block_goes_into_a_file_and_comes_from_one(made: Shelf, tmp_path: Path) -> None:
    made.shelf.keep(CONV_BLOCK)
    made.shelf.write("ConvBlock", tmp_path / "given.json")
    assert read_block(tmp_path / "given.json") == CONV_BLOCK
    (tmp_path / "other.json").write_bytes(block_to_json(WIDE))
    made.shelf.bring_in(tmp_path / "other.json")
    assert made.names(MINE) == ["ConvBlock", "ConvBlock2"]


def test_a_block_is_found_by_its_words(made: Shelf) -> None:
    made.editor.open(project_with_blocks())
    QTest.keyClicks(made.palette.findChild(QLineEdit, "paletteSearch"), "steadies")
    QTest.keyClick(made.palette.findChild(QLineEdit, "paletteSearch"), Qt.Key.Key_Return)
    shown = [made.palette.list.item(row) for row in range(made.palette.list.count())]
    assert [item.text() for item in shown if not item.isHidden() and item.data(KIND)] == ["ConvBlock"]


@pytest.fixture
def canvas(show_canvas: ShowCanvas) -> Canvas:
    return show_canvas(project_with_blocks())


def test_a_dragged_block_is_the_same_one_where_it_is_known(canvas: Canvas) -> None:
    assert drag_content(canvas, carrying(CONV_BLOCK.kind), QPointF(-400, 0))
    assert type(canvas.editor.network.node("convblock_2").layer) is CONV_BLOCK.kind


def test_a_dragged_block_of_a_name_that_is_taken_gets_another(canvas: Canvas) -> None:
    assert drag_content(canvas, carrying(WIDE.kind), QPointF(-400, 0))
    assert canvas.editor.network.node("convblock2_1").layer.title == "ConvBlock2"


def test_a_block_is_added_by_the_palette(canvas: Canvas) -> None:
    canvas.edits.stack(WIDE.kind)
    assert canvas.editor.network.node("convblock2_1").layer.title == "ConvBlock2"


def test_a_block_cannot_be_put_into_itself(canvas: Canvas) -> None:
    said: list[LayerloomError] = []
    canvas.editor.refused.connect(said.append)
    canvas.editor.enter(("stage_1", "convblock_1"))
    before = canvas.editor.project
    assert not drag_content(canvas, carrying(STAGE.kind), QPointF(-400, 0))
    canvas.edits.stack(CONV_BLOCK.kind)
    assert ["cannot lie inside itself" in error.message for error in said] == [True, True]
    assert canvas.editor.project is before
    assert isinstance(canvas.editor.network, Graph)
