"""The menu of the right mouse button: the actions that apply where it was pressed."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from engine.remarks import COLOURS, Colour, Frame, Remark
from gui.canvas.heat import Heat, HeatMeasure
from gui.switches import can_have_twin
from gui.theme import swatch
from gui.words import translated

if TYPE_CHECKING:
    from gui.canvas.view import Canvas


_PERCENTS = (25, 50, 75, 100, 150, 200)


def menu_at(canvas: "Canvas", node_id: str, is_wire: bool, where: QPoint) -> QMenu:
    """The actions that apply there."""
    menu = QMenu(canvas)
    menu.setObjectName("canvasMenu")
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if node_id in canvas.picture.remarks:
        _fill_for_remark(menu, canvas, node_id)
    elif node_id:
        _fill_for_layer(menu, canvas, node_id)
    elif is_wire:
        _add(menu, canvas.tr("Remove the wire"), canvas.edits.delete, QKeySequence.StandardKey.Delete)
    else:
        _add(menu, canvas.tr("Add a layer…"), lambda: canvas.searching.at(canvas.mapToScene(where)), "Space")
        _add(menu, canvas.tr("Note here"), lambda: canvas.remarks.add_note_at(where), "N")
        _add(menu, canvas.tr("Paste"), lambda: canvas.edits.paste_at(where), QKeySequence.StandardKey.Paste)
        menu.addSeparator()
        _add(menu, canvas.tr("Select all"), canvas.edits.select_all, QKeySequence.StandardKey.SelectAll)
        _add(menu, canvas.tr("Tidy"), canvas.arranging.tidy, "Ctrl+T")
        _add(menu, canvas.tr("Fit"), canvas.fit)
    return menu


def _fill_for_layer(menu: QMenu, canvas: "Canvas", node_id: str) -> None:
    """What can be done with a layer."""
    for problem in canvas.problems_of(node_id):
        if problem.fix is not None:
            _add(menu, translated(problem.fix.label), lambda problem=problem: canvas.editor.mend(problem))
    if menu.actions():
        menu.addSeparator()
    if canvas.places.is_block(node_id):
        _add(menu, canvas.tr("Open the block"), lambda: canvas.places.enter(node_id), "Return")
        menu.addMenu(_block_menu(canvas, menu))
        menu.addSeparator()
    _add(menu, canvas.tr("Cut"), canvas.edits.cut, QKeySequence.StandardKey.Cut)
    _add(menu, canvas.tr("Copy"), canvas.edits.copy, QKeySequence.StandardKey.Copy)
    _add(menu, canvas.tr("Duplicate"), canvas.edits.duplicate, "Ctrl+D")
    _add(menu, canvas.tr("Delete"), canvas.edits.delete, QKeySequence.StandardKey.Delete)
    menu.addSeparator()
    _add(menu, canvas.tr("Rename"), lambda: canvas.rename.begin(node_id), "F2")
    _add(menu, canvas.tr("Replace by…"), canvas.searching.replacement, "Ctrl+R")
    if can_have_twin(canvas.editor, canvas.editor.network.node(node_id)):
        _add(menu, canvas.tr("Make a twin"), lambda: canvas.edits.add_twin(node_id))
    _add(menu, canvas.tr("Disconnect"), lambda: canvas.edits.disconnect_node(node_id))
    words = canvas.switches.words()
    for choice in canvas.switches.choices():
        if choice.name in words:
            _add(menu, words[choice.name], choice.run, choice.keys)
    menu.addSeparator()
    menu.addMenu(_select_menu(canvas, menu))
    _add(menu, canvas.tr("Frame the selection"), canvas.remarks.frame_selection, "Ctrl+Shift+F")
    _add(menu, canvas.tr("Make a block…"), canvas.blocks.make, "Ctrl+G")
    if len(canvas.editor.selection) > 1:
        menu.addMenu(_arrange_menu(canvas, menu))


def _fill_for_remark(menu: QMenu, canvas: "Canvas", name: str) -> None:
    """What can be done with a note or a frame."""
    is_note = name in canvas.picture.remarks.notes
    words = canvas.tr("Edit the note") if is_note else canvas.tr("Edit the title")
    _add(menu, words, lambda: canvas.remarks.edit(name), "Return")
    if not is_note:
        menu.addMenu(_frame_colour_menu(canvas, menu, canvas.editor.network.remark(name)))
    menu.addSeparator()
    _add(menu, canvas.tr("Cut"), canvas.edits.cut, QKeySequence.StandardKey.Cut)
    _add(menu, canvas.tr("Copy"), canvas.edits.copy, QKeySequence.StandardKey.Copy)
    _add(menu, canvas.tr("Duplicate"), canvas.edits.duplicate, "Ctrl+D")
    _add(menu, canvas.tr("Delete"), canvas.edits.delete, QKeySequence.StandardKey.Delete)
    menu.addSeparator()
    _add(menu, canvas.tr("Frame the selection"), canvas.remarks.frame_selection, "Ctrl+Shift+F")


def _frame_colour_menu(canvas: "Canvas", parent: QMenu, frame: Remark) -> QMenu:
    """The colours that a frame can have; ticks the one that it has."""
    menu = QMenu(canvas.tr("Colour"), parent)
    menu.setObjectName("frameColourMenu")
    words: dict[Colour, str] = {
        "grey": canvas.tr("Grey"),
        "blue": canvas.tr("Blue"),
        "violet": canvas.tr("Violet"),
        "green": canvas.tr("Green"),
        "amber": canvas.tr("Amber"),
        "orange": canvas.tr("Orange"),
        "pink": canvas.tr("Pink"),
    }
    for colour in COLOURS:
        entry = menu.addAction(swatch(canvas.picture.ink.theme.frames[colour]), words[colour])
        entry.setCheckable(True)
        entry.setChecked(isinstance(frame, Frame) and frame.colour == colour)
        entry.triggered.connect(partial(_colour_frames, canvas, colour))
    return menu


def _colour_frames(canvas: "Canvas", colour: Colour, _checked: bool = True) -> None:
    canvas.remarks.colour(colour)


def zoom_menu(canvas: "Canvas", parent: QWidget) -> QMenu:
    """How large the network may be shown."""
    menu = QMenu(parent)
    menu.setObjectName("zoomMenu")
    for percent in _PERCENTS:
        _add(
            menu,
            f"{percent} %",
            lambda percent=percent: canvas.zoom_to(percent / 100, canvas.viewport().rect().center()),
        )
    menu.addSeparator()
    _add(menu, canvas.tr("Fit the network"), canvas.fit, "Ctrl+0")
    _add(menu, canvas.tr("Zoom to the selection"), canvas.orientation.zoom_to_selection, "Ctrl+2")
    return menu


def _block_menu(canvas: "Canvas", parent: QMenu) -> QMenu:
    """What can be done with a block."""
    menu = QMenu(canvas.tr("Block"), parent)
    menu.setObjectName("blockMenu")
    blocks = canvas.blocks
    _add(menu, canvas.tr("Fold or unfold"), blocks.fold, "Ctrl+.")
    _add(menu, canvas.tr("Repeat…"), blocks.repeat)
    _add(menu, canvas.tr("Rename…"), blocks.rename)
    _add(menu, canvas.tr("Make unique…"), blocks.make_unique).setEnabled(blocks.is_shared)
    _add(menu, canvas.tr("Unpack"), blocks.unpack, "Ctrl+Shift+G")
    _add(menu, canvas.tr("Keep in my blocks"), blocks.keep)
    return menu


def colour_menu(heat: Heat, parent: QWidget) -> QMenu:
    """What the nodes may be coloured by; ticks what they are."""
    menu = QMenu(heat.tr("Colour by"), parent)
    menu.setObjectName("colourMenu")
    menu.menuAction().setToolTip(heat.tr("Colour the layers by what they cost"))
    group = QActionGroup(menu)
    choices: dict[HeatMeasure, str] = {
        "": heat.tr("Nothing"),
        "parameters": heat.tr("Parameters"),
        "flops": heat.tr("FLOPs"),
        "memory": heat.tr("Memory"),
    }
    for measure, words in choices.items():
        entry = menu.addAction(words)
        entry.setCheckable(True)
        entry.setChecked(measure == heat.measure)
        entry.triggered.connect(partial(_colour_by, heat, measure))
        heat.changed.connect(partial(_tick, heat, measure, entry))
        group.addAction(entry)
    return menu


def _colour_by(heat: Heat, measure: HeatMeasure, _checked: bool = True) -> None:
    heat.colour_by(measure)


def _tick(heat: Heat, measure: HeatMeasure, entry: QAction) -> None:
    entry.setChecked(measure == heat.measure)


def _select_menu(canvas: "Canvas", parent: QMenu) -> QMenu:
    """What can be selected from the selection."""
    menu = QMenu(canvas.tr("Select"), parent)
    menu.setObjectName("selectMenu")
    choice = canvas.orientation
    _add(menu, canvas.tr("All of the same kind"), choice.select_same_kind, "Ctrl+Shift+K")
    _add(menu, canvas.tr("All connected"), choice.select_connected, "Ctrl+Shift+L")
    _add(menu, canvas.tr("All upstream"), choice.select_upstream, "Ctrl+Shift+Up")
    _add(menu, canvas.tr("All downstream"), choice.select_downstream, "Ctrl+Shift+Down")
    return menu


def _arrange_menu(canvas: "Canvas", parent: QMenu) -> QMenu:
    """Other places for what is selected."""
    menu = QMenu(canvas.tr("Arrange"), parent)
    menu.setObjectName("arrangeMenu")
    _add(menu, canvas.tr("Tidy"), canvas.arranging.tidy, "Ctrl+T")
    menu.addSeparator()
    for choice in canvas.arranging.choices():
        _add(menu, choice.words, choice.run, choice.keys)
    return menu


def _add(
    menu: QMenu, words: str, action: Callable[[], object], shortcut: QKeySequence.StandardKey | str | None = None
) -> QAction:
    entry = menu.addAction(words)
    # Shown only: the window's own actions hold the shortcuts.
    if shortcut is not None:
        entry.setShortcut(QKeySequence(shortcut))
        entry.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    entry.triggered.connect(lambda: action())
    return entry
