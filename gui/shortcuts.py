"""Shortcuts: which keys do what, as the tables of actions and of canvas commands have it or as a person has chosen."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QKeySequence

from gui.actions import Actions
from gui.canvas.commands import Commands
from gui.settings import Settings

Keys = tuple[QKeySequence, ...]


class Shortcut(NamedTuple):
    """One thing that can be asked for by keys, and the keys that it has at first."""

    name: str
    group: str
    words: str
    keys: Keys
    fixed: bool = False
    """Its keys cannot be changed."""


class Shortcuts(QObject):
    """The keys in force. No two rows have the same; what is chosen is kept for the next start."""

    changed = Signal()

    def __init__(self, rows: Iterable[Shortcut], settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._rows = {row.name: row for row in rows}
        self._chosen = {
            name: tuple(map(QKeySequence, keys)) for name, keys in settings.shortcuts.items() if self._may_have(name)
        }

    @property
    def rows(self) -> list[Shortcut]:
        """Everything that has keys or can have some, in groups."""
        return list(self._rows.values())

    def keys(self, name: str) -> Keys:
        """The keys of a row."""
        return self._chosen.get(name, self._rows[name].keys)

    def all_keys(self) -> dict[str, Keys]:
        """The keys of every row."""
        return {name: self.keys(name) for name in self._rows}

    def is_chosen(self, name: str) -> bool:
        """Whether a person has given the row other keys than it had at first."""
        return name in self._chosen

    def holder(self, keys: QKeySequence, but: str = "") -> Shortcut | None:
        """The row that has these keys, leaving one out."""
        return next((row for row in self.rows if row.name != but and keys in self.keys(row.name)), None)

    def change(self, name: str, keys: Sequence[QKeySequence]) -> None:
        """Gives a row these keys. Other rows that have them lose them, but for those whose keys are fixed."""
        wanted = tuple(key for key in keys if not key.isEmpty() and not self._is_kept(key, name))
        for key in wanted:
            if (holder := self.holder(key, name)) is not None:
                self._set(holder.name, tuple(kept for kept in self.keys(holder.name) if kept != key))
        self._set(name, wanted)
        self._keep()

    def reset(self, name: str) -> None:
        """Gives a row the keys that it had at first, and takes them from whoever has them now."""
        self.change(name, self._rows[name].keys)

    def reset_all(self) -> None:
        """All is as it was at first."""
        self._chosen = {}
        self._keep()

    def _set(self, name: str, keys: Keys) -> None:
        self._chosen[name] = keys
        if keys == self._rows[name].keys:
            del self._chosen[name]

    def _keep(self) -> None:
        self._settings.shortcuts = {
            name: [key.toString() for key in keys] for name, keys in sorted(self._chosen.items())
        }
        self.changed.emit()

    def _may_have(self, name: str) -> bool:
        return name in self._rows and not self._rows[name].fixed

    def _is_kept(self, keys: QKeySequence, but: str) -> bool:
        holder = self.holder(keys, but)
        return holder is not None and holder.fixed


def listed(actions: Actions, commands: Commands) -> list[Shortcut]:
    """The rows of both tables: the menus first, then what the canvas alone does."""
    menus = {name: menu.title() for name, menu in actions.menus.items()}
    rows = [
        Shortcut(row.name, menus[row.menu], row.text.replace("…", ""), tuple(row.shortcuts())) for row in actions.rows
    ]
    canvas = QCoreApplication.translate("Shortcuts", "On the canvas")
    own = [row for row in commands.rows if row.words]
    return [*rows, *[Shortcut(row.name, canvas, row.words, commands.keys(row.name), row.fixed) for row in own]]
