"""What can be asked for: entries of menus are greyed where they do not apply to what is selected."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from blocks_drawn import project_with_blocks
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QPushButton

from engine.block_edits import made_unique
from gui.canvas.menu import menu_at
from gui.services import Services
from gui.settings import Settings
from gui.theme import Appearance
from gui.window import Window

OF_BLOCKS = ("foldBlock", "unpackBlock", "uniqueBlock", "repeatBlock", "renameBlock", "keepBlock")


@pytest.fixture
def window(qtbot, appearance: Appearance, tmp_path: Path) -> Iterator[Window]:
    window = Window(Settings(tmp_path / "settings.ini"), appearance, Services())
    window.editor.project_changed.disconnect(window.services.analyst.analyse)
    window.editor.open(project_with_blocks())
    with qtbot.waitActive(window):
        window.show()
    yield window
    window.services.close()
    with qtbot.waitSignal(window.destroyed):
        window.deleteLater()


def can(window: Window, *names: str) -> set[bool]:
    return {window.actions_by_name[name].isEnabled() for name in names}


def first_block(window: Window) -> str:
    return next(node.id for node in window.editor.network.nodes if window.canvas.places.is_block(node.id))


def test_what_is_done_with_blocks_needs_one(window: Window) -> None:
    assert can(window, *OF_BLOCKS, "leaveBlock") == {False}
    window.editor.select(["input_1"])
    assert can(window, *OF_BLOCKS, "leaveBlock") == {False}
    window.editor.select([first_block(window)])
    window.canvas.edits.duplicate()
    assert can(window, *OF_BLOCKS) == {True}
    window.canvas.places.enter(first_block(window))
    assert can(window, *OF_BLOCKS) == {False}
    assert can(window, "leaveBlock") == {True}


def test_nothing_is_changed_on_a_canvas_that_is_out_of_view(window: Window) -> None:
    window.canvas.edits.select_all()
    of_canvas = ("cut", "copy", "paste", "delete", "selectAll", "makeBlock", "find", "zoomIn", "fit")
    assert can(window, *of_canvas) == {True}
    for leave in (window.look_at_data, window.show_start):
        leave()
        assert can(window, *of_canvas) == {False}
        window.editor.select(["input_1"])
        assert can(window, *of_canvas, "duplicate") == {False}
        window.show_editor()
        assert can(window, *of_canvas, "duplicate") == {True}


def test_a_block_used_once_is_unique_already(window: Window) -> None:
    block = first_block(window)
    window.editor.select([block])
    window.canvas.edits.duplicate()
    window.editor.select([block])
    button = window.findChild(QPushButton, "uniqueBlockButton")
    assert button is not None
    assert button.isEnabled()
    window.editor.edit_network("Unique", lambda network: made_unique(network, block, "Own"), (block,))
    assert can(window, "uniqueBlock") == {False}
    assert not button.isEnabled()
    menu = menu_at(window.canvas, block, False, QPoint())
    inner = menu.findChild(QMenu, "blockMenu")
    assert inner is not None
    assert [entry.text() for entry in inner.actions() if not entry.isEnabled()] == ["Make unique…"]
    menu.close()


def test_layers_are_aligned_in_twos_and_distributed_in_threes(window: Window) -> None:
    ids = [node.id for node in window.editor.network.nodes]
    for count, expected in ((0, (False, False, False)), (1, (True, False, False)), (2, (True, True, False))):
        window.editor.select(ids[:count])
        names = ("copy", "alignLeft", "distributeVertically")
        assert tuple(window.actions_by_name[name].isEnabled() for name in names) == expected
    window.editor.select(ids[:3])
    assert can(window, "copy", "alignLeft", "distributeVertically") == {True}
