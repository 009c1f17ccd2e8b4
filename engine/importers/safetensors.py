"""Weights that Layerloom exported: the project is in their metadata."""

from pathlib import Path

from safetensors import SafetensorError, safe_open

from engine.errors import ProjectError
from engine.project import Project, from_json, unreadable


def read(path: Path) -> Project:
    """The project whose weights the file holds. Raises `ProjectError`."""
    try:
        # Opened here because the library's own message for a missing file names no file.
        with path.open("rb"), safe_open(path, "numpy") as file:
            known: dict[str, str] = file.metadata() or {}
    except OSError as fault:
        raise unreadable(path, fault) from None
    except SafetensorError:
        raise ProjectError(f"{path.name} is damaged or not a safetensors file.") from None
    if "project" not in known:
        raise ProjectError(
            f"{path.name} holds weights alone, from which no network can be drawn.",
            expected="Files that Layerloom exported hold their project as well.",
            fix="Import the network as ONNX.",
        )
    return from_json(known["project"], f"The project in {path.name}")
