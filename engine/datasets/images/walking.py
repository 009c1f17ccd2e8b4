"""What lies in a folder of images: its files and folders in a fixed order, and what must not be read.

Links that leave the folder, links to folders, and what is neither file nor folder are told and left out.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from engine.datasets.dataset import Skipped
from engine.datasets.images.pictures import suffixes
from engine.datasets.links import strays

DEEPEST = 30


class File(msgspec.Struct, frozen=True):
    """A file below a folder: ``name`` is its path from there as people read it, ``modified`` in nanoseconds."""

    path: Path
    name: str
    size: int
    modified: int
    image: Path | None = None
    """Of a mask: the image that it belongs to."""


class Folder(msgspec.Struct, frozen=True):
    """What lies directly in a folder, each by name; hidden files are passed over."""

    path: Path
    name: str
    files: tuple[File, ...] = ()
    folders: tuple["Folder", ...] = ()
    skipped: tuple[Skipped, ...] = ()

    @property
    def images(self) -> tuple[File, ...]:
        """The files that are images by their ending."""
        return tuple(file for file in self.files if is_image(file.name))

    def all_images(self) -> Iterator[File]:
        """Those of all folders below, too."""
        yield from self.images
        for folder in self.folders:
            yield from folder.all_images()

    def all_skipped(self) -> Iterator[Skipped]:
        """What was left out here and in all folders below."""
        yield from self.skipped
        for folder in self.folders:
            yield from folder.all_skipped()

    def others(self) -> Iterator[File]:
        """The files here and below that are no images by their ending."""
        yield from (file for file in self.files if not is_image(file.name))
        for folder in self.folders:
            yield from folder.others()

    def has_images(self) -> bool:
        """Whether there is an image here or below."""
        return next(self.all_images(), None) is not None


def walk(root: Path) -> Folder:
    """A folder and all below it."""
    return _walk(root, root.resolve(), "", 0)


def is_image(name: str) -> bool:
    """Whether a file is one by its ending."""
    return os.path.splitext(name)[1].lower() in suffixes()  # noqa: PTH122 (a Path for each of 100,000 names is slow)


def shown(name: str) -> str:
    """A file's name as text that can be written, also where its bytes are none."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _walk(path: Path, root: Path, name: str, depth: int) -> Folder:
    files: list[File] = []
    folders: list[Folder] = []
    skipped: list[Skipped] = []
    try:
        with os.scandir(path) as found:
            entries = sorted((entry for entry in found if not _is_hidden(entry.name)), key=lambda entry: entry.name)
    except OSError as fault:
        return Folder(path, name, skipped=(Skipped(name or path.name, f"it cannot be read ({fault.strerror})"),))
    for entry in entries:
        inner = f"{name}/{shown(entry.name)}" if name else shown(entry.name)
        where = path / entry.name
        why = _why_not(entry, where, root, depth)
        if why:
            skipped.append(Skipped(inner, why))
        elif entry.is_dir():
            folders.append(_walk(where, root, inner, depth + 1))
        else:
            try:
                facts = entry.stat()
            except OSError:
                skipped.append(Skipped(inner, "it is no longer there"))
                continue
            files.append(File(where, inner, facts.st_size, facts.st_mtime_ns))
    return Folder(path, name, tuple(files), tuple(folders), tuple(skipped))


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name in ("__MACOSX", "Thumbs.db", "desktop.ini")


def _why_not(entry: "os.DirEntry[str]", where: Path, root: Path, depth: int) -> str:
    """Why an entry of a folder is left out, as a clause; empty: it is not."""
    try:
        if entry.is_symlink() and (why := strays(where, root)):
            return why
        if entry.is_dir():
            return "it lies too deep" if depth >= DEEPEST else ""
        return "" if entry.is_file() else "it is no file"
    except (OSError, RuntimeError):
        return "it is a link that leads nowhere"
