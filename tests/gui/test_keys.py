"""Every key in the list of shortcuts does, on the canvas, what the list says."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest

from engine.graph import Graph
from engine.layers import Input, Linear
from engine.layout import stacked
from engine.project import Project
from gui import menu_tables
from gui.services import Services
from gui.settings import Settings
from gui.theme import Appearance
from gui.window import Window

STEPS = {1: "nextLayer", -1: "previousLayer"}


@pytest.fixture
def done() -> list[str]:
    """The names of what was run, in a row."""
    return []


@pytest.fixture
def window(
    qtbot, appearance: Appearance, tmp_path: Path, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Window]:
    """A window whose actions and canvas commands note their names, and do nothing else."""
    rows = menu_tables.rows
    note = done.append
    monkeypatch.setattr(
        menu_tables, "rows", lambda window: [row._replace(run=partial(note, row.name)) for row in rows(window)]
    )
    services = Services()
    window = Window(Settings(tmp_path / "settings.ini"), appearance, services)
    window.editor.project_changed.disconnect(services.analyst.analyse)
    window.editor.open(Project(network=stacked(Graph.chain(Input(), Linear()))))
    commands = window.canvas.commands
    commands.rows = [row._replace(run=partial(note, row.name)) for row in commands.rows]
    commands.use({})
    # Tab comes to the canvas as a wish to leave it.
    monkeypatch.setattr(window.canvas.walk, "pass_on", lambda step: (note(STEPS[step]), True)[1])
    for action in window.findChildren(QAction):
        action.setEnabled(True)
    with qtbot.waitActive(window):
        window.show()
    yield window
    window.services.close()
    with qtbot.waitSignal(window.destroyed):
        window.deleteLater()


def press(window: Window, keys: QKeySequence) -> None:
    pressed = keys[0]
    QTest.keyClick(window.canvas, pressed.key(), pressed.keyboardModifiers())


def wrong(window: Window, done: list[str], rows: list[tuple[str, QKeySequence]]) -> dict[str, list[str]]:
    """The keys that do not run what they stand for, each with what they run instead."""
    found: dict[str, list[str]] = {}
    for name, keys in rows:
        done.clear()
        window.canvas.setFocus()
        press(window, keys)
        if done != [name]:
            found[f"{name}: {keys.toString()}"] = list(done)
    return found


def test_each_key_of_the_list_runs_its_own_command(window: Window, done: list[str]) -> None:
    rows = [(row.name, keys) for row in window.shortcuts.rows for keys in row.keys]
    assert len(rows) > 80
    assert not wrong(window, done, rows)


def test_the_keys_that_the_system_adds_take_none_of_the_list(window: Window) -> None:
    listed = {keys: row.name for row in window.shortcuts.rows for keys in row.keys}
    for row in window.canvas.commands.rows:
        for keys in window.canvas.commands.keys(row.name):
            assert listed.get(keys, row.name) == row.name, keys.toString()


def test_no_letter_of_a_menu_takes_a_key(window: Window) -> None:
    titles = [menu.title() for menu in window.actions_by_name.menus.values()]
    assert not [title for title in titles if QKeySequence.mnemonic(title) != QKeySequence()]
