"""The table of canvas keys: everything that the canvas does by a key of its own. One row each.

What is also in a menu has its row in `gui.menu_tables`; its keys here are those of a canvas that stands alone.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication, QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

if TYPE_CHECKING:
    from gui.canvas.view import Canvas

Run = Callable[[], object]

FAR = 6
"""How many steps of the grid a large nudge goes."""


class Command(NamedTuple):
    """One thing that a key does. Without words it is listed elsewhere; ``fixed``: it keeps its keys."""

    name: str
    words: str
    keys: tuple[str, ...]
    run: Run
    fixed: bool = False


class Commands:
    """The commands of a canvas, found by their keys, which may be changed."""

    def __init__(self, canvas: "Canvas") -> None:
        self.rows = [*_walking(canvas), *_wiring(canvas), *_editing(canvas), *_shared(canvas)]
        self._keys = {row.name: tuple(map(QKeySequence, row.keys)) for row in self.rows}
        self._by_keys: dict[QKeySequence, Run] = {}
        self._index()

    def keys(self, name: str) -> tuple[QKeySequence, ...]:
        """The keys of a command."""
        return self._keys[name]

    def use(self, keys: Mapping[str, Iterable[QKeySequence]]) -> None:
        """Gives commands other keys; names that are none of its commands are left out."""
        self._keys |= {name: tuple(chosen) for name, chosen in keys.items() if name in self._keys}
        self._index()

    def find(self, event: QKeyEvent) -> Run | None:
        """What a pressed key does; None: nothing."""
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        return self._by_keys.get(QKeySequence(QKeyCombination(modifiers, Qt.Key(event.key()))))

    def _index(self) -> None:
        self._by_keys = {}
        for row in self.rows:
            for keys in self._keys[row.name]:
                # The first has it: some systems also take Ctrl+D, which duplicates, for Delete.
                self._by_keys.setdefault(keys, row.run)


def _walking(canvas: "Canvas") -> list[Command]:
    walk = canvas.walk
    return [
        Command("nextLayer", _tr("Next layer along the wires"), ("Tab",), partial(walk.pass_on, 1), fixed=True),
        Command("previousLayer", _tr("Layer before"), ("Shift+Tab",), partial(walk.pass_on, -1), fixed=True),
        Command("firstLayer", _tr("First layer"), ("Home",), partial(walk.go_to_end, 0)),
        Command("lastLayer", _tr("Last layer"), ("End",), partial(walk.go_to_end, -1)),
        Command("walkDown", _tr("Go down: to a layer that this one feeds"), ("Down",), partial(walk.go, "down")),
        Command("walkUp", _tr("Go up: to a layer that feeds this one"), ("Up",), partial(walk.go, "up")),
        Command("walkLeft", _tr("Go to the layer on the left"), ("Left",), partial(walk.go, "left")),
        Command("walkRight", _tr("Go to the layer on the right"), ("Right",), partial(walk.go, "right")),
        Command("extendDown", _tr("Select the one below as well"), ("Shift+Down",), partial(walk.extend, "down")),
        Command("extendUp", _tr("Select the one above as well"), ("Shift+Up",), partial(walk.extend, "up")),
        Command(
            "extendLeft", _tr("Select the layer on its left as well"), ("Shift+Left",), partial(walk.extend, "left")
        ),
        Command(
            "extendRight", _tr("Select the one on the right as well"), ("Shift+Right",), partial(walk.extend, "right")
        ),
        Command("edit", _tr("Open the block, or edit the settings of the layer"), ("Return", "Enter"), walk.enter),
        Command("settings", _tr("Edit the settings"), ("Shift+Return", "Shift+Enter"), walk.edit),
        Command("leave", _tr("Give up, select nothing, or go out of the block"), ("Esc",), canvas.escape, fixed=True),
    ]


def _wiring(canvas: "Canvas") -> list[Command]:
    walk = canvas.walk
    return [
        Command("wireFrom", _tr("Draw a wire from the layer: choose where to, Enter connects"), ("W",), walk.wire_from),
        Command("wireTo", _tr("Draw a wire to the layer: choose where from"), ("Shift+W",), walk.wire_to),
        Command("nextWire", _tr("Choose a wire of the layer; Delete removes it"), ("C",), partial(walk.choose_wire, 1)),
        Command("previousWire", _tr("Choose the wire before"), ("Shift+C",), partial(walk.choose_wire, -1)),
    ]


def _editing(canvas: "Canvas") -> list[Command]:
    arrows = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
    words = {
        "left": _tr("Nudge to the left"),
        "right": _tr("Nudge to the right"),
        "up": _tr("Nudge up"),
        "down": _tr("Nudge down"),
    }
    far = {
        "left": _tr("Nudge far to the left"),
        "right": _tr("Nudge far to the right"),
        "up": _tr("Nudge far up"),
        "down": _tr("Nudge far down"),
    }
    rows: list[Command] = []
    for side, (x, y) in arrows.items():
        key = side.capitalize()
        rows += [
            Command(f"nudge{key}", words[side], (f"Alt+{key}", f"Ctrl+{key}"), partial(canvas.edits.nudge, x, y)),
            Command(f"nudgeFar{key}", far[side], (f"Alt+Shift+{key}",), partial(canvas.edits.nudge, x * FAR, y * FAR)),
        ]
    return [
        *rows,
        Command("goOut", _tr("Go out of the block"), ("Ctrl+Backspace",), canvas.places.leave),
        Command("erase", _tr("Delete"), ("Backspace",), canvas.edits.delete),
        Command(
            "hand", _tr("Tap to add a layer, hold to drag the view"), ("Space",), canvas.hand.take_space, fixed=True
        ),
    ]


def _shared(canvas: "Canvas") -> list[Command]:
    keys = QKeySequence.StandardKey
    return [
        Command("duplicate", "", ("Ctrl+D",), canvas.edits.duplicate),
        Command("pasteWired", "", ("Ctrl+Shift+V",), canvas.edits.paste_with_wires),
        Command("selectAll", "", _standard(keys.SelectAll), canvas.edits.select_all),
        Command("copy", "", _standard(keys.Copy), canvas.edits.copy),
        Command("cut", "", _standard(keys.Cut), canvas.edits.cut),
        Command("paste", "", _standard(keys.Paste), canvas.edits.paste),
        Command("delete", "", _standard(keys.Delete), canvas.edits.delete),
        Command("addNote", "", ("N",), canvas.remarks.add_note),
        Command("frame", "", ("Ctrl+Shift+F",), canvas.remarks.frame_selection),
        Command("makeBlock", "", ("Ctrl+G",), canvas.blocks.make),
        Command("foldBlock", "", ("Ctrl+.",), canvas.blocks.fold),
        Command("unpackBlock", "", ("Ctrl+Shift+G",), canvas.blocks.unpack),
        Command("zoomIn", "", (*_standard(keys.ZoomIn), "Ctrl+="), canvas.zoom_in),
        Command("zoomOut", "", _standard(keys.ZoomOut), canvas.zoom_out),
    ]


def gestures() -> list[tuple[str, str]]:
    """What mouse and touchpad do on the canvas, each with how it is done."""
    return [
        (_tr("Select"), _tr("Click")),
        (_tr("Select several"), _tr("Shift+click, or drag over empty canvas")),
        (_tr("Move"), _tr("Drag a layer, a note or the title of a frame")),
        (_tr("Edit a note or the title of a frame"), _tr("Double-click")),
        (_tr("Resize a note or a frame"), _tr("Drag its edge")),
        (_tr("Open a block"), _tr("Double-click")),
        (_tr("Draw a wire"), _tr("Drag from a port")),
        (_tr("Move the end of a wire"), _tr("Drag it")),
        (_tr("Remove a wire"), _tr("Drag its end onto empty canvas")),
        (_tr("Add a layer"), _tr("Double-click empty canvas or a wire")),
        (_tr("Add a layer at the end of a wire"), _tr("Drop the wire on empty canvas")),
        (_tr("Insert a layer into a wire"), _tr("Drag it from the palette onto the wire")),
        (_tr("Drag the view"), _tr("Middle button, Space and drag, two fingers")),
        (_tr("Scroll"), _tr("Wheel; with Shift sideways")),
        (_tr("Zoom"), _tr("Ctrl+wheel, pinch")),
        (_tr("What can be done here"), _tr("Right button")),
    ]


def _standard(key: QKeySequence.StandardKey) -> tuple[str, ...]:
    return tuple(keys.toString() for keys in QKeySequence.keyBindings(key))


def _tr(words: str) -> str:
    return QCoreApplication.translate("Commands", words)
