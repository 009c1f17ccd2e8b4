"""Damaged texts on the clipboard and damaged files in the window: a clear refusal, and the open document stays."""

import random
from pathlib import Path

import pytest
from damage import damaged, documents, in_blocks, marked, unclear
from PySide6.QtWidgets import QApplication

from engine.errors import LayerloomError, ProjectError
from engine.project import Project
from gui.canvas import Canvas, clipboard
from gui.canvas.clipboard import Copied
from gui.documents import Documents
from gui.editor import Editor
from gui.settings import Settings
from gui.theme import Appearance

COUNT = 3_000
IN_THE_WINDOW = 150


def texts() -> list[bytes]:
    """What copying puts on the clipboard, and whole projects, which are taken as well."""
    copies = []
    for project in (in_blocks(), marked()):
        names = [node.id for node in project.network.nodes]
        copies += [clipboard.copied(project.network, chosen) for chosen in (names, names[1:4], names[2:3])]
    return [*(clipboard.to_text(one).encode() for one in copies), *documents()[:4]]


def some_damaged(count: int) -> list[bytes]:
    chance, whole = random.Random(5), texts()
    return [damaged(chance, chance.choice(whole)) for _ in range(count)]


def read(text: str) -> Copied | str:
    """What a text holds, or why it is refused. Whatever else is raised fails the test."""
    try:
        return clipboard.from_text(text)
    except ProjectError as refusal:
        return str(refusal)


def test_a_damaged_text_is_refused_clearly_or_holds_layers() -> None:
    refused = 0
    for content in some_damaged(COUNT):
        answer = read(content.decode("utf-8", "replace"))
        if isinstance(answer, Copied):
            answer.network.check()
        else:
            refused += 1
            assert not unclear(answer), (unclear(answer), answer[:600])
    assert refused > COUNT / 2


@pytest.fixture
def canvas(qtbot, appearance: Appearance) -> Canvas:
    editor = Editor()
    editor.open(marked())
    made = Canvas(editor, appearance)
    qtbot.addWidget(made)
    return made


def test_pasting_a_damaged_text_says_why_or_adds_layers(canvas: Canvas) -> None:
    refusals: list[LayerloomError] = []
    canvas.editor.refused.connect(refusals.append)
    for content in some_damaged(IN_THE_WINDOW):
        before = canvas.editor.project
        refusals.clear()
        QApplication.clipboard().setText(content.decode("utf-8", "replace"))
        canvas.edits.paste_with_wires()
        if refusals:
            assert not unclear(str(refusals[0]))
            assert canvas.editor.project is before
        else:
            assert set(canvas.editor.selection).isdisjoint(node.id for node in before.network.nodes)
            canvas.editor.undo_stack.undo()
            assert canvas.editor.project is before


def test_opening_a_damaged_file_says_why_or_opens_it(qtbot, canvas: Canvas, tmp_path: Path) -> None:
    editor = canvas.editor
    files = Documents(editor, Settings(tmp_path / "settings.ini"), canvas)
    refusals: list[LayerloomError] = []
    files.failed.connect(refusals.append)
    file = tmp_path / "network.loom"
    for content in some_damaged(IN_THE_WINDOW):
        before: Project = editor.project
        refusals.clear()
        file.write_bytes(content)
        if files.open(file):
            editor.network.check()
        else:
            assert not unclear(str(refusals[0]))
            assert editor.project is before
    files.close()
