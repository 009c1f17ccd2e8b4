"""Queue: runs that wait for their turn. Their order is a file beside them, so it outlives the window."""

from pathlib import Path

import msgspec

from engine.foreign import json_of
from engine.project import write_atomically
from engine.runs import Run, unwritable

FILE = "queue.json"


class Queue:
    """The runs of a folder that wait, the next one first. Any number may read it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def runs(self) -> list[Run]:
        """Those that wait; one that is gone does not."""
        found = (self._folder / name for name in self._names())
        return [Run(path) for path in found if (path / "project.loom").is_file()]

    def place(self, path: Path) -> int:
        """The number in the queue of the run in a folder, from 1; 0: it does not wait."""
        names = [run.path.name for run in self.runs()]
        return names.index(path.name) + 1 if path.name in names and path.parent == self._folder else 0

    def add(self, run: Run) -> None:
        """Puts a run at the end. Raises `RunError`."""
        self._write([*(name for name in self._names() if name != run.path.name), run.path.name])

    def remove(self, path: Path) -> bool:
        """Takes a run out, and answers whether it was there. Raises `RunError`."""
        names = self._names()
        if path.name not in names:
            return False
        self._write([name for name in names if name != path.name])
        return True

    def move(self, path: Path, by: int) -> None:
        """Moves a run by so many places, as far as there are any. Raises `RunError`."""
        names = [run.path.name for run in self.runs()]
        if path.name in names:
            at = names.index(path.name)
            names.insert(max(0, at + by), names.pop(at))
            self._write(names)

    def take(self) -> Run | None:
        """Takes the next one out; None: none waits. Raises `RunError`."""
        for run in self.runs():
            if self.remove(run.path):
                return run
        return None

    def _names(self) -> list[str]:
        try:
            names = json_of(self._folder / FILE, list[str])
        except (OSError, ValueError):
            return []
        # A name that leads elsewhere is none of this folder.
        return [name for name in dict.fromkeys(names) if name and Path(name).name == name and name != ".."]

    def _write(self, names: list[str]) -> None:
        content = msgspec.json.encode(names)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self._folder / FILE, lambda file: file.write_bytes(content))
        except OSError as fault:
            raise unwritable(self._folder, fault) from None
