"""Library: the blocks that a person keeps, one file each. A file that cannot be read leaves the others alone."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.block_edits import free_name, renamed_block
from engine.blocks import Blueprint, blueprints, check_blueprint
from engine.disk import write_atomically
from engine.errors import LayerloomError, ProjectError
from engine.graph import Graph, Node
from engine.library import SUFFIX, block_to_json, read_block


class Library(QObject):
    """A folder of blocks, by their names. What a method cannot do it raises as `ProjectError`."""

    changed = Signal()
    failed = Signal(object)
    """A `LayerloomError`: one of the files cannot be read."""

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._blocks: dict[str, Blueprint] = {}

    @property
    def blocks(self) -> tuple[Blueprint, ...]:
        """What is kept, by name."""
        return tuple(self._blocks[name] for name in sorted(self._blocks, key=str.lower))

    def load(self) -> None:
        """Reads what the folder holds."""
        self._blocks = {}
        faults: list[str] = []
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            try:
                blueprint = read_block(path)
            except LayerloomError:
                faults.append(path.name)
            else:
                self._blocks.setdefault(blueprint.name, blueprint)
        self.changed.emit()
        if faults:
            words = f"{', '.join(faults)} in your blocks cannot be read; the others are here."
            self.failed.emit(ProjectError(words, fix=f"Mend or remove what is in {self._folder}."))

    def keep(self, blueprint: Blueprint) -> str:
        """Keeps a block and answers its name; one of that name that is another block is replaced."""
        self._write(self._path(blueprint.name), blueprint)
        self._blocks[blueprint.name] = blueprint
        self.changed.emit()
        return blueprint.name

    def renamed(self, old: str, new: str) -> Blueprint:
        """The block under another name, which it can have."""
        if new in self._blocks and new != old:
            raise ProjectError(f"There is a block called “{new}” already.")
        return _renamed(self._blocks[old], new)

    def rename(self, old: str, new: str) -> None:
        """Gives a block another name."""
        renamed = self.renamed(old, new)
        self._write(self._path(new), renamed)
        if new != old:
            self._remove(old)
        self._blocks[new] = renamed
        self.changed.emit()

    def delete(self, name: str) -> Blueprint:
        """Removes a block, and answers it so that it can be kept again."""
        gone = self._blocks[name]
        self._remove(name)
        self.changed.emit()
        return gone

    def bring_in(self, path: Path) -> str:
        """Keeps the block of a file; where another has its name, under a new one."""
        blueprint = read_block(path)
        known = self._blocks.get(blueprint.name)
        if known is not None and known != blueprint:
            blueprint = _renamed(blueprint, free_name(blueprint.name, self._blocks))
        return self.keep(blueprint)

    def write(self, name: str, path: Path) -> None:
        """Writes a block into a file of its own."""
        self._write(path, self._blocks[name])

    def _path(self, name: str) -> Path:
        """Where a block lies. Some systems take names for equal that differ in capitals only."""
        capitals = "".join(str(place) + "-" for place, letter in enumerate(name) if letter.isupper() and place)
        return self._folder / f"{name}{'.' + capitals.rstrip('-') if capitals else ''}{SUFFIX}"

    def _write(self, path: Path, blueprint: Blueprint) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, lambda file: file.write_bytes(block_to_json(blueprint)))
        except OSError as fault:
            raise ProjectError(f"{path} cannot be written: {fault.strerror or fault}.") from None

    def _remove(self, name: str) -> None:
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as fault:
            raise ProjectError(f"{name} cannot be removed: {fault.strerror or fault}.") from None
        del self._blocks[name]


def _renamed(blueprint: Blueprint, name: str) -> Blueprint:
    network = renamed_block(Graph((Node("block", blueprint.kind()),)), blueprint.name, name)
    renamed = blueprints(network)[name]
    check_blueprint(renamed)
    return renamed
