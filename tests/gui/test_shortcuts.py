"""Shortcuts: all of them listed, each changed by pressing keys, no two the same, kept for the next start."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QKeySequenceEdit, QLabel, QLineEdit, QPushButton, QTreeWidget, QTreeWidgetItemIterator

from engine.graph import Graph
from engine.layers import Input, Linear
from engine.layout import stacked
from engine.project import Project
from gui.services import Services
from gui.settings import Settings
from gui.shortcut_dialog import ShortcutDialog
from gui.theme import Appearance
from gui.window import Window

CONTROL, ALT, NONE = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.NoModifier,
)


@pytest.fixture
def window(qtbot, appearance: Appearance, tmp_path: Path) -> Iterator[Window]:
    services = Services()
    window = Window(Settings(tmp_path / "settings.ini"), appearance, services)
    window.editor.project_changed.disconnect(services.analyst.analyse)
    window.editor.open(Project(network=stacked(Graph.chain(Input(), Linear()))))
    with qtbot.waitActive(window):
        window.show()
    yield window
    window.services.close()
    window.deleteLater()


@pytest.fixture
def dialog(qtbot, window: Window) -> ShortcutDialog:
    window.show_shortcuts()
    dialog = window.findChild(ShortcutDialog)
    assert dialog is not None
    qtbot.waitUntil(dialog.isActiveWindow)
    return dialog


def choose(dialog: ShortcutDialog, words: str) -> None:
    """Searches the list; the first that is found becomes the current one."""
    dialog.findChild(QLineEdit, "shortcutSearch").setText(words)


def listed(dialog: ShortcutDialog) -> dict[str, str]:
    """What is in view, with the keys beside it."""
    found, tree = {}, dialog.findChild(QTreeWidget)
    entry = QTreeWidgetItemIterator(tree, QTreeWidgetItemIterator.IteratorFlag.NotHidden)
    while entry.value() is not None:
        found[entry.value().text(0)] = entry.value().text(1)
        entry += 1
    return found


def press(dialog: ShortcutDialog, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
    QTest.keyClick(dialog.findChild(QKeySequenceEdit), key, modifier)


def button(dialog: ShortcutDialog, name: str) -> QPushButton:
    return dialog.findChild(QPushButton, name)


def note(dialog: ShortcutDialog) -> str:
    return dialog.findChild(QLabel, "keyNote").text()


def test_no_two_have_the_same_keys(window: Window) -> None:
    keys = [key.toString() for row in window.shortcuts.rows for key in row.keys]
    assert len(keys) == len(set(keys))


def test_the_canvas_alone_has_the_keys_of_the_menu(window: Window) -> None:
    actions = dict(window.actions_by_name.items())
    for row in window.canvas.commands.rows:
        if row.name in actions:
            assert window.actions_by_name[row.name].shortcut() in [QKeySequence(key) for key in row.keys], row.name


def test_lists_menus_canvas_and_gestures(dialog: ShortcutDialog) -> None:
    rows = listed(dialog)
    assert rows["Save"] == "Ctrl+S"
    assert rows["Next layer along the wires"] == "Tab"
    assert rows["Zoom"] == "Ctrl+wheel, pinch"


def test_is_searched_by_words_and_by_keys(dialog: ShortcutDialog) -> None:
    choose(dialog, "dupl")
    assert list(listed(dialog).values()) == ["", "Ctrl+D"]
    choose(dialog, "ctrl+d")
    assert "Duplicate" in listed(dialog)
    choose(dialog, "no such thing")
    assert not listed(dialog)
    assert not dialog.findChild(QKeySequenceEdit).isEnabled()
    assert note(dialog) == ""
    choose(dialog, "dupl")
    assert dialog.findChild(QKeySequenceEdit).keySequence().toString() == "Ctrl+D"


def test_the_keys_stand_in_one_column_whatever_is_searched(dialog: ShortcutDialog) -> None:
    tree = dialog.findChild(QTreeWidget, "shortcutList")
    before = tree.columnViewportPosition(1), tree.columnWidth(1)
    choose(dialog, "dupl")
    assert (tree.columnViewportPosition(1), tree.columnWidth(1)) == before


def test_a_new_key_acts_at_once_and_is_kept(dialog: ShortcutDialog, window: Window) -> None:
    choose(dialog, "duplicate")
    press(dialog, Qt.Key.Key_M, CONTROL)
    assert window.actions_by_name["duplicate"].shortcut() == QKeySequence("Ctrl+M")
    assert "Ctrl+M" in window.actions_by_name["duplicate"].toolTip()
    assert window.settings.shortcuts == {"duplicate": ["Ctrl+M"]}
    dialog.close()
    window.canvas.setFocus()
    window.editor.select(["linear_1"])
    QTest.keyClick(window.canvas, Qt.Key.Key_M, CONTROL)
    assert len(window.editor.network.nodes) == 3


def test_a_canvas_key_is_changed_too(dialog: ShortcutDialog, window: Window) -> None:
    choose(dialog, "draw a wire from")
    press(dialog, Qt.Key.Key_B)
    dialog.close()
    assert window.canvas.commands.keys("wireFrom") == (QKeySequence("B"),)


def test_keys_that_another_has_are_told_and_taken_over(dialog: ShortcutDialog, window: Window) -> None:
    choose(dialog, "duplicate")
    press(dialog, Qt.Key.Key_S, CONTROL)
    assert "Save" in note(dialog)
    assert window.actions_by_name["duplicate"].shortcut() == QKeySequence("Ctrl+D")
    QTest.mouseClick(button(dialog, "takeKeys"), Qt.MouseButton.LeftButton)
    assert window.actions_by_name["duplicate"].shortcut() == QKeySequence("Ctrl+S")
    assert window.actions_by_name["save"].shortcut().isEmpty()


def test_keys_that_are_kept_cannot_be_taken(dialog: ShortcutDialog) -> None:
    choose(dialog, "duplicate")
    press(dialog, Qt.Key.Key_Space)
    assert "kept" in note(dialog)
    assert button(dialog, "takeKeys").isHidden()


def test_what_is_fixed_cannot_be_changed(dialog: ShortcutDialog) -> None:
    choose(dialog, "next layer along")
    assert not dialog.findChild(QKeySequenceEdit).isEnabled()


def test_escape_leaves_the_field_not_the_dialog(dialog: ShortcutDialog) -> None:
    choose(dialog, "duplicate")
    dialog.findChild(QKeySequenceEdit).setFocus()
    press(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert dialog.findChild(QKeySequenceEdit).keySequence() == QKeySequence("Ctrl+D")


def test_one_is_reset_and_so_are_all(dialog: ShortcutDialog, window: Window) -> None:
    window.shortcuts.change("duplicate", [QKeySequence("Ctrl+S")])
    window.shortcuts.change("wireFrom", [])
    choose(dialog, "duplicate")
    QTest.mouseClick(button(dialog, "resetKeys"), Qt.MouseButton.LeftButton)
    assert window.actions_by_name["duplicate"].shortcut() == QKeySequence("Ctrl+D")
    QTest.mouseClick(button(dialog, "resetAllKeys"), Qt.MouseButton.LeftButton)
    assert window.actions_by_name["save"].shortcut() == QKeySequence("Ctrl+S")
    assert window.canvas.commands.keys("wireFrom") == (QKeySequence("W"),)
    assert not window.settings.shortcuts
    assert not button(dialog, "resetAllKeys").isEnabled()


@pytest.mark.parametrize("kept", ["", "nonsense", '{"save": 3}', '{"gone": ["Ctrl+J"], "leave": ["J"]}'])
def test_a_damaged_or_foreign_file_of_settings_changes_nothing(window: Window, kept: str, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "other.ini")
    settings._store.setValue("shortcuts", kept)
    made = type(window.shortcuts)(window.shortcuts.rows, settings)
    assert not any(made.is_chosen(row.name) for row in made.rows)
