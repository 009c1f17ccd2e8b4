"""What the program remembers between starts: window, theme, recent projects. Held in one readable file."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

import msgspec
import platformdirs
from PySide6.QtCore import QByteArray, QObject, QSettings

from gui.theme import Mode

MOST_RECENT = 10


class Settings(QObject):
    """Typed reading and writing of the settings file, and where the program's own files lie."""

    def __init__(self, file: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        place = file or platformdirs.user_config_path("layerloom", appauthor=False) / "settings.ini"
        self._store = QSettings(str(place), QSettings.Format.IniFormat, self)

    @property
    def mode(self) -> Mode:
        """Light, dark, or as the system has it."""
        value = self._store.value("mode")
        return cast(Mode, value) if value in ("light", "dark") else "system"

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._store.setValue("mode", mode)

    @property
    def minimap(self) -> bool:
        """Whether the canvas may show its minimap."""
        return bool(self._store.value("minimap", True, bool))

    @minimap.setter
    def minimap(self, shown: bool) -> None:
        self._store.setValue("minimap", shown)

    @property
    def plots(self) -> list[str]:
        """The plots that a person wants to see beside the loss."""
        return [str(name) for name in cast("list[object]", self._store.value("plots", ["metric"], list) or [])]

    @plots.setter
    def plots(self, names: list[str]) -> None:
        self._store.setValue("plots", names)

    @property
    def recent(self) -> list[Path]:
        """The projects opened last that are still there, the newest first."""
        paths = self._store.value("recent", [], list) or []
        return [path for path in map(Path, map(str, cast("list[object]", paths))) if _is_there(path.is_file)]

    def add_recent(self, path: Path) -> None:
        """Puts a project at the head of the recent ones."""
        others = [other for other in self.recent if other != path]
        self._store.setValue("recent", [str(known) for known in [path, *others][:MOST_RECENT]])

    @property
    def folder(self) -> Path:
        """Where the last file was chosen."""
        path = Path(str(self._store.value("folder", "")))
        documents = platformdirs.user_documents_path()
        usual = documents if documents.is_dir() else Path.home()
        return path if path.is_absolute() and _is_there(path.is_dir) else usual

    @folder.setter
    def folder(self, folder: Path) -> None:
        self._store.setValue("folder", str(folder))

    @property
    def shortcuts(self) -> dict[str, list[str]]:
        """The keys that a person has chosen, by the name of what they do; what cannot be read is left out."""
        try:
            return msgspec.json.decode(str(self._store.value("shortcuts", "{}")), type=dict[str, list[str]])
        except msgspec.DecodeError:
            return {}

    @shortcuts.setter
    def shortcuts(self, shortcuts: dict[str, list[str]]) -> None:
        self._store.setValue("shortcuts", msgspec.json.encode(shortcuts).decode())

    @property
    def allowed_code(self) -> list[str]:
        """The digests of the code in Python that a person has allowed to run; see `engine.trust`."""
        return [str(digest) for digest in cast("list[object]", self._store.value("allowedCode", [], list) or [])]

    @allowed_code.setter
    def allowed_code(self, digests: list[str]) -> None:
        self._store.setValue("allowedCode", list(dict.fromkeys(digests)))

    def layout(self) -> tuple[QByteArray, QByteArray] | None:
        """The window's geometry and the state of its docks, as they were left."""
        geometry, state = self._store.value("window/geometry"), self._store.value("window/state")
        if isinstance(geometry, QByteArray) and isinstance(state, QByteArray):
            return geometry, state
        return None

    def keep_layout(self, geometry: QByteArray, state: QByteArray) -> None:
        """Keeps the window's geometry and the state of its docks for the next start."""
        self._store.setValue("window/geometry", geometry)
        self._store.setValue("window/state", state)

    def forget_layout(self) -> None:
        """The next start has the window as it was at first."""
        self._store.remove("window")


def _is_there(look: Callable[[], bool]) -> bool:
    """False also where the system refuses to look: what is in the file may be no path at all."""
    try:
        return look()
    except OSError:
        return False


def runs_folder() -> Path:
    """Where the window puts its runs."""
    return platformdirs.user_data_path("layerloom", appauthor=False) / "runs"


def blocks_folder() -> Path:
    """Where the person's own blocks are kept."""
    return platformdirs.user_data_path("layerloom", appauthor=False) / "blocks"


def autosave_folder() -> Path:
    """Where unsaved work is kept, in case the program ends unexpectedly."""
    return platformdirs.user_state_path("layerloom", appauthor=False) / "autosave"
