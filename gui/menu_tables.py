"""The tables of actions, one for each menu: everything a person can ask the window for. One row each."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QKeySequence

from gui import guide

if TYPE_CHECKING:
    from gui.window import Window

_ALSO = {"redo": ("Ctrl+Shift+Z", "Ctrl+Y"), "zoomIn": ("Ctrl+=",)}
"""Known from other programs, whatever the system prefers; the key of the plus sign, without Shift, is the last."""

_KEYS = QKeySequence.StandardKey


class ActionRow(NamedTuple):
    """One action: where it is listed, what it says, how it is reached. An empty text is a separator."""

    menu: str
    name: str = ""
    text: str = ""
    keys: str | QKeySequence.StandardKey = ""
    symbol: str = ""
    run: Callable[[], object] = lambda: None

    def shortcuts(self) -> list[QKeySequence]:
        """The first is the one that the menu shows."""
        first = QKeySequence(self.keys)
        others = [QKeySequence(keys) for keys in _ALSO.get(self.name, ())]
        return [keys for keys in (first, *[other for other in others if other != first]) if not keys.isEmpty()]


def rows(window: "Window") -> list[ActionRow]:
    """The rows of every menu, in their order."""
    tables = (_file, _edit, _view, _find, _blocks, _layers, _places, _arrange, _train, _help)
    return [row for table in tables for row in table(window)]


def _file(window: "Window") -> list[ActionRow]:
    """The document: begun, opened, kept, taken away."""
    row = partial(ActionRow, "File")
    documents = window.documents
    return [
        row("new", _tr("New"), _KEYS.New, "file-outline", documents.new),
        row("start", _tr("New from template…"), "Ctrl+Shift+N", "", window.show_start),
        row("open", _tr("Open…"), _KEYS.Open, "folder-open-outline", window.open),
        row("openData", _tr("Open data…"), "Ctrl+Shift+O", "database-outline", window.opening.ask_file),
        row("openDataFolder", _tr("Open a folder of data…"), "", "", window.opening.ask_folder),
        row(),
        row("save", _tr("Save"), _KEYS.Save, "content-save-outline", documents.save),
        row("saveAs", _tr("Save as…"), "Ctrl+Shift+S", "", documents.save_as),
        row(),
        row("export", _tr("Export…"), "Ctrl+E", "export-variant", window.runs.export),
        row("exportPicture", _tr("Export picture…"), "Ctrl+Shift+E", "", window.export_picture),
        row(),
        row("quit", _tr("Quit"), "Ctrl+Q", "", window.close),
    ]


def _edit(window: "Window") -> list[ActionRow]:
    """Back and forth, the clipboard, the selection."""
    row = partial(ActionRow, "Edit")
    undo, edits, way = window.editor.undo_stack, window.canvas.edits, window.canvas.orientation
    return [
        row("undo", _tr("Undo"), _KEYS.Undo, "undo", undo.undo),
        row("redo", _tr("Redo"), _KEYS.Redo, "redo", undo.redo),
        row("history", _tr("History of edits"), "Ctrl+H", "history", window.show_history),
        row(),
        row("cut", _tr("Cut"), _KEYS.Cut, "content-cut", edits.cut),
        row("copy", _tr("Copy"), _KEYS.Copy, "content-copy", edits.copy),
        row("paste", _tr("Paste"), _KEYS.Paste, "content-paste", edits.paste),
        row("pasteWired", _tr("Paste with wires"), "Ctrl+Shift+V", "", edits.paste_with_wires),
        row("duplicate", _tr("Duplicate"), "Ctrl+D", "", edits.duplicate),
        row("delete", _tr("Delete"), _KEYS.Delete, "", edits.delete),
        row(),
        row("selectAll", _tr("Select all"), _KEYS.SelectAll, "", edits.select_all),
        row("selectKind", _tr("Select same kind"), "Ctrl+Shift+K", "", way.select_same_kind),
        row("selectConnected", _tr("Select connected"), "Ctrl+Shift+L", "", way.select_connected),
        row("selectUpstream", _tr("Select upstream"), "Ctrl+Shift+Up", "", way.select_upstream),
        row("selectDownstream", _tr("Select downstream"), "Ctrl+Shift+Down", "", way.select_downstream),
    ]


def _view(window: "Window") -> list[ActionRow]:
    """The data, and how near one looks; panels and themes come after these."""
    row = partial(ActionRow, "View")
    canvas, way = window.canvas, window.canvas.orientation
    return [
        row("lookAtData", _tr("Data"), "Ctrl+Shift+D", "table-large", window.look_at_data),
        row(),
        row("zoomIn", _tr("Zoom in"), _KEYS.ZoomIn, "", canvas.zoom_in),
        row("zoomOut", _tr("Zoom out"), _KEYS.ZoomOut, "", canvas.zoom_out),
        row("zoomReset", _tr("Actual size"), "Ctrl+1", "", canvas.zoom_reset),
        row("fit", _tr("Fit the network"), "Ctrl+0", "fit-to-page-outline", canvas.fit),
        row("zoomSelection", _tr("Zoom to the selection"), "Ctrl+2", "", way.zoom_to_selection),
        row(),
    ]


def _find(window: "Window") -> list[ActionRow]:
    """Which layers are meant."""
    row, find_bar = partial(ActionRow, "Network"), window.canvas.orientation.find_bar
    return [
        row("find", _tr("Find layers…"), _KEYS.Find, "", find_bar.open),
        row("findNext", _tr("Find next"), "F3", "", find_bar.go_on),
        row("findPrevious", _tr("Find previous"), "Shift+F3", "", find_bar.go_back),
        row(),
    ]


def _blocks(window: "Window") -> list[ActionRow]:
    """Blocks: made, folded, taken apart, kept, left."""
    row, blocks = partial(ActionRow, "Network"), window.canvas.blocks
    return [
        row("makeBlock", _tr("Make a block…"), "Ctrl+G", "", blocks.make),
        row("foldBlock", _tr("Fold or unfold the block"), "Ctrl+.", "", blocks.fold),
        row("unpackBlock", _tr("Unpack the block"), "Ctrl+Shift+G", "", blocks.unpack),
        row("uniqueBlock", _tr("Make the block unique…"), "", "", blocks.make_unique),
        row("repeatBlock", _tr("Repeat the block…"), "", "", blocks.repeat),
        row("renameBlock", _tr("Rename the block…"), "", "", blocks.rename),
        row("keepBlock", _tr("Keep the block in my blocks"), "", "", blocks.keep),
        row("leaveBlock", _tr("Go out of the block"), "", "", window.canvas.places.leave),
        row(),
    ]


def _layers(window: "Window") -> list[ActionRow]:
    """What comes into the network, and what is written beside it."""
    row, searching, remarks = partial(ActionRow, "Network"), window.canvas.searching, window.canvas.remarks
    return [
        row("addLayer", _tr("Add a layer…"), "Ctrl+I", "", searching.after_selection),
        row("replace", _tr("Replace by…"), "Ctrl+R", "", searching.replacement),
        row("findLayer", _tr("Search the palette"), "Ctrl+L", "", window.palette_panel.focus_search),
        row(),
        row("addNote", _tr("Add a note"), "N", "", remarks.add_note),
        row("frame", _tr("Frame the selection"), "Ctrl+Shift+F", "", remarks.frame_selection),
        row(),
    ]


def _places(window: "Window") -> list[ActionRow]:
    """What a layer is called, whether it is at work, and where it stands."""
    row, canvas = partial(ActionRow, "Network"), window.canvas
    return [
        row("rename", _tr("Rename"), "F2", "", canvas.rename.begin_selected),
        *(row(*choice) for choice in canvas.switches.choices()),
        row(),
        row("tidy", _tr("Tidy"), "Ctrl+T", "sitemap-outline", canvas.arranging.tidy),
        row("turn", _tr("Change the direction"), "Ctrl+Shift+T", "", canvas.arranging.turn),
    ]


def _arrange(window: "Window") -> list[ActionRow]:
    """Where the selected nodes stand, in a menu of its own."""
    row = partial(ActionRow, "Arrange")
    return [row(*choice) for choice in window.canvas.arranging.choices()]


def _train(window: "Window") -> list[ActionRow]:
    """Training and its runs."""
    row = partial(ActionRow, "Train")
    training = window.training
    return [
        row("train", _tr("Train"), "F5", "play", window.runs.train),
        row("crossValidate", _tr("Cross-validate…"), "Ctrl+F5", "", window.cross_validating.ask),
        row("pause", _tr("Pause"), "F6", "pause", training.toggle_pause),
        row("stop", _tr("Stop"), "Shift+F5", "stop", training.stop),
        row("stopAfterEpoch", _tr("Stop after this epoch"), "", "", training.stop_after_epoch),
        row("oneStep", _tr("One step"), "F7", "", partial(window.runs.advance, "step")),
        row("oneEpoch", _tr("One epoch"), "Shift+F7", "", partial(window.runs.advance, "epoch")),
        row(),
        row("runsFolder", _tr("Show the folder of runs"), "", "", window.runs.show_folder),
    ]


def _help(window: "Window") -> list[ActionRow]:
    """What there is to know."""
    row = partial(ActionRow, "Help")
    pages = (
        [row("guide", _tr("Guide"), "", "", partial(guide.show, window, window.appearance))] if guide.is_here() else []
    )
    return [
        *pages,
        row("shortcuts", _tr("Keyboard shortcuts"), "F1", "", window.show_shortcuts),
        row("about", _tr("About Layerloom"), "", "", window.show_about),
    ]


def _tr(words: str) -> str:
    return QCoreApplication.translate("Actions", words)
