"""Files of the document: new, open, save, recent, and the copy that survives a crash."""

import os
import re
import time
from contextlib import suppress
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from engine import project as projects
from engine.disk import write_atomically
from engine.errors import LayerloomError, ProjectError
from engine.project import SUFFIX, Project
from gui import dialogs
from gui.editor import Editor
from gui.ownership import Owner
from gui.settings import Settings, autosave_folder

AUTOSAVE_MILLISECONDS = 3000


_State = tuple[int, int, int]


class Rescue(msgspec.Struct, frozen=True):
    """Unsaved work of a window that ended unexpectedly."""

    file: Path
    project: Project
    path: Path | None
    when: float


class Documents(QObject):
    """Opens and saves what the editor holds, asking before anything would be lost."""

    failed = Signal(object)
    """A `LayerloomError`."""
    recent_changed = Signal()

    def __init__(self, editor: Editor, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._editor = editor
        self._settings = settings
        self._window = window
        self._own = autosave_folder() / f"{os.getpid()}-{time.time_ns()}{SUFFIX}"
        self._seen: _State | None = None
        self._timer = QTimer(self, singleShot=True, interval=AUTOSAVE_MILLISECONDS)
        self._timer.timeout.connect(self.autosave)
        editor.project_changed.connect(self._autosave_soon)
        editor.name_changed.connect(self._drop_when_saved)

    @property
    def name(self) -> str:
        """What the document is called."""
        if self._editor.path:
            return self._editor.path.name
        return self._editor.project.title or self.tr("Untitled")

    def new(self) -> bool:
        """An empty document."""
        return self.show_project(Project())

    def show_project(self, project: Project) -> bool:
        """A document that no file holds yet, such as a template. Answers whether it was shown."""
        if not self.may_close():
            return False
        self._editor.open(project)
        return True

    def open(self, path: Path | None = None) -> bool:
        """Opens a project file, asking for it where none is given."""
        path = path or dialogs.ask_open(self._window, self._settings.folder)
        if path is None:
            return False
        try:
            project = projects.load(path)
        except ProjectError as error:
            self.failed.emit(error)
            return False
        if not self.may_close():
            return False
        self._editor.open(project, path.resolve())
        self._remember(path.resolve())
        return True

    def save(self) -> bool:
        """Saves under its name, asking for one where it has none. Answers whether it is saved."""
        path = self._editor.path
        if path is None:
            return self.save_as()
        changed = _state_of(path) not in (self._seen, None)
        if changed and not dialogs.ask_overwrite_newer(self._window, path.name):
            return False
        return self._save(path)

    def save_as(self) -> bool:
        """Saves under another name."""
        proposed = self._editor.path or self._settings.folder / f"{_file_name(self.name)}{SUFFIX}"
        path = dialogs.ask_save_as(self._window, proposed)
        return self._save(path) if path else False

    def may_close(self) -> bool:
        """Asks about unsaved changes; answers whether the document may go."""
        if not self._editor.is_modified:
            return True
        answer = dialogs.ask_save(self._window, self.name)
        return self.save() if answer == "save" else answer == "discard"

    # What survives a crash

    def autosave(self) -> None:
        """Keeps a copy of unsaved work. A failure is said once and stops nothing."""
        if not self._editor.is_modified:
            return
        try:
            self._own.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._own, lambda file: file.write_bytes(projects.to_json(self._editor.project)))
            owner = Owner.here(self._editor.path)
            write_atomically(_owner_file(self._own), lambda file: file.write_bytes(owner.encoded))
        except OSError as fault:
            self.failed.emit(
                LayerloomError(
                    f"Unsaved work cannot be kept safe: {fault.strerror or fault}.", fix="Save the project yourself."
                )
            )

    def rescues(self) -> list[Rescue]:
        """Unsaved work of windows that are no more, the newest first."""
        found = [rescue for file in autosave_folder().glob(f"*{SUFFIX}") if (rescue := _rescue(file))]
        return sorted(found, key=lambda rescue: rescue.when, reverse=True)

    def recover(self, rescue: Rescue) -> None:
        """Opens rescued work; it stays kept until it is saved."""
        self._editor.open(rescue.project, rescue.path, modified=True)
        self._seen = _state_of(rescue.path) if rescue.path else None
        self.autosave()
        self.drop(rescue)

    def drop(self, rescue: Rescue) -> None:
        """Throws rescued work away."""
        _remove(rescue.file)

    def close(self) -> None:
        """Ends in good order: nothing is left to rescue."""
        self._timer.stop()
        _remove(self._own)

    def _autosave_soon(self) -> None:
        self._timer.start()

    def _save(self, path: Path) -> bool:
        try:
            self._editor.save(path)
        except ProjectError as error:
            self.failed.emit(error)
            return False
        self._remember(path)
        return True

    def _remember(self, path: Path) -> None:
        self._seen = _state_of(path)
        self._settings.folder = path.parent
        self._settings.add_recent(path)
        self.recent_changed.emit()

    def _drop_when_saved(self) -> None:
        if not self._editor.is_modified:
            _remove(self._own)


def _state_of(file: Path) -> _State | None:
    """By what one tells that a file was written again; None: it is not there."""
    try:
        about = file.stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size, about.st_ino


def _file_name(title: str) -> str:
    """A title without what paths are made of."""
    return re.sub(r'[\x00-\x1f/\\:*?"<>|]+', " ", title).strip(" .")[:60] or "network"


def _owner_file(file: Path) -> Path:
    return file.with_suffix(".json")


def _remove(file: Path) -> None:
    # A folder that cannot be written, of which has been told, holds nothing to remove.
    with suppress(OSError):
        file.unlink(missing_ok=True)
        _owner_file(file).unlink(missing_ok=True)


def _rescue(file: Path) -> Rescue | None:
    """What a file holds, unless its window still runs or it cannot be read."""
    try:
        owner = Owner.read(_owner_file(file))
        if owner.lives:
            return None
        path = Path(owner.path) if owner.path else None
        return Rescue(file, projects.load(file), path, file.stat().st_mtime)
    except (OSError, ValueError, ProjectError):
        return None
