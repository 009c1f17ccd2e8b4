"""Links in a person's folder that lead out of it: they are told and left out, as a folder may come from anyone."""

from pathlib import Path

from engine.datasets.dataset import Skipped


def strays(path: Path, root: Path) -> str:
    """Why a file or folder below ``root`` must not be read, as a clause; empty: it may be."""
    try:
        if not path.is_symlink():
            return ""
        if not path.exists():
            return "it is a link to what is not there"
        if not path.resolve().is_relative_to(root.resolve()):
            return "it is a link that leaves the folder"
        return "it is a link to another folder" if path.is_dir() else ""
    except (OSError, RuntimeError):
        return "it is a link that leads nowhere"


def strays_in(folder: Path) -> tuple[Skipped, ...]:
    """What right in a folder must not be read; of a file, nothing."""
    entries = sorted(folder.iterdir()) if folder.is_dir() else []
    return tuple(Skipped(entry.name, why) for entry in entries if (why := strays(entry, folder)))
